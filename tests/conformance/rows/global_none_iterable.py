"""An iterable dataset that draws while it is iterated."""

import numpy as np
from torch.utils.data import DataLoader, IterableDataset


class Windows(IterableDataset):
    def __init__(self, series, width, count):
        self.series = series
        self.width = width
        self.count = count

    def __iter__(self):
        for _ in range(self.count):
            start = np.random.randint(len(self.series) - self.width)
            yield self.series[start : start + self.width]


def main():
    loader = DataLoader(Windows(np.arange(1000), width=10, count=12), batch_size=4, num_workers=2)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch[:, 0])


if __name__ == "__main__":
    main()
