#!/usr/bin/env python3
"""A small network on scikit-learn's digits by Keras' `fit`; a Keras epoch is --eval-steps steps, whatever the batch size.

    batchwright find --batch-sizes 8..512 --lr 1e-4..1e-1 --samples 1500 --target "val_loss<0.3" --
        python3 train_keras.py --batch-size {batch_size} --lr {lr} --seed {seed} --steps {steps} --eval-steps {eval_steps}
"""
import argparse
import os

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras
import numpy as np
from sklearn.datasets import load_digits

from batchwright.keras import Report


def batches(x, y, size, seed):
    """Batches without end, every pass in an order of its own. The samples left at the end of a pass begin the next batch: all batches are full."""
    rng, order = np.random.default_rng(seed), np.empty(0, int)
    while True:
        while len(order) < size:
            order = np.concatenate([order, rng.permutation(len(x))])
        batch, order = order[:size], order[size:]
        yield x[batch], y[batch]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch-size", type=int, required=True)
    parser.add_argument("--lr", type=float, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--eval-steps", type=int, default=20)
    args = parser.parse_args()

    images, labels = load_digits(return_X_y=True)
    images = images / 16.0
    keras.utils.set_random_seed(args.seed)
    model = keras.Sequential([
        keras.Input((64,)), keras.layers.Dense(64, activation="relu"), keras.layers.Dense(10, activation="softmax")])
    # beta2 as a half-life in samples: 0.999 is meant at batch size 32.
    optimizer = keras.optimizers.Adam(args.lr, beta_2=max(0.9, 0.999 ** (args.batch_size / 32)))
    model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(batches(images[:1500], labels[:1500], args.batch_size, args.seed), steps_per_epoch=args.eval_steps,
              epochs=-(-args.steps // args.eval_steps), validation_data=(images[1500:], labels[1500:]), validation_batch_size=297,
              verbose=0, callbacks=[Report(args.batch_size)])


if __name__ == "__main__":
    main()
