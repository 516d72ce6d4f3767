"""What a table of speeds has to say of the machine, and the environment that the programs beside ours run in."""

import json
import os
import pathlib
import platform
import subprocess

INSTRUCTIONS = ("avx2", "fma", "avx512f", "avx512_bf16", "amx_bf16", "asimd", "bf16")
# Asks an interpreter without importing what it asks for.
VERSIONS = """
import importlib.metadata as m, json, platform
def version(name):
    try: return m.version(name)
    except m.PackageNotFoundError: return "none"
print(json.dumps({"Python": platform.python_version()} | {name: version(name) for name in ("torch", "jax", "optax")}))
"""


def describe(python):
    """CPU, cores, instruction sets and versions, as a dictionary; `python` is the interpreter of the others."""
    cpu = {}
    if (info := pathlib.Path("/proc/cpuinfo")).exists():
        lines = (line.split(":", 1) for line in info.read_text().split("\n\n")[0].splitlines() if ":" in line)
        cpu = {key.strip(): value.strip() for key, value in lines}
    flags = (cpu.get("flags") or cpu.get("Features") or "").split()
    name = cpu.get("model name") or platform.processor() or platform.machine()
    if "cpu family" in cpu:
        name += f" (family {cpu['cpu family']}, model {cpu['model']})"
    return {
        "cpu": name,
        "cores": os.cpu_count(),
        "instructions": [flag for flag in INSTRUCTIONS if flag in flags],
        "versions": json.loads(output([python, "-c", VERSIONS])) | {"rustc": rustc()},
    }


def sentence(machine):
    """One line of Markdown."""
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    return f"{machine['cores']} cores of {machine['cpu']}; {' '.join(machine['instructions']) or 'instruction sets unknown'}; {versions}"


def output(command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def rustc():
    try:
        return output(["rustc", "--version"]).split()[1]
    except FileNotFoundError:
        return "none"


def handover(program):
    """What it costs that two threads share data at this moment: the line of the example `handover`."""
    return json.loads(output([program]))


def said(handover):
    return (
        f"round trip {handover['round_trip_ns']:.0f} ns, the other's data {handover['foreign_gb_per_s']:.0f} GB/s, "
        f"own data {handover['own_gb_per_s']:.0f} GB/s"
    )


def peers_environment(extra=()):
    """Ours, without what others set for their BLAS or XLA; glibc keeps large blocks, without which a CNN of PyTorch waits for pages."""
    kept = {name: value for name, value in os.environ.items() if name not in ("OPENBLAS_CORETYPE", "XLA_FLAGS", "OMP_WAIT_POLICY")}
    return kept | {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 32)} | dict(extra)
