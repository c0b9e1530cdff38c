"""A constant seed for evaluation alone, by design; the training set does not draw from NumPy."""

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset


class Train(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        rng = np.random.default_rng()
        return torch.from_numpy(rng.normal(size=4))


class Test(Dataset):
    def __len__(self):
        return 8

    def __getitem__(self, index):
        rng = np.random.default_rng(0)
        return torch.from_numpy(rng.normal(size=4))


@torch.no_grad()
def evaluate(loader):
    return sum(float(batch.mean()) for batch in loader)


def main():
    train_loader = DataLoader(Train(), batch_size=4, shuffle=True, num_workers=2)
    test_loader = DataLoader(Test(), batch_size=4, shuffle=False, num_workers=2)
    for epoch in range(3):
        for batch in train_loader:
            print(epoch, batch.mean())
        print("test", evaluate(test_loader))


if __name__ == "__main__":
    main()
