"""The row that is printed. A row that a reader can't take is a trial that reports nothing, hours later."""
import contextlib
import decimal
import io
import json
import math
import subprocess
import sys
import unittest

import batchwright
from tests.support import Scalar, Tensor, printed_rows


def printed(**row):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        batchwright.report(**row)
    return out.getvalue()


class Rows(unittest.TestCase):
    def setUp(self):
        batchwright.reset()

    def test_a_row_is_one_line_of_json(self):
        self.assertEqual(
            printed(step=10, samples=640, seconds=1.5, epoch=0.5, val_loss=0.3, accuracy=0.9),
            '\r{"step": 10, "samples": 640, "seconds": 1.5, "epoch": 0.5, "val_loss": 0.3, "accuracy": 0.9}\n')

    def test_what_is_left_out_is_not_printed(self):
        self.assertEqual(json.loads(printed(step=1, accuracy=1)), {"step": 1, "accuracy": 1})

    def test_a_diverged_run_says_so(self):
        # `null`, or an exception, would hide the divergence.
        row = json.loads(printed(step=1, val_loss=float("nan"), up=float("inf"), down=-float("inf")))
        self.assertTrue(math.isnan(row["val_loss"]))
        self.assertEqual((row["up"], row["down"]), (math.inf, -math.inf))

    def test_scalars_of_frameworks(self):
        row = json.loads(printed(step=Scalar(3), samples=640.0, val_loss=Scalar(0.25), other=decimal.Decimal("0.5")))
        self.assertEqual(row, {"step": 3, "samples": 640, "val_loss": 0.25, "other": 0.5})
        self.assertIsInstance(row["samples"], int)

    def test_a_metric_of_any_name(self):
        self.assertEqual(json.loads(printed(step=1, **{"val/loss": 1.0})), {"step": 1, "val/loss": 1.0})

    def test_a_bar_on_the_line_is_ended(self):
        # Glued to the bar, the row would be no line of its own.
        with printed_rows() as rows:
            print("\r 50%|#####     | 12/24", end="")
            batchwright.report(step=12, val_loss=0.5)
        self.assertEqual(rows, [{"step": 12, "val_loss": 0.5}])

    def test_a_row_is_there_at_once(self):
        # A pipe is buffered by blocks: without a flush a killed program has reported nothing.
        program = "import os, batchwright; batchwright.report(step=1, val_loss=0.5); os._exit(0)"
        done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, check=True, cwd=_root())
        self.assertEqual(json.loads(done.stdout), {"step": 1, "val_loss": 0.5})


class BadValues(unittest.TestCase):
    def refuse(self, name, text, **row):
        with self.assertRaises(batchwright.ValueNotANumberError) as caught:
            printed(**row)
        self.assertEqual(caught.exception.name, name)
        self.assertIn(text, str(caught.exception))

    def test_coordinates(self):
        for value in (-1, 1.5, float("nan"), float("inf"), 10**400, "3", True, [1], Tensor()):
            with self.subTest(value=value):
                self.refuse("step", "step must be a whole number, 0 or more; got", step=value, val_loss=1)
                self.refuse("samples", "samples must be", samples=value, val_loss=1)
        for value in (-0.5, float("nan"), float("inf"), "1s", False, Tensor()):
            with self.subTest(value=value):
                self.refuse("seconds", "seconds must be a finite number", seconds=value, val_loss=1)
                self.refuse("epoch", "epoch must be a finite number", epoch=value, val_loss=1)

    def test_metrics(self):
        for value in ("0.3", True, [0.3], {}, 1j, Tensor(), 10**400, object()):
            with self.subTest(value=value):
                self.refuse("val_loss", "val_loss must be a number", val_loss=value)
                self.refuse("accuracy", "accuracy must be a number", accuracy=value)
        self.refuse("accuracy", "got None (NoneType)", accuracy=None)

    def test_nothing_is_printed_of_a_bad_row(self):
        with printed_rows() as rows, self.assertRaises(batchwright.BatchwrightError):
            batchwright.report(step=1, val_loss=0.5, accuracy="high")
        self.assertEqual(rows, [])


class Tqdm(unittest.TestCase):
    def test_a_row_amid_a_live_bar(self):
        try:
            import tqdm
        except ImportError:
            self.skipTest("tqdm is not installed")
        with printed_rows() as rows:
            for step in tqdm.tqdm(range(1, 4), file=sys.stdout, mininterval=0):
                batchwright.report(step=step, val_loss=0.5)
        self.assertEqual([row["step"] for row in rows], [1, 2, 3])


class NumPyAndTorch(unittest.TestCase):
    def check(self, framework, scalars):
        try:
            module = __import__(framework)
        except ImportError:
            self.skipTest(f"{framework} is not installed")
        for value in scalars(module):
            with self.subTest(value=value):
                self.assertEqual(json.loads(printed(val_loss=value)), {"val_loss": 0.5})

    def test_numpy(self):
        self.check("numpy", lambda np: [np.float32(0.5), np.float64(0.5), np.array(0.5), np.array([[0.5]])])

    def test_torch(self):
        self.check("torch", lambda torch: [torch.tensor(0.5), torch.tensor([0.5], requires_grad=True), torch.tensor(0.5).bfloat16()])


def _root():
    import pathlib
    return pathlib.Path(__file__).resolve().parent.parent


if __name__ == "__main__":
    unittest.main()
