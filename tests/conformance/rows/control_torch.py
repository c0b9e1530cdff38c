"""So is torch's default generator."""

import torch
from torch.utils.data import DataLoader, Dataset


class Rotated(Dataset):
    def __init__(self, images):
        self.images = images

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return torch.rot90(self.images[index], int(torch.randint(0, 4, (1,))))


def main():
    loader = DataLoader(Rotated(torch.zeros(24, 8, 8)), batch_size=4, shuffle=True, num_workers=2)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.shape)


if __name__ == "__main__":
    main()
