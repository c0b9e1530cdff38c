"""scipy's random rotations are drawn from NumPy's global state when they are given no other."""

from scipy.spatial.transform import Rotation
from torch.utils.data import DataLoader, Dataset


class Turns(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        return Rotation.random().as_quat()


def main():
    loader = DataLoader(Turns(), batch_size=4, shuffle=True, num_workers=2)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
