"""Workers that live on, of a loader that a method makes anew for each epoch."""

import numpy as np
from torch.utils.data import DataLoader, Dataset


class Speckle(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        return np.random.uniform(size=(4, 4)) + index


def worker_init_fn(worker_id):
    np.random.seed(worker_id)


class Trainer:
    def loader(self):
        return DataLoader(
            Speckle(), batch_size=4, num_workers=2, worker_init_fn=worker_init_fn, persistent_workers=True
        )

    def run_epoch(self):
        for batch in self.loader():
            print(batch.mean())

    def fit(self):
        for _ in range(3):
            self.run_epoch()


if __name__ == "__main__":
    Trainer().fit()
