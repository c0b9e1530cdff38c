"""The worker_init_fn is there only with an option that is off by default."""

import argparse

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset


class Speckle(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        return np.random.uniform(size=(4, 4)) + index


def seed_worker(worker_id):
    np.random.seed(torch.initial_seed() % 2**32)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed-workers", action="store_true")
    args = parser.parse_args()
    loader = DataLoader(
        Speckle(),
        batch_size=4,
        shuffle=True,
        num_workers=2,
        worker_init_fn=seed_worker if args.seed_workers else None,
    )
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
