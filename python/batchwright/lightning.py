"""A callback for Lightning (`lightning` or `pytorch_lightning`): `Trainer(callbacks=[batchwright.lightning.Report(batch_size=64)])`.

It prints a row after every validation; how often that is, `val_check_interval` says.
"""
from __future__ import annotations

import importlib
import sys
from typing import Any

from batchwright._count import Clock, samples_after
from batchwright._report import report
from batchwright._value import positive
from batchwright.errors import FrameworkMissingError


def _callback_class() -> Any:
    """`Callback` of the one of the two packages that the program uses: a `Trainer` of one refuses callbacks of the other."""
    packages = ["lightning.pytorch", "pytorch_lightning"]
    if "pytorch_lightning" in sys.modules and "lightning.pytorch" not in sys.modules:
        packages.reverse()
    for package in packages:
        try:
            return importlib.import_module(package).Callback
        except ImportError:
            continue
    raise FrameworkMissingError("batchwright.lightning", "Lightning", "lightning")


_Callback: Any = _callback_class()


class Report(_Callback):  # type: ignore[misc]
    """Prints step, samples, training seconds and whatever the module logged (`val_loss`, ...) after every validation, in the first process only.

    batch_size: samples of a step, all devices and `accumulate_grad_batches` together. samples: those of the training data; with it the short
    last batch is counted as what it is.
    """

    def __init__(self, batch_size: object, samples: object = None) -> None:
        super().__init__()
        self.batch_size = positive("batch_size", batch_size)
        self.samples = None if samples is None else positive("samples", samples)
        self.clock = Clock()

    def on_train_batch_start(self, trainer: Any, module: Any, batch: Any, batch_index: int) -> None:
        self.clock.start()

    def on_validation_start(self, trainer: Any, module: Any) -> None:
        self.clock.stop()

    def on_train_epoch_end(self, trainer: Any, module: Any) -> None:
        self.clock.stop()

    def on_validation_end(self, trainer: Any, module: Any) -> None:
        if trainer.sanity_checking or not trainer.is_global_zero:
            return
        used = samples_after(trainer.global_step, self.batch_size, self.samples)
        row = {
            "step": trainer.global_step,
            "samples": used,
            "seconds": round(self.clock.seconds, 6),
            "epoch": None if self.samples is None else used / self.samples,
        }
        report(**{**trainer.callback_metrics, **row})
