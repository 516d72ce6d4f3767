"""Prints in the form of nanoGPT's train.py (`step 0: train loss 4.1, val loss 4.2`, `iter 0: loss 4.1, time 5.00ms, mfu -100.00%`).

It is not nanoGPT: a bigram model of the letters of this file, which prints alike.
"""
import argparse
import time

import torch
import torch.nn.functional as F


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch_size", type=int, default=12)
    parser.add_argument("--learning_rate", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=1337)
    parser.add_argument("--max_iters", type=int, default=100)
    parser.add_argument("--eval_interval", type=int, default=20)
    parser.add_argument("--log_interval", type=int, default=10)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    text = open(__file__, encoding="ascii").read()
    letters = sorted(set(text))
    tokens = torch.tensor([letters.index(c) for c in text])
    cut = int(0.9 * len(tokens))
    splits = {"train": tokens[:cut], "val": tokens[cut:]}
    logits = torch.zeros(len(letters), len(letters), requires_grad=True)
    optimizer = torch.optim.AdamW([logits], lr=args.learning_rate)

    def batch(split, size, block=16):
        starts = torch.randint(len(splits[split]) - block - 1, (size,))
        x = torch.stack([splits[split][i:i + block] for i in starts])
        y = torch.stack([splits[split][i + 1:i + block + 1] for i in starts])
        return x, y

    def loss_of(x, y):
        return F.cross_entropy(logits[x].flatten(0, 1), y.flatten())

    @torch.no_grad()
    def estimate_loss():
        return {split: loss_of(*batch(split, 200)).item() for split in splits}

    iter_num, t0 = 0, time.time()
    print(f"tokens per iteration will be: {args.batch_size * 16:,}")
    print(f"number of parameters: {logits.numel() / 1e6:.2f}M")
    while True:
        if iter_num % args.eval_interval == 0:
            losses = estimate_loss()
            print(f"step {iter_num}: train loss {losses['train']:.4f}, val loss {losses['val']:.4f}")
        loss = loss_of(*batch("train", args.batch_size))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        t1 = time.time()
        dt, t0 = t1 - t0, t1
        if iter_num % args.log_interval == 0:
            print(f"iter {iter_num}: loss {loss.item():.4f}, time {dt * 1000:.2f}ms, mfu {-100:.2f}%")
        iter_num += 1
        if iter_num > args.max_iters:
            break


if __name__ == "__main__":
    main()
