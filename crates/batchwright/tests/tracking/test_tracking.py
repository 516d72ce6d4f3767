"""TensorBoard, MLflow and trackio must read what was trained: the numbers of `runs export --format json`, to the last digit that each of them keeps.

Run by `python3 -m unittest discover -s crates/batchwright/tests/tracking`; what is not installed is skipped. The program is that of $BATCHWRIGHT, or is
built by cargo.
"""
import importlib.util
import json
import math
import os
import pathlib
import signal
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[4]
NAMES = {
    "loss/train": lambda row: row["train"]["loss"],
    "accuracy/train": lambda row: row["train"].get("accuracy"),
    "loss/train_steps": lambda row: row["step_loss"],
    "loss/val": lambda row: row["validation"]["loss"],
    "accuracy/val": lambda row: row["validation"].get("accuracy"),
    "learning_rate": lambda row: row["learning_rate"],
    "progress/epoch": lambda row: row["epoch"],
    "progress/samples": lambda row: row["samples"],
    "progress/seconds": lambda row: row["seconds"],
}


def missing(module):
    return importlib.util.find_spec(module) is None


def single(value):
    """As a 32-bit float, which TensorBoard keeps."""
    return struct.unpack("f", struct.pack("f", value))[0]


def curves(record, kept=float):
    """(step, value) of each metric of a run. JSON has `null` for what is not finite; of these rows every loss is there or NaN."""
    found = {}
    for name, read in NAMES.items():
        absent = name == "loss/train_steps"
        values = [(row["step"], read(row)) for row in record["rows"]]
        found[name] = [(step, math.nan if value is None else kept(value)) for step, value in values if not (absent and step == 0)]
    return found


def same(a, b):
    return len(a) == len(b) and all(s == t and (v == w or (math.isnan(v) and math.isnan(w))) for (s, v), (t, w) in zip(a, b))


