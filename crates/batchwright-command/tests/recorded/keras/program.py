"""A small network on scikit-learn's digits by Keras' unmodified `fit`."""
import argparse
import os

os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
from sklearn.datasets import load_digits


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--verbose", type=int, default=1)
    args = parser.parse_args()

    images, labels = load_digits(return_X_y=True)
    images = images / 16.0
    keras.utils.set_random_seed(args.seed)
    model = keras.Sequential([
        keras.Input((64,)), keras.layers.Dense(64, activation="relu"), keras.layers.Dense(10, activation="softmax")])
    model.compile(optimizer=keras.optimizers.Adam(args.lr), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(images[:1500], labels[:1500], batch_size=args.batch_size, epochs=args.epochs, verbose=args.verbose,
              validation_data=(images[1500:], labels[1500:]))


if __name__ == "__main__":
    main()
