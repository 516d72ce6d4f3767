"""Makes digits.gz from scikit-learn's digits.csv.gz: python3 make_digits.py digits.csv.gz

Input: 1,797 lines of 64 pixels (0..16) and the digit. Output, beside this file: one gzip stream of 1797*64 pixel bytes,
image by image and row by row, then 1797 label bytes. Same input, same bytes out.
"""

import gzip
import pathlib
import sys


def main(csv_path):
    with gzip.open(csv_path, "rt", encoding="ascii") as lines:
        rows = [[int(float(field)) for field in line.split(",")] for line in lines if line.strip()]
    assert len(rows) == 1797 and all(len(row) == 65 for row in rows), "not the 1,797 optical digits"
    assert all(0 <= pixel <= 16 for row in rows for pixel in row[:64])
    assert all(0 <= row[64] <= 9 for row in rows)
    pixels = bytes(pixel for row in rows for pixel in row[:64])
    labels = bytes(row[64] for row in rows)
    out = pathlib.Path(__file__).with_name("digits.gz")
    out.write_bytes(gzip.compress(pixels + labels, 9, mtime=0))
    counts = [labels.count(digit) for digit in range(10)]
    print(f"{out.name}: {out.stat().st_size} bytes, per class {counts}, sum of pixels {sum(pixels)}")


if __name__ == "__main__":
    main(sys.argv[1])
