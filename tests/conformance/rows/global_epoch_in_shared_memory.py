"""The epoch in memory that the workers share with the parent."""

from multiprocessing import Value

import numpy as np
from torch.utils.data import DataLoader, Dataset

SHARED = Value("i", 0)


class Speckle(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        return np.random.uniform(size=(4, 4)) + index


def init_worker(worker_id):
    np.random.seed(SHARED.value * 1000 + worker_id)


def main():
    loader = DataLoader(Speckle(), batch_size=4, shuffle=True, num_workers=2, worker_init_fn=init_worker)
    for epoch in range(3):
        SHARED.value = epoch
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
