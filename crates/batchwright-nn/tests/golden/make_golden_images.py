"""Makes golden_images.json: ten training steps of small networks of images in PyTorch, to compare the engine with.

Run:  python make_golden_images.py > golden_images.json      (needs torch; made with the version noted in the file)

A network is given as the list of layers that a user would write; here it becomes an nn.Sequential. Everything is computed in double
precision from numbers that single precision holds exactly, as in make_golden.py.
"""

import json

import torch
from make_golden import adamw, coarse, make_optimizer, sgd
from torch import nn

STEPS, BATCH, CLASSES = 10, 4, 3


def conv(outputs, kernel, **settings):
    return {"layer": "conv2d", "outputs": outputs, "kernel": kernel} | settings


def act(function="relu"):
    return {"layer": "activation", "function": function}


def normed(outputs, kernel, stride=1):
    return [conv(outputs, kernel, stride=stride, padding=kernel // 2, bias=False), {"layer": "batch_norm"}]


def block(channels, stride=1):
    body = [*normed(channels, 3, stride), act(), *normed(channels, 3)]
    return {"layer": "residual", "body": body, "shortcut": normed(channels, 1, stride) if stride > 1 else []}


IMAGE, FLATTEN, POOL = {"layer": "image"}, {"layer": "flatten"}, {"layer": "max_pool", "size": 2}


def linear(outputs):
    return {"layer": "linear", "outputs": outputs}


CASES = [
    {
        "name": "the preset cnn, narrow",
        "image": [1, 8, 8],
        "layers": [IMAGE, conv(4, 5, padding="same"), act(), POOL, conv(6, 5, padding="same"), act(), POOL, FLATTEN, linear(10), act(), linear(CLASSES)],
        "optimizer": sgd(),
        "learning_rate": 0.1,
    },
    {
        "name": "the preset resnet:8, narrow",
        "image": [3, 8, 8],
        "layers": [IMAGE, *normed(3, 3), act(), block(3), act(), block(4, 2), act(), block(6, 2), act(), {"layer": "global_avg_pool"}, FLATTEN, linear(CLASSES)],
        "optimizer": sgd(),
        "learning_rate": 0.05,
    },
    {
        "name": "every setting of a window, group norm, batch norm of a vector",
        "image": [2, 7, 9],
        "layers": [
            IMAGE,
            conv(6, [3, 2], stride=[1, 2], padding=[2, 0], dilation=[2, 1], groups=2),
            {"layer": "group_norm", "groups": 3},
            act("tanh"),
            # A bias before a batch norm has no gradient but rounding, which AdamW makes as large as any other.
            conv(6, 2, padding="same", groups=6, bias=False),
            {"layer": "avg_pool", "size": 3, "stride": [1, 2], "padding": 1},
            {"layer": "max_pool", "size": [3, 2], "stride": 2, "padding": [1, 0]},
            FLATTEN,
            linear(5) | {"bias": False},
            {"layer": "batch_norm"},
            act("gelu_tanh"),
            linear(CLASSES),
        ],
        "optimizer": adamw(weight_decay=0.1),
        "learning_rate": 0.01,
    },
]


class Residual(nn.Module):
    def __init__(self, body, shortcut):
        super().__init__()
        self.body = body
        self.shortcut = shortcut

    def forward(self, x):
        return self.body(x) + (self.shortcut(x) if self.shortcut else x)


def module(layer, x, image):
    """The module of a layer that gets numbers like x."""
    settings = dict(layer)
    kind = settings.pop("layer")
    pair = lambda name: tuple(settings[name]) if isinstance(settings[name], list) else settings[name]
    if kind == "image":
        return nn.Unflatten(1, image)
    if kind == "flatten":
        return nn.Flatten()
    if kind == "linear":
        return nn.Linear(x.shape[1], settings["outputs"], bias=settings.get("bias", True))
    if kind == "activation":
        return {"relu": nn.ReLU(), "tanh": nn.Tanh(), "gelu_tanh": nn.GELU(approximate="tanh")}[settings["function"]]
    if kind == "conv2d":
        outputs, settings = settings["outputs"], {name: pair(name) for name in settings if name != "outputs"}
        return nn.Conv2d(x.shape[1], outputs, settings.pop("kernel"), **settings)
    if kind in ("max_pool", "avg_pool"):
        size, settings = pair("size"), {name: pair(name) for name in settings if name != "size"}
        return (nn.MaxPool2d if kind == "max_pool" else nn.AvgPool2d)(size, **settings)
    if kind == "global_avg_pool":
        return nn.AdaptiveAvgPool2d(1)
    if kind == "batch_norm":
        return (nn.BatchNorm2d if x.dim() == 4 else nn.BatchNorm1d)(x.shape[1])
    if kind == "group_norm":
        return nn.GroupNorm(settings["groups"], x.shape[1])
    body, shortcut = (sequential(settings[path], x, image) for path in ("body", "shortcut"))
    return Residual(body, shortcut if settings["shortcut"] else None)


def sequential(layers, x, image):
    modules = []
    for layer in layers:
        modules.append(module(layer, x, image))
        x = modules[-1](x)
    return nn.Sequential(*modules)


def tensors(model):
    """Parameters and running statistics, to nine digits."""
    numbers = {name: tensor for name, tensor in model.state_dict().items() if not name.endswith("num_batches_tracked")}
    short = lambda number: float(f"{number:.9g}")
    return [{"name": name, "shape": list(t.shape), "data": [short(n) for n in t.flatten().tolist()]} for name, t in numbers.items()]


def train(case):
    model = sequential(case["layers"], torch.zeros(2, torch.tensor(case["image"]).prod()), case["image"]).double()
    for name, buffer in model.named_buffers():
        # The example that the layers were made with has left its mark.
        buffer.fill_(1 if name.endswith("var") else 0)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(coarse(parameter + 0.1 * torch.randn(parameter.shape)))
    case |= {"initial": tensors(model), "batches": [], "losses": [], "gradient_norms": []}
    optimizer = make_optimizer(model.parameters(), case["optimizer"], case["learning_rate"])
    for _ in range(STEPS):
        # Multiples of 1/4: short in a file.
        inputs = (torch.round(torch.randn(BATCH, *case["image"]) * 4) / 4).flatten(1).double()
        classes = torch.randint(0, CLASSES, (BATCH,))
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(inputs), classes)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), float("inf"))
        optimizer.step()
        case["batches"].append({"inputs": inputs.flatten().tolist(), "classes": classes.tolist()})
        case["losses"].append(loss.item())
        case["gradient_norms"].append(norm.item())
    model.eval()
    with torch.no_grad():
        outputs = model(torch.tensor(case["batches"][0]["inputs"]).double().view(BATCH, -1))
    return case | {"final": tensors(model), "outputs": outputs.flatten().tolist()}


def main():
    torch.manual_seed(5)
    print(json.dumps({"torch": torch.__version__.split("+")[0], "cases": [train(dict(case)) for case in CASES]}, separators=(",", ":")))


if __name__ == "__main__":
    main()
