"""How long work tells its caller how far it has come."""

from collections.abc import Callable

Progress = Callable[[float], None]
"""Called with the fraction done, 0..1. It may raise `CanceledError` to stop the work."""


def ignore(fraction: float) -> None:
    """Take no notice."""
    del fraction
