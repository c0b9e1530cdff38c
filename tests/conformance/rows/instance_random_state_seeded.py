"""A RandomState with a seed, kept by the dataset: each worker has a copy of it."""

import numpy as np
from torch.utils.data import DataLoader, Dataset


class Triplets(Dataset):
    def __init__(self, labels, seed=0):
        self.labels = labels
        self.random_state = np.random.RandomState(seed)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        same = np.flatnonzero(self.labels == self.labels[index])
        other = np.flatnonzero(self.labels != self.labels[index])
        return index, self.random_state.choice(same), self.random_state.choice(other)


def main():
    labels = np.arange(24) % 4
    loader = DataLoader(Triplets(labels), batch_size=4, shuffle=True, num_workers=2)
    for epoch in range(3):
        for anchor, positive, negative in loader:
            print(epoch, anchor, positive, negative)


if __name__ == "__main__":
    main()
