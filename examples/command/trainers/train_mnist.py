#!/usr/bin/env python3
"""A small network on MNIST by PyTorch alone, with the defaults that most examples have: batch size 64, Adam at 0.001.

    batchwright find --batch-sizes 16..2048 --lr 1e-4..3e-2 --samples 54000 --target "val_accuracy=0.97" --
        python3 train_mnist.py --data mnist --batch-size {batch_size} --lr {lr} --seed {seed} --steps {steps} --eval-steps {eval_steps}

It prints one line of JSON an evaluation; `seconds` are those of training alone. The last 6,000 training images are the validation split.
"""
import argparse
import gzip
import json
import pathlib
import time

import numpy as np
import torch
import torch.nn.functional as F

TRAINING = 54_000


def idx(folder, name):
    """The numbers of one of MNIST's files, plain or packed."""
    path = pathlib.Path(folder) / name
    data = path.read_bytes() if path.exists() else gzip.decompress(path.with_name(name + ".gz").read_bytes())
    shape = [int.from_bytes(data[4 + 4 * k : 8 + 4 * k], "big") for k in range(data[3])]
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(shape)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder with train-images-idx3-ubyte and train-labels-idx1-ubyte, plain or .gz")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--eval-steps", type=int, default=100)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    images = torch.from_numpy(idx(args.data, "train-images-idx3-ubyte").astype(np.float32) / 255).flatten(1)
    labels = torch.from_numpy(idx(args.data, "train-labels-idx1-ubyte").astype(np.int64))
    net = torch.nn.Sequential(torch.nn.Linear(784, 256), torch.nn.ReLU(), torch.nn.Linear(256, 10))
    optimizer = torch.optim.Adam(net.parameters(), lr=args.lr)

    def evaluate():
        with torch.no_grad():
            logits = net(images[TRAINING:])
            accuracy = (logits.argmax(1) == labels[TRAINING:]).float().mean().item()
            return {"val_loss": F.cross_entropy(logits, labels[TRAINING:]).item(), "val_accuracy": accuracy}

    step, samples, seconds, order = 0, 0, 0.0, torch.empty(0, dtype=torch.long)
    while step < args.steps:
        begun = time.perf_counter()
        if len(order) == 0:
            order = torch.randperm(TRAINING)
        batch, order = order[: args.batch_size], order[args.batch_size :]
        loss = F.cross_entropy(net(images[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step, samples = step + 1, samples + len(batch)
        seconds += time.perf_counter() - begun
        if step % args.eval_steps == 0 or step == args.steps:
            print(json.dumps({"step": step, "samples": samples, "seconds": seconds, **evaluate()}), flush=True)


if __name__ == "__main__":
    main()
