"""How methods of explanation compare on the same pictures, beside maps that know nothing."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.records.explanationmethod import METHOD_OF
from neuroscope.records.modelaudit import NotDone, Table
from neuroscope.reliability.audited import MethodScore
from neuroscope.reliability.averages import mean_by_patient
from neuroscope.reliability.model.material import Material, Part, cannot
from neuroscope.reliability.model.reasons import NO_MASKS
from neuroscope.statistics import FEW_UNITS, Interval

PART = "Methods of explanation"
NOT_ASKED = "No picture was set aside for them."
NO_NETWORK = "Nobody can look inside the model: it only answers."
SCORES: Mapping[str, tuple[Callable[[MethodScore], float], bool]] = {
    "pointing": (lambda one: float(one.pointing), True),
    "mass on the tumor": (lambda one: one.mass, True),
    "faithfulness": (lambda one: one.gain, False),
    "agreement": (
        lambda one: float("nan") if one.agreement is None else one.agreement,
        False,
    ),
}  # name to the number of a picture, and whether it is a share


def methods(material: Material) -> Part:
    """Lay out what every method scored; name those that the model cannot have."""
    if material.model.explain is None:
        return cannot(PART, NO_NETWORK, material)
    missing = tuple(
        NotDone(f"{PART}: {METHOD_OF[name].title}", why, material.model.name)
        for name, why in material.not_explained.items()
    )
    if not len(material.explained_rows):
        outlined = bool(len(material.localized_rows))
        return cannot(PART, NOT_ASKED if outlined else NO_MASKS, material)
    patients = material.pictured.patients[material.explained_rows]
    rows = tuple(
        _row(name, scores, patients, material.seed) for name, scores in material.explained.items()
    )
    table = Table("methods", "Methods of explanation", _note(patients), COLUMNS, rows)
    return Part(tables=(table,) if rows else (), not_done=missing)


COLUMNS = ("method", *SCORES, "ms a picture")


def _note(patients: NDArray[Any]) -> str:
    groups = len(np.unique(patients))
    return (
        f"{len(patients)} outlined pictures of {groups} patients or what stands for them, the "
        "answer of the model explained; means with 95 % intervals by patient"
        f"{'' if groups >= FEW_UNITS else f', insufficient below {FEW_UNITS} of them'}. "
        "Faithfulness: class-centered logit while the marked places come back into a blurred "
        "picture, less that while they are blurred away, averaged; random places gain 0. "
        "Agreement: rank "
        "correlation with the evidence map inside the head. Controls know nothing of the model."
    )


def _row(
    name: str, scores: Sequence[MethodScore], patients: NDArray[Any], seed: int
) -> tuple[str, ...]:
    cells = []
    for of, is_share in SCORES.values():
        values = np.array([of(one) for one in scores], np.float64)
        cells.append(_shown(mean_by_patient(values, patients, seed=seed), is_share=is_share))
    took = float(np.median([one.ms for one in scores]))
    return METHOD_OF[name].title, *cells, f"{took:,.0f}" if took >= 10 else f"{took:.1f}"


def _shown(interval: Interval, *, is_share: bool) -> str:
    if not np.isfinite(interval.value):
        return "not defined"
    values = (interval.value, interval.low, interval.high)
    shown = [f"{value:.1%}" if is_share else f"{value:.2f}" for value in values]
    return f"{shown[0]} ({shown[1]} to {shown[2]})"
