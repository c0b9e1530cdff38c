"""One generator made in the program and handed to dataset and transform."""

import numpy as np
from torch.utils.data import DataLoader, Dataset


class RandomGain:
    def __init__(self, rng):
        self.rng = rng

    def __call__(self, signal):
        return signal * self.rng.uniform(0.5, 2.0)


class Signals(Dataset):
    def __init__(self, transform, rng):
        self.transform = transform
        self.rng = rng

    def __len__(self):
        return 24

    def __getitem__(self, index):
        signal = np.ones(10)
        signal[self.rng.integers(10)] = 0
        return self.transform(signal)


def main():
    rng = np.random.default_rng(2024)
    dataset = Signals(RandomGain(rng), rng)
    loader = DataLoader(dataset, batch_size=4, shuffle=True, num_workers=2)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
