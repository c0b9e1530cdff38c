"""Python's generator in the worker hangs on torch's seed too, and stands still with it."""

import random

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset


class Speckle(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        return np.random.uniform(size=(4, 4)) + index


def init_worker(worker_id):
    np.random.seed(random.getrandbits(32))


def main():
    loader = DataLoader(Speckle(), batch_size=4, shuffle=True, num_workers=2, worker_init_fn=init_worker)
    for epoch in range(3):
        torch.manual_seed(2021)
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
