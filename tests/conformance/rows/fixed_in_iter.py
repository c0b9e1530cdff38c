"""An iterable dataset that begins each pass with a generator of the same seed."""

import numpy as np
from torch.utils.data import DataLoader, IterableDataset


class Walks(IterableDataset):
    def __init__(self, count, length):
        self.count = count
        self.length = length

    def __iter__(self):
        rng = np.random.default_rng(0)
        for _ in range(self.count):
            yield np.cumsum(rng.integers(-1, 2, size=self.length))


def main():
    loader = DataLoader(Walks(12, 5), batch_size=4, num_workers=2)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch[:, -1])


if __name__ == "__main__":
    main()
