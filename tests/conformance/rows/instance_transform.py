"""The kept generator belongs to a transform of the dataset."""

import numpy as np
from torch.utils.data import DataLoader, Dataset


class RandomGain:
    def __init__(self, low, high, seed=None):
        self.low = low
        self.high = high
        self.rng = np.random.RandomState(seed)

    def __call__(self, signal):
        return signal * self.rng.uniform(self.low, self.high)


class Signals(Dataset):
    def __init__(self, transform):
        self.transform = transform

    def __len__(self):
        return 24

    def __getitem__(self, index):
        return self.transform(np.ones(10))


def main():
    dataset = Signals(transform=RandomGain(0.5, 2.0))
    loader = DataLoader(dataset, batch_size=4, shuffle=True, num_workers=2)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
