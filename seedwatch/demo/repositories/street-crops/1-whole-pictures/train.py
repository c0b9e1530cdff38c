import argparse

from torch.utils.data import DataLoader

from data import Streets


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--epochs", type=int, default=90)
    parser.add_argument("--workers", type=int, default=8)
    args = parser.parse_args()

    loader = DataLoader(Streets(args.folder), batch_size=16, shuffle=True, num_workers=args.workers)
    for epoch in range(args.epochs):
        for pictures, labels in loader:
            print(epoch, pictures.shape, labels.shape)


if __name__ == "__main__":
    main()
