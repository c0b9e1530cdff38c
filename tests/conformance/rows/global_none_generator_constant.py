"""A loader built in each epoch, with a generator that is put back to the same seed each time."""

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset


class Speckle(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        return np.random.uniform(size=(4, 4)) + index


def make_loader(dataset):
    g = torch.Generator()
    g.manual_seed(0)
    return DataLoader(dataset, batch_size=4, shuffle=True, num_workers=2, generator=g)


def main():
    dataset = Speckle()
    for epoch in range(3):
        for batch in make_loader(dataset):
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
