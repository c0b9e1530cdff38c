"""A kept torch.Generator has the same fault, and is no NumPy generator."""

import torch
from torch.utils.data import DataLoader, Dataset


class Flipped(Dataset):
    def __init__(self, images, seed=0):
        self.images = images
        self.generator = torch.Generator().manual_seed(seed)

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.images[index]
        turns = int(torch.randint(0, 4, (1,), generator=self.generator))
        return torch.rot90(image, turns)


def main():
    loader = DataLoader(Flipped(torch.zeros(24, 8, 8)), batch_size=4, shuffle=True, num_workers=2)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.shape)


if __name__ == "__main__":
    main()
