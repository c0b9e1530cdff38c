"""A generator in a default argument is made once, when the function is defined."""

import numpy as np
from torch.utils.data import DataLoader, Dataset


def jitter(cloud, sigma=0.01, rng=np.random.default_rng(0)):
    return cloud + sigma * rng.standard_normal(cloud.shape)


class Clouds(Dataset):
    def __init__(self, clouds):
        self.clouds = clouds

    def __len__(self):
        return len(self.clouds)

    def __getitem__(self, index):
        return jitter(self.clouds[index])


def main():
    loader = DataLoader(Clouds(np.ones((24, 10, 3))), batch_size=4, shuffle=True, num_workers=2)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.sum())


if __name__ == "__main__":
    main()
