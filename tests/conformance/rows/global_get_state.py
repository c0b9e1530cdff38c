"""The first word of NumPy's state and the worker's id: a recipe that PyTorch 1.9 made worse."""

import numpy as np
from torch.utils.data import DataLoader, Dataset


class PointCloud(Dataset):
    def __init__(self, clouds):
        self.clouds = clouds

    def __len__(self):
        return len(self.clouds)

    def __getitem__(self, index):
        cloud = self.clouds[index]
        scale = np.random.uniform(0.8, 1.25)
        keep = np.random.choice(len(cloud), 4, replace=False)
        return cloud[keep] * scale


def worker_init_fn(worker_id):
    np.random.seed(np.random.get_state()[1][0] + worker_id)


def main():
    loader = DataLoader(
        PointCloud(np.ones((24, 10, 3))), batch_size=4, shuffle=True, num_workers=2, worker_init_fn=worker_init_fn
    )
    for epoch in range(3):
        for batch in loader:
            print(epoch, batch.sum())


if __name__ == "__main__":
    main()
