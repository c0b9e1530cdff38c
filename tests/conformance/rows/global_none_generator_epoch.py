"""The loader's generator is reseeded with the epoch, by a set_epoch that is called."""

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset


class Speckle(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        return np.random.uniform(size=(4, 4)) + index


class EpochLoader:
    def __init__(self, dataset):
        self.g = torch.Generator()
        self.loader = DataLoader(dataset, batch_size=4, shuffle=True, num_workers=2, generator=self.g)

    def set_epoch(self, epoch):
        self.g.manual_seed(123456789 + epoch)

    def __iter__(self):
        return iter(self.loader)


def main():
    loader = EpochLoader(Speckle())
    for epoch in range(3):
        loader.set_epoch(epoch)
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
