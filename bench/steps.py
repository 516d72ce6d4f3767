"""One training step of an MLP, here and in PyTorch eager, alternating in one sitting.

Prints a table: per batch size the median over the rounds of each side's median step, their ratio, and the lowest and highest ratio
that any round had. A ratio above 1 means that Batchwright is faster.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys


def run(command):
    """Batch size -> median seconds per step."""
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    return {row["batch_size"]: row["seconds"] for row in map(json.loads, lines)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ours", required=True, help="the built example `steps` of batchwright-nn")
    parser.add_argument("--python", default=sys.executable, help="a Python with torch")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", default="2")
    parser.add_argument("--batch-sizes", default="8,32,128,512")
    parser.add_argument("--seconds", default="1.5", help="per side, batch size and round")
    args = parser.parse_args()
    settings = ["--threads", args.threads, "--batch-sizes", args.batch_sizes, "--seconds", args.seconds]
    theirs = str(pathlib.Path(__file__).with_name("torch_mlp_step.py"))
    rounds = [(run([args.ours, *settings]), run([args.python, theirs, *settings])) for _ in range(args.rounds)]
    print(f"{'B':>6} {'batchwright':>13} {'torch eager':>13} {'ratio':>7}   range over {args.rounds} rounds, {args.threads} threads")
    for batch_size in rounds[0][0]:
        ours = statistics.median(ours[batch_size] for ours, _ in rounds)
        torch = statistics.median(torch[batch_size] for _, torch in rounds)
        ratios = [torch[batch_size] / ours[batch_size] for ours, torch in rounds]
        print(f"{batch_size:>6} {ours * 1e6:>10.0f} us {torch * 1e6:>10.0f} us {torch / ours:>7.2f}   {min(ratios):.2f} .. {max(ratios):.2f}")


main()
