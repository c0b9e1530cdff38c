"""The worker_init_fn reaches the generator of the dataset's transform and reseeds it in place."""

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset


class RandomGain:
    def __init__(self, low, high):
        self.low = low
        self.high = high
        self.rng = np.random.RandomState()

    def __call__(self, signal):
        return signal * self.rng.uniform(self.low, self.high)


class Signals(Dataset):
    def __init__(self, transform):
        self.transform = transform

    def __len__(self):
        return 24

    def __getitem__(self, index):
        return self.transform(np.ones(10))


def worker_init_fn(worker_id):
    dataset = torch.utils.data.get_worker_info().dataset
    dataset.transform.rng.seed(torch.initial_seed() % 2**32)


def main():
    dataset = Signals(RandomGain(0.5, 2.0))
    loader = DataLoader(dataset, batch_size=4, shuffle=True, num_workers=2, worker_init_fn=worker_init_fn)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
