"""Seeded from the worker's own seed, as get_worker_info has it."""

import numpy as np
from torch.utils.data import DataLoader, Dataset, get_worker_info


class Pairs(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        other = np.random.randint(len(self))
        return index, other


def init_worker(_):
    info = get_worker_info()
    np.random.seed(info.seed % (2**32))


def main():
    loader = DataLoader(Pairs(), batch_size=4, shuffle=True, num_workers=2, worker_init_fn=init_worker)
    for epoch in range(3):
        for anchors, others in loader:
            print(epoch, anchors, others)


if __name__ == "__main__":
    main()
