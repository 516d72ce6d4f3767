#!/usr/bin/env python3
"""PyTorch: a training loop in which eight faults of real trainers can be turned on, one at a time. `find --audit` names each of them.

    batchwright find --audit --samples 500 --batch-sizes 8..128 --lr 0.02..0.2 --
        python train_audit.py --micro-batch-size {micro_batch_size} --grad-accum {grad_accum} --eval-batch-size {eval_batch_size} --lr {lr}
        --seed {seed} --epochs {epochs} --eval-steps {eval_steps} --bug summed

Every fault is a mistake of a line or two, gives a sensible learning curve, and makes every comparison of batch sizes wrong.
`--dropout 0.2`: where micro-batches draw other masks than the whole batch (on a CPU they draw the same), single runs differ by chance, and the audit compares them over several seeds.
"""
import argparse
import json

import torch
from torch import nn
from torch.nn import functional

BUGS = {
    "none": "none",
    "summed": "the gradients of the micro-batches are added up, not averaged",
    "dropped": "the last micro-batches of an epoch, too few for a step, are thrown away",
    "leaked": "they are not thrown away: their gradients stay and become part of the next epoch's first step",
    "weighted": "they make a step, but are divided by the number of micro-batches of a full step",
    "evaluation": "the validation loss is the mean of the means of its batches, though the last batch is smaller",
    "horizon": "the schedule counts on the steps of batch size 32, whatever the batch size is",
    "seed-ignored": "the seed is fixed in the program",
    "seed-lost": "the order of the samples is not seeded",
}
SAMPLES, VALIDATION, INPUTS = 500, 97, 12


def data():
    """Made inputs [597, 12] and labels [597] from a rule with some noise; the same in every run."""
    draw = torch.Generator().manual_seed(1)
    x = torch.randn(SAMPLES + VALIDATION, INPUTS, generator=draw)
    score = 2 * x[:, 0] - x[:, 1] + x[:, 2] * x[:, 3] + 0.5 * torch.randn(len(x), generator=draw)
    return x, (score > 0).long()


def evaluate(model, x, y, args):
    model.eval()
    with torch.no_grad():
        losses = [functional.cross_entropy(model(part), label, reduction="none").double()
                  for part, label in zip(x.split(args.eval_batch_size), y.split(args.eval_batch_size))]
    model.train()
    if args.bug == "evaluation":
        return torch.stack([loss.mean() for loss in losses]).mean().item()
    return torch.cat(losses).mean().item()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--micro-batch-size", type=int, required=True)
    parser.add_argument("--grad-accum", type=int, default=1)
    parser.add_argument("--eval-batch-size", type=int, default=256)
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--momentum", type=float, default=0.9)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--eval-steps", type=int, default=10)
    parser.add_argument("--drop-last", action="store_true", help="leave out the last batch of an epoch that is not full")
    parser.add_argument("--bug", choices=BUGS, default="none", help="; ".join(f"{name}: {what}" for name, what in BUGS.items()))
    args = parser.parse_args()
    if min(args.micro_batch_size, args.grad_accum, args.eval_batch_size, args.epochs, args.eval_steps) < 1:
        parser.error("sizes and counts are at least 1")

    torch.set_num_threads(1)
    torch.manual_seed(0 if args.bug == "seed-ignored" else args.seed)
    order = torch.Generator()
    order.seed() if args.bug == "seed-lost" else order.manual_seed(torch.initial_seed())
    x, y = data()
    model = nn.Sequential(nn.Linear(INPUTS, 32), nn.Tanh(), nn.Dropout(args.dropout), nn.Linear(32, 2))
    optimizer = torch.optim.SGD(model.parameters(), args.lr, momentum=args.momentum)

    batch_size = args.micro_batch_size * args.grad_accum
    keep = SAMPLES - SAMPLES % batch_size if args.drop_last else SAMPLES
    horizon = args.epochs * -(-keep // (32 if args.bug == "horizon" else batch_size))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: max(0.0, 1 - step / horizon))
    step = samples = 0

    def update():
        nonlocal step
        rate = schedule.get_last_lr()[0]
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
        step += 1
        if step % args.eval_steps == 0:
            loss = evaluate(model, x[SAMPLES:], y[SAMPLES:], args)
            print(json.dumps({"step": step, "samples": samples, "lr": rate, "val_loss": loss}), flush=True)

    for _ in range(args.epochs):
        micros = 0
        for batch in torch.randperm(SAMPLES, generator=order)[:keep].split(batch_size):
            for micro in batch.split(args.micro_batch_size):
                loss = functional.cross_entropy(model(x[micro]), y[micro], reduction="sum")
                # The mean over the samples of the step, of which the last one of an epoch has fewer.
                divisor = len(batch)
                if args.bug == "summed":
                    divisor = len(micro)
                elif args.bug in ("weighted", "leaked", "dropped"):
                    divisor = len(micro) * args.grad_accum
                (loss / divisor).backward()
                samples += len(micro)
                micros += 1
                if micros == args.grad_accum:
                    update()
                    micros = 0
        if micros and args.bug == "dropped":
            optimizer.zero_grad()
        elif micros and args.bug != "leaked":
            update()


if __name__ == "__main__":
    main()
