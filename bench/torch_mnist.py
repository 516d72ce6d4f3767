"""Trains an MLP or a CNN on MNIST in PyTorch eager and prints one JSON line: seconds of the training loop, validation and test accuracy.

The job of `batchwright train` with `--model mlp:512,256` or `cnn`: a tenth of the training files held out, SGD with momentum 0.9, the
validation split evaluated once an epoch, the test files at the end. Written as somebody would who wants speed: all samples in one
tensor, no loader, no workers, the fused optimizer.
"""

import argparse
import gzip
import json
import pathlib
import struct
import time

import torch
from torch.nn import functional

import peers_torch


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
    """Training, validation and test inputs and classes; normalised by the mean and deviation of the training split."""
    images = read_idx(folder, "train-images-idx3-ubyte").float() / 255
    test = read_idx(folder, "t10k-images-idx3-ubyte").float() / 255
    classes, test_classes = (read_idx(folder, f"{name}-labels-idx1-ubyte").long() for name in ("train", "t10k"))
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(seed))
    held_out, kept = order[: len(order) // 10], order[len(order) // 10 :]
    mean, deviation = images[kept].mean(), images[kept].std()
    images, test = (images - mean) / deviation, (test - mean) / deviation
    return (images[kept], classes[kept]), (images[held_out], classes[held_out]), (test, test_classes)


@torch.no_grad()
def accuracy(forward, images, classes):
    right = sum((forward(x).argmax(1) == y).sum().item() for x, y in zip(images.split(256), classes.split(256)))
    return right / len(classes)


def forward_of(work, channels_last, bf16):
    """The model, and the function from images [samples, 28, 28] to its outputs."""
    model, context = peers_torch.MODELS[work](), peers_torch.precision(bf16)
    layout = torch.channels_last if channels_last else torch.contiguous_format
    if channels_last:
        model = model.to(memory_format=layout)

    def forward(images):
        x = images.unsqueeze(1).contiguous(memory_format=layout) if work == "cnn" else images.flatten(1)
        with context():
            return model(x)

    return model, forward


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True, help="folder with MNIST's IDX files")
    parser.add_argument("--model", choices=["mlp", "cnn"], default="mlp")
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--bf16", action="store_true", help="autocast")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--lr", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    (x, y), validation, test = load(args.data, args.seed)
    model, forward = forward_of(args.model, args.channels_last, args.bf16)
    optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9, fused=True)
    start, losses = time.perf_counter(), []
    for _ in range(args.epochs):
        for indices in torch.randperm(len(x)).split(args.batch_size):
            optimizer.zero_grad(set_to_none=True)
            loss = functional.cross_entropy(forward(x[indices]).float(), y[indices])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        validated = accuracy(forward, *validation)
    seconds = time.perf_counter() - start
    result = {"samples": len(x), "steps": len(losses), "seconds": seconds}
    print(json.dumps(result | {"validation": {"accuracy": validated}, "test": {"accuracy": accuracy(forward, *test)}}))


main()
