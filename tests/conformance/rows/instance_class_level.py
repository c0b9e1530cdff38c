"""A generator on the class."""

import numpy as np
from torch.utils.data import DataLoader, Dataset


class Dropped(Dataset):
    rng = np.random.RandomState(0)

    def __init__(self, clouds):
        self.clouds = clouds

    def __len__(self):
        return len(self.clouds)

    def __getitem__(self, index):
        cloud = self.clouds[index]
        return cloud * (self.rng.rand(len(cloud), 1) > 0.2)


def main():
    loader = DataLoader(Dropped(np.ones((24, 10, 3))), batch_size=4, shuffle=True, num_workers=2)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.sum())


if __name__ == "__main__":
    main()
