#!/usr/bin/env python3
"""A small PyTorch CNN on made images, on a card or a CPU.

    batchwright find --batch-sizes 8..1024 --lr 1e-4..1e-1 --target "val_loss<0.5" --max-samples 400000 --
        python3 train_cnn.py --batch-size {batch_size} --lr {lr} --seed {seed} --steps {steps} --eval-steps {eval_steps}
"""
import torch
import torch.nn.functional as F
from torch import nn

import loop

CLASSES, SAMPLES, VALIDATION = 10, 4096, 1024


def images(side):
    """Images [5120, 1, side, side] and classes [5120]: each class has a pattern, which is moved, and covered by noise. The same in every run."""
    draw = torch.Generator().manual_seed(1)
    coarse = torch.randn(CLASSES, 1, 4, 4, generator=draw)
    patterns = F.interpolate(coarse, size=(side, side), mode="bilinear")
    classes = torch.randint(CLASSES, (SAMPLES + VALIDATION,), generator=draw)
    down, right = torch.randint(side // 4, (2, len(classes)), generator=draw).tolist()
    moved = torch.stack([patterns[it].roll(shift, (1, 2)) for it, *shift in zip(classes.tolist(), down, right)])
    return moved + torch.randn(moved.shape, generator=draw), classes


def network(width):
    """Three convolutions, each of which halves the image, and the mean over what is left of it."""
    layers, channels = [], 1
    for level in range(3):
        layers += [nn.Conv2d(channels, width << level, 3, stride=2, padding=1), nn.BatchNorm2d(width << level), nn.ReLU()]
        channels = width << level
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, CLASSES))


def main():
    parser = loop.flags(__doc__)
    parser.add_argument("--width", type=int, default=64, help="channels of the first convolution")
    parser.add_argument("--side", type=int, default=32, help="pixels of a side of an image")
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    x, y = (part.to(args.device) for part in images(args.side))
    model = network(args.width).to(args.device)

    def draw(count, generator):
        at = torch.randint(SAMPLES, (count,), generator=generator).to(args.device)
        return F.cross_entropy(model(x[at]), y[at])

    loop.train(args, model, draw, lambda: F.cross_entropy(model(x[SAMPLES:]), y[SAMPLES:]))


if __name__ == "__main__":
    main()
