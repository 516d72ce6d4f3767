"""What this package raises. Each message names the value, what was found, and what to do."""
from __future__ import annotations


class BatchwrightError(Exception):
    """The base of all."""


class ValueNotANumberError(BatchwrightError, ValueError):
    """A reported value is not the number that its name asks for."""

    def __init__(self, name: str, value: object, wanted: str) -> None:
        shown = repr(value)
        if len(shown) > 60:
            shown = shown[:57] + "..."
        super().__init__(f"{name} must be {wanted}; got {shown} ({type(value).__name__})")
        self.name = name
        self.value = value


class CountError(BatchwrightError):
    """A loader does not do what the counter was told."""


class FrameworkMissingError(BatchwrightError, ImportError):
    """A callback's framework is not installed."""

    def __init__(self, module: str, framework: str, package: str) -> None:
        super().__init__(f"{module} needs {framework}, which is not installed: pip install {package}")


class ProgramMissingError(BatchwrightError, FileNotFoundError):
    """The program is not installed beside this package."""
