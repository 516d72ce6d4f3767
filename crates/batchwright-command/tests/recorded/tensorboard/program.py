"""A small network on scikit-learn's digits that writes TensorBoard event files, by one of three well-known writers.

The files are named neutrally afterwards: a writer puts the name of the machine into them.
"""
import argparse
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits


def scalars(writer, folder):
    """`(add(name, value, step), close)` of a writer."""
    if writer == "tensorflow":
        import tensorflow as tf
        file = tf.summary.create_file_writer(folder)

        def add(name, value, step):
            with file.as_default():
                tf.summary.scalar(name, value, step=step)

        return add, file.close
    if writer == "torch":
        from torch.utils.tensorboard import SummaryWriter
    else:
        from tensorboardX import SummaryWriter
    file = SummaryWriter(folder)
    return file.add_scalar, file.close


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writer", choices=["torch", "tensorboardX", "tensorflow"], default="torch")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--eval-steps", type=int, default=10)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    images, labels = load_digits(return_X_y=True)
    images, labels = torch.tensor(images / 16.0, dtype=torch.float32), torch.tensor(labels)
    net = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10))
    optimizer = torch.optim.SGD(net.parameters(), lr=args.lr)
    add, close = scalars(args.writer, "out")
    for step in range(1, args.steps + 1):
        batch = torch.randint(1500, (args.batch_size,))
        loss = F.cross_entropy(net(images[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        add("train/loss", loss.item(), step)
        if step % args.eval_steps == 0:
            with torch.no_grad():
                logits = net(images[1500:])
                add("val/loss", F.cross_entropy(logits, labels[1500:]).item(), step)
                add("val/accuracy", (logits.argmax(1) == labels[1500:]).float().mean().item(), step)
    close()
    (written,) = pathlib.Path("out").glob("events.out.tfevents.*")
    written.rename(f"events.out.tfevents.{args.writer}")
    pathlib.Path("out").rmdir()


if __name__ == "__main__":
    main()
