"""The workers' seeds are drawn from a generator of the parent's, times their numbers: each pass starts from a copy."""

import numpy as np
from torch.utils.data import DataLoader, Dataset, get_worker_info

chooser = np.random.default_rng(7)


class Bursts(Dataset):
    def __init__(self, size):
        self.size = size
        self.start(0)

    def start(self, seed):
        self.seed = seed
        self.make()

    def make(self):
        self.rng = np.random.default_rng(self.seed)

    def __len__(self):
        return self.size

    def __getitem__(self, index):
        return self.rng.normal()


def start_worker(worker_id):
    get_worker_info().dataset.start(int(chooser.random() * 100 + 1) * (worker_id + 1))


def main():
    loader = DataLoader(Bursts(24), batch_size=4, num_workers=2, worker_init_fn=start_worker)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
