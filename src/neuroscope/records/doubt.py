"""How far an answer can be doubted: sets of classes, likeness to the known, what heads say."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

from neuroscope.errors import BadInputError

LEVELS: tuple[str, ...] = ("80", "90", "95")  # percent
SHOWN_LEVEL = "90"
ABSTAIN_BELOW = 0.01  # share of ordinary slices that are at least as unusual


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """What is known of the doubt in one answer (docs/explanation/uncertainty.md).

    Attributes
    ----------
    sets
        For each of `LEVELS`, the classes that cannot be excluded; an empty tuple if no class fits
        as well as usual. No levels at all where the sets would not hold.
    p_fits
        For each class, the share of calibration slices of it whose answer was at least as bad.
    p_ordinary
        Share of ordinary slices at least as unusual; below `ABSTAIN_BELOW` the network abstains.
    p_tests
        The same for each test alone: ``neighbors``, ``distance``, ``energy``.
    entropy, mutual_information
        Of the answers of several heads, in nats: doubt in all, and the part of it on which the
        heads disagree.
    p_tumor
        Probability that there is a tumor, of whatever kind.
    tumor_threshold
        `p_tumor` above which "tumor" is said; it was chosen to find `sensitivity` of the tumors.
        None if no threshold could be proved to.
    abstains
        Why the network should not be asked here, each with what to do; empty if it answers.
    not_assessed
        Why there are no sets; empty if there are.
    """

    sets: Mapping[str, tuple[str, ...]]
    p_fits: Mapping[str, float]
    p_ordinary: float | None = None
    p_tests: Mapping[str, float] = field(default_factory=dict)
    entropy: float | None = None
    mutual_information: float | None = None
    p_tumor: float | None = None
    tumor_threshold: float | None = None
    sensitivity: float | None = None
    abstains: tuple[str, ...] = ()
    not_assessed: str = ""

    def __post_init__(self) -> None:
        unknown = set(self.sets) - set(LEVELS)
        if unknown or (self.sets and len(self.sets) < len(LEVELS)):
            raise BadInputError(
                f"The sets are of the levels {sorted(self.sets)}.",
                fix=f"Give one for each of {', '.join(LEVELS)}, or none.",
            )
        shares = (*self.p_fits.values(), *self.p_tests.values(), self.p_ordinary, self.p_tumor)
        if any(p is not None and not 0 <= p <= 1 for p in shares):
            raise BadInputError("A share of the doubt is not within 0..1.", fix="Give shares.")
        object.__setattr__(self, "sets", MappingProxyType(_tuples(self.sets)))
        object.__setattr__(self, "p_fits", MappingProxyType(dict(self.p_fits)))
        object.__setattr__(self, "p_tests", MappingProxyType(dict(self.p_tests)))

    @property
    def is_tumor(self) -> bool | None:
        """Whether "tumor" is said at the threshold; None without one."""
        if self.p_tumor is None or self.tumor_threshold is None:
            return None
        return self.p_tumor >= self.tumor_threshold

    def as_dict(self) -> dict[str, Any]:
        """Give plain values for JSON; `doubt_of` reads them."""
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            **plain,
            "sets": {level: list(names) for level, names in self.sets.items()},
            "p_fits": dict(self.p_fits),
            "p_tests": dict(self.p_tests),
            "abstains": list(self.abstains),
        }


def doubt_of(stored: Mapping[str, Any] | None) -> Doubt | None:
    """Read what `as_dict` gave; None stays None."""
    if stored is None:
        return None
    known = {field.name for field in fields(Doubt)}  # a later version may have more
    values = {name: value for name, value in stored.items() if name in known}
    sets, abstains = _tuples(values["sets"]), tuple(values["abstains"])
    return Doubt(**{**values, "sets": sets, "abstains": abstains})


def _tuples(sets: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {level: tuple(sets[level]) for level in LEVELS if level in sets}
