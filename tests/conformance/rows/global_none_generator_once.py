"""A generator for the loader, seeded once: the seeds of the workers move on with it."""

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset


class Speckle(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        return np.random.uniform(size=(4, 4)) + index


def main():
    g = torch.Generator()
    g.manual_seed(0)
    loader = DataLoader(Speckle(), batch_size=4, shuffle=True, num_workers=2, generator=g)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
