"""Clean pictures, and the same with noise."""

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset


class Noisy(Dataset):
    def __init__(self, pictures, sigma=0.1):
        self.pictures = pictures
        self.sigma = sigma

    def __len__(self):
        return len(self.pictures)

    def __getitem__(self, index):
        rng = np.random.default_rng(0)
        clean = self.pictures[index]
        noisy = clean + rng.normal(0, self.sigma, clean.shape)
        return torch.from_numpy(noisy), torch.from_numpy(clean)


def main(pictures):
    loader = DataLoader(Noisy(pictures), batch_size=32, shuffle=True, num_workers=2, persistent_workers=True)
    for epoch in range(50):
        for noisy, clean in loader:
            print(epoch, (noisy - clean).std())
