"""A fork server that has not imported NumPy: workers import it afresh, as under spawn."""

import numpy as np
from torch.utils.data import DataLoader, Dataset


class Speckle(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        return np.random.uniform(size=(4, 4)) + index


def main():
    loader = DataLoader(Speckle(), batch_size=4, shuffle=True, num_workers=2, multiprocessing_context="forkserver")
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
