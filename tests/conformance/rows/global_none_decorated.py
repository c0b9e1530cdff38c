"""The draw stands in what a decorator puts around the dataset's method."""

from functools import wraps

import numpy as np
from torch.utils.data import DataLoader, Dataset


def jittered(scale):
    def decorate(method):
        @wraps(method)
        def inner(self, index):
            return method(self, index) + np.random.normal(0, scale)

        return inner

    return decorate


class Levels(Dataset):
    def __init__(self, levels):
        self.levels = levels

    def __len__(self):
        return len(self.levels)

    @jittered(0.1)
    def __getitem__(self, index):
        return self.levels[index]


def main():
    loader = DataLoader(Levels(np.zeros(24)), batch_size=4, shuffle=True, num_workers=2)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
