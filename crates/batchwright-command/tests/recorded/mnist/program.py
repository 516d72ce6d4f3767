"""Prints in the form of PyTorch's MNIST example (`Train Epoch: 1 [640/60000 (1%)]\tLoss: ...`); the program is ours, the data scikit-learn's digits."""
import argparse

import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--log-interval", type=int, default=10)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    images, labels = load_digits(return_X_y=True)
    images, labels = torch.tensor(images / 16.0, dtype=torch.float32), torch.tensor(labels)
    train, test = (images[:1500], labels[:1500]), (images[1500:], labels[1500:])
    net = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10))
    optimizer = torch.optim.SGD(net.parameters(), lr=args.lr, momentum=0.9)

    for epoch in range(1, args.epochs + 1):
        batches = torch.randperm(1500).split(args.batch_size)
        for index, batch in enumerate(batches):
            loss = F.cross_entropy(net(train[0][batch]), train[1][batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if index % args.log_interval == 0:
                print("Train Epoch: {} [{}/{} ({:.0f}%)]\tLoss: {:.6f}".format(
                    epoch, index * len(batch), 1500, 100.0 * index / len(batches), loss.item()))
        with torch.no_grad():
            logits = net(test[0])
            loss, correct = F.cross_entropy(logits, test[1]).item(), int((logits.argmax(1) == test[1]).sum())
        print("\nTest set: Average loss: {:.4f}, Accuracy: {}/{} ({:.0f}%)\n".format(
            loss, correct, len(test[1]), 100.0 * correct / len(test[1])))


if __name__ == "__main__":
    main()
