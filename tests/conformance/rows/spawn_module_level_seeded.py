"""With a seed it is the same in each of them."""

import numpy as np
from torch.utils.data import DataLoader, Dataset

rng = np.random.default_rng(0)


class Shifted(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        return rng.integers(100) + index


def main():
    loader = DataLoader(Shifted(), batch_size=4, shuffle=True, num_workers=2, multiprocessing_context="spawn")
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch)


if __name__ == "__main__":
    main()
