"""A small network on scikit-learn's digits by fastai's unmodified `Learner.fit`."""
import argparse

import torch
from fastai.basics import DataLoaders, Learner, accuracy, set_seed
from sklearn.datasets import load_digits
from torch.utils.data import TensorDataset


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--progress", action="store_true", help="with the callback that `fastai.vision.all` and its like bring")
    args = parser.parse_args()

    if args.progress:
        import fastai.callback.progress  # noqa: F401 (importing it adds the callback to every Learner)
    images, labels = load_digits(return_X_y=True)
    images, labels = torch.tensor(images / 16.0, dtype=torch.float32), torch.tensor(labels)
    set_seed(args.seed)
    data = DataLoaders.from_dsets(
        TensorDataset(images[:1500], labels[:1500]), TensorDataset(images[1500:], labels[1500:]), bs=args.batch_size,
        device=torch.device("cpu"))
    net = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10))
    Learner(data, net, loss_func=torch.nn.CrossEntropyLoss(), metrics=accuracy).fit(args.epochs, lr=args.lr)


if __name__ == "__main__":
    main()
