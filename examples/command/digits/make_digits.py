#!/usr/bin/env python3
"""Makes digits.txt anew from scikit-learn's digits: 800 lines of a label and 64 letters, `a` (0, white) to `q` (16, black), 600 to train, 200 to validate."""
import pathlib

from sklearn.datasets import load_digits

images, labels = load_digits(return_X_y=True)
lines = (f"{label} " + "".join(chr(ord("a") + int(pixel)) for pixel in image) for image, label in zip(images[:800], labels))
(pathlib.Path(__file__).parent / "digits.txt").write_text("\n".join(lines) + "\n", encoding="ascii")
