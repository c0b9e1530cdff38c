"""A sampler and a constructor draw from NumPy, both in the parent."""

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, Sampler


class Shuffled(Sampler):
    def __init__(self, size):
        self.size = size

    def __iter__(self):
        return iter(np.random.permutation(self.size).tolist())

    def __len__(self):
        return self.size


class Prepared(Dataset):
    def __init__(self, size):
        self.noise = torch.from_numpy(np.random.normal(size=(size, 4)))

    def __len__(self):
        return len(self.noise)

    def __getitem__(self, index):
        return self.noise[index]


def main():
    dataset = Prepared(24)
    loader = DataLoader(dataset, batch_size=4, sampler=Shuffled(len(dataset)), num_workers=2)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
