"""The same with a RandomState in a helper."""

import numpy as np
from torch.utils.data import DataLoader, Dataset


def random_shift(signal):
    return np.roll(signal, np.random.RandomState().randint(100))


class Shifted(Dataset):
    def __init__(self, audio):
        self.audio = audio

    def __len__(self):
        return len(self.audio)

    def __getitem__(self, index):
        return random_shift(self.audio[index])


def main():
    loader = DataLoader(Shifted(np.zeros((24, 100))), batch_size=4, shuffle=True, num_workers=2)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
