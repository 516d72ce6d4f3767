"""A small network on scikit-learn's digits by the unmodified Lightning `Trainer`, with its `CSVLogger` and its progress bar."""
import argparse
import logging
import warnings

import lightning as L
import torch
from lightning.pytorch.callbacks import TQDMProgressBar
from lightning.pytorch.loggers import CSVLogger
from sklearn.datasets import load_digits
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset


class Classifier(L.LightningModule):
    def __init__(self, lr):
        super().__init__()
        self.lr = lr
        self.net = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10))

    def training_step(self, batch, _):
        loss = cross_entropy(self.net(batch[0]), batch[1])
        self.log("train_loss", loss, prog_bar=True)
        return loss

    def validation_step(self, batch, _):
        logits = self.net(batch[0])
        self.log("val_loss", cross_entropy(logits, batch[1]), prog_bar=True)
        self.log("val_acc", (logits.argmax(1) == batch[1]).float().mean(), prog_bar=True)

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.lr)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--max-steps", type=int, default=60)
    parser.add_argument("--eval-steps", type=int, default=10)
    parser.add_argument("--out", default="out")
    parser.add_argument("--tqdm", action="store_true", help="tqdm's bar; else Lightning's choice, rich where it is installed")
    args = parser.parse_args()
    # Both print paths of the installation.
    warnings.filterwarnings("ignore")
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)

    images, labels = load_digits(return_X_y=True)
    images, labels = torch.tensor(images / 16.0, dtype=torch.float32), torch.tensor(labels)
    L.seed_everything(args.seed)
    trainer = L.Trainer(
        accelerator="cpu", max_epochs=-1, max_steps=args.max_steps, val_check_interval=args.eval_steps,
        check_val_every_n_epoch=None, log_every_n_steps=5, num_sanity_val_steps=0, enable_checkpointing=False,
        callbacks=[TQDMProgressBar()] if args.tqdm else None,
        logger=CSVLogger(args.out, name="", version=""))
    trainer.fit(
        Classifier(args.lr),
        DataLoader(TensorDataset(images[:1500], labels[:1500]), batch_size=args.batch_size, shuffle=True),
        DataLoader(TensorDataset(images[1500:], labels[1500:]), batch_size=297))


if __name__ == "__main__":
    main()
