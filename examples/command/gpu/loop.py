"""What the two programs of this folder share: their flags, and a loop that measures training alone. Batches are drawn from the data with replacement, so that no batch size is too large for it."""
import argparse
import json
import time

import torch


def flags(description):
    """A parser with the flags that every trainer takes; a program adds those of its network."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch-size", type=int, required=True)
    parser.add_argument("--lr", type=float, default=0.001)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--eval-steps", type=int, default=20)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu", help="cpu, cuda or cuda:1; by default a card where there is one")
    return parser


def synchronise(device):
    """A card computes behind the program's back: without waiting for it the clock shows how fast work is handed over."""
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize(device)


def train(args, model, draw, validate):
    """Trains with AdamW and prints a row of JSON at each evaluation. `draw(n, generator)` gives the loss of n drawn samples, `validate()` that of the validation data."""
    if min(args.batch_size, args.steps, args.eval_steps) < 1:
        raise SystemExit("error: sizes and counts are at least 1")
    torch.set_float32_matmul_precision("high")
    generator = torch.Generator().manual_seed(args.seed)
    # The usual 0.999 is meant at batch size 32: the second moment looks back on the same samples at all sizes.
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, betas=(0.9, 0.999 ** (args.batch_size / 32)), weight_decay=0.0)
    seconds, since = 0.0, time.perf_counter()
    for step in range(1, args.steps + 1):
        optimizer.zero_grad()
        draw(args.batch_size, generator).backward()
        optimizer.step()
        if step % args.eval_steps == 0 or step == args.steps:
            synchronise(args.device)
            seconds += time.perf_counter() - since
            model.eval()
            with torch.no_grad():
                loss = validate().item()
            model.train()
            print(json.dumps({"step": step, "samples": step * args.batch_size, "seconds": seconds, "val_loss": loss}), flush=True)
            since = time.perf_counter()
