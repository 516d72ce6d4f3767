#!/usr/bin/env python3
"""A model that Batchwright saved, as a network of PyTorch: its predictions for a file. Needs torch.

    batchwright train --model cnn --epochs 2 --name digits-cnn
    python3 load_model.py runs/digits-cnn/model.safetensors IMAGES

Prints what `batchwright predict digits-cnn --data IMAGES --json` prints under "predictions". The file is a table (.csv), a text (.txt), or images in
the IDX format. To use a model in a program of your own, copy `load` and `Encoding`. What is left out of `Encoding`: numbers that are not written as Python
writes them, missing values other than an empty field, and images of other formats.
"""
import csv
import json
import math
import struct
import sys

import torch
import torch.nn.functional as F
from torch import nn

ACTIVATIONS = {"relu": nn.ReLU, "gelu": lambda: nn.GELU("tanh"), "gelu_exact": nn.GELU, "silu": nn.SiLU, "tanh": nn.Tanh}


class Residual(nn.Module):
    def __init__(self, body, shortcut=()):
        super().__init__()
        self.body, self.shortcut = nn.Sequential(*body), nn.Sequential(*shortcut)

    def forward(self, x):
        return self.shortcut(x) + self.body(x)


class Positions(nn.Module):
    def __init__(self, length, width):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(length, width))

    def forward(self, x):
        return x + self.weight


class Attention(nn.MultiheadAttention):
    """Causal, with rotary positions if asked for."""

    def __init__(self, width, heads, dropout, rotary):
        super().__init__(width, heads, dropout, batch_first=True)
        self.rotary = rotary

    def forward(self, x):
        qkv = F.linear(x, self.in_proj_weight, self.in_proj_bias).unflatten(2, (3, self.num_heads, -1))
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        if self.rotary:
            q, k = self.turn(q), self.turn(k)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True, dropout_p=self.dropout if self.training else 0.0)
        return self.out_proj(y.transpose(1, 2).flatten(2))

    @staticmethod
    def turn(x):
        """Turns number i of a head with number i + head / 2, by position / 10000^(2 i / head)."""
        length, half = x.shape[-2], x.shape[-1] // 2
        angles = torch.arange(length)[:, None].double() * 10_000.0 ** (-torch.arange(half).double() / half)
        cos, sin = angles.cos().to(x), angles.sin().to(x)
        first, second = x.chunk(2, -1)
        return torch.cat([first * cos - second * sin, second * cos + first * sin], -1)


class Tied(nn.Module):
    """The output shares the embedding's weights."""

    def __init__(self, vocabulary, width, body):
        super().__init__()
        self.embedding, self.body = nn.Embedding(vocabulary, width), nn.Sequential(*body)

    def forward(self, tokens):
        return F.linear(self.body(self.embedding(tokens)), self.embedding.weight)


