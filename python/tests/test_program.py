"""`python -m batchwright` runs the program of this package, with its arguments and its exit code."""
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

import batchwright
from batchwright import _program

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(folder, *arguments):
    """Runs the module, installed as by `pip install --target folder`."""
    shutil.copytree(ROOT / "python" / "batchwright", pathlib.Path(folder, "batchwright"))
    command = [sys.executable, "-m", "batchwright", *arguments]
    return subprocess.run(command, env={**os.environ, "PYTHONPATH": folder}, capture_output=True, text=True)


class ProgramTest(unittest.TestCase):
    def test_arguments_and_exit_code_are_the_program_s(self):
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder, "bin", "batchwright")
            program.parent.mkdir()
            program.write_text('#!/bin/sh\nfor word; do echo "<$word>"; done; exit 3\n')
            program.chmod(program.stat().st_mode | stat.S_IXUSR)
            done = run(folder, "find", "two words", "--", "-x")
        self.assertEqual((done.returncode, done.stdout), (3, "<find>\n<two words>\n<-->\n<-x>\n"))

    def test_a_missing_program_is_an_error_with_the_folders(self):
        with mock.patch.object(_program, "_folders", lambda: ["/none/bin"]):
            with self.assertRaisesRegex(batchwright.ProgramMissingError, "not in /none/bin; install"):
                _program.find_program()

    def test_the_version_is_that_of_the_crate(self):
        manifest = (ROOT / "Cargo.toml").read_text()
        self.assertIn(f'version = "{batchwright.__version__}"', re.split(r"\[workspace\.dependencies\]", manifest)[0])
