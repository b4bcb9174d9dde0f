"""A number with its unit, its interval and where it came from."""

from dataclasses import dataclass

from neuroscope.errors import BadInputError


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measured quantity.

    Attributes
    ----------
    interval
        Lower and upper bound (95 % unless `how` says otherwise); None if it has none, and `how`
        says why.
    how
        The method, in words a reader can check.
    source
        What it was measured on, for example the id of a segmentation or a series.
    """

    name: str
    value: float
    unit: str
    how: str
    source: str
    interval: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if not self.unit:
            raise BadInputError(
                f"The measurement {self.name!r} has no unit.", fix="Use '1' for a pure number."
            )
        if self.interval is not None and self.interval[0] > self.interval[1]:
            raise BadInputError(
                f"The interval of {self.name!r} is {self.interval}.", fix="Put the lower end first."
            )
