"""The same MNIST training here and in PyTorch, alternating in one sitting; prints Markdown.

mlp:512,256 for 5 epochs or the CNN for 1; batch size 128, SGD with rate 0.05 and momentum 0.9. `seconds` are those of the training
loop with its evaluations; `wall` those of the whole program, with its start and its reading of the files, and `memory` the most that it
had resident. Batchwright evaluates a training subset beside the validation split at each epoch's end, and writes a report, which
PyTorch is spared here.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import machine

MODELS = {"mlp": ("mlp:512,256", 5), "cnn": ("cnn", 1)}
OTHERS = {
    "mlp": {"torch eager": []},
    "cnn": {"torch eager": [], "torch eager channels_last bf16": ["--channels-last", "--bf16"]},
}


def run(command, environment=None):
    """What one training took and reached: seconds, MiB, accuracies."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    printed = process.stdout.read()
    # Of this process alone: getrusage would give the largest of all so far.
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    result = json.loads(printed)
    return {
        "wall": wall,
        "seconds": result["seconds"],
        "memory": usage.ru_maxrss / (1024 if sys.platform == "linux" else 1 << 20),
        "validation": result["validation"]["accuracy"],
        "test": result["test"]["accuracy"],
        "steps": result["steps"],
    }


def show(results):
    heads = ["", "wall, s", "range", "loop, s", "memory, MiB", "validation accuracy", "test accuracy", "steps"]
    print("| " + " | ".join(heads) + " |\n|---|" + "--:|" * (len(heads) - 1))
    for name, rows in results.items():
        middle = {key: statistics.median(row[key] for row in rows) for key in rows[0]}
        walls = [row["wall"] for row in rows]
        cells = [name, f"{middle['wall']:.2f}", f"{min(walls):.2f} to {max(walls):.2f}", f"{middle['seconds']:.2f}", f"{middle['memory']:.0f}"]
        cells += [f"{middle['validation']:.4f}", f"{middle['test']:.4f}", f"{middle['steps']:.0f}"]
        print("| " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ours", required=True, help="the built program `batchwright`")
    parser.add_argument("--data", required=True, help="folder with MNIST's IDX files")
    parser.add_argument("--model", choices=MODELS, default="mlp")
    parser.add_argument("--handover", help="the built example `handover`, to be measured before and after")
    parser.add_argument("--python", default=sys.executable, help="a Python with torch")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", default="2")
    parser.add_argument("--epochs", type=int, help="[default: 5, of the CNN 1]")
    parser.add_argument("--json", type=pathlib.Path, help="file for all rounds and the machine")
    args = parser.parse_args()
    model, epochs = MODELS[args.model]
    epochs = str(args.epochs or epochs)
    theirs = [args.python, str(pathlib.Path(__file__).with_name("torch_mnist.py")), "--model", args.model]
    here, environment = machine.describe(args.python), machine.peers_environment()
    handovers = [machine.handover(args.handover)] if args.handover else []
    results = {"Batchwright": []} | {name: [] for name in OTHERS[args.model]}
    for seed in range(1, args.rounds + 1):
        job = ["--data", args.data, "--batch-size", "128", "--epochs", epochs, "--lr", "0.05", "--threads", args.threads, "--seed", str(seed)]
        with tempfile.TemporaryDirectory() as runs:
            ours = [args.ours, "train", *job, "--model", model, "--optimizer", "sgd", "--eval-every", "1ep", "--runs", runs, "--quiet", "--json"]
            results["Batchwright"].append(run(ours))
        for name, flags in OTHERS[args.model].items():
            results[name].append(run([*theirs, *job, *flags], environment))
    handovers += [machine.handover(args.handover)] if args.handover else []
    print(f"MNIST, {model}, batch size 128, epochs: {epochs}. {machine.sentence(here)}. {args.threads} threads, medians of {args.rounds} rounds.\n")
    show(results)
    if handovers:
        print(f"\nHandover before: {machine.said(handovers[0])}; after: {machine.said(handovers[1])}.")
    if args.json:
        args.json.write_text(json.dumps({"machine": here, "model": model, "handovers": handovers, "rounds": results}, indent=1))


main()
