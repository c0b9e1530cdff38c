"""The worker_init_fn gives the worker's copy of the dataset a generator of its own."""

import numpy as np
from torch.utils.data import DataLoader, Dataset, get_worker_info


class Shifted(Dataset):
    def __init__(self, audio):
        self.audio = audio
        self.rng = np.random.default_rng()

    def __len__(self):
        return len(self.audio)

    def __getitem__(self, index):
        return np.roll(self.audio[index], self.rng.integers(100))


def init_worker(worker_id):
    info = get_worker_info()
    info.dataset.rng = np.random.default_rng(info.seed)


def main():
    loader = DataLoader(
        Shifted(np.zeros((24, 100))), batch_size=4, shuffle=True, num_workers=2, worker_init_fn=init_worker
    )
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
