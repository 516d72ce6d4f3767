"""Training steps here and in the best set-ups of PyTorch and JAX, alternating in one sitting: the tables of docs/PERFORMANCE.md.

Prints Markdown. Each cell is the median over the rounds of a side's median step, in milliseconds. `best / ours` is the fastest other
set-up's over Batchwright's: above 1 Batchwright is faster; the range is that of this set-up's ratio in the rounds. With `--bf16` a
second table follows in which Batchwright is in half precision, and set-ups in half precision count among the others; beside it stands
Batchwright in f32. A set-up that cannot start is left out, and it is said why.

Every other program starts once a work, compiles before the first round, and is stopped while it is not its turn, so nothing of it
spins. The next round asks in the opposite order.
"""

import argparse
import contextlib
import dataclasses
import json
import math
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile

import machine

SPINNING = {"OMP_WAIT_POLICY": "active"}
UNFUSED = {"XLA_FLAGS": "--xla_cpu_experimental_ynn_fusion_type=-reduce"}
OURS = "Batchwright"
OURS_HALF = "Batchwright bf16"


@dataclasses.dataclass
class Work:
    title: str
    model: str
    batch_sizes: list
    # Multiplications of a sample's forward pass, and of its first layer, whose input needs no gradient.
    forward: int
    first: int
    # Name -> set-up of peers.py and what its environment has besides.
    peers: dict
    half: dict

    def flop(self, batch_size):
        return 2 * batch_size * (3 * self.forward - self.first)


WORKS = {
    "mlp": Work(
        title="MLP 784-512-256-10, ReLU; SGD with momentum",
        model="mlp:512,256",
        batch_sizes=[8, 32, 128, 512],
        forward=784 * 512 + 512 * 256 + 256 * 10,
        first=784 * 512,
        peers={"jax": ("jax", {}), "jax, reductions not fused": ("jax", UNFUSED), "torch whole": ("whole", {})},
        half={"torch whole bf16": ("whole-bf16", {})},
    ),
    "cnn": Work(
        title="CNN, 28 x 28: two of 5 x 5 convolution (32, 64), ReLU, 2 x 2 maximum; 512, 10; SGD with momentum",
        model="cnn",
        batch_sizes=[8, 32, 128],
        forward=28 * 28 * 25 * 32 + 14 * 14 * 25 * 32 * 64 + 3136 * 512 + 512 * 10,
        first=28 * 28 * 25 * 32,
        peers={"torch eager": ("eager-cl", {}), "torch eager, spinning": ("eager-cl", SPINNING)},
        half={"torch eager bf16": ("eager-cl-bf16", {}), "torch eager bf16, spinning": ("eager-cl-bf16", SPINNING)},
    ),
    "gpt": Work(
        title="GPT: 4 layers, 4 heads, width 128, context 64, 65 tokens; AdamW",
        model="gpt:layers=4,heads=4,width=128,context=64",
        batch_sizes=[4, 12, 32],
        # Four layers of 12 width^2 weights and, without regard to the mask, two products of attention.
        forward=64 * (4 * (12 * 128 * 128 + 2 * 64 * 128) + 128 * 65),
        first=0,
        peers={"torch whole": ("whole", {}), "torch compile": ("compile", {}), "jax": ("jax", {})},
        half={"torch whole bf16": ("whole-bf16", {})},
    ),
}


class Ours:
    """The example `steps`, a process a measurement: it starts in no time."""

    def __init__(self, program, model, threads, precision):
        self.command = [program, "--model", model, "--threads", str(threads), "--precision", precision]

    def measure(self, batch_size, seconds):
        return json.loads(machine.output([*self.command, "--batch-sizes", str(batch_size), "--seconds", str(seconds)]))["seconds"]


class Ended(Exception):
    """A peer's process has ended; the text is the last line that it wrote to stderr."""


class Peer:
    """A process of peers.py: stopped, except while it is asked."""

    def __init__(self, python, work, setup, threads, environment):
        # One compiling thread: no other processes, which would not be stopped.
        environment = {"TORCHINDUCTOR_COMPILE_THREADS": "1"} | environment
        program = str(pathlib.Path(__file__).with_name("peers.py"))
        command = [python, program, "--work", work, "--setup", setup, "--threads", str(threads)]
        self.errors = tempfile.TemporaryFile("w+", errors="replace")
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=self.errors, text=True, env=machine.peers_environment(environment)
        )

    def measure(self, batch_size, seconds):
        self.process.send_signal(signal.SIGCONT)
        try:
            print(batch_size, seconds, file=self.process.stdin, flush=True)
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            self.errors.seek(0)
            raise Ended(([line.strip() for line in self.errors if line.strip()] or ["it wrote no reason"])[-1])
        self.process.send_signal(signal.SIGSTOP)
        return json.loads(answer)["seconds"]

    def end(self):
        self.process.kill()
        self.process.wait()


def start_peers(work, setups, batch_sizes, args, cleanup):
    """The peers with all batch sizes prepared, and the reasons of those that cannot start."""
    peers, left_out = {}, {}
    for name, (setup, environment) in setups.items():
        print(f"{work}: preparing {name}", file=sys.stderr)
        peer = Peer(args.python, work, setup, args.threads, environment)
        cleanup.callback(peer.end)
        try:
            for batch_size in batch_sizes:
                peer.measure(batch_size, 0)
            peers[name] = peer
        except Ended as reason:
            left_out[name] = str(reason)
    return peers, left_out


