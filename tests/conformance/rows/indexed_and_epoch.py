"""A generator made from seed, epoch and index, with the epoch set by the training loop."""

import numpy as np
from torch.utils.data import DataLoader, Dataset


class Shifted(Dataset):
    def __init__(self, audio, seed):
        self.audio = audio
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __len__(self):
        return len(self.audio)

    def __getitem__(self, index):
        rng = np.random.default_rng((self.seed, self.epoch, index))
        return np.roll(self.audio[index], rng.integers(100))


def main():
    dataset = Shifted(np.zeros((24, 100)), seed=1)
    loader = DataLoader(dataset, batch_size=4, num_workers=2)
    for epoch in range(3):
        dataset.set_epoch(epoch)
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
