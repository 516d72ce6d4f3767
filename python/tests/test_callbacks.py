"""The callbacks, each within a short training of its own framework; skipped where that is not installed.

10 samples at batch size 4 are 3 steps a pass, of which the last has 2 samples: a callback that multiplies counts 12.
"""
import importlib
import importlib.util
import os
import tempfile
import unittest

import batchwright
from tests.support import printed_rows

FRAMEWORKS = {"keras": ("keras",), "lightning": ("lightning", "pytorch_lightning"), "huggingface": ("transformers",)}


def installed(*names):
    return all(importlib.util.find_spec(name) is not None for name in names)


class Missing(unittest.TestCase):
    def test_a_missing_framework_is_named(self):
        for name, packages in FRAMEWORKS.items():
            if any(installed(package) for package in packages):
                continue
            with self.subTest(name=name), self.assertRaisesRegex(batchwright.FrameworkMissingError, "not installed: pip install"):
                importlib.import_module(f"batchwright.{name}")

    def test_the_package_itself_imports_none(self):
        import subprocess
        import sys
        program = "import sys, batchwright; print([m for m in ('numpy', 'torch', 'keras', 'lightning', 'transformers') if m in sys.modules])"
        folder = os.path.dirname(os.path.dirname(batchwright.__file__))
        done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, check=True, cwd=folder)
        self.assertEqual(done.stdout.strip(), b"[]")


class Coordinates(unittest.TestCase):
    """What all three must print: two passes over 10 samples at batch size 4."""

    def check(self, rows, metrics):
        self.assertEqual([(row["step"], row["samples"], row["epoch"]) for row in rows], [(3, 10, 1), (6, 20, 2)])
        self.assertTrue(0 < rows[0]["seconds"] < rows[1]["seconds"], rows)
        for row in rows:
            self.assertEqual(set(row), {"step", "samples", "seconds", "epoch", *metrics})


@unittest.skipUnless(installed("keras"), "Keras is not installed")
class Keras(Coordinates):
    def train(self, report, samples=10, **fit):
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        import keras
        import numpy as np
        x, y = np.ones((samples, 3)), np.ones((samples, 1))
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse", metrics=["mae"])
        with printed_rows() as rows:
            model.fit(x, y, epochs=2, validation_data=(x, y), callbacks=[report], **{"batch_size": 4, **fit})
        return rows

    def test_two_passes_beside_the_bar(self):
        from batchwright.keras import Report
        for verbose in (0, 1, 2):
            with self.subTest(verbose=verbose):
                self.check(self.train(Report(batch_size=4, samples=10), verbose=verbose), {"loss", "mae", "val_loss", "val_mae"})

    def test_epochs_that_are_no_passes(self):
        from batchwright.keras import Report
        rows = self.train(Report(batch_size=4), samples=16, verbose=0, steps_per_epoch=2)
        self.assertEqual([(row["step"], row["samples"], "epoch" in row) for row in rows], [(2, 8, False), (4, 16, False)])


@unittest.skipUnless(installed("lightning") or installed("pytorch_lightning"), "Lightning is not installed")
class Lightning(Coordinates):
    def test_two_passes(self):
        import logging
        import warnings
        warnings.filterwarnings("ignore")
        logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
        from batchwright import lightning as reporting
        framework = importlib.import_module("lightning.pytorch" if installed("lightning") else "pytorch_lightning")
        import torch

        class Module(framework.LightningModule):
            def __init__(self):
                super().__init__()
                self.net = torch.nn.Linear(3, 1)

            def training_step(self, batch, _):
                return self.net(batch[0]).square().mean()

            def validation_step(self, batch, _):
                self.log("val_loss", self.net(batch[0]).square().mean())

            def configure_optimizers(self):
                return torch.optim.SGD(self.parameters(), lr=0.1)

        data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(torch.ones(10, 3)), batch_size=4)
        trainer = framework.Trainer(
            accelerator="cpu", max_epochs=2, logger=False, enable_checkpointing=False, enable_progress_bar=False,
            enable_model_summary=False, callbacks=[reporting.Report(batch_size=4, samples=10)])
        with printed_rows() as rows:
            trainer.fit(Module(), data, data)
        self.check(rows, {"val_loss"})


@unittest.skipUnless(installed("transformers", "torch", "accelerate"), "Transformers, PyTorch or Accelerate is not installed")
class HuggingFace(Coordinates):
    def train(self, **arguments):
        os.environ.setdefault("USE_TF", "0")
        import torch
        from transformers import Trainer, TrainingArguments

        from batchwright.huggingface import Report

        class Model(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.net = torch.nn.Linear(3, 1)

            def forward(self, x, labels):
                out = self.net(x)
                return {"loss": (out - labels).square().mean(), "logits": out}

        data = [{"x": torch.ones(3), "labels": torch.ones(1)} for _ in range(10)]
        with tempfile.TemporaryDirectory() as folder:
            trainer = Trainer(
                Model(),
                TrainingArguments(folder, num_train_epochs=2, report_to="none", save_strategy="no", disable_tqdm=True, use_cpu=True,
                                  dataloader_pin_memory=False, **arguments),
                train_dataset=data, eval_dataset=data, callbacks=[Report()])
            with printed_rows() as rows:
                trainer.train()
        return rows

    def test_two_passes(self):
        rows = self.train(per_device_train_batch_size=4, eval_strategy="epoch", logging_strategy="no")
        self.check(rows, {"val_loss"})

    def test_accumulation_is_part_of_the_batch_size(self):
        rows = self.train(per_device_train_batch_size=2, gradient_accumulation_steps=2, eval_strategy="steps", eval_steps=2)
        self.assertEqual([(row["step"], row["samples"]) for row in rows], [(2, 8), (4, 14), (6, 20)])


if __name__ == "__main__":
    unittest.main()
