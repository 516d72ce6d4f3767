"""Where the wheel's program was installed."""
from __future__ import annotations

import os
import sysconfig

from batchwright.errors import ProgramMissingError


def find_program() -> str:
    """The path of the program that belongs to this package. Not the first of PATH, which may be of another version.

    Raises ProgramMissingError, which names the folders.
    """
    folders = _folders()
    for folder in folders:
        path = os.path.join(folder, "batchwright")
        if os.access(path, os.X_OK):
            return path
    raise ProgramMissingError("the program is not in " + ", ".join(folders) + "; install the wheel: pip install batchwright")


def _folders() -> list[str]:
    """Where an installer puts programs: beside the package (`pip install --target`), of this Python, or of its user."""
    user = sysconfig.get_preferred_scheme("user") if hasattr(sysconfig, "get_preferred_scheme") else "posix_user"
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return [os.path.join(package, "bin"), sysconfig.get_path("scripts"), sysconfig.get_path("scripts", scheme=user)]
