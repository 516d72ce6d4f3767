#!/usr/bin/env python3
"""SGD on a noisy quadratic (Zhang et al. 2019), with a virtual clock: a training whose best batch size can be worked out. Python, nothing else.

    curvature of direction i      h_i = 1 / i, i = 1..20
    gradient of a batch of B      g = h w + sqrt(h / B) xi, xi standard normal       w starts at 1
    update                        w = w - lr g
    loss                          sum h w^2 / 2, exact
    seconds of a step             0.002 + 0.0001 B

quadratic.c and quadratic.awk state the same law; their random numbers differ, so that their answers agree as two seeds of one program do.

    batchwright find --batch-sizes 4,16,64,256 --lr 1e-3..3 --target "val_loss<0.02" --max-samples 20000 --
        python3 quadratic.py --batch-size {batch_size} --lr {lr} --seed {seed} --samples {samples} --eval-steps {eval_steps}
"""
import argparse
import json
import math
import random

DIMENSIONS = 20


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch-size", type=int, required=True)
    parser.add_argument("--lr", type=float, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--samples", type=int, default=20_000, help="the run ends at the first step at or past them")
    parser.add_argument("--eval-steps", type=int, default=0, help="steps between evaluations; 0: about every 64 samples")
    args = parser.parse_args()

    if args.batch_size < 1 or not args.lr > 0:
        parser.error("needs --batch-size of 1 or more and --lr above 0")
    size, draw = args.batch_size, random.Random(args.seed).gauss
    steps = -(-args.samples // size)
    every = args.eval_steps or max(1, round(64 / size))
    curvature = [1 / i for i in range(1, DIMENSIONS + 1)]
    noise = [math.sqrt(h / size) for h in curvature]
    w = [1.0] * DIMENSIONS
    for step in range(1, steps + 1):
        w = [x - args.lr * (h * x + s * draw(0, 1)) for x, h, s in zip(w, curvature, noise)]
        if step % every and step < steps:
            continue
        loss = sum(h * x * x for h, x in zip(curvature, w)) / 2
        diverged = not loss < 1e6
        print(json.dumps({"step": step, "samples": step * size, "seconds": step * (0.002 + 0.0001 * size),
                          "val_loss": math.nan if diverged else loss}), flush=True)
        if diverged:
            return


if __name__ == "__main__":
    main()
