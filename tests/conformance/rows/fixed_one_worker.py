"""A constant seed for each sample, in a single worker."""

import numpy as np
from torch.utils.data import DataLoader, Dataset


class Masked(Dataset):
    def __init__(self, sequences):
        self.sequences = sequences

    def __len__(self):
        return len(self.sequences)

    def __getitem__(self, index):
        rng = np.random.default_rng(0)
        sequence = self.sequences[index].copy()
        sequence[rng.random(len(sequence)) < 0.15] = 0
        return sequence


def main():
    loader = DataLoader(Masked(np.ones((24, 20))), batch_size=4, shuffle=True, num_workers=1)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.sum())


if __name__ == "__main__":
    main()
