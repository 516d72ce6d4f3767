"""A callback for Keras 3, any backend: `model.fit(..., callbacks=[batchwright.keras.Report(batch_size=64, samples=len(x))])`.

It prints a row at the end of every Keras epoch. To be looked at more often, make a Keras epoch shorter than a pass: `steps_per_epoch=` with a data
set that repeats.
"""
from __future__ import annotations

from typing import Any

from batchwright._count import Clock, samples_after
from batchwright._report import report
from batchwright._value import positive
from batchwright.errors import FrameworkMissingError

try:
    import keras  # type: ignore[import-untyped]
except ImportError as error:
    raise FrameworkMissingError("batchwright.keras", "Keras 3", "keras") from error


class Report(keras.callbacks.Callback):  # type: ignore[misc]
    """Prints step, samples, training seconds and Keras' own metrics (`loss`, `val_loss`, ...) at the end of every epoch.

    batch_size: samples of a step. samples: those of the training data, if a Keras epoch is one pass over them; with it the short last batch
    is counted as what it is and `epoch` is known. Leave it out where `steps_per_epoch` cuts epochs otherwise.
    """

    def __init__(self, batch_size: object, samples: object = None) -> None:
        super().__init__()
        self.batch_size = positive("batch_size", batch_size)
        self.samples = None if samples is None else positive("samples", samples)
        self.clock = Clock()
        self.steps_before = 0
        self.steps_of_epoch = 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.clock.start()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        # `batch` counts from 0; with `steps_per_execution` this is called for the last of them only.
        self.steps_of_epoch = batch + 1

    def on_test_begin(self, logs: Any = None) -> None:
        self.clock.stop()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.clock.stop()
        step = self.steps_before = self.steps_before + self.steps_of_epoch
        used = samples_after(step, self.batch_size, self.samples)
        report(
            step=step,
            samples=used,
            seconds=round(self.clock.seconds, 6),
            epoch=None if self.samples is None else used / self.samples,
            **(logs or {}),
        )
