#!/usr/bin/env python3
"""A small PyTorch transformer on made text, on a card or a CPU. Each sign depends on the one two places before it, so that attention has something to find.

    batchwright find --objective fit --batch-sizes 8..4096 --
        python3 train_transformer.py --batch-size {batch_size} --lr {lr} --steps {steps} --eval-steps {eval_steps}

One sample of the default size takes some 150 MiB of a card (an estimate): its memory runs out at a size that is soon found.
"""
import torch
import torch.nn.functional as F
from torch import nn

import loop

SIGNS, CHAINS, VALIDATION = 32, 512, 8


def text(length):
    """Signs [512, length + 1] of a fixed random rule: of four successors of a sign one is likely (mean loss at best about 0.9)."""
    draw = torch.Generator().manual_seed(1)
    successors = torch.stack([torch.randperm(SIGNS, generator=draw)[:4] for _ in range(SIGNS)])
    choices = torch.multinomial(torch.tensor([0.7, 0.15, 0.1, 0.05]), CHAINS * (length + 1), replacement=True, generator=draw).view(CHAINS, length + 1)
    signs = torch.randint(SIGNS, (CHAINS, length + 1), generator=draw)
    for at in range(2, length + 1):
        signs[:, at] = successors[signs[:, at - 2], choices[:, at]]
    return signs


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.before_attention, self.before_mlp = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        q, k, v = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in self.qkv(self.before_attention(x)).chunk(3, dim=-1))
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(seen.transpose(1, 2).flatten(2))
        return x + self.mlp(self.before_mlp(x))


class Transformer(nn.Module):
    def __init__(self, width, layers, length):
        super().__init__()
        self.signs, self.places = nn.Embedding(SIGNS, width), nn.Embedding(length, width)
        self.blocks = nn.Sequential(*(Block(width, max(1, width // 64)) for _ in range(layers)))
        self.head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, SIGNS))

    def forward(self, signs):
        places = torch.arange(signs.shape[1], device=signs.device)
        return self.head(self.blocks(self.signs(signs) + self.places(places)))


def main():
    parser = loop.flags(__doc__)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--length", type=int, default=1024, help="signs of a sample")
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    signs = text(args.length).to(args.device)
    model = Transformer(args.width, args.layers, args.length).to(args.device)

    def loss(sample):
        return F.cross_entropy(model(sample[:, :-1]).flatten(0, 1), sample[:, 1:].flatten())

    def draw(count, generator):
        return loss(signs[torch.randint(VALIDATION, CHAINS, (count,), generator=generator).to(args.device)])

    loop.train(args, model, draw, lambda: loss(signs[:VALIDATION]))


if __name__ == "__main__":
    main()
