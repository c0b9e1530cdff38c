"""scipy's distributions draw from NumPy's global state when they are given no other."""

from scipy import stats
from torch.utils.data import DataLoader, Dataset


class Times(Dataset):
    def __len__(self):
        return 24

    def __getitem__(self, index):
        return stats.expon.rvs(scale=2.0, size=3)


def main():
    loader = DataLoader(Times(), batch_size=4, shuffle=True, num_workers=2)
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.mean())


if __name__ == "__main__":
    main()
