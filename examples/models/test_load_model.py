"""`load_model.py` must predict what the program predicts, for every kind of model. Run by `python3 -m unittest discover -s examples/models`.

Skipped where torch is not installed. The program is built by cargo, as a test of it would be.
"""
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

try:
    import torch  # noqa: F401
except ImportError:
    torch = None

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TEXT = "the quick brown fox jumps over the lazy dog; \u732b and the dog sleeps.\n" * 40


def images():
    """40 noisy images of 12 x 14 pixels, one kind a little brighter, and their labels, in the IDX format."""
    draw = random.Random(1)
    labels = [draw.randrange(2) for _ in range(40)]
    pixels = [draw.randrange(200) + 8 * label for label in labels for _ in range(12 * 14)]
    header = b"\0\0\x08\x03" + b"".join(size.to_bytes(4, "big") for size in (40, 12, 14))
    return header + bytes(pixels), b"\0\0\x08\x01" + (40).to_bytes(4, "big") + bytes(labels)


def table():
    draw = random.Random(2)
    rows = [(draw.gauss(5, 3), draw.choice(["red", "green", "blue"])) for _ in range(60)]
    lines = [f"{x if i % 7 else ''},{colour},{3 * x + len(colour) + 100},{x > 5}" for i, (x, colour) in enumerate(rows)]
    return "\n".join(["size,colour,price,large", *lines]) + "\n"


@unittest.skipIf(torch is None, "no torch")
class LoadModel(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        subprocess.run(["cargo", "build", "-q"], cwd=ROOT, check=True)
        target = os.environ.get("CARGO_TARGET_DIR", "target")
        cls.program = str(ROOT / target / "debug" / "batchwright")
        (cls.folder / "images").mkdir()
        for name, content in zip(("train-images-idx3-ubyte", "train-labels-idx1-ubyte"), images()):
            (cls.folder / "images" / name).write_bytes(content)
        (cls.folder / "table.csv").write_text(table(), encoding="utf-8")
        (cls.folder / "text.txt").write_text(TEXT, encoding="utf-8")

    def output(self, *command):
        return subprocess.run(command, cwd=self.folder, stdout=subprocess.PIPE, check=True, text=True).stdout

    def check(self, model, data, file, *flags):
        """Trains a little and compares the predictions of both."""
        run = f"r{len(list(self.folder.glob('runs/r*')))}"
        self.output(self.program, "train", "--name", run, "--model", model, "--data", data, "--max-steps", "12", "--batch-size", "8", "--quiet", *flags)
        expected = json.loads(self.output(self.program, "predict", run, "--data", data, "--json"))["predictions"]
        saved = str(self.folder / "runs" / run / "model.safetensors")
        found = json.loads(self.output(sys.executable, str(HERE / "load_model.py"), saved, str(self.folder / file)))
        self.assertEqual(len(found), len(expected))
        numbers = [[answer.get("probability", answer["prediction"]) for answer in answers] for answers in (found, expected)]
        self.assertGreater(max(numbers[1]) - min(numbers[1]), 1e-3, "nearly constant answers would hide mistakes")
        for pair in zip(*numbers):
            self.assertAlmostEqual(*pair, delta=2e-5 * max(1, abs(pair[1])))
        for found, expected in zip(found, expected):
            if "probability" in expected:
                self.assertEqual(found["prediction"], expected["prediction"])

    def test_images(self):
        file = "images/train-images-idx3-ubyte"
        for model, activation in [("linear", "relu"), ("mlp:9,7", "gelu"), ("lenet", "silu"), ("cnn", "tanh"), ("resnet:14", "gelu-tanh")]:
            with self.subTest(model):
                self.check(model, "images", file, "--activation", activation, "--dropout", "0.1", "--lr", "0.003")

    def test_tables(self):
        for flags in ("--label price", "--label large", "--label large --loss binary_cross_entropy"):
            with self.subTest(flags):
                self.check("mlp:8", "table.csv", "table.csv", *flags.split())

    def test_texts(self):
        for settings, flags in [("", []), (",positions=rotary", ["--dropout", "0.1"]), (",tied=true", ["--tokens", "bytes"]), (",positions=rotary,tied=true", [])]:
            with self.subTest(settings):
                rate = ["--lr", "0.01", "--optimizer", "adamw"]
                self.check(f"gpt:layers=2,heads=2,width=16,context=12{settings}", "text.txt", "text.txt", *rate, *flags)


if __name__ == "__main__":
    unittest.main()
