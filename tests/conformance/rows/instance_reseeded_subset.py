"""The worker has a subset; its worker_init_fn reseeds the generator of the dataset inside."""

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, Subset, random_split


class Shifts(Dataset):
    def __init__(self):
        self.rng = np.random.RandomState(7)

    def __len__(self):
        return 48

    def __getitem__(self, index):
        return index + self.rng.normal(size=3)


def worker_init_fn(worker_id):
    inner = torch.utils.data.get_worker_info().dataset
    if isinstance(inner, Subset):
        inner = inner.dataset
    inner.rng.seed(torch.initial_seed() % 2**32)


def main():
    train, _ = random_split(Shifts(), [24, 24])
    loader = DataLoader(train, batch_size=4, shuffle=True, num_workers=2, worker_init_fn=worker_init_fn)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
