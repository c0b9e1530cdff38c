"""The same recipe beside a training loop that draws a few numbers: the first word stands still."""

import numpy as np
from torch.utils.data import DataLoader, Dataset


class Speckle(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        return np.random.uniform(size=(4, 4)) + index


def worker_init_fn(worker_id):
    np.random.seed(np.random.get_state()[1][0] + worker_id)


def main():
    np.random.seed(5)
    loader = DataLoader(Speckle(), batch_size=4, shuffle=True, num_workers=2, worker_init_fn=worker_init_fn)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.mean())
        print("show sample", np.random.randint(24))


if __name__ == "__main__":
    main()
