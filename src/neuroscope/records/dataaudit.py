"""What an audit of a set of pictures found, in plain values to be stored, sent and printed."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from neuroscope.records.imported import Unreadable
from neuroscope.statistics import Interval

SCHEMA = "neuroscope/data-audit/1"

Relation = Literal["exact", "re-encoded", "resized", "shifted", "flipped", "near", "alike"]
Kind = Literal["blurred", "text beside the head", "flat", "no head", "tiny", "wrong plane"]
NOT_SURE = "not sure"  # of the plane of a picture
# `alike` is no copy: a neighboring slice of one head, or a copy altered beyond recognition.


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of a set as its owner lists it; None for what is not known."""

    file: str  # relative to the set, with forward slashes
    label: str | None = None
    split: str | None = None
    group: str | None = None  # patient, or what stands for one
    plane: str | None = None  # in which it was cut, in the words of its owner


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two pictures that show the same; `first` and `second` count the readable pictures."""

    first: int
    second: int
    relation: Relation
    turn: str  # what was done to the first to show what the second shows; "none"
    shift: tuple[float, float]  # down and right, as a share of the sides
    overall: float  # correlation over the picture, -1..1
    local: float  # correlation that nine of ten textured blocks reach


@dataclass(frozen=True, slots=True)
class LabelDoubt:
    """How little a picture resembles others of its label."""

    picture: int
    doubt: float  # 0..1: share of the nearest pictures, outside its group, with another label
    suggested: str  # the label most of them have


@dataclass(frozen=True, slots=True)
class QualityFlag:
    """Something about one picture that a reader should look at."""

    picture: int
    kind: Kind
    value: float  # the number that was judged; docs/explanation/data-audit.md names it
    note: str = ""  # what was expected, and why


@dataclass(frozen=True, slots=True)
class SourceCluster:
    """Pictures that look as if they came from one source, whatever they show."""

    n: int
    labels: Mapping[str, int]
    typical: str  # what sets it apart, in words


@dataclass(frozen=True, slots=True)
class Sources:
    """How far the label follows the source."""

    clusters: tuple[SourceCluster, ...]
    cluster_of: tuple[int, ...]
    cramers_v: float  # between cluster and label, bias-corrected, 0..1
    p: float


@dataclass(frozen=True, slots=True)
class Border:
    """What a forest that never sees the inside of the head says of the label."""

    accuracy: Interval  # balanced
    chance: float
    p: float


@dataclass(frozen=True, slots=True)
class Answered:
    """Accuracy on the pictures that were not trained on: all, those that leak, the rest."""

    whole: Interval
    leaked: Interval | None
    clean: Interval | None
    by: str  # whose answers


@dataclass(frozen=True, slots=True)
class Proposed:
    """A split of whole groups, stratified by label as far as groups allow."""

    split_of: tuple[str, ...]
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class NotDone:
    """A part of the audit that could not be run, and why."""

    part: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DataAudit:
    """All that was found. Numbers of pictures count `pictures`, the readable ones.

    Attributes
    ----------
    groups
        Group of every picture: copies, alike pictures and pictures of one patient share one.
    leaked
        Whether a picture outside training shares its group with one in training.
    balance
        Pictures by split and label; the split of a set without splits is "".
    planes
        Pictures by label and plane as the plane network sees it, `NOT_SURE` among them; empty
        where it was not asked.
    """

    name: str
    pictures: tuple[Picture, ...]
    unreadable: tuple[Unreadable, ...]
    duplicates: tuple[Duplicate, ...]
    groups: tuple[int, ...]
    leaked: tuple[bool, ...]
    balance: Mapping[str, Mapping[str, int]]
    doubts: tuple[LabelDoubt, ...]
    flags: tuple[QualityFlag, ...]
    sources: Sources | None
    border: Border | None
    answered: Answered | None
    proposed: Proposed | None
    not_done: tuple[NotDone, ...]
    cautions: tuple[str, ...]
    planes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def crosses(self, pair: Duplicate) -> bool:
        """Whether the two pictures of a pair lie in different splits."""
        first, second = (self.pictures[n].split for n in (pair.first, pair.second))
        return first is not None and second is not None and first != second

    def contradicts(self, pair: Duplicate) -> bool:
        """Whether two copies bear different labels."""
        first, second = (self.pictures[n].label for n in (pair.first, pair.second))
        return pair.relation != "alike" and None not in (first, second) and first != second

    def counts(self) -> dict[str, dict[str, int]]:
        """Count the pairs of every relation: all, across splits, with different labels."""
        rows: dict[str, dict[str, int]] = {}
        for pair in self.duplicates:
            row = rows.setdefault(pair.relation, {"pairs": 0, "across": 0, "labels differ": 0})
            row["pairs"] += 1
            row["across"] += self.crosses(pair)
            first, second = (self.pictures[n].label for n in (pair.first, pair.second))
            row["labels differ"] += None not in (first, second) and first != second
        return rows

    def as_dict(self) -> dict[str, Any]:
        """Give the summary for programs; pairs, doubts and the split have tables of their own."""
        return {
            "schema": SCHEMA,
            "name": self.name,
            "pictures": len(self.pictures),
            "unreadable": [asdict(one) for one in self.unreadable],
            "groups": len(set(self.groups)),
            "duplicates": self.counts(),
            "leaked": sum(self.leaked),
            "balance": {split: dict(row) for split, row in self.balance.items()},
            "flags": {kind: sum(f.kind == kind for f in self.flags) for kind in _kinds(self)},
            "planes": {label: dict(row) for label, row in self.planes.items()},
            "sources": None if self.sources is None else _sources(self.sources),
            "border": None
            if self.border is None
            else {
                "accuracy": self.border.accuracy.as_dict(),
                "chance": self.border.chance,
                "p": _number(self.border.p),
            },
            "answered": None if self.answered is None else _answered(self.answered),
            "proposed": None if self.proposed is None else dict(self.proposed.counts),
            "not_done": [asdict(one) for one in self.not_done],
            "cautions": list(self.cautions),
        }


def _number(value: float) -> float | None:
    return round(value, 4) if math.isfinite(value) else None


def _kinds(audit: DataAudit) -> list[str]:
    return sorted({flag.kind for flag in audit.flags})


def _sources(sources: Sources) -> dict[str, Any]:
    return {
        "cramers_v": _number(sources.cramers_v),
        "p": _number(sources.p),
        "clusters": [
            {"n": one.n, "labels": dict(one.labels), "typical": one.typical}
            for one in sources.clusters
        ],
    }


def _answered(answered: Answered) -> dict[str, Any]:
    parts = {"whole": answered.whole, "leaked": answered.leaked, "clean": answered.clean}
    return {
        "by": answered.by,
        **{name: None if part is None else part.as_dict() for name, part in parts.items()},
    }
