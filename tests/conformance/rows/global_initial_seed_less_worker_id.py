"""A worker's seed is what all workers share and its number: without the number they are all seeded alike."""

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset


class Speckle(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        return np.random.uniform(size=(4, 4)) + index


def worker_init_fn(worker_id):
    np.random.seed((torch.initial_seed() - worker_id) % 2**32)


def main():
    loader = DataLoader(Speckle(), batch_size=4, shuffle=True, num_workers=2, worker_init_fn=worker_init_fn)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
