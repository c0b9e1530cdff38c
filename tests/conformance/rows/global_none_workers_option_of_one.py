"""The option's default is a single worker; who trains in earnest asks for more."""

import argparse

import numpy as np
from torch.utils.data import DataLoader, Dataset


class Negatives(Dataset):
    def __init__(self, users, items):
        self.users = users
        self.items = items

    def __len__(self):
        return self.users

    def __getitem__(self, user):
        return user, np.random.randint(self.items)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--workers", type=int, default=1)
    args = parser.parse_args()
    loader = DataLoader(Negatives(24, 1000), batch_size=4, shuffle=True, num_workers=args.workers)
    for epoch in range(3):
        for users, negatives in loader:
            print(epoch, users, negatives)


if __name__ == "__main__":
    main()
