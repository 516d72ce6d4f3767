#!/usr/bin/env python3
"""A small network on scikit-learn's digits by fastai's `Learner.fit`, looked at every --eval-steps steps by a callback of a few lines.

    batchwright find --batch-sizes 8..512 --lr 1e-4..1e-1 --samples 1500 --target "val_loss<0.3" --
        python3 train_fastai.py --batch-size {batch_size} --lr {lr} --seed {seed} --steps {steps} --eval-steps {eval_steps}
"""
import argparse
import time

import torch
from fastai.basics import Callback, CancelFitException, DataLoaders, Learner, set_seed
from sklearn.datasets import load_digits
from torch.nn.functional import cross_entropy
from torch.utils.data import TensorDataset

import batchwright


class Report(Callback):
    """Prints a row every `every` steps and ends the run after `steps`. fastai itself validates once an epoch."""

    def __init__(self, images, labels, batch_size, every, steps):
        self.images, self.labels, self.batch_size, self.every, self.steps = images, labels, batch_size, every, steps
        self.seconds = 0.0

    def before_batch(self):
        self.start = time.perf_counter()

    def after_batch(self):
        if not self.training:
            return
        self.seconds += time.perf_counter() - self.start
        step = self.learn.train_iter + 1  # counted up by fastai after this callback
        if step % self.every == 0 or step == self.steps:
            with torch.no_grad():
                loss = cross_entropy(self.model.eval()(self.images), self.labels)
            self.model.train()
            batchwright.report(step=step, samples=step * self.batch_size, seconds=self.seconds, val_loss=loss)
        if step == self.steps:
            raise CancelFitException


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch-size", type=int, required=True)
    parser.add_argument("--lr", type=float, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--eval-steps", type=int, default=20)
    args = parser.parse_args()

    images, labels = load_digits(return_X_y=True)
    images, labels = torch.tensor(images / 16.0, dtype=torch.float32), torch.tensor(labels)
    set_seed(args.seed)
    # fastai drops the short last batch of a shuffled pass: 1500 samples at 64 are 23 steps. All steps are full.
    data = DataLoaders.from_dsets(
        TensorDataset(images[:1500], labels[:1500]), TensorDataset(images[1500:], labels[1500:]), bs=args.batch_size,
        device=torch.device("cpu"))
    net = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10))
    report = Report(images[1500:], labels[1500:], args.batch_size, args.eval_steps, args.steps)
    learner = Learner(data, net, loss_func=torch.nn.CrossEntropyLoss(), cbs=report)
    with learner.no_logging():
        learner.fit(args.steps, lr=args.lr)  # at least as many epochs as steps are wanted: the callback ends the run


if __name__ == "__main__":
    main()
