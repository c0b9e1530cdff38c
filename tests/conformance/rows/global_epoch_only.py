"""Seeded with the epoch: epochs differ, the workers of one do not."""

from functools import partial

import numpy as np
from torch.utils.data import DataLoader, Dataset


class Speckle(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        return np.random.uniform(size=(4, 4)) + index


def init_worker(worker_id, seed):
    np.random.seed(seed)


def main():
    dataset = Speckle()
    for epoch in range(3):
        init = partial(init_worker, seed=100 + epoch)
        loader = DataLoader(dataset, batch_size=4, shuffle=True, num_workers=2, worker_init_fn=init)
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
