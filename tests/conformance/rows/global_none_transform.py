"""The draw sits in a transform of a pipeline, under another name of numpy.random."""

import numpy
import torch
from numpy import random as npr
from torch.utils.data import DataLoader, Dataset


class RandomFlip:
    def __init__(self, p=0.5):
        self.p = p

    def __call__(self, image):
        if npr.rand() < self.p:
            image = image[:, ::-1].copy()
        return image


class ToTensor:
    def __call__(self, image):
        return torch.from_numpy(image)


class Pipeline:
    def __init__(self, steps):
        self.steps = steps

    def __call__(self, image):
        for step in self.steps:
            image = step(image)
        return image


class Images(Dataset):
    def __init__(self, transform=None):
        self.images = numpy.ones((24, 8, 8), dtype=numpy.float32)
        self.transform = transform

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        image = self.images[index]
        if self.transform is not None:
            image = self.transform(image)
        return image


def main():
    transform = Pipeline([RandomFlip(), ToTensor()])
    loader = DataLoader(Images(transform), batch_size=4, shuffle=True, num_workers=2)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.shape)


if __name__ == "__main__":
    main()
