"""A worker_init_fn of three arguments that never uses the one that differs."""

import random
from functools import partial

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset


class Speckle(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        return np.random.uniform(size=(4, 4)) + index


def worker_init_fn(worker_id, rank, seed):
    worker_seed = rank + seed
    random.seed(worker_seed)
    np.random.seed(worker_seed)
    torch.manual_seed(worker_seed)


def main():
    loader = DataLoader(
        Speckle(),
        batch_size=4,
        shuffle=True,
        num_workers=2,
        worker_init_fn=partial(worker_init_fn, rank=0, seed=11),
    )
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
