"""How often a model is right for the wrong reason, over many rows of the focus table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np

from neuroscope.records.focus import FocusRow, Quadrant
from neuroscope.records.modelaudit import Curve
from neuroscope.reliability.averages import mean_by_patient
from neuroscope.statistics import Interval

NO_TUMOR = "notumor"
THRESHOLDS = tuple(np.round(np.linspace(0, 1, 21), 2).tolist())
QUADRANTS: tuple[Quadrant, ...] = get_args(Quadrant)


@dataclass(frozen=True, slots=True)
class WrongReasons:
    """Shares of the answers that are right, name a tumor, and whose tumor is known.

    Attributes
    ----------
    share
        Those whose evidence lies elsewhere (`FocusRow.reasonable`).
    strict
        Those with less than half of the evidence on and around the tumor, however dense.
    curve
        The strict share at other thresholds than one half.
    """

    share: Interval
    strict: Interval
    curve: Curve


def wrong_reasons(rows: Sequence[FocusRow], *, seed: int = 0) -> WrongReasons | str:
    """Count right answers for the wrong reason, with intervals by patient.

    Returns
    -------
    WrongReasons | str
        Or why they cannot be counted.
    """
    asked = [row for row in rows if row.correct and row.true != NO_TUMOR]
    judged = [row for row in asked if row.on_tumor is not None]
    if not judged:
        return (
            "No answer is right, names a tumor, and has an outline of it."
            if asked
            else "No tumor was named rightly."
        )
    units = np.array([row.patient_id for row in judged])
    share = np.array([row.on_tumor for row in judged], np.float64)
    off = np.array([not row.reasonable for row in judged], np.float64)
    below = [share < threshold for threshold in THRESHOLDS]
    points = [mean_by_patient(part.astype(np.float64), units, seed=seed) for part in below]
    return WrongReasons(
        share=mean_by_patient(off, units, seed=seed),
        strict=mean_by_patient((share < 0.5).astype(np.float64), units, seed=seed),
        curve=Curve(
            "reasons",
            "right for the wrong reason",
            "least share of the evidence on and around the tumor",
            "share of right answers below it",
            THRESHOLDS,
            tuple(point.value for point in points),
            tuple(point.low for point in points),
            tuple(point.high for point in points),
        ),
    )


def share_elsewhere(rows: Sequence[FocusRow]) -> float | None:
    """Give the share that `wrong_reasons` counts, without intervals; None if none can be judged."""
    judged = [
        row.reasonable
        for row in rows
        if row.correct and row.true != NO_TUMOR and row.reasonable is not None
    ]
    return 1 - sum(judged) / len(judged) if judged else None


def quadrants(rows: Sequence[FocusRow]) -> dict[Quadrant, int]:
    """Count right and wrong answers by whether their evidence is reasonable (tumor classes)."""
    counts = dict.fromkeys(QUADRANTS, 0)
    for row in rows:
        if row.quadrant is not None and row.true != NO_TUMOR:
            counts[row.quadrant] += 1
    return counts
