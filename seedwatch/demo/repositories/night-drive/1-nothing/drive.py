"""Frames from a car at night, brightened at random."""

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset


class Frames(Dataset):
    def __init__(self, frames, steering):
        self.frames = frames
        self.steering = steering

    def __len__(self):
        return len(self.frames)

    def __getitem__(self, index):
        frame, angle = self.frames[index], self.steering[index]
        if np.random.random() < 0.5:
            frame, angle = frame[..., ::-1].copy(), -angle
        gamma = np.random.uniform(0.4, 1.0)
        return torch.from_numpy(frame**gamma), angle


def loader(frames, steering):
    return DataLoader(Frames(frames, steering), batch_size=32, shuffle=True, num_workers=4)
