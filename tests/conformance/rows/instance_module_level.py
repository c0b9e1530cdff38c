"""A module's own generator, without a seed: copied by fork, made anew by spawn."""

import numpy as np
from torch.utils.data import DataLoader, Dataset

rng = np.random.default_rng()


class Clouds(Dataset):
    def __init__(self, clouds):
        self.clouds = clouds

    def __len__(self):
        return len(self.clouds)

    def __getitem__(self, index):
        return self.clouds[index] * rng.uniform(0.9, 1.1)


def main():
    loader = DataLoader(Clouds(np.ones((24, 10, 3))), batch_size=4, shuffle=True, num_workers=2)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.sum())


if __name__ == "__main__":
    main()
