"""Each worker seeds itself at its first sample, all of them with the same number."""

import numpy as np
from torch.utils.data import DataLoader, Dataset, get_worker_info


class Frames(Dataset):
    def __init__(self, frames):
        self.frames = frames
        self.seeded = False

    def __len__(self):
        return len(self.frames)

    def __getitem__(self, index):
        if not self.seeded:
            info = get_worker_info()
            if info is not None:
                np.random.seed(1337)
                self.seeded = True
        return self.frames[index] * np.random.uniform(0.8, 1.2)


def main():
    loader = DataLoader(Frames(np.ones((24, 4))), batch_size=4, shuffle=True, num_workers=2)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
