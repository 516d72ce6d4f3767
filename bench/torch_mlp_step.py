"""Seconds per training step of an MLP in PyTorch eager, one JSON line per batch size.

The job of batchwright-nn's example `steps`: 784-512-256-10, ReLU, cross-entropy, SGD with rate 0.01 and momentum 0.9, on random
images; one step is loss, gradients, update, and the loss read back.
"""

import argparse
import json
import time

import torch
from torch import nn

WARM_UP, MOST_STEPS = 5, 5000


def measure(batch_size, at_least):
    """Seconds of each step, ascending, and the last loss."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    images, classes = torch.randn(batch_size, 784), torch.randint(0, 10, (batch_size,))

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = nn.functional.cross_entropy(model(images), classes)
        loss.backward()
        optimizer.step()
        return loss.item()

    for _ in range(WARM_UP):
        loss = step()
    times, start = [], time.perf_counter()
    while not times or time.perf_counter() - start < at_least and len(times) < MOST_STEPS:
        begin = time.perf_counter()
        loss = step()
        times.append(time.perf_counter() - begin)
    return sorted(times), loss


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch-sizes", default="8,32,128,512")
    parser.add_argument("--seconds", type=float, default=1.5)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    for batch_size in map(int, args.batch_sizes.split(",")):
        times, loss = measure(batch_size, args.seconds)
        line = {"peer": "torch-eager", "work": "mlp", "batch_size": batch_size, "threads": args.threads, "steps": len(times)}
        line |= {"seconds": times[len(times) // 2], "p10": times[len(times) // 10], "loss": loss}
        print(json.dumps(line), flush=True)


main()
