#!/usr/bin/env python3
"""Softmax regression on 600 digits by scikit-learn, one step a call of `MLPClassifier.partial_fit`.

Not `SGDClassifier`: it updates after every single sample, so that a batch given to its `partial_fit` is many steps, and no batch size.

    batchwright find --batch-sizes 4..256 --lr 1e-3..3 --samples 600 --target "val_loss<0.35" --
        python3 train_sklearn.py --batch-size {batch_size} --lr {lr} --seed {seed} --steps {steps} --eval-steps {eval_steps}
"""
import argparse
import json
import pathlib
import time

import numpy as np
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier


def digits():
    """Images [800, 64] in 0..1 and labels [800]."""
    rows = [line.split() for line in pathlib.Path(__file__).with_name("digits.txt").read_text(encoding="ascii").splitlines()]
    images = np.array([[(ord(letter) - ord("a")) / 16 for letter in letters] for _, letters in rows])
    return images, np.array([int(label) for label, _ in rows])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch-size", type=int, required=True)
    parser.add_argument("--lr", type=float, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--eval-steps", type=int, default=10)
    args = parser.parse_args()

    images, labels = digits()
    rng = np.random.default_rng(args.seed)
    net = MLPClassifier((), solver="sgd", momentum=0, learning_rate_init=args.lr, batch_size=args.batch_size, alpha=0,
                        random_state=args.seed)
    order, seconds, samples = [], 0.0, 0
    for step in range(1, args.steps + 1):
        start = time.perf_counter()
        if len(order) == 0:
            order = rng.permutation(600)
        batch, order = order[:args.batch_size], order[args.batch_size:]
        net.batch_size = len(batch)  # the last batch of a pass is shorter
        net.partial_fit(images[batch], labels[batch], classes=range(10))
        seconds += time.perf_counter() - start
        samples += len(batch)
        if step % args.eval_steps == 0 or step == args.steps:
            loss = log_loss(labels[600:], net.predict_proba(images[600:]), labels=range(10))
            print(json.dumps({"step": step, "samples": samples, "seconds": seconds, "val_loss": loss}), flush=True)


if __name__ == "__main__":
    main()
