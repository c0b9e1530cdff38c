"""The seed is drawn from the inherited state, which the training loop moves on by a few numbers in each epoch."""

import numpy as np
from torch.utils.data import DataLoader, Dataset


class Speckle(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        return np.random.uniform(size=(4, 4)) + index


def worker_init_fn(worker_id):
    np.random.seed(np.random.randint(0, 2**31 - 1) + worker_id)


def main():
    loader = DataLoader(Speckle(), batch_size=4, shuffle=True, num_workers=2, worker_init_fn=worker_init_fn)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.mean())
        print("show sample", np.random.randint(24))


if __name__ == "__main__":
    main()
