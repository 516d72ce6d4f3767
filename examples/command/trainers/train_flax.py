#!/usr/bin/env python3
"""A small network on scikit-learn's digits by Flax (NNX) and Optax, reported by the package `batchwright`.

    batchwright find --batch-sizes 8..512 --lr 1e-4..1e-1 --samples 1500 --target "val_loss<0.3" --
        python3 train_flax.py --batch-size {batch_size} --lr {lr} --seed {seed} --steps {steps} --eval-steps {eval_steps}
"""
import argparse

import jax
import numpy as np
import optax
from flax import nnx
from sklearn.datasets import load_digits

import batchwright


class Net(nnx.Module):
    def __init__(self, rngs):
        self.hidden, self.out = nnx.Linear(64, 64, rngs=rngs), nnx.Linear(64, 10, rngs=rngs)

    def __call__(self, x):
        return self.out(nnx.relu(self.hidden(x)))


def loss_of(net, x, y):
    return optax.softmax_cross_entropy_with_integer_labels(net(x), y).mean()


@nnx.jit
def update(net, optimizer, x, y):
    optimizer.update(net, nnx.grad(loss_of)(net, x, y))


def batches(rng, samples, size, steps):
    """`steps` batches, every pass in an order of its own; the short last one is dropped, since `jit` would compile anew for its shape."""
    while True:
        order = rng.permutation(samples)
        for start in range(0, samples - size + 1, size):
            if steps == 0:
                return
            steps -= 1
            yield order[start:start + size]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch-size", type=int, required=True)
    parser.add_argument("--lr", type=float, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--eval-steps", type=int, default=20)
    args = parser.parse_args()
    if not 1 <= args.batch_size <= 1500:
        parser.error("--batch-size must be 1 to 1500, the samples of a pass")

    images, labels = load_digits(return_X_y=True)
    images, labels = (images / 16.0).astype(np.float32), labels.astype(np.int32)

    # beta2 as a half-life in samples: 0.999 is meant at batch size 32. One `adam` for both: `jit` compiles anew for another.
    adam = optax.adam(args.lr, b2=max(0.9, 0.999 ** (args.batch_size / 32)))

    def new():
        net = Net(nnx.Rngs(args.seed))
        return net, nnx.Optimizer(net, adam, wrt=nnx.Param)

    evaluate = nnx.jit(loss_of)
    first = slice(args.batch_size)
    spare = new()
    update(*spare, images[first], labels[first])  # compiles, on a copy; the clock has not begun
    jax.block_until_ready(evaluate(spare[0], images[1500:], labels[1500:]))

    net, optimizer = new()
    order = batches(np.random.default_rng(args.seed), 1500, args.batch_size, args.steps)
    for step, batch in enumerate(batchwright.count(order, batch_size=args.batch_size), 1):
        update(net, optimizer, images[batch], labels[batch])
        if step % args.eval_steps == 0 or step == args.steps:
            jax.block_until_ready(nnx.state(net))
            with batchwright.evaluation():
                batchwright.report(val_loss=evaluate(net, images[1500:], labels[1500:]))


if __name__ == "__main__":
    main()
