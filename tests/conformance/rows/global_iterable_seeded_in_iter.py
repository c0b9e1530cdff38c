"""An iterable dataset that seeds NumPy from its worker's seed at the start of each pass."""

import numpy as np
from torch.utils.data import DataLoader, IterableDataset, get_worker_info


class Stream(IterableDataset):
    def __init__(self, count):
        self.count = count

    def __iter__(self):
        info = get_worker_info()
        np.random.seed(info.seed % 2**32)
        for _ in range(self.count):
            yield np.random.rand(3)


def main():
    loader = DataLoader(Stream(12), batch_size=4, num_workers=2)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
