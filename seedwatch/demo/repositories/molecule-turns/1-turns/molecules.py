"""Molecules, turned at random."""

import torch
from torch.utils.data import DataLoader, Dataset


class Molecules(Dataset):
    def __init__(self, positions, energies):
        self.positions = positions
        self.energies = energies

    def __len__(self):
        return len(self.positions)

    def __getitem__(self, index):
        atoms = self.positions[index] @ torch.linalg.qr(torch.randn(3, 3))[0]
        return atoms, self.energies[index]


def loader(positions, energies):
    return DataLoader(Molecules(positions, energies), batch_size=64, shuffle=True, num_workers=4)
