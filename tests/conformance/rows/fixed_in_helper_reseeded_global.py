"""The same in a helper of the older kind; a good worker_init_fn for the global state does not reach it."""

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset


def mask(sequence, share):
    state = np.random.RandomState(1234)
    hidden = state.permutation(len(sequence))[: int(share * len(sequence))]
    sequence = sequence.copy()
    sequence[hidden] = 0
    return sequence


class Masked(Dataset):
    def __init__(self, sequences):
        self.sequences = sequences

    def __len__(self):
        return len(self.sequences)

    def __getitem__(self, index):
        return mask(self.sequences[index], 0.2)


def seed_worker(worker_id):
    np.random.seed(torch.initial_seed() % 2**32)


def main():
    loader = DataLoader(
        Masked(np.ones((24, 20))), batch_size=4, shuffle=True, num_workers=2, worker_init_fn=seed_worker
    )
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.sum())


if __name__ == "__main__":
    main()
