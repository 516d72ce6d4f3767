"""Report a training's progress to Batchwright: one line of JSON an evaluation, on standard output.

    import batchwright

    for batch in batchwright.count(loader, batch_size=64):
        train(batch)
    batchwright.report(val_loss=evaluate())

prints `{"step": 24, "samples": 1536, "seconds": 1.8, "val_loss": 0.31}`. Nothing else happens: no dependency, no connection, no file, and a program that reports runs
the same without Batchwright. Callbacks are in `batchwright.keras`, `batchwright.lightning` and `batchwright.huggingface`.

Left out: counting batches that are accumulated into one step (pass `step` and `samples` yourself), and deciding which of several processes
reports (call it in one).
"""
from batchwright._count import Counter, count, evaluation, reset
from batchwright._report import report
from batchwright.errors import BatchwrightError, CountError, FrameworkMissingError, ProgramMissingError, ValueNotANumberError

__version__ = "0.1.0"

__all__ = [
    "BatchwrightError",
    "CountError",
    "Counter",
    "FrameworkMissingError",
    "ProgramMissingError",
    "ValueNotANumberError",
    "count",
    "evaluation",
    "report",
    "reset",
]
