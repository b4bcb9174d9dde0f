"""Arrange similar past cases for print: a table, what the neighbors say, what it is not for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from neuroscope.records.prediction import CLASS_NAMES
from neuroscope.report.similar import FEATURES

Json = Mapping[str, Any]
NOT_FOR_DIAGNOSIS = (
    "Similar cases are a reading aid. They are not used for the finding above, and what a neighbor "
    "turned out to be is no diagnosis of this patient."
)
BY = {"model": "by the network", "reader": "by readers", "reference": "known"}
UNITS = {"volume_ml": " ml", "age": " years"}
PERCENT = ("lesion_share",)
LEAST_TO_TELL = 20  # labeled cases with so clear a vote; fewer say nothing


@dataclass(frozen=True, slots=True)
class SimilarRow:
    """One past case: its rank, what it turned out to be, how similar it is, and why."""

    rank: int
    answer: str
    score: str
    alike: str
    differs: str
    case: str


@dataclass(frozen=True, slots=True)
class SimilarBlock:
    """The part of a report on similar cases; `problem` says why there are none."""

    rows: tuple[SimilarRow, ...]
    sentences: tuple[str, ...]
    cautions: tuple[str, ...]
    problem: str | None = None


def similar_block(found: Json | None) -> SimilarBlock | None:
    """Arrange an answer as `similar_json` wrote it; None if nobody asked.

    Examples
    --------
    >>> similar_block({"problem": "The index holds no cases yet."}).problem
    'The index holds no cases yet.'
    """
    if found is None:
        return None
    if "problem" in found:
        return SimilarBlock((), (), (), str(found["problem"]))
    return SimilarBlock(
        rows=tuple(_row(one) for one in found["neighbors"]),
        sentences=tuple(trust_sentences(found)),
        cautions=tuple(found["cautions"]),
    )


def disputed(found: Json) -> str:
    """Say that the neighbors contradict the network; stands among the cautions of an analysis."""
    vote = found["vote"]["label"]
    return (
        f"The most similar past cases say {_name(vote).lower()}, the network says "
        f"{_name(found['predicted']).lower()}. Look at both before you rely on either."
    )


def trust_sentences(found: Json) -> Sequence[str]:
    """Say what the neighbors turned out to be, how often such votes are right, and their source."""
    vote = found["vote"]
    said = []
    if vote["label"] is None:
        said.append("No neighbor has a label that a person gave.")
    else:
        share = vote["shares"][vote["label"]]
        said.append(
            f"Of {vote['labeled']} neighbors that people named, the vote is "
            f"{_name(vote['label']).lower()} (weighted share {share:.0%})."
        )
        said.append(_how_often_right(vote))
    if found["same_source"] is not None and found["base_same_source"] is not None:
        said.append(
            f"{found['same_source']:.0%} of the neighbors were made where this study was made, "
            f"{found['base_same_source']:.0%} of all cases."
        )
    return said


def _how_often_right(vote: Json) -> str:
    if vote["p_right"] is None:
        return (
            f"How often so clear a vote is right is not known: insufficient labeled cases "
            f"(n = {vote['p_right_cases']}, at least {LEAST_TO_TELL} are needed)."
        )
    low, high = vote["p_right_interval"]
    return (
        f"When neighbors agreed like this, they were right in {vote['p_right']:.0%} "
        f"({low:.0%} to {high:.0%}, n = {vote['p_right_cases']} cases of this index)."
    )


def _row(one: Json) -> SimilarRow:
    facts = one["facts"]
    label = facts.get("label")
    by = BY[facts.get("label_source") or "model"]
    compared = [row for row in one["compared"] if not _says_nothing(row)]
    alike = [_feature(row) for row in compared if row["is_alike"]]
    other = [
        f"{_feature(row)} ({_value(row['feature'], row['query'])} here, "
        f"{_value(row['feature'], row['match'])} there)"
        for row in compared
        if not row["is_alike"]
    ]
    place = f", {one['name']}" if one["name"] else ""
    return SimilarRow(
        rank=one["rank"],
        answer=f"{_name(label)} ({by})" if label else "unknown",
        score=f"{one['score']:.3f}",
        alike=", ".join(alike) or "nothing that is known of both",
        differs=", ".join(other) or "nothing that is known of both",
        case=f"{one['case_id']}{place}",
    )


def _says_nothing(row: Json) -> bool:
    """Of a plain picture nobody knows the sequence."""
    return row["feature"] == "sequence" and "slice" in (row["query"], row["match"])


def _feature(row: Json) -> str:
    return FEATURES[row["feature"]]


def _value(feature: str, value: object) -> str:
    if feature == "label":
        return _name(str(value))
    if feature in PERCENT and isinstance(value, float):
        return f"{value:.1%}"
    if isinstance(value, float):
        return f"{value:.3g}{UNITS.get(feature, '')}"
    return str(value)


def _name(label: str) -> str:
    return CLASS_NAMES.get(label, label)
