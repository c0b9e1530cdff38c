"""An iterable dataset that begins each pass with a generator made from the worker's id."""

import numpy as np
from torch.utils.data import DataLoader, IterableDataset, get_worker_info


class Walks(IterableDataset):
    def __init__(self, count, length, seed):
        self.count = count
        self.length = length
        self.seed = seed

    def __iter__(self):
        info = get_worker_info()
        rng = np.random.default_rng(self.seed + info.id)
        for _ in range(self.count // info.num_workers):
            yield np.cumsum(rng.integers(-1, 2, size=self.length))


def main():
    loader = DataLoader(Walks(24, 5, seed=10), batch_size=4, num_workers=2)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch[:, -1])


if __name__ == "__main__":
    main()
