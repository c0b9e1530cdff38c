"""Each worker is set to the state that the parent kept at the start."""

import numpy as np
from torch.utils.data import DataLoader, Dataset


class Speckle(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        return np.random.uniform(size=(4, 4)) + index


np.random.seed(7)
STATE = np.random.get_state()


def worker_init_fn(worker_id):
    np.random.set_state(STATE)


def main():
    loader = DataLoader(Speckle(), batch_size=4, shuffle=True, num_workers=2, worker_init_fn=worker_init_fn)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
