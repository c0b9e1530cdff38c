"""A dataclass of settings makes the dataset's generator: an unseeded one, once for all workers."""

from dataclasses import dataclass, field

import numpy as np
from torch.utils.data import DataLoader, Dataset


@dataclass
class Shifted(Dataset):
    audio: np.ndarray
    rng: np.random.Generator = field(default_factory=np.random.default_rng)

    def __len__(self):
        return len(self.audio)

    def __getitem__(self, index):
        return np.roll(self.audio[index], self.rng.integers(100))


def main():
    loader = DataLoader(Shifted(np.zeros((24, 100))), batch_size=4, shuffle=True, num_workers=2)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
