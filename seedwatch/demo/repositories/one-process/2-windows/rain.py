"""Rain by the hour, cut into windows."""

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset


class Rain(Dataset):
    def __init__(self, series):
        self.series = series

    def __len__(self):
        return len(self.series) - 48

    def __getitem__(self, index):
        length = np.random.randint(12, 48)
        window = np.zeros(48, dtype=np.float32)
        window[-length:] = self.series[index : index + length]
        return torch.from_numpy(window), self.series[index + length]


loader = DataLoader(Rain(np.load("rain.npy")), batch_size=128, shuffle=True, num_workers=0)
