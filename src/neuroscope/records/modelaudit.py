"""What an audit of a model found, in plain values to be stored, sent and printed."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from neuroscope.records.focus import FocusRow
from neuroscope.records.imported import Unreadable
from neuroscope.statistics import FEW_UNITS, Interval

SCHEMA = "neuroscope/model-audit/1"

Section = Literal[
    "accuracy", "calibration", "localization", "reasons", "counterfactual", "robustness",
    "shortcuts", "speed", "methods", "passport", "doubt", "ablation",
]  # fmt: skip
Better = Literal["higher", "lower"]
State = Literal["flagged", "clear", "insufficient"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of one model."""

    section: Section
    name: str
    interval: Interval
    unit: str  # "share", "logit", "ms", "MB"; as printed
    how: str  # what was done, in a sentence
    better: Better | None = None  # None where neither end is good


@dataclass(frozen=True, slots=True)
class Curve:
    """How a number changes with another; `low` and `high` are its 95 % interval."""

    section: Section
    name: str
    x_name: str
    y_name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    area: Interval | None = None  # under the curve, over the range of x


@dataclass(frozen=True, slots=True)
class Table:
    """Counts that belong together, such as confusions."""

    section: Section
    title: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A decision by a rule that was written down before."""

    name: str
    state: State
    value: float
    threshold: float
    rule: str
    why: str


@dataclass(frozen=True, slots=True)
class NotDone:
    """A part of the audit that could not be run, and why; `model` is empty for all models."""

    part: str
    why: str
    model: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same number of two models on the same pictures; p after Holm over all comparisons."""

    measure: str
    section: Section
    first: str
    second: str
    difference: Interval  # first minus second
    p: float
    p_adjusted: float
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSheet:
    """All that was found of one model."""

    name: str
    model_id: str
    kind: str
    input_size: int
    temperature: float
    notes: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()
    curves: tuple[Curve, ...] = ()
    tables: tuple[Table, ...] = ()
    findings: tuple[Finding, ...] = ()
    rows: tuple[FocusRow, ...] = ()

    def measure(self, name: str) -> Measure | None:
        """Find a number by its name."""
        return next((one for one in self.measures if one.name == name), None)

    def finding(self, name: str) -> Finding | None:
        """Find a decision by its name."""
        return next((one for one in self.findings if one.name == name), None)

    def as_dict(self) -> dict[str, Any]:
        """Give plain values; the rows have a table of their own."""
        return {
            "name": self.name,
            "model_id": self.model_id,
            "kind": self.kind,
            "input_size": self.input_size,
            "temperature": _number(self.temperature),
            "notes": list(self.notes),
            "measures": [
                {**_without(asdict(one), "interval"), "interval": interval_dict(one.interval)}
                for one in self.measures
            ],
            "curves": [_curve(one) for one in self.curves],
            "tables": [asdict(one) for one in self.tables],
            "flags": [
                {**asdict(one), "value": _number(one.value), "threshold": one.threshold}
                for one in self.findings
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditedSet:
    """The pictures of an audit: counts, and what could not be read."""

    name: str
    pictures: int
    patients: int
    grouped_by: str  # what stands for a patient
    by_class: Mapping[str, int] = field(default_factory=dict)
    with_mask: int = 0
    unreadable: tuple[Unreadable, ...] = ()

    @property
    def is_sufficient(self) -> bool:
        """Whether there are patients enough to rest a verdict on."""
        return self.patients >= FEW_UNITS


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAudit:
    """All models of an audit on one set; the first model is the one that was asked about."""

    data: AuditedSet
    models: tuple[ModelSheet, ...]
    comparisons: tuple[Comparison, ...]
    answer: tuple[str, ...]  # does high accuracy mean clinical understanding? in sentences
    not_done: tuple[NotDone, ...]
    cautions: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Give plain values, numbers that are none as null."""
        return {
            "schema": SCHEMA,
            "data": {
                **_without(asdict(self.data), "by_class", "unreadable"),
                "by_class": dict(self.data.by_class),
                "unreadable": [asdict(one) for one in self.data.unreadable],
            },
            "models": [sheet.as_dict() for sheet in self.models],
            "comparisons": [
                {
                    **_without(asdict(one), "difference", "p", "p_adjusted"),
                    "difference": interval_dict(one.difference),
                    "p": _number(one.p),
                    "p_adjusted": _number(one.p_adjusted),
                }
                for one in self.comparisons
            ],
            "answer": list(self.answer),
            "not_done": [asdict(one) for one in self.not_done],
            "cautions": list(self.cautions),
        }


def interval_dict(interval: Interval) -> dict[str, float | int | bool | None]:
    """Give an interval as plain values, what is no number as null."""
    return {
        name: _number(value) if isinstance(value, float) else value
        for name, value in interval.as_dict().items()
    }


def _curve(curve: Curve) -> dict[str, Any]:
    points = {
        name: [_number(v) for v in getattr(curve, name)] for name in ("x", "y", "low", "high")
    }
    return {
        "section": curve.section,
        "name": curve.name,
        "x_name": curve.x_name,
        "y_name": curve.y_name,
        **points,
        "area": None if curve.area is None else interval_dict(curve.area),
    }


def _without(values: dict[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key not in names}


def _number(value: float) -> float | None:
    return round(float(value), 4) if math.isfinite(value) else None
