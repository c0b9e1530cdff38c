"""The generator is made when it is first asked for, which the constructor does: every worker has a copy of it."""

import numpy as np
from torch.utils.data import DataLoader, Dataset


class Shifted(Dataset):
    def __init__(self, audio):
        self.audio = audio
        self._rng = None
        self.order = self.rng.permutation(len(audio))

    @property
    def rng(self):
        if self._rng is None:
            self._rng = np.random.default_rng()
        return self._rng

    def __len__(self):
        return len(self.audio)

    def __getitem__(self, index):
        return np.roll(self.audio[self.order[index]], self.rng.integers(100))


def main():
    loader = DataLoader(Shifted(np.zeros((24, 100))), batch_size=4, shuffle=True, num_workers=2)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
