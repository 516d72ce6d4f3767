#!/usr/bin/env python3
"""A small network on scikit-learn's digits by PyTorch that prints nothing and writes TensorBoard event files.

    batchwright find --batch-sizes 8..512 --lr 1e-3..1 --samples 1500 --target "val_loss<0.3" --
        python3 train_tensorboard.py --batch-size {batch_size} --lr {lr} --seed {seed} --steps {steps} --eval-steps {eval_steps} --out {out}
"""
import argparse

import torch
from sklearn.datasets import load_digits
from torch.nn.functional import cross_entropy
from torch.utils.tensorboard import SummaryWriter


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch-size", type=int, required=True)
    parser.add_argument("--lr", type=float, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--eval-steps", type=int, default=20)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    images, labels = load_digits(return_X_y=True)
    images, labels = torch.tensor(images / 16.0, dtype=torch.float32), torch.tensor(labels)
    net = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10))
    optimizer = torch.optim.SGD(net.parameters(), lr=args.lr)
    writer, step = SummaryWriter(args.out), 0
    while step < args.steps:
        for batch in torch.randperm(1500).split(args.batch_size):
            loss = cross_entropy(net(images[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
            if step % args.eval_steps == 0 or step == args.steps:
                with torch.no_grad():
                    writer.add_scalar("val/loss", cross_entropy(net(images[1500:]), labels[1500:]), step)
                writer.flush()  # else a row may wait for two minutes in memory
            if step == args.steps:
                break
    writer.close()


if __name__ == "__main__":
    main()
