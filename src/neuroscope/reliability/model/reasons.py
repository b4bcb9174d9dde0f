"""Where the evidence lies: on the tumor, or elsewhere."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from neuroscope.records.focus import REGIONS, FocusRow
from neuroscope.records.modelaudit import Measure, Table
from neuroscope.reliability.averages import mean_by_patient
from neuroscope.reliability.counterfactual.findings import is_too_coarse, wrong_reason
from neuroscope.reliability.focus.wrong_reasons import QUADRANTS, quadrants, wrong_reasons
from neuroscope.reliability.model.material import Material, Part, cannot
from neuroscope.reliability.passport.localization import Localized

NO_MASKS = "No tumor is outlined."
AT_BEST = "the outline itself, as coarse"
COARSE = "the same of the outline itself, shown as coarsely"
SCORES: dict[str, tuple[str, Callable[[Localized], float]]] = {
    "pointing": (
        "largest evidence on the tumor, or within 2.5 % of the picture's side of it",
        lambda o: float(o.pointing),
    ),
    "mass on the tumor": ("share of the positive evidence on the tumor", lambda o: o.mass),
    "rank on the tumor": (
        "share of the strongest pixels, as many as the tumor has, on it",
        lambda o: o.rank,
    ),
    "overlap at half maximum": ("overlap of the map above half its maximum", lambda o: o.iou),
}


def localization(material: Material) -> Part:
    """Measure how maps lie on outlined tumors, beside maps that know nothing."""
    if material.model.no_maps:
        return cannot("Localization", material.model.no_maps, material)
    if not len(material.localized):
        return cannot("Localization", NO_MASKS, material)
    patients = material.pictured.patients[material.localized_rows]

    def mean(found: Sequence[Localized], of: Callable[[Localized], float]) -> Measure:
        values: NDArray[np.float64] = np.array([of(one) for one in found])
        interval = mean_by_patient(values, patients, seed=material.seed)
        return Measure("localization", "", interval, "share", "")

    measures = [
        Measure("localization", name, mean(material.localized, of).interval, "share", how, "higher")
        for name, (how, of) in SCORES.items()
    ]
    lines = [(material.model.name, *(_shown(one) for one in measures))]
    beside: dict[str, Sequence[Localized]] = dict(material.pictured.controls)
    if len(material.at_best) == len(material.localized):
        beside = {AT_BEST: material.at_best} | beside
    for name, found in beside.items():
        lines.append((name, *(_shown(mean(found, of)) for _, of in SCORES.values())))
    table = Table(
        "localization",
        "Does the map lie on the tumor?",
        "Beside it: what the outline itself would reach, shown as coarsely as this model's maps; "
        "and maps that know nothing (edges of the picture, a blob in the middle).",
        ("map", *SCORES),
        tuple(lines),
    )
    return Part(tuple(measures), tables=(table,))


def reasons(material: Material) -> Part:
    """Count right answers for the wrong reason, and average the shares of the regions."""
    if material.model.no_maps:
        return cannot("Reasons", material.model.no_maps, material)
    found = wrong_reasons(material.rows, seed=material.seed)
    best = wrong_reasons(material.best_rows, seed=material.seed)
    at_best = None if isinstance(best, str) else best.share
    finding = wrong_reason(found, at_best)
    tables = (_regions(material.rows),)
    if isinstance(found, str):
        missing = cannot("Right for the wrong reason", found, material).not_done
        return Part(tables=tables, findings=(finding,), not_done=missing)
    beside: tuple[Measure, ...] = ()
    if at_best is not None:
        how = "right answers that would count as for the wrong reason if the outline were the map"
        beside = (Measure("reasons", COARSE, at_best, "share", how, "lower"),)
        if is_too_coarse(at_best.value):
            missing = cannot("Right for the wrong reason", finding.why, material).not_done
            return Part(beside, tables=tables, findings=(finding,), not_done=missing)
    measures = (
        Measure(
            "reasons",
            "right for the wrong reason",
            found.share,
            "share",
            "right answers that name a tumor, with less than half of the evidence on and around "
            "it and less than four times what its area would get",
            "lower",
        ),
        Measure(
            "reasons",
            "less than half of the evidence near the tumor",
            found.strict,
            "share",
            "the same, however dense the evidence on the tumor is",
            "lower",
        ),
        *beside,
    )
    return Part(measures, (found.curve,), (_square(material.rows), *tables), (finding,))


def _square(rows: Sequence[FocusRow]) -> Table:
    counts = quadrants(rows)
    total = max(1, sum(counts.values()))
    lines = tuple((name, str(counts[name]), f"{counts[name] / total:.1%}") for name in QUADRANTS)
    return Table(
        "reasons",
        "Right or wrong, reasonable or not",
        "Pictures with a tumor that somebody outlined (after Gao et al. 2022).",
        ("answer, evidence", "pictures", "share"),
        lines,
    )


def _regions(rows: Sequence[FocusRow]) -> Table:
    """Average the shares of the evidence by label."""
    lines = []
    for label in sorted({row.true or "no label" for row in rows}):
        own = [row for row in rows if (row.true or "no label") == label]
        shares = np.array(
            [[np.nan if f is None else f for f in row.fractions] for row in own], np.float64
        )
        known = np.isfinite(shares)
        sums = np.where(known, shares, 0).sum(0)
        cells = [
            f"{total / count:.1%}" if count else "not known"
            for total, count in zip(sums, known.sum(0), strict=True)
        ]
        lines.append((label, str(len(own)), *cells))
    return Table(
        "reasons",
        "Where the evidence lies",
        "Mean share of the positive evidence for the answer. Brain and skull were found by gray "
        "values; where no tumor is known, its share is part of the brain's.",
        ("label", "pictures", *REGIONS),
        tuple(lines),
    )


def _shown(measure: Measure) -> str:
    one = measure.interval
    return f"{one.value:.3f} ({one.low:.3f} to {one.high:.3f})"
