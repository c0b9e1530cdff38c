"""Speech in noise: a clean voice, and noise mixed in at a random level."""

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset


class NoisySpeech(Dataset):
    def __init__(self, voices, noises, seed=0):
        self.voices = voices
        self.noises = noises
        self.rng = np.random.RandomState(seed)

    def __len__(self):
        return len(self.voices)

    def __getitem__(self, index):
        voice = self.voices[index]
        noise = self.noises[self.rng.randint(len(self.noises))]
        level = self.rng.uniform(-5, 20)
        return torch.from_numpy(voice + noise * 10 ** (-level / 20)), torch.from_numpy(voice)


def loader(voices, noises):
    return DataLoader(NoisySpeech(voices, noises), batch_size=12, shuffle=True, num_workers=4)
