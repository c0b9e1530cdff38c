"""The generator of each pass is made of an epoch that the dataset could be told, and of the worker's number."""

import numpy as np
from torch.utils.data import DataLoader, IterableDataset, get_worker_info


class Noise(IterableDataset):
    def __init__(self, count):
        self.count = count
        self.epoch = 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __iter__(self):
        worker = get_worker_info()
        rng = np.random.default_rng([self.epoch, worker.id])
        for _ in range(self.count // worker.num_workers):
            yield rng.normal()


def main():
    loader = DataLoader(Noise(24), batch_size=4, num_workers=2)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
