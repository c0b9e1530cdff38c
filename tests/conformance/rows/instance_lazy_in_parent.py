"""The generator is made at the first sample, which the parent takes: every worker has a copy of it."""

import numpy as np
from torch.utils.data import DataLoader, Dataset


class Shifted(Dataset):
    def __init__(self, audio):
        self.audio = audio
        self.rng = None

    def __len__(self):
        return len(self.audio)

    def __getitem__(self, index):
        if self.rng is None:
            self.rng = np.random.default_rng()
        return np.roll(self.audio[index], self.rng.integers(100))


def main():
    data = Shifted(np.zeros((24, 100)))
    print("length", len(data[0]))
    loader = DataLoader(data, batch_size=4, shuffle=True, num_workers=2)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
