"""What several tests need: standard output as rows, and a clock that is told the time."""
import contextlib
import io
import json


@contextlib.contextmanager
def printed_rows():
    """The rows that are printed inside, as dicts; filled in when the block ends."""
    rows, out = [], io.StringIO()
    with contextlib.redirect_stdout(out):
        yield rows
    for line in out.getvalue().replace("\r", "\n").splitlines():
        if line.lstrip().startswith('{"'):
            rows.append(json.loads(line))


class Time:
    """A clock's source: `time()` is `time.now`."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


class Scalar:
    """Stands for a NumPy scalar or a tensor of one element: `item()` gives the number."""

    def __init__(self, value):
        self.value = value

    def item(self):
        return self.value


class Tensor:
    """Stands for a tensor of many elements, whose `item()` refuses."""

    def item(self):
        raise RuntimeError("a Tensor with 2 elements cannot be converted to Scalar")
