"""Numbers as frameworks hold them (Python, NumPy, PyTorch, JAX, TensorFlow, Decimal) to plain Python numbers.

Text is no number here: a `"0.3"` in a metric is a mistake that a conversion would hide.
"""
from __future__ import annotations

import math
from typing import Union

from batchwright.errors import ValueNotANumberError

Number = Union[int, float]


def metric(name: str, value: object) -> Number:
    """A metric: any number, NaN and infinities included (they say that the run diverged).

    A tensor must hold exactly one element.
    """
    plain = _plain(value)
    if plain is None:
        raise ValueNotANumberError(name, value, "a number, or an array of one element")
    return plain


def whole(name: str, value: object) -> int:
    """A count: a whole number, 0 or more. `640.0` is one."""
    plain = _plain(value)
    if plain is None or not math.isfinite(plain) or plain != int(plain) or plain < 0:
        raise ValueNotANumberError(name, value, "a whole number, 0 or more")
    return int(plain)


def positive(name: str, value: object) -> int:
    """A count of 1 or more."""
    count = whole(name, value)
    if count == 0:
        raise ValueNotANumberError(name, value, "a whole number, 1 or more")
    return count


def amount(name: str, value: object) -> float:
    """Seconds or epochs: finite, 0 or more."""
    plain = _plain(value)
    if plain is None or not math.isfinite(plain) or plain < 0:
        raise ValueNotANumberError(name, value, "a finite number, 0 or more")
    return float(plain)


def _plain(value: object) -> Number | None:
    """The number, or None. `bool` is refused although it is an `int`: `accuracy=True` is a comparison that was never averaged."""
    item = getattr(value, "item", None)
    if callable(item):
        try:
            value = item()
        except (TypeError, ValueError, RuntimeError):  # more than one element; which of them depends on the framework
            return None
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if abs(value) < 2**63 else None  # what every reader of JSON holds
    if isinstance(value, float):
        return value
    try:
        return float(value) if hasattr(value, "__float__") else None
    except (TypeError, ValueError, OverflowError):
        return None
