"""The worker_init_fn seeds Python's generator and leaves NumPy's as it was."""

import random

import numpy as np
from torch.utils.data import DataLoader, Dataset


class Volumes(Dataset):
    def __init__(self):
        self.volumes = np.zeros((24, 6, 6, 6), dtype=np.float32)

    def __len__(self):
        return len(self.volumes)

    def __getitem__(self, index):
        return np.rot90(self.volumes[index], k=np.random.randint(0, 4)).copy()


def worker_init_fn(worker_id):
    random.seed(1337 + worker_id)


def main():
    loader = DataLoader(Volumes(), batch_size=4, shuffle=True, num_workers=2, worker_init_fn=worker_init_fn)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.shape)


if __name__ == "__main__":
    main()
