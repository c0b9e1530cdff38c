"""A bound method that seeds from a counter, and a training loop that moves the counter on."""

import numpy as np
from torch.utils.data import DataLoader, Dataset


class WorkerInit:
    def __init__(self, global_step):
        self.global_step = global_step

    def update_global_step(self, global_step):
        self.global_step = global_step

    def worker_init_fn(self, worker_id):
        np.random.seed(self.global_step + worker_id)


class Speckle(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        return np.random.uniform(size=(4, 4)) + index


def main():
    global_step = 0
    init = WorkerInit(global_step)
    loader = DataLoader(Speckle(), batch_size=4, shuffle=True, num_workers=2, worker_init_fn=init.worker_init_fn)
    for epoch in range(3):
        init.update_global_step(global_step)
        for batch in loader:
            global_step += 1
            print(epoch, global_step, batch.mean())


if __name__ == "__main__":
    main()