def build(model, encoding):
    """The network of a description. Sizes that follow from the layer before are taken from the weights (`nn.Lazy...`)."""
    kind, settings = (model["architecture"], {}) if isinstance(model["architecture"], str) else next(iter(model["architecture"].items()))
    activation, outputs = ACTIVATIONS[model["activation"]], encoding.outputs
    dropout = [nn.Dropout(model["dropout"])] if model["dropout"] > 0 else []

    image = [nn.Unflatten(1, encoding.shape)] if encoding.shape else []

    def dense(*widths):
        return [layer for width in widths for layer in (nn.LazyLinear(width), activation(), *dropout)]

    def halved(channels, **padding):
        return [nn.LazyConv2d(channels, 5, **padding), activation(), nn.MaxPool2d(2)]

    def normed(channels, kernel, stride):
        return [nn.LazyConv2d(channels, kernel, stride, kernel // 2, bias=False), nn.LazyBatchNorm2d()]

    def resnet(depth):
        layers = [*image, *normed(16, 3, 1), activation()]
        for stage, channels in enumerate([16, 32, 64]):
            for block in range((depth - 2) // 6):
                stride = 2 if stage > 0 and block == 0 else 1
                body = [*normed(channels, 3, stride), activation(), *normed(channels, 3, 1)]
                layers += [Residual(body, normed(channels, 1, stride) if stride == 2 else []), activation()]
        return layers + [nn.AdaptiveAvgPool2d(1), nn.Flatten(), *dropout]

    def gpt(layers, heads, width, context, rotary=False, tied=False):
        body = ([] if rotary else [Positions(context, width)]) + dropout
        for _ in range(layers):
            attention = Attention(width, heads, model["dropout"], rotary)
            body.append(Residual([nn.LayerNorm(width), attention, *dropout]))
            body.append(Residual([nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width), *dropout]))
        body.append(nn.LayerNorm(width))
        return [Tied(outputs, width, body)] if tied else [nn.Embedding(outputs, width), *body, nn.Linear(width, outputs)]

    if kind == "gpt":
        return nn.Sequential(*gpt(**settings))
    before = {
        "linear": lambda: [],
        "mlp": lambda hidden: dense(*hidden),
        "lenet": lambda: [*image, *halved(6, padding=2), *halved(16), nn.Flatten(), *dense(120, 84)],
        "cnn": lambda: [*image, *halved(32, padding=2), *halved(64, padding=2), nn.Flatten(), *dense(512)],
        "resnet": resnet,
    }
    return nn.Sequential(*before[kind](**settings), nn.LazyLinear(outputs))


class Encoding:
    """How a file becomes the input of the network, and its output an answer."""

    def __init__(self, saved):
        self.input, self.target = saved["input"], saved["target"]
        self.shape = self.input.get("shape")
        self.tokens = None
        if self.input["kind"] == "text":
            self.tokens = list(map(chr, range(256))) if self.input["tokens"] == "bytes" else list(self.input["characters"])
            self.tokens += ["\ufffd"] if self.input.get("unknown") else []
        self.names = self.tokens or self.target.get("names")
        self.outputs = len(self.names) if self.names else 1

    def read(self, path):
        return {"images": self.read_images, "table": self.read_table, "text": self.read_text}[self.input["kind"]](path)

    def read_images(self, path):
        """Pixels, channels first, each channel minus its mean and divided by its deviation."""
        with open(path, "rb") as file:
            shape = struct.unpack(">" + "i" * file.read(4)[3], file.read(4 * 3))
            pixels = torch.frombuffer(bytearray(file.read()), dtype=torch.uint8).float().view(shape[0], *self.shape)
        scales = self.input.get("channels", [self.input])
        mean, std = (torch.tensor([scale[key] for scale in scales]).view(1, -1, 1, 1) for key in ("mean", "std"))
        return ((pixels - mean) / std).flatten(1)

    def read_table(self, path):
        """Numbers as (x - mean) / std, or 0 where missing, and where training had gaps a mark beside it; one number for each category."""
        rows = []
        with open(path, newline="", encoding="utf-8") as file:
            for record in csv.DictReader(file):
                row = []
                for column in self.input["columns"]:
                    text = record[column["name"]]
                    if column["kind"] == "category":
                        row += [float(text == name) for name in column["categories"]]
                        continue
                    row.append((float(text) - column["mean"]) / column["std"] if text else 0.0)
                    row += [float(not text)] if column["has_missing"] else []
                rows.append(row)
        return torch.tensor(rows)

    def read_text(self, path):
        """Windows of token ids, without overlap; what follows the last token of the last one must be there too."""
        if self.input["tokens"] == "bytes":
            with open(path, "rb") as file:
                ids = list(file.read())
        else:
            known = {character: number for number, character in enumerate(self.input["characters"])}
            other = len(known) if self.input["unknown"] else None
            with open(path, encoding="utf-8") as file:
                ids = [known.get(character, other) for character in file.read()]
        context = self.input["context"]
        return torch.tensor(ids[: (len(ids) - 1) // context * context]).view(-1, context)

    def answers(self, output):
        """The likeliest class or token and its probability, or the value in its own unit."""
        if not self.names:
            return [{"prediction": y * self.target["std"] + self.target["mean"]} for y in output.flatten().tolist()]
        if output.shape[-1] == 1:  # binary cross-entropy: the logit of the second class
            output = torch.cat([torch.zeros_like(output), output], -1)
        probabilities, best = output.flatten(0, -2).softmax(-1).max(-1)
        return [{"prediction": self.names[i], "probability": p} for i, p in zip(best.tolist(), probabilities.tolist())]


def load(path):
    """The network, in evaluation mode, and the encoding of a model.safetensors."""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = bytearray(file.read())
    saved = json.loads(header.pop("__metadata__")["batchwright"])
    weights = {}
    for name, tensor in header.items():
        begin, end = tensor["data_offsets"]
        assert tensor["dtype"] == "F32" and end - begin == 4 * math.prod(tensor["shape"]), name
        weights[name] = torch.frombuffer(data[begin:end], dtype=torch.float32).view(tensor["shape"])
    encoding = Encoding(saved["encoding"])
    if saved["model"].get("loss", {}).get("binary"):
        encoding.outputs = 1
    network = build(saved["model"], encoding)
    missing, unknown = network.load_state_dict(weights, strict=False)
    # A count of PyTorch's batch norm that only training with another momentum uses.
    missing = [name for name in missing if not name.endswith(".num_batches_tracked")]
    assert not missing and not unknown, (missing, unknown)
    return network.eval(), encoding


def main():
    path, data = sys.argv[1:]
    network, encoding = load(path)
    with torch.no_grad():
        answers = [answer for samples in encoding.read(data).split(256) for answer in encoding.answers(network(samples))]
    json.dump(answers, sys.stdout)
    print()


if __name__ == "__main__":
    main()
