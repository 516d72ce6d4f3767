#!/usr/bin/env python3
"""Softmax regression on 600 digits by PyTorch, reported by the package `batchwright` (python/ of this repository; pip install batchwright).

    batchwright find --batch-sizes 4..256 --lr 1e-3..3 --samples 600 --target "val_loss<0.35" --
        python3 train_pytorch.py --batch-size {batch_size} --lr {lr} --seed {seed} --steps {steps} --eval-steps {eval_steps}
"""
import argparse
import pathlib

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

import batchwright


def digits():
    """Images [800, 64] in 0..1 and labels [800]."""
    rows = [line.split() for line in pathlib.Path(__file__).with_name("digits.txt").read_text(encoding="ascii").splitlines()]
    images = torch.tensor([[(ord(letter) - ord("a")) / 16 for letter in letters] for _, letters in rows])
    return images, torch.tensor([int(label) for label, _ in rows])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch-size", type=int, required=True)
    parser.add_argument("--lr", type=float, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--eval-steps", type=int, default=10)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    images, labels = digits()
    loader = DataLoader(TensorDataset(images[:600], labels[:600]), batch_size=args.batch_size, shuffle=True)
    net = torch.nn.Linear(64, 10)
    optimizer = torch.optim.SGD(net.parameters(), lr=args.lr)

    def evaluate():
        with torch.no_grad(), batchwright.evaluation():
            logits = net(images[600:])
            accuracy = (logits.argmax(1) == labels[600:]).float().mean()
            batchwright.report(val_loss=F.cross_entropy(logits, labels[600:]), val_accuracy=accuracy)

    step = 0
    while step < args.steps:
        for x, y in batchwright.count(loader, batch_size=args.batch_size, samples=600):
            loss = F.cross_entropy(net(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
            if step % args.eval_steps == 0 or step == args.steps:
                evaluate()
            if step == args.steps:
                break


if __name__ == "__main__":
    main()