class Trained(unittest.TestCase):
    """A run, one that diverged, one that was killed and went on, and a study, each logged while it trained and exported as well."""

    @classmethod
    def setUpClass(cls):
        if all(map(missing, ["tensorboard", "mlflow", "trackio"])):
            raise unittest.SkipTest("no tensorboard, mlflow or trackio")
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.program = os.environ.get("BATCHWRIGHT")
        if cls.program is None:
            subprocess.run(["cargo", "build", "-q"], cwd=ROOT, check=True)
            cls.program = str(ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "debug" / "batchwright")
        cls.logs = ["--log-to", "tensorboard:live", "--log-to", "mlflow:live", "--log-to", "trackio:trackio/digits.db"]
        cls.run_program("train", "--name", "a", "--epochs", "4", *cls.logs)
        cls.run_program("train", "--name", "b", "--epochs", "3", "--lr", "1e30", *cls.logs, code=1)
        cls.killed()
        cls.run_program("find", "--name", "s", "--batch-sizes", "16,64", "--budget", "20s", "--max-samples", "8000", "--strategy", "grid", "--seeds", "1", code=None)
        cls.runs = ["a", "b", "c"]
        for form, place in [("tensorboard", "tb"), ("mlflow", "ml.db"), ("trackio", "tk/tk.db")]:
            # Twice: nothing may be there twice.
            for _ in range(2):
                cls.run_program("runs", "export", *cls.runs, "s", "--format", form, "--output", place)
        cls.records = {record["name"]: record for record in json.loads(cls.run_program("runs", "export", *cls.runs, "--format", "json"))}
        database = sqlite3.connect(cls.folder / "runs" / "batchwright.db")
        events = database.execute("SELECT event FROM study_events ORDER BY nth")
        cls.trials = [event["ended"]["outcome"] for event in map(json.loads, (text for (text,) in events)) if "ended" in event]
        database.close()

    @classmethod
    def run_program(cls, *words, code=0):
        ended = subprocess.run([cls.program, "--lang", "en", *words], cwd=cls.folder, capture_output=True, text=True)
        if code is not None and ended.returncode != code:
            raise AssertionError(f"{words}: {ended.returncode}: {ended.stderr}")
        return ended.stdout

    @classmethod
    def killed(cls):
        """Killed after its first checkpoint but one, so that rows are set back, as a rule; then it goes on to its end."""
        words = ["train", "--name", "c", "--epochs", "400", "--eval-every", "40st", "--checkpoint-every", "0.2s", "--model", "mlp:128", *cls.logs]
        child = subprocess.Popen([cls.program, "--quiet", *words], cwd=cls.folder)
        checkpoints = cls.folder / "runs" / "c" / "checkpoints"
        while child.poll() is None and not (checkpoints.is_dir() and any(checkpoints.iterdir()) and (cls.folder / "live" / "c").is_dir()):
            time.sleep(0.05)
        time.sleep(0.5)
        child.send_signal(signal.SIGKILL)
        child.wait()
        cls.run_program("resume", "c", "--epochs", "450")

    def trial_curve(self, outcome, kept=float):
        return [(step, kept(value)) for value, step, *_ in outcome["curve"]["records"]]

    @unittest.skipIf(missing("tensorboard"), "no tensorboard")
    def test_tensorboard(self):
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
        from tensorboard.plugins.hparams import plugin_data_pb2

        def read(folder):
            events = EventAccumulator(str(folder), size_guidance={"scalars": 0, "tensors": 0})
            events.Reload()
            return events

        for place in ["tb", "live"]:
            for name in self.runs:
                events = read(self.folder / place / name)
                for tag, expected in curves(self.records[name], single).items():
                    scalars = events.Scalars(tag)
                    self.assertTrue(same([(it.step, it.value) for it in scalars], expected), f"{place} {name} {tag}")
                    times = [it.wall_time for it in scalars]
                    self.assertEqual(times, sorted(times))
                self.assertEqual(len(events.Scalars("loss/test")), 1)
                content = events.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
                start = plugin_data_pb2.HParamsPluginData.FromString(content).session_start_info
                self.assertEqual(start.hparams["batch-size"].number_value, 32)
                self.assertIn("| lr | 0.02 |" if name != "b" else "| lr | 1000", events.Tensors("settings/text_summary")[0].tensor_proto.string_val[0].decode())
        trials = sorted((self.folder / "tb" / "s").iterdir())
        self.assertEqual(len(trials), len(self.trials))
        for folder, outcome in zip(trials, self.trials):
            found = [(it.step, it.value) for it in read(folder).Scalars("best/val_loss")]
            self.assertEqual(found, self.trial_curve(outcome, single))

    @unittest.skipIf(missing("mlflow"), "no mlflow")
    def test_mlflow(self):
        from mlflow.tracking import MlflowClient

        for place in ["ml.db", "live/mlflow.db"]:
            client = MlflowClient(f"sqlite:///{self.folder / place}")
            by_name = {experiment.name: experiment.experiment_id for experiment in client.search_experiments()}
            runs = {run.info.run_name: run for run in client.search_runs([by_name["batchwright"]])}
            self.assertEqual(sorted(runs), self.runs)
            for name, run in runs.items():
                for key, expected in curves(self.records[name]).items():
                    found = [(it.step, it.value) for it in client.get_metric_history(run.info.run_id, key)]
                    self.assertTrue(same(sorted(found, key=lambda it: it[0]), expected), f"{place} {name} {key}")
                    step, value = expected[-1]
                    self.assertTrue(same([(step, run.data.metrics[key])], [(step, value)]))
                self.assertEqual(run.info.status, "FAILED" if name == "b" else "FINISHED")
                self.assertEqual(run.data.params["batch-size"], "32")
                self.assertEqual(run.data.tags["batchwright.outcome"], "diverged" if name == "b" else "duration")
            # MLflow itself goes on in it.
            own = client.create_run(by_name["batchwright"])
            client.log_metric(own.info.run_id, "x", 1.0, step=3)
            client.delete_run(own.info.run_id)
        client = MlflowClient(f"sqlite:///{self.folder / 'ml.db'}")
        # Into a database that MLflow has brought up to date meanwhile.
        self.run_program("runs", "export", "a", "s", "--format", "mlflow", "--output", "ml.db")
        self.assertEqual(len(client.search_runs([by_name["batchwright"]])), 3)
        study = client.get_experiment_by_name("s")
        trials = sorted(client.search_runs([study.experiment_id]), key=lambda run: run.info.run_name)
        self.assertEqual(len(trials), len(self.trials))
        for run, outcome in zip(trials, self.trials):
            found = [(it.step, it.value) for it in client.get_metric_history(run.info.run_id, "best/val_loss")]
            self.assertEqual(sorted(found), sorted(self.trial_curve(outcome)))
            self.assertEqual(run.data.params["lr"], repr(outcome["plan"]["request"]["learning_rate"]))

    @unittest.skipIf(missing("trackio"), "no trackio")
    def test_trackio(self):
        program = f"""
import json, trackio
from trackio.sqlite_storage import SQLiteStorage as Storage
for project in Storage.get_projects():
    Storage.init_db(project)
print(json.dumps({{project: [[record["name"], Storage.get_run_config(project, run_id=record["id"]), Storage.get_logs(project, run_id=record["id"])]
    for record in Storage.get_run_records(project)] for project in Storage.get_projects()}}))
"""
        for place, project in [("tk", "tk"), ("trackio", "digits")]:
            environment = {**os.environ, "TRACKIO_DIR": str(self.folder / place), "HF_HUB_OFFLINE": "1"}
            ended = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
            self.assertEqual(ended.returncode, 0, ended.stderr)
            runs = json.loads(ended.stdout)[project]
            self.assertEqual(sorted(name for name, _, _ in runs if name in self.runs), self.runs)
            for name, config, logs in runs:
                if name not in self.runs:
                    continue
                for key, expected in curves(self.records[name]).items():
                    found = [(row["step"], row[key]) for row in logs if key in row]
                    self.assertTrue(same(found, expected), f"{place} {name} {key}")
                self.assertEqual((config["batch-size"], config["status"]), (32, "failed" if name == "b" else "finished"))
            trials = [(config, logs) for name, config, logs in runs if name not in self.runs]
            self.assertEqual(len(trials), len(self.trials) if project == "tk" else 0)
            for (config, logs), outcome in zip(trials, self.trials):
                self.assertEqual(config["_Group"], "s")
                found = [(row["step"], row["best/val_loss"]) for row in logs if "best/val_loss" in row]
                self.assertIn(found, [self.trial_curve(outcome) for outcome in self.trials])


if __name__ == "__main__":
    unittest.main()
