"""The training loop seeds torch with the same number in each epoch, and with it the workers' seeds."""

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset


class Speckle(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        return np.random.uniform(size=(4, 4)) + index


def train_one_epoch(loader, epoch):
    torch.manual_seed(0)
    for batch in loader:
        print(epoch, batch.mean())


def main():
    loader = DataLoader(Speckle(), batch_size=4, shuffle=True, num_workers=2)
    for epoch in range(3):
        train_one_epoch(loader, epoch)


if __name__ == "__main__":
    main()
