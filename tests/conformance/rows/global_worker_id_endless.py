"""An endless sampler: one iterator lives through the whole training, and its workers with it."""

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, Sampler


class Endless(Sampler):
    def __init__(self, size):
        self.size = size

    def __iter__(self):
        while True:
            yield from torch.randperm(self.size).tolist()


class Speckle(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        return np.random.uniform(size=(4, 4)) + index


def worker_init_fn(worker_id):
    np.random.seed(worker_id)


def main():
    dataset = Speckle()
    loader = DataLoader(
        dataset, batch_size=4, sampler=Endless(len(dataset)), num_workers=2, worker_init_fn=worker_init_fn
    )
    batches = iter(loader)
    for step in range(18):
        batch = next(batches)
        print(step, batch.mean())


if __name__ == "__main__":
    main()
