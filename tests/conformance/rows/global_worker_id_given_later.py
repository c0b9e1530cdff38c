"""The loader is given its function once it is made: the same seed in every epoch, as if it had been made with it."""

import numpy as np
from torch.utils.data import DataLoader, Dataset


class Speckle(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        return np.random.uniform(size=(4, 4)) + index


def seed_worker(worker_id):
    np.random.seed(worker_id)


def main():
    loader = DataLoader(Speckle(), batch_size=4, shuffle=True, num_workers=2)
    loader.worker_init_fn = seed_worker
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
