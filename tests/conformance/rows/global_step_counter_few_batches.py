"""Seeds from a step counter; more workers than batches, so that idle workers' seeds come back later."""

import numpy as np
from torch.utils.data import DataLoader, Dataset


class WorkerInit:
    def __init__(self):
        self.global_step = 0

    def worker_init_fn(self, worker_id):
        np.random.seed(self.global_step + worker_id)


class Speckle(Dataset):
    def __len__(self):
        return 8

    def __getitem__(self, index):
        return np.random.uniform(size=(4, 4)) + index


def main():
    init = WorkerInit()
    loader = DataLoader(Speckle(), batch_size=4, shuffle=True, num_workers=4, worker_init_fn=init.worker_init_fn)
    for epoch in range(3):
        for batch in loader:
            init.global_step += 1
            print(epoch, init.global_step, batch.mean())


if __name__ == "__main__":
    main()
