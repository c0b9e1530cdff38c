"""The recipe of PyTorch's own notes."""

import random

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset


class Rotated(Dataset):
    def __init__(self, clouds):
        self.clouds = clouds

    def __len__(self):
        return len(self.clouds)

    def __getitem__(self, index):
        angle = np.random.uniform() * 2 * np.pi
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        return self.clouds[index] @ turn


def seed_worker(worker_id):
    worker_seed = torch.initial_seed() % 2**32
    np.random.seed(worker_seed)
    random.seed(worker_seed)


def main():
    loader = DataLoader(
        Rotated(np.ones((24, 5, 2))), batch_size=4, shuffle=True, num_workers=2, worker_init_fn=seed_worker
    )
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.sum())


if __name__ == "__main__":
    main()
