"""Counts steps, samples and training seconds while a loop runs over its batches.

One batch is one step. The clock runs from the moment the first batch is asked for, so that a program's start-up is left out, and stands still between
passes and inside `evaluation()`.
"""
from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

from batchwright._value import Number, positive
from batchwright.errors import CountError

Batch = TypeVar("Batch")


class Clock:
    """A stopwatch that is read while it runs. Starting or stopping it twice changes nothing."""

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self._now = now
        self._passed = 0.0
        self._since: float | None = None

    @property
    def running(self) -> bool:
        return self._since is not None

    @property
    def seconds(self) -> float:
        return self._passed + (self._now() - self._since if self._since is not None else 0.0)

    def start(self) -> None:
        if self._since is None:
            self._since = self._now()

    def stop(self) -> None:
        self._passed = self.seconds
        self._since = None


def samples_after(steps: int, batch_size: int, samples: int | None) -> int:
    """Samples used after `steps` steps of passes over `samples` samples, the last batch of a pass short: 1500 at 64 are 24 steps, of which the last
    has 28. Without `samples` every batch is full."""
    if samples is None:
        return steps * batch_size
    passes, left = divmod(steps, -(-samples // batch_size))
    return passes * samples + left * batch_size


class Counter:
    """The counts of one training."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.step = 0
        self.samples = 0
        self._samples_per_epoch: int | None = None

    def count(self, loader: Iterable[Batch], *, batch_size: object, samples: object = None) -> Iterator[Batch]:
        """See `batchwright.count`."""
        size = positive("batch_size", batch_size)
        per_epoch = None if samples is None else positive("samples", samples)
        return self._pass(loader, size, per_epoch)

    def _pass(self, loader: Iterable[Batch], batch_size: int, samples: int | None) -> Iterator[Batch]:
        self._samples_per_epoch = samples
        before = self.samples
        self.clock.start()
        try:
            for index, batch in enumerate(loader, 1):
                used = samples_after(index, batch_size, samples)
                if samples is not None and used > samples:
                    raise CountError(
                        f"the loader gave batch {index} of a pass, but {samples} samples at batch size {batch_size} are "
                        f"{index - 1}: check samples= and batch_size=, or leave samples= out for a loader without an end")
                self.step += 1
                self.samples = before + used
                yield batch
        finally:
            self.clock.stop()

    @contextmanager
    def evaluation(self) -> Generator[None, None, None]:
        """See `batchwright.evaluation`."""
        was_running = self.clock.running
        self.clock.stop()
        try:
            yield
        finally:
            if was_running:
                self.clock.start()

    def coordinates(self) -> dict[str, Number]:
        """`step`, `samples`, `seconds`, and `epoch` where the samples of a pass are known. Nothing before the first batch."""
        if self.step == 0:
            return {}
        row: dict[str, Number] = {"step": self.step, "samples": self.samples, "seconds": round(self.clock.seconds, 6)}
        if self._samples_per_epoch is not None:
            row["epoch"] = self.samples / self._samples_per_epoch
        return row


_counter = Counter()


def count(loader: Iterable[Batch], *, batch_size: object, samples: object = None) -> Iterator[Batch]:
    """Yields the batches of one pass over `loader` and counts them; `batchwright.report` then fills in step, samples, seconds and epoch.

    batch_size: samples a batch holds, over all processes together. samples: samples of a whole pass; with it the short last batch is counted as what it is and `epoch`
    is known. Passes add up; a row counts the batch that was yielded last, so report after its update.

    Raises ValueNotANumberError for a size that is none, and CountError if the loader gives more batches than `samples` has.
    """
    return _counter.count(loader, batch_size=batch_size, samples=samples)


def evaluation() -> AbstractContextManager[None]:
    """`with batchwright.evaluation():` stops the clock: evaluating is no part of training time. Between passes it stands still by itself.

    On a GPU, wait for the queue before it (`torch.cuda.synchronize()`), else training that is still queued is taken for evaluation.
    """
    return _counter.evaluation()


def reset() -> None:
    """Starts at zero again, for a second training in the same process."""
    global _counter
    _counter = Counter()


def coordinates() -> dict[str, Number]:
    """What the counter of this process knows."""
    return _counter.coordinates()
