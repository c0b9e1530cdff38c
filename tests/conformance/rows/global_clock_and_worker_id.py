"""A fine clock and the worker's id."""

import time

import numpy as np
from torch.utils.data import DataLoader, Dataset


class Pairs(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        other = np.random.randint(len(self))
        return index, other


def init_worker(worker_id):
    np.random.seed((time.time_ns() // 1000 * 64 + worker_id) % 2**32)


def main():
    loader = DataLoader(Pairs(), batch_size=4, shuffle=True, num_workers=2, worker_init_fn=init_worker)
    for epoch in range(3):
        for anchors, others in loader:
            print(epoch, anchors, others)


if __name__ == "__main__":
    main()
