"""scikit-learn's unmodified `MLPClassifier` with `verbose=True`: what it calls an iteration is an epoch."""
import argparse

from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=8)
    args = parser.parse_args()
    images, labels = load_digits(return_X_y=True)
    MLPClassifier((64,), batch_size=args.batch_size, learning_rate_init=args.lr, random_state=args.seed, early_stopping=True,
                  max_iter=args.epochs, verbose=True).fit(images[:1500] / 16.0, labels[:1500])


if __name__ == "__main__":
    main()
