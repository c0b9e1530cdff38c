"""Pictures of streets and the label of each pixel."""

import numpy as np
import torch
from torch.utils.data import Dataset


class Streets(Dataset):
    def __init__(self, folder, transform=None):
        self.pictures = np.load(f"{folder}/pictures.npy", mmap_mode="r")
        self.labels = np.load(f"{folder}/labels.npy", mmap_mode="r")
        self.transform = transform

    def __len__(self):
        return len(self.pictures)

    def __getitem__(self, index):
        picture, label = self.pictures[index], self.labels[index]
        if self.transform is not None:
            picture, label = self.transform(picture, label)
        return torch.from_numpy(picture.copy()), torch.from_numpy(label.copy())
