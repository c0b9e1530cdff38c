"""Drawing functions imported by name, called in a helper."""

import torch
from numpy.random import permutation, randint
from torch.utils.data import DataLoader, Dataset


def random_subset(cloud, size):
    return cloud[permutation(len(cloud))[:size]]


class Clouds(Dataset):
    def __init__(self, clouds):
        self.clouds = clouds

    def __len__(self):
        return len(self.clouds)

    def __getitem__(self, index):
        cloud = random_subset(self.clouds[index], 4)
        return cloud * int(randint(1, 3))


def main():
    loader = DataLoader(Clouds(torch.ones(24, 10, 3)), batch_size=4, shuffle=True, num_workers=2)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.sum())


if __name__ == "__main__":
    main()
