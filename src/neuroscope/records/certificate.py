"""What a retrained network was shown to be, on slices of patients nobody trained on.

Plain values only, so that a certificate can be stored, sent and printed as it is.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from types import MappingProxyType
from typing import Any, Literal

from neuroscope.errors import BadInputError
from neuroscope.records.arrays import Array
from neuroscope.records.passport import Passport

SCHEMA = "neuroscope.certificate/1"

Verdict = Literal["promote", "refuse", "insufficient"]
Rival = Literal["before", "control_classification", "control_other_masks"]
Better = Literal["higher", "lower"]

RIVALS: tuple[Rival, ...] = ("before", "control_classification", "control_other_masks")
RIVAL_NAMES: Mapping[Rival, str] = MappingProxyType(
    {
        "before": "before",
        "control_classification": "classification only",
        "control_other_masks": "another patient's marks",
    }
)


STATUSES: Mapping[str, str] = MappingProxyType(
    {
        "feasible": "Every bound was kept, and no small change of the weights would do better.",
        "feasible, not stationary": "Every bound was kept. More steps would still move the "
        "weights: what holding each bound costs cannot be read from them.",
        "infeasible": "No step kept the bound on every class: the weights are those of before.",
    }
)


@dataclass(frozen=True, slots=True)
class Asking:
    """How often held-out patients were asked before; members as in `Certificate`."""

    attempt: int = 1
    before: int = 0


FIRST = Asking()


@dataclass(frozen=True, slots=True)
class Score:
    """A number with its 95 % interval over patients; None where there was nothing to measure."""

    value: float | None
    low: float | None
    high: float | None
    n: int  # slices
    patients: int


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One quantity of all four networks.

    Attributes
    ----------
    metric
        A word for programs, such as `evidence_energy`.
    name
        The same in words for a reader.
    unit
        `1` for a share.
    """

    metric: str
    name: str
    unit: str
    better: Better
    before: Score
    after: Score
    control_classification: Score
    control_other_masks: Score


@dataclass(frozen=True, slots=True)
class Comparison:
    """The retrained network minus a rival, on the same slices.

    Attributes
    ----------
    p
        Of the permutation test, both directions, patients exchanged as a whole; None where it was
        not asked.
    p_adjusted
        After Holm, over all tests of the certificate.
    """

    metric: str
    against: Rival
    difference: Score
    p: float | None
    p_adjusted: float | None


@dataclass(frozen=True, slots=True)
class Condition:
    """One demand of the rule, and whether it was met; None where too little was there to tell."""

    name: str
    demand: str
    found: str
    holds: bool | None


@dataclass(frozen=True, slots=True)
class NegativeFlip:
    """A slice that was answered right before and wrong after."""

    unit: str  # patient, or what stands for one
    index: int  # row among the labeled slices
    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ClassCount:
    """How much was held out of one class."""

    label: str
    annotated_slices: int
    annotated_patients: int
    answer_slices: int
    answer_patients: int


@dataclass(frozen=True, slots=True, eq=False)
class FlipPicture:
    """What a page on a negative flip draws."""

    flip: NegativeFlip
    pixels: Array  # (rows, columns), gray values 0..1
    before: Array  # (rows, columns), contributions to the class answered before, in logits
    after: Array  # (rows, columns), contributions to the class answered after
    tests_before: Passport | None = None  # of the map `before`; None if it was not tested
    tests_after: Passport | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """The verdict on a retrained network, with all it rests on.

    Attributes
    ----------
    verdict
        `insufficient` where too few patients were held out to tell: it is no pass.
    reasons
        Why, in plain words.
    rows, tests, conditions
        What was measured, the differences, and what the rule asks of them.
    status, step
        Of the training run: what it said of its bounds, and after which step weights were kept.
    controls
        The same of both controls, as words.
    hashes
        SHA-256 of weights in memory (`before`, `after`, and both controls), of the held-out slices
        (`held_out`, `answers`) and of all that decided the run (`manifest`).
    settings
        Of the run and of both controls, which had the same budget.
    rule
        Version of the rule (docs/explanation/certificate.md).
    attempt
        How many times the same patients had been asked whether to replace the same version, this
        time included; those that had too few patients to tell do not count.
    asked_before
        How many other networks any of these patients had been asked about, whatever they were to
        replace.
    level
        Chance of a promotion by luck that this attempt may spend.
    unmoved
        Controls whose training left the network as it was: to be better than they are is to be
        better than before, and no more.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    conditions: tuple[Condition, ...]
    rows: tuple[MetricRow, ...]
    tests: tuple[Comparison, ...]
    counts: tuple[ClassCount, ...]
    negative_flips: tuple[NegativeFlip, ...]
    positive_flips: int  # wrong before and right after
    status: str
    step: int
    controls: Mapping[str, str]
    hashes: Mapping[str, str]
    settings: Mapping[str, Any]
    seed: int
    cautions: tuple[str, ...] = ()
    rule: int = 1
    attempt: int = 1
    asked_before: int = 0
    level: float = 0.05
    unmoved: tuple[Rival, ...] = ()

    def __post_init__(self) -> None:
        for name in ("controls", "hashes", "settings"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def row(self, metric: str) -> MetricRow:
        """Return the row of a metric.

        Raises
        ------
        BadInputError
            If there is none of this name.
        """
        for row in self.rows:
            if row.metric == metric:
                return row
        raise BadInputError(
            f"The certificate has no '{metric}'.",
            fix=f"Use one of {', '.join(row.metric for row in self.rows)}.",
        )

    def test(self, metric: str, against: Rival) -> Comparison:
        """Return the comparison of a metric with a rival.

        Raises
        ------
        BadInputError
            If there is none.
        """
        for test in self.tests:
            if (test.metric, test.against) == (metric, against):
                return test
        raise BadInputError(
            f"The certificate does not compare '{metric}' with '{against}'.",
            fix="Look at its tests.",
        )

    def as_dict(self) -> dict[str, Any]:
        """Give plain values for JSON, with the schema they follow."""
        members = {member.name: _plain(getattr(self, member.name)) for member in fields(self)}
        return {"schema": SCHEMA, **members}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "Certificate":
        """Read what `as_dict` gave.

        Raises
        ------
        BadInputError
            If these values are no certificate of this schema.
        """
        if plain.get("schema") != SCHEMA:
            raise BadInputError(
                f"The schema is {plain.get('schema')!r}, not {SCHEMA}.",
                fix="Make the certificate again with this version.",
            )
        try:
            given = {name: value for name, value in plain.items() if name != "schema"}
            return cls(**{name: _read(name, value) for name, value in given.items()})
        except (AttributeError, KeyError, TypeError) as error:
            raise BadInputError(
                "The certificate is damaged: a part is missing or of another kind.",
                fix="Make it again.",
            ) from error


PARTS: Mapping[str, Any] = MappingProxyType(
    {
        "conditions": Condition,
        "counts": ClassCount,
        "negative_flips": NegativeFlip,
    }
)
SCORES = ("before", "after", "control_classification", "control_other_masks")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(member) for key, member in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(member) for member in value]
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def _read(name: str, value: Any) -> Any:
    if name == "rows":
        return tuple(
            MetricRow(**{**row, **{member: Score(**row[member]) for member in SCORES}})
            for row in value
        )
    if name == "tests":
        return tuple(
            Comparison(**{**test, "difference": Score(**test["difference"])}) for test in value
        )
    if name in PARTS:
        return tuple(PARTS[name](**part) for part in value)
    return tuple(value) if name in ("reasons", "cautions", "unmoved") else value
