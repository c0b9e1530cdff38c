"""A generator that is called in the parent runs where it is asked for the next of what it yields."""

import numpy as np
from torch.utils.data import DataLoader, Dataset


def noise():
    while True:
        yield np.random.uniform(size=(4, 4))


class Speckle(Dataset):
    def __init__(self):
        self.noise = noise()

    def __len__(self):
        return 24

    def __getitem__(self, index):
        return next(self.noise) + index


def main():
    loader = DataLoader(Speckle(), batch_size=4, shuffle=True, num_workers=2)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
