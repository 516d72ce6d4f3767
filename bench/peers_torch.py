"""Training steps in PyTorch: the networks of `steps.py` and the ways of computing a step.

A set-up is words joined by `-`: `eager`, `compile` (the network in torch.compile) or `whole` (forward, backward and update in one
torch.compile), then any of `cl` (channels_last) and `bf16` (autocast). The optimizers of `eager` and `compile` are the fused ones.
"""

import contextlib
import copy

import torch
from torch import nn
from torch.nn import functional

CONTEXT, TOKENS, WIDTH, HEADS, LAYERS = 64, 65, 128, 4, 4


def mlp():
    return nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10))


def cnn():
    first = [nn.Conv2d(1, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)]
    second = [nn.Conv2d(32, 64, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*first, *second, nn.Flatten(), nn.Linear(3136, 512), nn.ReLU(), nn.Linear(512, 10))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.before_attention, self.before_dense = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.queries_keys_values, self.merge = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.dense = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH))

    def forward(self, x):
        split = self.queries_keys_values(self.before_attention(x)).unflatten(2, (3, HEADS, WIDTH // HEADS))
        queries, keys, values = split.permute(2, 0, 3, 1, 4).unbind(0)
        attended = functional.scaled_dot_product_attention(queries, keys, values, is_causal=True)
        x = x + self.merge(attended.transpose(1, 2).flatten(2))
        return x + self.dense(self.before_dense(x))


class Gpt(nn.Module):
    def __init__(self):
        super().__init__()
        self.token, self.position = nn.Embedding(TOKENS, WIDTH), nn.Embedding(CONTEXT, WIDTH)
        self.blocks = nn.Sequential(*(Block() for _ in range(LAYERS)))
        self.norm, self.output = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, TOKENS)

    def forward(self, tokens):
        x = self.token(tokens) + self.position.weight
        return self.output(self.norm(self.blocks(x))).flatten(0, 1)


MODELS = {"mlp": mlp, "cnn": cnn, "gpt": Gpt}


def random_batch(work, batch_size):
    if work == "gpt":
        return torch.randint(TOKENS, (batch_size, CONTEXT)), torch.randint(TOKENS, (batch_size * CONTEXT,))
    shape = (1, 28, 28) if work == "cnn" else (784,)
    return torch.randn(batch_size, *shape), torch.randint(10, (batch_size,))


def precision(bf16):
    """Makes the context in which a loss is computed."""
    return (lambda: torch.autocast("cpu", torch.bfloat16)) if bf16 else contextlib.nullcontext


def start(work, setup, threads, batch_size):
    """A function that starts a training, with the same weights each time, and returns its step, which returns the loss."""
    how, *options = setup.split("-")
    if how not in ("eager", "compile", "whole") or not {"cl", "bf16"}.issuperset(options):
        raise SystemExit(f"no set-up of PyTorch: {setup}")
    torch.set_num_threads(threads)
    # Each batch size is compiled for itself; beyond this many PyTorch would go on without compiling.
    torch._dynamo.config.recompile_limit = 64
    torch.manual_seed(0)
    model, (x, y) = MODELS[work](), random_batch(work, batch_size)
    if "cl" in options:
        model, x = model.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    context = precision("bf16" in options)
    if how == "whole":
        return in_one(work, model, x, y, context)
    return in_parts(work, model, torch.compile(model, dynamic=False) if how == "compile" else model, x, y, context)


def in_parts(work, model, forward, x, y, context):
    """Forward, backward and update one after the other."""
    initial = copy.deepcopy(model.state_dict())

    def fresh():
        model.load_state_dict(initial)
        if work == "gpt":
            optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0, fused=True)
        else:
            optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, fused=True)

        def step():
            optimizer.zero_grad(set_to_none=True)
            with context():
                loss = functional.cross_entropy(forward(x), y)
            loss.backward()
            optimizer.step()
            return loss.item()

        return step

    return fresh


def in_one(work, model, x, y, context):
    """Forward, backward and update compiled as one function."""
    initial = {name: weights.detach().clone() for name, weights in model.named_parameters()}
    state = {name: [torch.empty_like(weights) for _ in range(3)] for name, weights in initial.items()}
    count = torch.zeros(())

    def train(state, count, x, y):
        def loss_of(parameters):
            with context():
                return functional.cross_entropy(torch.func.functional_call(model, parameters, (x,)), y)

        gradients, loss = torch.func.grad_and_value(loss_of)({name: weights for name, (weights, _, _) in state.items()})
        count += 1
        for name, (weights, mean, square) in state.items():
            gradient = gradients[name]
            if work == "gpt":
                mean.lerp_(gradient, 0.1)
                square.lerp_(gradient * gradient, 0.001)
                weights -= 1e-3 * (mean / (1 - 0.9**count)) / ((square / (1 - 0.999**count)).sqrt() + 1e-8)
            else:
                mean.mul_(0.9).add_(gradient)
                weights -= 0.01 * mean
        return loss

    compiled = torch.compile(train, fullgraph=True, dynamic=False)

    def fresh():
        count.zero_()
        for name, (weights, mean, square) in state.items():
            weights.copy_(initial[name])
            mean.zero_()
            square.zero_()

        def step():
            with torch.no_grad():
                return compiled(state, count, x, y).item()

        return step

    return fresh
