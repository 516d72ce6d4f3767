"""The same MNIST training here and in PyTorch eager, alternating in one sitting.

mlp:512,256, batch size 128, SGD with rate 0.05 and momentum 0.9. `seconds` are those of the training loop with its evaluations, `wall`
those of the whole program with its start and its reading of the files. Batchwright evaluates a training subset beside the
validation split at each epoch's end, which PyTorch is spared here.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time


def run(command):
    """Seconds, wall seconds and validation accuracy of one training."""
    start = time.perf_counter()
    result = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    wall = time.perf_counter() - start
    return {"seconds": result["seconds"], "wall": wall, "accuracy": result["validation"]["accuracy"], "steps": result["steps"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ours", required=True, help="the built program `batchwright`")
    parser.add_argument("--data", required=True, help="folder with MNIST's IDX files")
    parser.add_argument("--python", default=sys.executable, help="a Python with torch")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", default="2")
    parser.add_argument("--epochs", default="5")
    args = parser.parse_args()
    theirs = [args.python, str(pathlib.Path(__file__).with_name("torch_mnist.py"))]
    results = {"batchwright": [], "torch eager": []}
    for seed in range(1, args.rounds + 1):
        job = ["--data", args.data, "--batch-size", "128", "--epochs", args.epochs, "--lr", "0.05", "--threads", args.threads, "--seed", str(seed)]
        with tempfile.TemporaryDirectory() as runs:
            ours = [args.ours, "train", *job, "--model", "mlp:512,256", "--optimizer", "sgd", "--runs", runs, "--json"]
            results["batchwright"].append(run(ours))
        results["torch eager"].append(run([*theirs, *job]))
    print(f"{'':>12} {'seconds':>9} {'wall':>9} {'accuracy':>9} {'steps':>7}   medians of {args.rounds} rounds, {args.threads} threads")
    for name, rows in results.items():
        middle = {key: statistics.median(row[key] for row in rows) for key in rows[0]}
        print(f"{name:>12} {middle['seconds']:>9.2f} {middle['wall']:>9.2f} {middle['accuracy']:>9.4f} {middle['steps']:>7.0f}")


main()
