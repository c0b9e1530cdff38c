"""torch.initial_seed() after torch.manual_seed() is what was just set, not the worker's own seed."""

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

SEED = 99


class Speckle(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        return np.random.uniform(size=(4, 4)) + index


def worker_init_fn(worker_id):
    torch.manual_seed(SEED + worker_id)
    np.random.seed(torch.initial_seed() % 2**32)


def main():
    loader = DataLoader(Speckle(), batch_size=4, shuffle=True, num_workers=2, worker_init_fn=worker_init_fn)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
