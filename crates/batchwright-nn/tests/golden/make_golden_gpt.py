"""Makes golden_gpt.json: ten AdamW steps of tiny transformers in PyTorch, to compare the engine with.

Run:  python make_golden_gpt.py > golden_gpt.json      (needs torch; made with the version noted in the file)

As make_golden.py: double precision from numbers that single precision holds exactly. Tensors keep PyTorch's shapes; their names are those
of the engine, whose places they say. The reference is written with PyTorch's own modules (nn.Embedding, nn.LayerNorm, nn.RMSNorm, nn.Linear,
nn.MultiheadAttention, F.gelu), so that a wrong order of in_proj_weight or another epsilon shows.
"""

import json

import torch
import torch.nn.functional as F
from torch import nn

STEPS, BATCH, LAYERS, HEADS, WIDTH, CONTEXT, VOCABULARY = 10, 4, 2, 2, 8, 6, 11
RATE, EPSILON = 0.01, 1e-4


def coarse(tensor):
    """Multiples of 1/256: exact in single precision and short in a file."""
    return torch.round(tensor * 256) / 256


def turn(x):
    """Rotary positions of [batch, heads, length, head]: number i with number i + head / 2."""
    length, half = x.shape[2], x.shape[3] // 2
    angles = torch.arange(length).double()[:, None] * 10_000.0 ** (-torch.arange(half).double() / half)[None]
    first, second = x.split(half, 3)
    return torch.cat([first * angles.cos() - second * angles.sin(), second * angles.cos() + first * angles.sin()], 3)


class Block(nn.Module):
    def __init__(self, rotary):
        super().__init__()
        self.rotary = rotary
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.attention = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
        self.into, self.out = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def attend(self, x):
        a = self.attention
        if not self.rotary:
            mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1], dtype=x.dtype)
            return a(x, x, x, attn_mask=mask, is_causal=True, need_weights=False)[0]
        split = lambda t: t.unflatten(2, (HEADS, -1)).transpose(1, 2)
        q, k, v = map(split, F.linear(x, a.in_proj_weight, a.in_proj_bias).chunk(3, 2))
        y = F.scaled_dot_product_attention(turn(q), turn(k), v, is_causal=True)
        return a.out_proj(y.transpose(1, 2).flatten(2))

    def forward(self, x):
        x = x + self.attend(self.norm1(x))
        return x + self.out(F.gelu(self.into(self.norm2(x))))


class Gpt(nn.Module):
    def __init__(self, rotary, tied):
        super().__init__()
        self.rotary, self.tied = rotary, tied
        self.tokens = nn.Embedding(VOCABULARY, WIDTH)
        self.positions = None if rotary else nn.Embedding(CONTEXT, WIDTH)
        self.blocks = nn.ModuleList([Block(rotary) for _ in range(LAYERS)])
        self.norm = nn.LayerNorm(WIDTH)
        self.head = None if tied else nn.Linear(WIDTH, VOCABULARY)

    def forward(self, x):
        h = self.tokens(x)
        if not self.rotary:
            h = h + self.positions(torch.arange(x.shape[1]))
        for block in self.blocks:
            h = block(h)
        h = self.norm(h)
        return F.linear(h, self.tokens.weight) if self.tied else self.head(h)

    def places(self):
        """The modules, each with its place in the engine."""
        prefix = "0.body." if self.tied else ""
        place = 0 if self.tied else 1
        yield "0.embedding" if self.tied else "0", self.tokens
        if not self.rotary:
            yield f"{prefix}{place}", self.positions
            place += 1
        for block in self.blocks:
            yield f"{prefix}{place}.body.0", block.norm1
            yield f"{prefix}{place}.body.1", block.attention
            yield f"{prefix}{place + 1}.body.0", block.norm2
            yield f"{prefix}{place + 1}.body.1", block.into
            yield f"{prefix}{place + 1}.body.3", block.out
            place += 2
        yield f"{prefix}{place}", self.norm
        if not self.tied:
            yield f"{place + 1}", self.head


def tensors(model):
    return [
        {"name": f"{place}.{name}", "shape": list(p.shape), "data": [round(v, 9) for v in p.detach().flatten().tolist()]}
        for place, module in model.places()
        for name, p in module.named_parameters()
    ]


def train(case, data):
    """The case with the initial and final weights, each step's loss before the update and its gradient norm, and the logits at the end."""
    model = Gpt(case["rotary"], case["tied"]).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(coarse(parameter + 0.2 * torch.randn_like(parameter)))
    case = case | {"initial": tensors(model), "losses": [], "gradient_norms": []}
    # The bias of the keys has no influence without rotary positions, so its gradient is rounding noise: a larger epsilon keeps AdamW
    # from making a step of it.
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, betas=(0.9, 0.999), eps=EPSILON, weight_decay=0.1)
    for inputs, targets in data:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())
        loss.backward()
        norm = nn.utils.clip_grad_norm_(model.parameters(), float("inf"))
        optimizer.step()
        case["losses"].append(loss.item())
        case["gradient_norms"].append(norm.item())
    logits = [round(v, 7) for v in model(data[0][0]).detach().flatten().tolist()]
    return case | {"final": tensors(model), "logits": logits}


def main():
    torch.manual_seed(11)
    draw = lambda: torch.randint(0, VOCABULARY, (BATCH, CONTEXT))
    data = [(draw(), draw()) for _ in range(STEPS)]
    batches = [{"inputs": x.flatten().tolist(), "targets": y.flatten().tolist()} for x, y in data]
    cases = [train({"rotary": rotary, "tied": tied}, data) for rotary, tied in [(False, False), (True, True)]]
    sizes = {"layers": LAYERS, "heads": HEADS, "width": WIDTH, "context": CONTEXT, "vocabulary": VOCABULARY}
    print(json.dumps({"torch": torch.__version__.split("+")[0], "learning_rate": RATE, "epsilon": EPSILON} | sizes | {"batches": batches, "cases": cases}))


main()
