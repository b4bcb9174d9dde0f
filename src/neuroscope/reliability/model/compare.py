"""Compare models on the same pictures, and say whether accuracy and understanding go together."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.records.modelaudit import Comparison, Measure, ModelSheet, Section
from neuroscope.reliability.averages import RESAMPLES
from neuroscope.reliability.counterfactual.findings import is_too_coarse
from neuroscope.reliability.focus.wrong_reasons import share_elsewhere
from neuroscope.reliability.model.material import Material
from neuroscope.reliability.model.reasons import COARSE
from neuroscope.statistics import Compared, balanced_accuracy, compare_by_unit, holm

Statistic = Callable[[NDArray[Any], NDArray[np.int64]], float]
NO_TUMOR = "notumor"


def compared(materials: Sequence[Material]) -> tuple[Comparison, ...]:
    """Compare the first model with every other, whole patients drawn and exchanged; Holm over all.

    Only what both have is compared: maps of two models, the same outlined tumors.
    """
    if not materials:
        return ()
    first, *others = materials
    found: list[tuple[str, Section, str, Compared]] = []
    for other in others:
        pairs = (_accuracies(first, other), _on_tumor(first, other), _borne(first, other))
        for one in pairs:
            if one is not None:
                measure, section, values = one
                found.append((measure, section, other.model.name, values))
    adjusted = holm([values.p for *_, values in found])
    return tuple(
        Comparison(
            measure=measure,
            section=section,
            first=first.model.name,
            second=name,
            difference=values.difference,
            p=values.p,
            p_adjusted=float(p),
            verdict=values.verdict(float(p)),
        )
        for (measure, section, name, values), p in zip(found, adjusted, strict=True)
    )


def _accuracies(first: Material, second: Material) -> tuple[str, Section, Compared] | None:
    rows = first.known
    labels = first.pictured.labels[rows]
    if not len(rows) or first.model.classes != second.model.classes:
        return None

    def balanced(guess: NDArray[Any], at: NDArray[np.int64]) -> float:
        return balanced_accuracy(guess[at], labels[at])

    values = [one.said.predicted[rows] for one in (first, second)]
    found = _compared(first, balanced, values, rows, strata=labels)
    return "balanced accuracy", "accuracy", found


def _on_tumor(first: Material, second: Material) -> tuple[str, Section, Compared] | None:
    bests = [share_elsewhere(one.best_rows) for one in (first, second)]
    if any(best is not None and is_too_coarse(best) for best in bests):
        return None
    shares = [
        {n: row.on_tumor for n, row in enumerate(one.rows) if row.true != NO_TUMOR}
        for one in (first, second)
    ]
    rows = [
        n for n, share in shares[0].items() if share is not None and shares[1].get(n) is not None
    ]
    if not rows:
        return None
    values = [np.array([share[n] for n in rows], np.float64) for share in shares]
    at = np.array(rows, np.int64)
    return "evidence on and around the tumor", "reasons", _compared(first, _mean, values, at)


def _borne(first: Material, second: Material) -> tuple[str, Section, Compared] | None:
    if not len(first.borne) or not np.array_equal(first.borne_rows, second.borne_rows):
        return None
    found = _compared(first, _mean, [first.borne, second.borne], first.borne_rows)
    return "right under changes", "robustness", found


def _compared(
    material: Material,
    statistic: Statistic,
    values: Sequence[NDArray[Any]],
    rows: NDArray[np.int64],
    *,
    strata: NDArray[np.int64] | None = None,
) -> Compared:
    return compare_by_unit(
        statistic,
        values[0],
        values[1],
        material.pictured.patients[rows],
        strata=strata,
        resamples=RESAMPLES,
        seed=material.seed,
    )


def _mean(values: NDArray[Any], at: NDArray[np.int64]) -> float:
    return float(values[at].mean())


def answer_of(sheets: Sequence[ModelSheet]) -> tuple[str, ...]:
    """Say in sentences whether high accuracy means understanding, as far as the numbers go."""
    lines = [_of_one(sheet) for sheet in sheets]
    told = [(sheet, *pair) for sheet in sheets if (pair := _pair(sheet)) is not None]
    if not told:
        return (
            "It cannot be told: no outlined tumor was named rightly, or no map tells where.",
            *lines,
        )
    flagged = [s for s in sheets if any(f.state == "flagged" for f in s.findings)]
    enough = all(wrong.interval.is_sufficient for _, _, wrong in told)
    if not enough:
        head = "It cannot be told from so few patients; the numbers are shown without a verdict."
    elif flagged:
        names = ", ".join(sheet.name for sheet in flagged)
        head = f"No: being right does not show understanding here. Flagged: {names}."
    else:
        head = (
            "Nothing speaks against it here: no rule flags a model. That is not proof of "
            "understanding."
        )
    if len(told) > 1:
        best = max(told, key=lambda one: one[1].interval.value)[0]
        looks = min(told, key=lambda one: one[2].interval.value)[0]
        same = best.name == looks.name
        lines.insert(
            0,
            f"{_whose(sheets, len(told))}, {best.name}, is {'also' if same else 'not'} the one "
            f"that is least often right for the wrong reason{'' if same else f' ({looks.name})'}.",
        )
    return (head, *lines)


def _whose(sheets: Sequence[ModelSheet], told: int) -> str:
    if told == len(sheets):
        return "The most accurate model"
    return "The most accurate of the models whose maps tell reasons"


def _pair(sheet: ModelSheet) -> tuple[Measure, Measure] | None:
    """Give accuracy and wrong reasons; None if maps do not tell reasons."""
    right, wrong = sheet.measure("balanced accuracy"), sheet.measure("right for the wrong reason")
    return None if right is None or wrong is None else (right, wrong)


def _maps_are_too_coarse(sheet: ModelSheet) -> bool:
    at_best = sheet.measure(COARSE)
    return at_best is not None and is_too_coarse(at_best.interval.value)


def _of_one(sheet: ModelSheet) -> str:
    right, pair = sheet.measure("balanced accuracy"), _pair(sheet)
    said = "no accuracy" if right is None else f"balanced accuracy {_percent(right)}"
    if pair is not None:
        said += f"; right for the wrong reason {_percent(pair[1])}"
    elif _maps_are_too_coarse(sheet):
        said += "; its maps are too coarse to tell its reasons"
    flags = [finding.name for finding in sheet.findings if finding.state == "flagged"]
    said += f"; flagged: {', '.join(flags)}" if flags else "; no flag"
    return f"{sheet.name}: {said}."


def _percent(measure: Measure) -> str:
    one = measure.interval
    return f"{one.value:.1%} ({one.low:.1%} to {one.high:.1%})"
