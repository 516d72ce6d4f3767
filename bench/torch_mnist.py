"""Trains an MLP on MNIST in PyTorch eager and prints one JSON line: seconds of the training loop and validation accuracy.

The job of `batchwright train`: a tenth of the training files held out, mlp:512,256 with ReLU, SGD with momentum 0.9, the validation
split evaluated once an epoch. Written as somebody would who wants speed: all samples in one tensor, no loader, no workers.
"""

import argparse
import gzip
import json
import pathlib
import struct
import time

import torch
from torch import nn


def read_idx(folder, name):
    """An IDX file of bytes, plain or .gz, as a tensor."""
    plain = pathlib.Path(folder, name)
    data = plain.read_bytes() if plain.exists() else gzip.decompress(plain.with_name(name + ".gz").read_bytes())
    zero, kind, dimensions = struct.unpack(">HBB", data[:4])
    if (zero, kind) != (0, 8):
        raise SystemExit(f"{plain}: not an IDX file of bytes")
    start = 4 + 4 * dimensions
    shape = struct.unpack(f">{dimensions}I", data[4:start])
    return torch.frombuffer(bytearray(data[start:]), dtype=torch.uint8).view(shape)


def load(folder, seed):
    """Training and validation inputs and classes; normalised by the mean and deviation of the training split."""
    images = read_idx(folder, "train-images-idx3-ubyte").flatten(1).float() / 255
    classes = read_idx(folder, "train-labels-idx1-ubyte").long()
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(seed))
    held_out, kept = order[: len(order) // 10], order[len(order) // 10 :]
    mean, deviation = images[kept].mean(), images[kept].std()
    images = (images - mean) / deviation
    return images[kept], classes[kept], images[held_out], classes[held_out]


@torch.no_grad()
def accuracy(model, images, classes):
    right = sum((model(x).argmax(1) == y).sum().item() for x, y in zip(images.split(256), classes.split(256)))
    return right / len(classes)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True, help="folder with MNIST's IDX files")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--lr", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    x, y, x_val, y_val = load(args.data, args.seed)
    model = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9)
    start, losses = time.perf_counter(), []
    for _ in range(args.epochs):
        for indices in torch.randperm(len(x)).split(args.batch_size):
            optimizer.zero_grad(set_to_none=True)
            loss = nn.functional.cross_entropy(model(x[indices]), y[indices])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        validation = accuracy(model, x_val, y_val)
    seconds = time.perf_counter() - start
    print(json.dumps({"samples": len(x), "steps": len(losses), "seconds": seconds, "validation": {"accuracy": validation}}))


main()
