"""Seconds per training step of one set-up of PyTorch or JAX, asked for line by line.

A line `BATCH_SIZE SECONDS` on stdin is answered by a JSON line: the median and the tenth percentile of a step's seconds over that
time, the number of steps, the last loss. One step is loss, gradients, update, and the loss read back, on the same random batch. Each
measurement trains fresh weights and begins with a few steps that do not count; what is compiled is compiled at a batch size's
first line. In between the process waits for the next line. So a line with 0 seconds prepares a batch size.

Set-ups of JAX: `jax` (mlp and gpt); those of PyTorch: peers_torch.py. Alone: `echo 32 1.5 | python bench/peers.py --work mlp --setup jax`.
"""

import argparse
import json
import os
import sys
import time

WARM_UP, MOST_STEPS = 5, 5000


def measure(fresh, at_least):
    """Seconds of each step, ascending, and the last loss."""
    step = fresh()
    for _ in range(WARM_UP):
        loss = step()
    times, start = [], time.perf_counter()
    while not times or time.perf_counter() - start < at_least and len(times) < MOST_STEPS:
        begin = time.perf_counter()
        loss = step()
        times.append(time.perf_counter() - begin)
    return sorted(times), loss


def starter(work, setup, threads):
    """Batch size -> a function that starts trainings. Each library reads its number of threads when it is loaded."""
    os.environ |= {"OMP_NUM_THREADS": str(threads), "NPROC": str(threads)}
    if setup == "jax":
        import peers_jax

        return lambda batch_size: peers_jax.start(work, batch_size)
    import peers_torch

    return lambda batch_size: peers_torch.start(work, setup, threads, batch_size)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", required=True, choices=["mlp", "cnn", "gpt"])
    parser.add_argument("--setup", required=True)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    start, started = starter(args.work, args.setup, args.threads), {}
    for line in sys.stdin:
        batch_size, seconds = int(line.split()[0]), float(line.split()[1])
        if batch_size not in started:
            started[batch_size] = start(batch_size)
        times, loss = measure(started[batch_size], seconds)
        answer = {"peer": args.setup, "work": args.work, "batch_size": batch_size, "threads": args.threads, "steps": len(times)}
        answer |= {"seconds": times[len(times) // 2], "p10": times[len(times) // 10], "loss": loss}
        print(json.dumps(answer), flush=True)


main()
