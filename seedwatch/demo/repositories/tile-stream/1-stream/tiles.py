"""Tiles cut out of satellite pictures, without end."""

import numpy as np
import torch
from torch.utils.data import DataLoader, IterableDataset


class Tiles(IterableDataset):
    def __init__(self, scenes, size=256):
        self.scenes = scenes
        self.size = size

    def __iter__(self):
        for _ in range(10_000):
            scene = self.scenes[np.random.randint(len(self.scenes))]
            row, column = np.random.randint(0, scene.shape[-1] - self.size, 2)
            yield torch.from_numpy(scene[..., row : row + self.size, column : column + self.size])


def loader(scenes):
    return DataLoader(Tiles(scenes), batch_size=16, num_workers=4)
