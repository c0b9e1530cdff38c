"""Everything is seeded in each epoch: the wish for reproducible runs taken too far."""

import random

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset


def seed_everything(seed=42):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


class Erasing(Dataset):
    def __init__(self, images):
        self.images = images

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.images[index].copy()
        row = np.random.randint(image.shape[0])
        image[row] = 0
        return image


def main():
    loader = DataLoader(Erasing(np.ones((24, 8, 8))), batch_size=4, shuffle=True, num_workers=2)
    for epoch in range(3):
        seed_everything()
        for batch in loader:
            print(epoch, batch.sum())


if __name__ == "__main__":
    main()
