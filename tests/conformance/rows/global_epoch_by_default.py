"""A loader built in each epoch, whose start function keeps the epoch as a parameter's default."""

import numpy as np
from torch.utils.data import DataLoader, Dataset


class Speckle(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        return np.random.uniform(size=(4, 4)) + index


def main():
    dataset = Speckle()
    for epoch in range(3):
        loader = DataLoader(
            dataset,
            batch_size=4,
            shuffle=True,
            num_workers=2,
            worker_init_fn=lambda worker_id, first=1000 * epoch: np.random.seed(first + worker_id),
        )
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
