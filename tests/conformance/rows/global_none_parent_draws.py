"""The training loop draws from NumPy too: epochs differ, the two workers still do not."""

import numpy as np
from torch.utils.data import DataLoader, Dataset


class Masked(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        tokens = np.arange(10)
        tokens[np.random.choice(10, size=2, replace=False)] = -1
        return tokens


def main():
    loader = DataLoader(Masked(), batch_size=4, shuffle=True, num_workers=2)
    for epoch in range(3):
        for batch in loader:
            noise = np.random.normal(size=tuple(batch.shape))
            print(epoch, (batch.numpy() + noise).mean())


if __name__ == "__main__":
    main()
