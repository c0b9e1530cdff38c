"""The generator of each pass is made of the epoch that the dataset is told, of which a living worker has a copy."""

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
    data = Noise(24)
    loader = DataLoader(data, batch_size=4, num_workers=2)
    for epoch in range(3):
        data.set_epoch(epoch)
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
