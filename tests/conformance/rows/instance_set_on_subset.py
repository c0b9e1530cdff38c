"""The worker_init_fn sets a new generator on the subset, whose dataset goes on with its own."""

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, Subset


class Shifted(Dataset):
    def __init__(self, audio):
        self.audio = audio
        self.rng = np.random.RandomState(7)

    def __len__(self):
        return len(self.audio)

    def __getitem__(self, index):
        return np.roll(self.audio[index], self.rng.randint(100))


def worker_init_fn(worker_id):
    torch.utils.data.get_worker_info().dataset.rng = np.random.RandomState(torch.initial_seed() % 2**32)


def main():
    dataset = Subset(Shifted(np.zeros((48, 100))), range(24))
    loader = DataLoader(dataset, batch_size=4, shuffle=True, num_workers=2, worker_init_fn=worker_init_fn)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
