"""The generator of each pass is made of the passes that the worker itself counts, and of its number."""

import numpy as np
from torch.utils.data import DataLoader, IterableDataset, get_worker_info


class Noise(IterableDataset):
    def __init__(self, count):
        self.count = count
        self.passes = 0

    def __iter__(self):
        worker = get_worker_info()
        self.passes += 1
        rng = np.random.default_rng([self.passes, worker.id])
        for _ in range(self.count // worker.num_workers):
            yield rng.normal()


def main():
    loader = DataLoader(Noise(24), batch_size=4, num_workers=2)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
