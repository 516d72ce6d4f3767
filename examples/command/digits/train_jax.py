#!/usr/bin/env python3
"""Softmax regression on 600 digits by JAX, which prints its rows itself. (A Flax model and an Optax optimizer change `loss_of` and `update`, no more.)

    batchwright find --batch-sizes 4..256 --lr 1e-3..3 --samples 600 --target "val_loss<0.35" --
        python3 train_jax.py --batch-size {batch_size} --lr {lr} --seed {seed} --steps {steps} --eval-steps {eval_steps}
"""
import argparse
import json
import pathlib
import time

import jax
import jax.numpy as jnp
import numpy as np


def digits():
    """Images [800, 64] in 0..1 and labels [800]."""
    rows = [line.split() for line in pathlib.Path(__file__).with_name("digits.txt").read_text(encoding="ascii").splitlines()]
    images = np.array([[(ord(letter) - ord("a")) / 16 for letter in letters] for _, letters in rows], np.float32)
    return images, np.array([int(label) for label, _ in rows])


def loss_of(net, x, y):
    logits = jax.nn.log_softmax(x @ net["w"] + net["b"])
    return -jnp.mean(logits[jnp.arange(len(y)), y])


@jax.jit
def update(net, lr, x, y):
    gradient = jax.grad(loss_of)(net, x, y)
    return jax.tree.map(lambda p, g: p - lr * g, net, gradient)


def batches(rng, batch_size):
    """Passes without end, each in an order of its own. The short last batch is dropped: `jit` would compile a second time for its shape."""
    while True:
        order = rng.permutation(600)
        for start in range(0, 600 - batch_size + 1, batch_size):
            yield order[start:start + batch_size]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch-size", type=int, required=True)
    parser.add_argument("--lr", type=float, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--eval-steps", type=int, default=10)
    args = parser.parse_args()
    if not 1 <= args.batch_size <= 600:
        parser.error("--batch-size must be 1 to 600, the samples of a pass")

    images, labels = digits()
    net = {"w": jnp.zeros((64, 10)), "b": jnp.zeros(10)}
    order = batches(np.random.default_rng(args.seed), args.batch_size)
    jax.block_until_ready(update(net, args.lr, images[:args.batch_size], labels[:args.batch_size]))  # compiles; its result is not used
    seconds = 0.0
    for step in range(1, args.steps + 1):
        start = time.perf_counter()
        batch = next(order)
        net = jax.block_until_ready(update(net, args.lr, images[batch], labels[batch]))
        seconds += time.perf_counter() - start
        if step % args.eval_steps == 0 or step == args.steps:
            loss = float(loss_of(net, images[600:], labels[600:]))
            print(json.dumps({"step": step, "samples": step * args.batch_size, "seconds": seconds, "val_loss": loss}), flush=True)


if __name__ == "__main__":
    main()
