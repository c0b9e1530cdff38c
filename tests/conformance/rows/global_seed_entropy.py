"""np.random.seed() without an argument takes new entropy."""

import numpy as np
from torch.utils.data import DataLoader, Dataset


class Pairs(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        other = np.random.randint(len(self))
        return index, other


def main():
    loader = DataLoader(Pairs(), batch_size=4, shuffle=True, num_workers=2, worker_init_fn=lambda _: np.random.seed())
    for epoch in range(3):
        for anchors, others in loader:
            print(epoch, anchors, others)


if __name__ == "__main__":
    main()
