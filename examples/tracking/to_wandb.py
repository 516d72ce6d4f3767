"""Hands runs to Weights & Biases. Needs wandb, and an account, or WANDB_MODE=offline.

    batchwright runs export NAME.. --format json | python3 to_wandb.py PROJECT
"""
import json
import sys

import wandb


def numbers(row):
    """A row by the names that `runs export --format tensorboard` uses; what was not measured, or is not finite, is left out."""
    values = {
        "loss/train": row["train"]["loss"],
        "loss/val": row["validation"]["loss"],
        "accuracy/train": row["train"].get("accuracy"),
        "accuracy/val": row["validation"].get("accuracy"),
        "loss/train_steps": row["step_loss"],
        "learning_rate": row["learning_rate"],
        "progress/epoch": row["epoch"],
        "progress/samples": row["samples"],
        "progress/seconds": row["seconds"],
    }
    return {name: value for name, value in values.items() if value is not None}


for record in json.load(sys.stdin):
    run = wandb.init(project=sys.argv[1], name=record["name"], config=dict(record["settings"]))
    for row in record["rows"]:
        run.log(numbers(row), step=row["step"])
    if record["result"]:
        run.summary["best/val_loss"] = record["result"]["validation"]["best_loss"]
        run.summary["outcome"] = record["result"]["stopped_by"]
    run.finish()
