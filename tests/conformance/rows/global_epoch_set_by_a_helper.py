"""A helper is handed each turn of the training's loop, and sets a global name to it that workers are seeded with."""

import numpy as np
from torch.utils.data import DataLoader, Dataset

E = 0


class Noisy(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        return np.random.rand()


def put(x):
    global E
    E = x


def start(worker_id):
    np.random.seed(E * 1000 + worker_id)


def main():
    loader = DataLoader(Noisy(), batch_size=4, num_workers=2, worker_init_fn=start)
    for turn in range(3):
        put(turn)
        for batch in loader:
            print(turn, batch.mean())


if __name__ == "__main__":
    main()
