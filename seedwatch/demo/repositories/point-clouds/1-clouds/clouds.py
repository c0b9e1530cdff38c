"""Point clouds, turned, scaled and thinned out at random."""

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset


def turned(cloud):
    angle = np.random.uniform() * 2 * np.pi
    c, s = np.cos(angle), np.sin(angle)
    return cloud @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


class Clouds(Dataset):
    points = 1024

    def __init__(self, clouds, kinds):
        self.clouds = clouds
        self.kinds = kinds

    def __len__(self):
        return len(self.clouds)

    def __getitem__(self, index):
        cloud = self.clouds[index]
        kept = np.random.choice(len(cloud), self.points, replace=False)
        return torch.from_numpy(turned(cloud[kept])), self.kinds[index]


def train(clouds, kinds, workers=4):
    loader = DataLoader(Clouds(clouds, kinds), batch_size=32, shuffle=True, num_workers=workers)
    for epoch in range(200):
        for batch, truth in loader:
            print(epoch, batch.shape, truth)
