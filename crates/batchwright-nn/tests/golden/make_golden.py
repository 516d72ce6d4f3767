"""Makes golden.json: ten training steps of small networks in PyTorch, to compare the engine with.

Run:  python make_golden.py > golden.json      (needs torch; made with the version noted in the file)

Everything is computed in double precision from numbers that single precision holds exactly, so that the differences a test sees are
the engine's own. The networks are nn.Sequential, and tensors keep its names and shapes.
"""

import json

import torch
from torch import nn

STEPS, BATCH, INPUTS, HIDDEN, OUTPUTS = 10, 6, 5, 7, 4
ACTIVATIONS = {"relu": nn.ReLU(), "tanh": nn.Tanh(), "gelu_tanh": nn.GELU(approximate="tanh")}


def coarse(tensor):
    """Multiples of 1/256: exact in single precision and short in a file."""
    return torch.round(tensor * 256) / 256


def sgd(**settings):
    return {"kind": "sgd", "momentum": 0.9, "nesterov": False, "weight_decay": 0.0} | settings


def adamw(**settings):
    return {"kind": "adam_w", "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weight_decay": 0.0} | settings


CASES = [
    {"name": "SGD with momentum", "activation": "relu", "optimizer": sgd(), "learning_rate": 0.1},
    {"name": "SGD with Nesterov and decay", "activation": "relu", "optimizer": sgd(nesterov=True, weight_decay=0.05), "learning_rate": 0.1},
    {"name": "AdamW with decay", "activation": "relu", "optimizer": adamw(weight_decay=0.1), "learning_rate": 0.02},
    {"name": "AdamW, tanh, other betas", "activation": "tanh", "optimizer": adamw(beta1=0.8, beta2=0.95, epsilon=1e-4), "learning_rate": 0.05},
    {"name": "SGD, clipped", "activation": "relu", "optimizer": sgd(), "learning_rate": 0.3, "clip_norm": 0.5},
    {"name": "SGD, GELU, squared error", "activation": "gelu_tanh", "optimizer": sgd(), "learning_rate": 0.1, "values": True},
]


def make_optimizer(parameters, settings, learning_rate):
    s = dict(settings)
    if s.pop("kind") == "sgd":
        return torch.optim.SGD(parameters, lr=learning_rate, **s)
    betas = (s["beta1"], s["beta2"])
    return torch.optim.AdamW(parameters, lr=learning_rate, betas=betas, eps=s["epsilon"], weight_decay=s["weight_decay"])


def tensors(model):
    return [{"name": name, "shape": list(p.shape), "data": p.detach().flatten().tolist()} for name, p in model.named_parameters()]


def train(case, data):
    """Adds the initial and final weights, and each step's loss before the update and gradient norm before clipping."""
    model = nn.Sequential(nn.Linear(INPUTS, HIDDEN), ACTIVATIONS[case["activation"]], nn.Linear(HIDDEN, OUTPUTS)).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(coarse(parameter))
    case |= {"initial": tensors(model), "losses": [], "gradient_norms": []}
    optimizer = make_optimizer(model.parameters(), case["optimizer"], case["learning_rate"])
    for inputs, classes, values in data:
        optimizer.zero_grad()
        outputs = model(inputs)
        if case.get("values"):
            loss = nn.functional.mse_loss(outputs, values)
        else:
            loss = nn.functional.cross_entropy(outputs, classes)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), case.get("clip_norm", float("inf")))
        optimizer.step()
        case["losses"].append(loss.item())
        case["gradient_norms"].append(norm.item())
    return case | {"final": tensors(model)}


def main():
    torch.manual_seed(5)
    data = [
        (
            coarse(torch.randn(BATCH, INPUTS)).double(),
            torch.randint(0, OUTPUTS, (BATCH,)),
            coarse(torch.randn(BATCH, OUTPUTS)).double(),
        )
        for _ in range(STEPS)
    ]
    batches = [{"inputs": x.flatten().tolist(), "classes": c.tolist(), "values": v.flatten().tolist()} for x, c, v in data]
    cases = [train(dict(case), data) for case in CASES]
    print(json.dumps({"torch": torch.__version__.split("+")[0], "inputs": INPUTS, "hidden": HIDDEN, "outputs": OUTPUTS, "batches": batches, "cases": cases}))


if __name__ == "__main__":
    main()
