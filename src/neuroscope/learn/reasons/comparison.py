"""Lay the scores of all networks side by side, with intervals and tests over patients."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.learn.reasons.cases import Annotated, Cases
from neuroscope.learn.reasons.held_out_scores import METRICS, Metric, Numbers, Scores
from neuroscope.learn.reasons.paired import (
    PERMUTATIONS,
    Difference,
    Grouping,
    Sums,
    difference,
    exchange_p,
    scored,
)
from neuroscope.models.calibration import expected_calibration_error
from neuroscope.records.certificate import RIVALS, Comparison, MetricRow, Rival, Score
from neuroscope.statistics import RESAMPLES, holm

NOT_MEASURED = Score(None, None, None, 0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Every metric of every network, and the retrained one against each rival."""

    rows: tuple[MetricRow, ...]
    tests: tuple[Comparison, ...]
    differences: Mapping[tuple[Metric, Rival], Difference]


@dataclass(frozen=True, slots=True, eq=False)
class _Measured:
    """One metric of one network."""

    value: float
    drawn: Numbers
    n: int
    patients: int
    sums: Sums | None = None  # None where the metric is no ratio of sums


def compare(
    scores: Mapping[str, Scores],
    held_out: Annotated,
    answers: Cases,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
    stretch: int = 1,
) -> Compared:
    """Compare networks named ``before``, ``after`` and as the controls; those may be absent.

    Parameters
    ----------
    stretch
        How many times as many draws and exchanges: what is asked of late attempts lies farther
        out in the tails (rule.py). Calibration, of which no more is asked, keeps ``resamples``.
    """
    draws = {
        "seed": seed,
        "resamples": resamples * stretch,
        "permutations": PERMUTATIONS * max(1, stretch // 2),
    }
    marked = Grouping.of(held_out.cases.units, held_out.cases.labels, **draws)
    labeled = Grouping.of(answers.units, answers.labels, **draws)
    rows, pairs = [], []
    differences: dict[tuple[Metric, Rival], Difference] = {}
    for metric in METRICS:
        on_answers = metric in ("balanced_accuracy", "ece")
        group = labeled if on_answers else marked
        found = {
            name: _answered(metric, of, answers, group, resamples)
            if on_answers
            else _of_sums(Sums.of(of.by_slice[metric], group), group)
            for name, of in scores.items()
        }
        rows.append(_row(metric, found))
        for rival in RIVALS:
            ours, theirs = found["after"], found.get(rival)
            apart, p = _against(ours, theirs, group)
            differences[metric, rival] = apart
            written = scored(apart.value, apart.drawn, n=ours.n, patients=ours.patients)
            pairs.append((metric, rival, written, p))
    adjusted = holm([p for *_, p in pairs])
    tests = tuple(
        Comparison(metric, rival, apart, _or_none(p), _or_none(float(after)))
        for (metric, rival, apart, p), after in zip(pairs, adjusted, strict=True)
    )
    return Compared(tuple(rows), tests, differences)


def _answered(
    metric: Metric, of: Scores, answers: Cases, group: Grouping, resamples: int
) -> _Measured:
    if metric == "balanced_accuracy":
        right = (of.predicted == answers.labels).astype(np.float64)
        return _of_sums(Sums.of(right, group, parts=answers.labels), group)
    rows = np.arange(len(answers))
    drawn = [
        _calibration(of, answers, np.repeat(rows, weights[group.unit_of].astype(np.int64)))
        for weights in group.weights[:resamples]
    ]
    return _Measured(_calibration(of, answers, rows), np.array(drawn), len(rows), group.units)


def _calibration(of: Scores, answers: Cases, rows: NDArray[np.int64]) -> float:
    return expected_calibration_error(of.p_class[rows], answers.labels[rows])


def _of_sums(sums: Sums, group: Grouping) -> _Measured:
    return _Measured(sums.score(), sums.drawn(group), sums.n, sums.patients, sums)


def _against(
    ours: _Measured, theirs: _Measured | None, group: Grouping
) -> tuple[Difference, float]:
    if theirs is None:
        return Difference(np.nan, np.full(len(ours.drawn), np.nan)), np.nan
    if ours.sums is None or theirs.sums is None:
        return Difference(ours.value - theirs.value, ours.drawn - theirs.drawn), np.nan
    return difference(ours.sums, theirs.sums, group), exchange_p(ours.sums, theirs.sums, group)


def _row(metric: Metric, found: Mapping[str, _Measured]) -> MetricRow:
    written: dict[str, Any] = {
        name: scored(one.value, one.drawn, n=one.n, patients=one.patients)
        for name, one in found.items()
    }
    named = dict.fromkeys(("before", "after", *RIVALS[1:]), NOT_MEASURED) | written
    meaning = METRICS[metric]
    return MetricRow(metric, meaning.name, "1", meaning.better, **named)


def _or_none(value: float) -> float | None:
    return value if np.isfinite(value) else None
