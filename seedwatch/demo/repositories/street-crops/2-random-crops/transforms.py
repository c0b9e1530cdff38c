"""Transforms that treat a picture and its labels alike."""

import numpy as np


class Compose:
    def __init__(self, transforms):
        self.transforms = transforms

    def __call__(self, picture, label):
        for transform in self.transforms:
            picture, label = transform(picture, label)
        return picture, label


class RandomCrop:
    def __init__(self, size):
        self.size = size

    def __call__(self, picture, label):
        top = np.random.randint(0, picture.shape[-2] - self.size)
        left = np.random.randint(0, picture.shape[-1] - self.size)
        window = (..., slice(top, top + self.size), slice(left, left + self.size))
        return picture[window], label[window]


class RandomFlip:
    def __call__(self, picture, label):
        if np.random.rand() < 0.5:
            return picture[..., ::-1], label[..., ::-1]
        return picture, label
