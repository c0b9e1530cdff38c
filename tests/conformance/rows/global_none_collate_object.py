"""Mixup in a callable object that is given as collate_fn."""

import numpy as np
import torch
from torch.utils.data import DataLoader, TensorDataset


class Mixup:
    def __init__(self, alpha):
        self.alpha = alpha

    def __call__(self, batch):
        x = torch.stack([sample[0] for sample in batch])
        share = np.random.beta(self.alpha, self.alpha)
        other = np.random.permutation(len(batch))
        return share * x + (1 - share) * x[other]


def main():
    dataset = TensorDataset(torch.rand(24, 5))
    loader = DataLoader(dataset, batch_size=4, num_workers=2, collate_fn=Mixup(0.4))
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
