"""`python -m batchwright`: the program, with the same arguments."""
from __future__ import annotations

import os
import sys

from batchwright._program import find_program


def main() -> None:
    program = find_program()
    os.execv(program, [program, *sys.argv[1:]])


if __name__ == "__main__":
    main()
