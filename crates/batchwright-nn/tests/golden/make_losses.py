"""Makes losses.json: losses and their gradients in PyTorch, to compare src/loss/ with.

Run:  python make_losses.py > losses.json      (needs torch)

In double precision, from numbers that single precision holds exactly. Each sample's loss is PyTorch's with reduction="none"; the gradient
is that of their sum. A loss of several outputs or positions is their mean. PyTorch's own mean with class weights divides by the sum of the
weights; ours divides by the number of samples, as does reduction="none" followed by a mean.
"""

import json

import torch
from torch.nn import functional

torch.manual_seed(3)
torch.set_default_dtype(torch.float64)
SAMPLES, CLASSES, POSITIONS = 6, 4, 3


def coarse(*shape):
    """Multiples of 1/64: exact in single precision."""
    return torch.round(torch.randn(*shape) * 2 * 64) / 64


def case(name, loss, outputs, output, targets, losses_of):
    output = output.clone().requires_grad_()
    losses = losses_of(output)
    losses.sum().backward()
    kind, values = targets
    return {
        "name": name,
        "loss": loss,
        "outputs": outputs,
        "output": output.detach().flatten().tolist(),
        kind: values.flatten().tolist(),
        "losses": losses.tolist(),
        "gradient": output.grad.flatten().tolist(),
    }


def classes(name, smoothing=0.0, weights=None):
    output, labels = coarse(SAMPLES, CLASSES), torch.arange(SAMPLES) * 3 % CLASSES
    weight = None if weights is None else torch.tensor(weights)
    loss = {"label_smoothing": smoothing} | ({} if weights is None else {"class_weights": weights})

    def losses_of(output):
        return functional.cross_entropy(output, labels, weight=weight, label_smoothing=smoothing, reduction="none")

    return case(name, loss, CLASSES, output, ("classes", labels), losses_of)


def tokens(name, smoothing=0.0):
    output, labels = coarse(SAMPLES, POSITIONS, CLASSES), torch.randint(CLASSES, (SAMPLES, POSITIONS))

    def losses_of(output):
        each = functional.cross_entropy(output.flatten(0, 1), labels.flatten(), label_smoothing=smoothing, reduction="none")
        return each.view(SAMPLES, POSITIONS).mean(1)

    return case(name, {"label_smoothing": smoothing}, CLASSES, output, ("tokens", labels), losses_of)


def binary(name, smoothing=0.0, weights=(1.0, 1.0)):
    """One logit for two classes. PyTorch has a weight for the second class and one for all."""
    output, labels = coarse(SAMPLES, 1), torch.arange(SAMPLES) % 2
    output[0, 0] = 0
    target = labels[:, None] * (1 - smoothing) + smoothing / 2
    first, second = map(torch.tensor, weights)

    def losses_of(output):
        each = functional.binary_cross_entropy_with_logits(output, target, weight=first, pos_weight=second / first, reduction="none")
        return each.squeeze(1)

    loss = {"binary": True, "label_smoothing": smoothing} | ({"class_weights": weights} if weights != (1.0, 1.0) else {})
    return case(name, loss, 1, output, ("classes", labels), losses_of)


def values(name, loss, outputs, function):
    output, target = coarse(SAMPLES, outputs), coarse(SAMPLES, outputs)
    target[0, 0] = output[0, 0]  # an error of 0
    return case(name, {"values": loss}, outputs, output, ("values", target), lambda output: function(output, target, reduction="none").mean(1))


def huber(delta):
    return lambda output, target, reduction: functional.huber_loss(output, target, reduction=reduction, delta=delta)


WEIGHTS = [0.5, 2.0, 0.0, 1.25]
CASES = [
    classes("classes"),
    classes("classes, smoothed", smoothing=0.125),
    classes("classes, weighted", weights=WEIGHTS),
    classes("classes, smoothed and weighted", smoothing=0.25, weights=WEIGHTS),
    tokens("tokens"),
    tokens("tokens, smoothed", smoothing=0.125),
    values("squared, one output", "squared", 1, functional.mse_loss),
    values("squared, three outputs", "squared", 3, functional.mse_loss),
    values("absolute, one output", "absolute", 1, functional.l1_loss),
    values("absolute, three outputs", "absolute", 3, functional.l1_loss),
    values("Huber", {"huber": {"delta": 1.0}}, 1, huber(1.0)),
    values("Huber, small delta, three outputs", {"huber": {"delta": 0.25}}, 3, huber(0.25)),
    binary("binary"),
    binary("binary, smoothed", smoothing=0.125),
    binary("binary, weighted", weights=(0.5, 2.0)),
    binary("binary, smoothed and weighted", smoothing=0.25, weights=(1.5, 0.25)),
]

print("[")
print(",\n".join(json.dumps(case) for case in CASES))
print("]")
