"""The worker_init_fn puts another generator in the place of the module's own."""

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

rng = np.random.default_rng(0)


class Clouds(Dataset):
    def __init__(self, clouds):
        self.clouds = clouds

    def __len__(self):
        return len(self.clouds)

    def __getitem__(self, index):
        return self.clouds[index] * rng.uniform(0.9, 1.1)


def worker_init_fn(worker_id):
    global rng
    rng = np.random.default_rng(torch.initial_seed())


def main():
    clouds = Clouds(np.ones((24, 10, 3)))
    loader = DataLoader(clouds, batch_size=4, shuffle=True, num_workers=2, worker_init_fn=worker_init_fn)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.sum())


if __name__ == "__main__":
    main()
