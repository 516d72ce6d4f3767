"""The programs that need nothing but their language: they must say the same in Python, C and awk. Run by `python3 -m unittest discover -s examples/command`.

A program of another law would make `find` look wrong in that language. C and awk are skipped where there is no compiler or no awk with a logarithm.
"""
import json
import math
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
# Of quadratic/README.md: batch size -> the best rate and the seconds to a loss of 0.02 there.
LAW = {4: (0.07, 1.19), 16: (0.28, 0.47), 64: (0.78, 0.33), 256: (1.47, 0.50)}


def output(command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True, text=True).stdout


def rows(command):
    return [json.loads(line) for line in output(command).splitlines()]


def exit_code(command):
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode


def flags(**values):
    return [word for name, value in values.items() for word in ("--" + name.replace("_", "-"), str(value))]


def variables(**values):
    return [word for name, value in values.items() for word in ("-v", f"{name}={value}")]


class Languages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)

    def compiled(self, source):
        compiler = shutil.which("cc")
        if compiler is None:
            self.skipTest("no C compiler")
        program = str(pathlib.Path(self.folder.name) / source.stem)
        subprocess.run([compiler, "-O2", "-o", program, str(source), "-lm"], check=True)
        return program

    def awk(self):
        awk = shutil.which("awk")
        if awk is None or subprocess.run([awk, "BEGIN { exit log(1) }"], stderr=subprocess.DEVNULL, check=False).returncode:
            self.skipTest("no awk, or one without a logarithm")
        return awk


class Quadratic(Languages):
    def seconds_to_target(self, command):
        return next((row["seconds"] for row in rows(command) if row["val_loss"] < 0.02), math.inf)

    def check(self, command):
        medians = {}
        for batch_size, (lr, expected) in LAW.items():
            times = [self.seconds_to_target(command(batch_size=batch_size, lr=lr, seed=seed, samples=8000)) for seed in range(5)]
            medians[batch_size] = statistics.median(times)
            # Single runs pass the target up to a quarter before the expected loss does, by luck of the noise.
            self.assertTrue(0.7 < medians[batch_size] / expected < 1.1, (batch_size, times))
        self.assertEqual(min(medians, key=medians.get), 64, medians)
        last = rows(command(batch_size=64, lr=5, seed=0))[-1]
        self.assertTrue(math.isnan(last["val_loss"]), "a run that diverges ends with NaN")
        first = rows(command(batch_size=64, lr=0.5, seed=1, samples=1000, eval_steps=5))
        self.assertEqual([(row["step"], row["samples"]) for row in first], [(5, 320), (10, 640), (15, 960), (16, 1024)])
        self.assertEqual(first, rows(command(batch_size=64, lr=0.5, seed=1, samples=1000, eval_steps=5)))
        self.assertEqual(exit_code(command(batch_size=0, lr=1)), 2)
        self.assertEqual(exit_code(command(batch_size=4, lr=-1)), 2)

    def test_python(self):
        self.check(lambda **values: [sys.executable, str(HERE / "quadratic/quadratic.py"), *flags(**values)])

    def test_c(self):
        program = self.compiled(HERE / "quadratic/quadratic.c")
        self.check(lambda **values: [program, *flags(**values)])

    def test_awk(self):
        awk = self.awk()
        self.check(lambda **values: [awk, *variables(**values), "-f", str(HERE / "quadratic/quadratic.awk")])


class Digits(Languages):
    """Softmax regression is convex: after the same steps at a small rate all seeds and languages are close."""

    def check(self, last):
        step, samples, loss = last
        self.assertEqual((step, samples), (60, 3600))
        self.assertTrue(0.87 < loss < 0.95, loss)

    def test_c(self):
        program = self.compiled(HERE / "digits/train.c")
        data = str(HERE / "digits/digits.txt")
        text = output([program, *flags(batch_size=64, lr=0.3, seed=1, steps=60, data=data)])
        found = re.findall(r"step (\d+): samples (\d+), seconds [0-9.]+, validation loss ([0-9.]+)", text)
        self.assertEqual(len(found), 6)
        self.check((int(found[-1][0]), int(found[-1][1]), float(found[-1][2])))
        self.assertEqual(exit_code([program, *flags(batch_size=64, lr=0.3, data="/nowhere")]), 2)
        self.assertEqual(exit_code([program, *flags(batch_size="many", lr=0.3)]), 2)

    def test_awk(self):
        program, data = str(HERE / "digits/train.awk"), str(HERE / "digits/digits.txt")
        last = rows([self.awk(), *variables(batch_size=64, lr=0.3, seed=1, steps=60), "-f", program, data])[-1]
        self.check((last["step"], last["samples"], last["val_loss"]))
        self.assertEqual(exit_code([self.awk(), *variables(batch_size=64), "-f", program, data]), 2)


if __name__ == "__main__":
    unittest.main()
