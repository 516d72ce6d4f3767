"""One row, one line of JSON on standard output, at once."""
from __future__ import annotations

import contextlib
import json
import shutil
import sys
from contextlib import AbstractContextManager

from batchwright import _count
from batchwright._value import Number, amount, metric, whole


def report(
    *,
    step: object = None,
    samples: object = None,
    seconds: object = None,
    epoch: object = None,
    val_loss: object = None,
    **metrics: object,
) -> None:
    """Prints one row, for example `{"step": 10, "samples": 640, "seconds": 1.5, "val_loss": 0.3}`.

    step: parameter updates so far, 0 or more. samples: training samples used so far. seconds: training time so far, evaluation left out. epoch:
    passes over the training samples so far, fractions allowed. Those left out are filled in by `batchwright.count`, if it has counted.

    val_loss and any other metric: a number, NaN and infinities included; scalars and one-element arrays of NumPy, PyTorch, JAX and TensorFlow are
    taken. A metric whose name contains accuracy, auc, f1, bleu, iou, r2 or score is better when higher, all others when lower.

    Raises ValueNotANumberError, which names the value.
    """
    coordinates = {"step": step, "samples": samples, "seconds": seconds, "epoch": epoch}
    given = {name: value for name, value in coordinates.items() if value is not None}
    row: dict[str, Number] = dict(_count.coordinates())
    row.update((name, _COORDINATES[name](name, value)) for name, value in given.items())
    if val_loss is not None:
        row["val_loss"] = metric("val_loss", val_loss)
    row.update((name, metric(name, value)) for name, value in metrics.items())
    _write(json.dumps(row))


_COORDINATES = {"step": whole, "samples": whole, "seconds": amount, "epoch": amount}


def _write(line: str) -> None:
    """Starts with a carriage return: it ends a progress bar that stands open on the line, costs nothing where there is none, and is white space to JSON."""
    out = sys.stdout
    if out is None:  # a program without a console; `print` keeps silent then, too
        return
    if out.isatty():
        line = line.ljust(shutil.get_terminal_size().columns - 1)  # covers what was left of the bar
    with _bars_away():
        out.write(f"\r{line}\n")
        out.flush()


def _bars_away() -> AbstractContextManager[object]:
    """tqdm's bars are on standard error, which may be the same terminal: cleared before the line and drawn again after it."""
    tqdm = getattr(sys.modules.get("tqdm"), "tqdm", None)
    if tqdm is None or not getattr(tqdm, "_instances", None):
        return contextlib.nullcontext()
    cleared: AbstractContextManager[object] = tqdm.external_write_mode(file=sys.stdout)
    return cleared
