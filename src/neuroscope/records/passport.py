"""What a map of evidence was tested for, and how it did: its passport."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from types import MappingProxyType
from typing import Any, Literal, get_args

from neuroscope.errors import BadInputError

TestName = Literal[
    "completeness",
    "repeatability",
    "faithfulness",
    "localization",
    "consistency",
    "model_randomization",
    "label_randomization",
]
Outcome = Literal["passed", "failed", "not assessed"]
Rule = Literal["at least", "at most"]
BoundFrom = Literal["validation", "fixed", "default"]

TESTS: tuple[TestName, ...] = get_args(TestName)
CLAIMS: Mapping[TestName, str] = MappingProxyType(
    {
        "completeness": "All places together sum exactly to the score.",
        "repeatability": "A little noise in the image leaves the map as it is.",
        "faithfulness": "Blurring the places it marks changes the score more than blurring others.",
        "localization": "It lies on the outlined tumor.",
        "consistency": "Cuts along other axes point to the same place.",
        "model_randomization": "It is lost when the network forgets what it learned.",
        "label_randomization": "It is lost when the network learns from wrong answers.",
    }
)
NOT_SO: Mapping[TestName, str] = MappingProxyType(
    {
        "completeness": "its places do not sum to the score",
        "repeatability": "a little noise in the image changes it",
        "faithfulness": "blurring what it marks changes the score no more than a wrong map may",
        "localization": "it does not lie on the outlined tumor",
        "consistency": "cuts along other axes point elsewhere",
        "model_randomization": "it looks alike when the network forgets what it learned",
        "label_randomization": "it looks alike when the network learns from wrong answers",
    }
)


@dataclass(frozen=True, slots=True)
class MapTest:
    """One test of one map.

    Attributes
    ----------
    value
        What was measured; None if nothing was.
    bound
        `value` must be at least or at most this (`rule`) to pass.
    bound_from
        `validation`: measured on validation data with these very weights. `fixed`: given by
        arithmetic or by the literature. `default`: taken over from other weights.
    interval
        Of `value`, where one is known: 95 %, or over all random orders; its worse end decides.
    reason
        Why it was not assessed, or what its number means.
    details
        Other numbers of the same test.
    """

    name: TestName
    outcome: Outcome
    value: float | None = None
    bound: float | None = None
    rule: Rule = "at least"
    bound_from: BoundFrom = "fixed"
    interval: tuple[float, float] | None = None
    reason: str = ""
    details: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.outcome == "not assessed" and not self.reason:
            raise BadInputError(
                f"The test {self.name} was not assessed, and does not say why.", fix="Say why."
            )
        if self.outcome != "not assessed" and (self.value is None or self.bound is None):
            raise BadInputError(
                f"The test {self.name} was {self.outcome} without a number.",
                fix="Give the value and the bound.",
            )
        object.__setattr__(self, "details", MappingProxyType(dict(self.details)))

    @property
    def claim(self) -> str:
        """What the test asks, as the sentence that holds if it was passed."""
        return CLAIMS[self.name]

    def as_dict(self) -> dict[str, Any]:
        """Give plain values for JSON."""
        return {
            "name": self.name,
            "outcome": self.outcome,
            "value": self.value,
            "bound": self.bound,
            "rule": self.rule,
            "bound_from": self.bound_from,
            "interval": None if self.interval is None else list(self.interval),
            "reason": self.reason,
            "details": dict(self.details),
        }


def judged(
    name: TestName,
    value: float,
    bound: float,
    *,
    rule: Rule = "at least",
    bound_from: BoundFrom = "fixed",
    interval: tuple[float, float] | None = None,
    reason: str = "",
    details: Mapping[str, float] = MappingProxyType({}),
) -> MapTest:
    """Compare a number with its bound; where there is no number (nan), nothing was assessed."""
    if not isfinite(value):
        return not_assessed(name, "It gave no number.")
    low, high = interval if interval is not None else (value, value)
    passed = low >= bound if rule == "at least" else high <= bound
    return MapTest(
        name=name,
        outcome="passed" if passed else "failed",
        value=value,
        bound=bound,
        rule=rule,
        bound_from=bound_from,
        interval=interval,
        reason=reason,
        details=details,
    )


def not_assessed(name: TestName, reason: str) -> MapTest:
    """Name a test that could not be made, and why."""
    return MapTest(name, "not assessed", reason=reason)


@dataclass(frozen=True, slots=True)
class Passport:
    """The tests of one map, in the order of `TESTS`.

    Attributes
    ----------
    target
        The class the map speaks for or against.
    method
        How the map was computed.
    """

    target: str
    method: str
    tests: tuple[MapTest, ...]

    def __post_init__(self) -> None:
        names = [test.name for test in self.tests]
        if len(names) != len(set(names)):
            raise BadInputError("A test stands twice in a passport.", fix="Keep each test once.")
        ordered = sorted(self.tests, key=lambda test: TESTS.index(test.name))
        object.__setattr__(self, "tests", tuple(ordered))

    @property
    def assessed(self) -> tuple[MapTest, ...]:
        """The tests that were made."""
        return tuple(test for test in self.tests if test.outcome != "not assessed")

    @property
    def failed(self) -> tuple[MapTest, ...]:
        """The tests the map failed."""
        return tuple(test for test in self.tests if test.outcome == "failed")

    @property
    def outcome(self) -> Outcome:
        """`failed` if any test failed, `passed` if at least one was made and none failed."""
        if self.failed:
            return "failed"
        return "passed" if self.assessed else "not assessed"

    @property
    def sentence(self) -> str:
        """Say how the map did in one sentence."""
        number = len(self.assessed)
        if not number:
            return "This map was not tested."
        if not self.failed:
            return f"This map passed {number} of {number} tests."
        why = "; ".join(NOT_SO[test.name] for test in self.failed)
        return f"This map failed {len(self.failed)} of {number} tests: {why}."

    def as_dict(self) -> dict[str, Any]:
        """Give plain values for JSON."""
        return {
            "target": self.target,
            "method": self.method,
            "tests": [test.as_dict() for test in self.tests],
        }

    def replaced(self, test: MapTest) -> "Passport":
        """Return the passport with one test made anew."""
        kept = tuple(old for old in self.tests if old.name != test.name)
        return Passport(self.target, self.method, (*kept, test))


@dataclass(frozen=True, slots=True)
class PassportRules:
    """What the tests of a map are measured by, and what is known of the model as a whole.

    Attributes
    ----------
    bounds
        By test.
    by_answer
        By test and class, where maps of the classes differ in what wrong ones reach; what is
        missing here is held against `bounds`.
    of_model
        The tests of its evidence maps that are made once for a model: randomization of its weights
        and labels.
    fitted
        Whether both were measured with these very weights.
    of_method
        By method of explanation: whether its maps are lost when this model forgets what it learned.
        Of a method that is missing here nothing was measured.
    """

    weights_sha256: str
    bounds: Mapping[TestName, float]
    of_model: tuple[MapTest, ...] = ()
    fitted: bool = True
    of_method: Mapping[str, MapTest] = field(default_factory=dict)
    by_answer: Mapping[TestName, Mapping[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        answers = {name: MappingProxyType(dict(own)) for name, own in self.by_answer.items()}
        object.__setattr__(self, "by_answer", MappingProxyType(answers))
        object.__setattr__(self, "bounds", MappingProxyType(dict(self.bounds)))
        object.__setattr__(self, "of_method", MappingProxyType(dict(self.of_method)))

    def bound(self, test: TestName, target: str) -> float:
        """Give what a map of one class is held against."""
        return self.by_answer.get(test, {}).get(target, self.bounds[test])

    @property
    def bound_from(self) -> BoundFrom:
        """Where the bounds come from."""
        return "validation" if self.fitted else "default"


def passport_of(passports: tuple[Passport, ...], target: str) -> Passport | None:
    """Find the passport of the map of one class."""
    return next((one for one in passports if one.target == target), None)


def passport_from(stored: Mapping[str, Any]) -> Passport:
    """Read what `Passport.as_dict` gave."""
    tests = tuple(map_test_from(test) for test in stored["tests"])
    return Passport(stored["target"], stored["method"], tests)


def map_test_from(stored: Mapping[str, Any]) -> MapTest:
    """Read what `MapTest.as_dict` gave."""
    ends = stored["interval"]
    return MapTest(**{**stored, "interval": None if ends is None else tuple(ends)})
