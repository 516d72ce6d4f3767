"""A tiny vision transformer on scikit-learn's digits, trained by the unmodified Hugging Face `Trainer`.

Without --tqdm the bars are off and the Trainer prints its dicts alone, as it does with `disable_tqdm`.
"""
import argparse

import torch
from sklearn.datasets import load_digits
from transformers import Trainer, TrainingArguments, ViTConfig, ViTForImageClassification, set_seed


class Digits(torch.utils.data.Dataset):
    """8x8 images as `Trainer` wants them: dicts of `pixel_values` [1, 8, 8] and `labels`."""

    def __init__(self, images, labels):
        self.images, self.labels = torch.tensor(images / 16.0, dtype=torch.float32).reshape(-1, 1, 8, 8), labels

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return {"pixel_values": self.images[i], "labels": int(self.labels[i])}


def accuracy(prediction):
    return {"accuracy": float((prediction.predictions.argmax(-1) == prediction.label_ids).mean())}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--max-steps", type=int, default=120)
    parser.add_argument("--eval-steps", type=int, default=20)
    parser.add_argument("--tqdm", action="store_true")
    args = parser.parse_args()

    images, labels = load_digits(return_X_y=True)
    set_seed(args.seed)
    model = ViTForImageClassification(ViTConfig(
        image_size=8, patch_size=2, num_channels=1, hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=64, num_labels=10))
    trainer = Trainer(
        model=model,
        args=TrainingArguments(
            output_dir="out", seed=args.seed, per_device_train_batch_size=args.batch_size,
            per_device_eval_batch_size=128, learning_rate=args.lr, lr_scheduler_type="constant",
            max_steps=args.max_steps, eval_strategy="steps", eval_steps=args.eval_steps,
            logging_steps=args.eval_steps, save_strategy="no", report_to="none", disable_tqdm=not args.tqdm,
            dataloader_pin_memory=False),
        train_dataset=Digits(images[:1500], labels[:1500]),
        eval_dataset=Digits(images[1500:], labels[1500:]),
        compute_metrics=accuracy,
    )
    trainer.train()


if __name__ == "__main__":
    main()