def measure_work(work, args):
    """Seconds per batch size, side and round, with the handover before and after."""
    kind = WORKS[work]
    batch_sizes = args.batch_sizes or kind.batch_sizes
    setups = kind.peers | (kind.half if args.bf16 else {})
    with contextlib.ExitStack() as cleanup:
        peers, left_out = start_peers(work, setups, batch_sizes, args, cleanup)
        precisions = {OURS: "f32"} | ({OURS_HALF: "bf16"} if args.bf16 else {})
        ours = {name: Ours(args.ours, kind.model, args.threads, precision) for name, precision in precisions.items()}
        sides = ours | peers
        seconds = {batch_size: {name: [] for name in sides} for batch_size in batch_sizes}
        handovers = [machine.handover(args.handover)]
        for number in range(args.rounds):
            print(f"{work}: round {number + 1} of {args.rounds}", file=sys.stderr)
            order = list(sides)[:: -1 if number % 2 else 1]
            for batch_size in batch_sizes:
                for name in order:
                    seconds[batch_size][name].append(sides[name].measure(batch_size, args.seconds))
        handovers.append(machine.handover(args.handover))
    return {"handovers": handovers, "left_out": left_out, "seconds": seconds}


def milliseconds(seconds):
    """Three digits."""
    value = seconds * 1e3
    return f"{value:.{max(0, 2 - math.floor(math.log10(value)))}f}"


def row(batch_size, rounds, ours, names, floor):
    """The first of `ours` is compared with the others, `names`."""
    middle = {name: statistics.median(rounds[name]) for name in [*ours, *names]}
    cells = [str(batch_size), *map(milliseconds, middle.values())]
    if names:
        best = min(names, key=middle.get)
        ratios = [theirs / own for theirs, own in zip(rounds[best], rounds[ours[0]])]
        cells += [best, f"{middle[best] / middle[ours[0]]:.2f}", f"{min(ratios):.2f} to {max(ratios):.2f}"]
    else:
        cells += ["none", "", ""]
    return cells + [milliseconds(floor)]


def table(work, result, ours, names, peak):
    """Lines of Markdown."""
    names = [name for name in names if name not in result["left_out"]]
    heads = ["B", *ours, *names, "best other", "best / ours", "range", "dense floor"]
    rows = [row(size, rounds, ours, names, WORKS[work].flop(size) / peak / 1e9) for size, rounds in result["seconds"].items()]
    return ["| " + " | ".join(cells) + " |" for cells in [heads, ["--:"] * len(heads), *rows]]


def show(work, result, peak, bf16):
    kind = WORKS[work]
    before, after = map(machine.said, result["handovers"])
    lines = ["", f"**{kind.title}.** Milliseconds a step.", "", *table(work, result, [OURS], kind.peers, peak)]
    if bf16:
        half = table(work, result, [OURS_HALF, OURS], kind.peers | kind.half, peak)
        lines += ["", "Ours in half precision, and the others in either:", "", *half]
    lines += ["", f"Handover before: {before}; after: {after}."]
    lines += [f"Left out: {name}: {reason}" for name, reason in result["left_out"].items()]
    print("\n".join(lines), flush=True)


def fastest_product(program, threads):
    """GFLOP/s of the fastest cell that the example `gemm` prints at batch size 512."""
    rows = machine.output([program, "--threads", str(threads), "--batch-sizes", "512"]).splitlines()[1:]
    return max(float(cell) for row in rows for cell in row.split()[3:])


def whole_numbers(text):
    return [int(part) for part in text.split(",")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ours", required=True, help="the built example `steps` of batchwright-nn")
    parser.add_argument("--handover", help="the built example `handover` [default: beside `steps`]")
    parser.add_argument("--python", default=sys.executable, help="a Python with torch, jax and optax")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=1.5, help="per side, batch size and round")
    parser.add_argument("--work", default=",".join(WORKS), help="some of mlp,cnn,gpt")
    parser.add_argument("--batch-sizes", type=whole_numbers, help="for each of the works [default: each work's own]")
    parser.add_argument("--bf16", action="store_true", help="also Batchwright and PyTorch in bf16")
    parser.add_argument("--peak", type=float, help="GFLOP/s of the dense floor [default: the fastest product that `gemm`, beside `steps`, measures]")
    parser.add_argument("--json", type=pathlib.Path, help="file for all rounds and the machine")
    args = parser.parse_args()
    # An end by a signal is an exit too, which ends the peers: a stopped process would stay for ever.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    beside = pathlib.Path(args.ours).parent
    args.handover = args.handover or str(beside / "handover")
    works = args.work.split(",")
    if unknown := set(works) - WORKS.keys():
        parser.error(f"--work: no {', '.join(sorted(unknown))}; there are {', '.join(WORKS)}")
    peak = args.peak or fastest_product(str(beside / "gemm"), args.threads)
    here = machine.describe(args.python)
    print(f"{machine.sentence(here)}. {args.threads} threads, medians of {args.rounds} rounds of {args.seconds} s; floor at {peak:.0f} GFLOP/s.")
    results = {}
    for work in works:
        results[work] = measure_work(work, args)
        show(work, results[work], peak, args.bf16)
    if args.json:
        facts = {"machine": here, "threads": args.threads, "seconds_each": args.seconds, "peak_gflops": peak, "works": results}
        args.json.write_text(json.dumps(facts, indent=1))


main()
