"""The one error family: what is wrong, and how to mend it."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class NeuroscopeError(Exception):
    """Say what is wrong (`problem`, with the values) and how to mend it (`fix`).

    Messages may reach a screen, a log or an HTTP answer: they never hold a patient identifier.
    """

    def __init__(self, problem: str, *, fix: str) -> None:
        super().__init__(f"{problem} {fix}")
        self.problem = problem
        self.fix = fix

    def __reduce__(self) -> tuple[object, ...]:
        """Cross from one process to another whole."""
        return _again, (type(self), self.args, self.__dict__)


def _again(
    kind: type[NeuroscopeError], args: tuple[object, ...], state: dict[str, object]
) -> object:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class BadInputError(NeuroscopeError):
    """The world handed us something we cannot use: a file, a value, a request."""


class UnreadableFileError(BadInputError):
    """A file is truncated, mislabeled, hostile or of a kind we do not read."""


class TooLargeError(BadInputError):
    """An input unpacks or decodes to more than the limits in `settings` allow."""


class GeometryError(BadInputError):
    """An affine, a grid or the spacing of slices makes no sense."""


class GeometryMismatchError(GeometryError):
    """Two things that must share a grid do not."""


class NotFoundError(NeuroscopeError):
    """Nothing is stored under this id."""


class ConflictError(NeuroscopeError):
    """The state on the server has moved on since the caller looked."""


class StorageError(NeuroscopeError):
    """The disk or the database refused: full, read-only, locked or damaged."""


class ModelError(NeuroscopeError):
    """Weights are missing, damaged, or do not fit the code that loads them."""


class CanceledError(NeuroscopeError):
    """The person who started the work stopped it."""


class MissingExtraError(NeuroscopeError):
    """An optional dependency is not installed."""


def places(error: BaseException) -> str:
    """Say where in the code an error arose, without its text, which may hold a name or a path."""
    frames = traceback.extract_tb(error.__traceback__)
    return "".join(f" < {Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Turn a missing optional dependency into the command that installs it."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"This needs the Python package '{error.name}', which is not installed.",
            fix=f"Run in your clone: make setup, or pip install -c constraints.txt -e '.[{name}]'",
        ) from error
