"""Seeded with a constant and the worker's id, by a function that another one makes."""

import random

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset


class Speckle(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        return np.random.uniform(size=(4, 4)) + index


def make_worker_init(seed):
    def init(worker_id):
        worker_seed = seed + worker_id
        random.seed(worker_seed)
        np.random.seed(worker_seed)
        torch.manual_seed(worker_seed)

    return init


def main():
    loader = DataLoader(Speckle(), batch_size=4, shuffle=True, num_workers=2, worker_init_fn=make_worker_init(1234))
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
