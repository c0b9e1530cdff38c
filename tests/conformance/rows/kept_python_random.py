"""A kept random.Random has the same fault, and is no NumPy generator."""

import random

import torch
from torch.utils.data import DataLoader, Dataset


class Flipped(Dataset):
    def __init__(self, images, seed=0):
        self.images = images
        self.rng = random.Random(seed)

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.images[index]
        return image.flip(-1) if self.rng.random() < 0.5 else image


def main():
    loader = DataLoader(Flipped(torch.zeros(24, 8, 8)), batch_size=4, shuffle=True, num_workers=2)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.shape)


if __name__ == "__main__":
    main()
