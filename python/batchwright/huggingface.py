"""A callback for the Hugging Face `Trainer`: `Trainer(..., callbacks=[batchwright.huggingface.Report()])`.

It prints a row after every evaluation; how often that is, `eval_strategy` and `eval_steps` say. `eval_loss` becomes `val_loss`, and so on.
"""
from __future__ import annotations

from typing import Any

from batchwright._count import Clock, samples_after
from batchwright._report import report
from batchwright.errors import FrameworkMissingError

try:
    from transformers import TrainerCallback
except ImportError as error:
    raise FrameworkMissingError("batchwright.huggingface", "Transformers", "transformers") from error


class Report(TrainerCallback):
    """Prints step, samples, training seconds and the metrics of every evaluation, in the first process only.

    A step uses `per_device_train_batch_size` times devices times processes times `gradient_accumulation_steps` samples.
    """

    def __init__(self) -> None:
        self.clock = Clock()

    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.clock.start()

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        # The default flow callback comes first and has decided by now.
        if control.should_evaluate or control.should_save:
            self.clock.stop()

    def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self.clock.stop()

    def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if not state.is_world_process_zero:
            return
        size = args.train_batch_size * args.world_size * args.gradient_accumulation_steps
        report(**{
            **_metrics(kwargs.get("metrics") or {}),
            "step": state.global_step,
            "samples": samples_after(state.global_step, size, _samples_of(kwargs.get("train_dataloader"), args)),
            "seconds": round(self.clock.seconds, 6),
            "epoch": state.epoch,
        })


def _metrics(metrics: dict[str, Any]) -> dict[str, Any]:
    """Those of the model: what the evaluation itself cost (`eval_runtime`, `eval_samples_per_second`) is left out."""
    return {
        "val_" + name[len("eval_"):]: value
        for name, value in metrics.items()
        if name.startswith("eval_") and not name.endswith(("_runtime", "_per_second", "_time"))
    }


def _samples_of(loader: Any, args: Any) -> int | None:
    """Samples of a pass, if its last step is a short one; None for a stream and for `dataloader_drop_last`, where every step is full."""
    try:
        return None if args.dataloader_drop_last else len(loader.dataset)
    except (AttributeError, TypeError):
        return None
