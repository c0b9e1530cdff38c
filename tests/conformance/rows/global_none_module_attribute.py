"""`self.rng = np.random` keeps the module, not a generator: the state is the global one."""

import numpy as np
from torch.utils.data import DataLoader, Dataset


class NoisySignals(Dataset):
    def __init__(self, signals, rng=np.random):
        self.signals = signals
        self.rng = rng

    def __len__(self):
        return len(self.signals)

    def __getitem__(self, index):
        signal = self.signals[index]
        return signal + self.rng.normal(0.0, 0.1, size=signal.shape)


def main():
    dataset = NoisySignals(np.zeros((24, 32)))
    loader = DataLoader(dataset, batch_size=4, num_workers=2)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.std())


if __name__ == "__main__":
    main()
