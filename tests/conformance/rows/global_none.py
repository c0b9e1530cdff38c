"""Random crops from NumPy's global state, and nobody seeds the workers."""

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset


class CropDataset(Dataset):
    def __init__(self, images, size=8):
        self.images = images
        self.size = size

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.images[index]
        top = np.random.randint(0, image.shape[0] - self.size)
        left = np.random.randint(0, image.shape[1] - self.size)
        return torch.from_numpy(image[top : top + self.size, left : left + self.size])


def main():
    images = np.zeros((24, 16, 16), dtype=np.float32)
    loader = DataLoader(CropDataset(images), batch_size=4, shuffle=True, num_workers=2)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
