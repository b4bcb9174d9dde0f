"""Run the methods of explanation on some outlined pictures of an audit, and score their maps."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from torch import nn

from neuroscope.errors import MissingExtraError, ModelError
from neuroscope.explain.attribution.asking import scores
from neuroscope.preprocess.slice_input import prepare_slice
from neuroscope.records.explanationmethod import METHODS
from neuroscope.reliability.audited import AuditedModel, Case, Explain, MethodScore
from neuroscope.reliability.passport.faithfulness import FaithfulnessConfig, faithfulness
from neuroscope.reliability.passport.localization import localize_map
from neuroscope.workflow.attribute import explain_slice, on_input, question_of
from neuroscope.workflow.audited_pictures import spread

EXPLAINED = 6  # pictures: for each the network is asked some 3,000 times
TOLERANCE = 0.025  # of the side: as `workflow/looked_at.py` points
# Methods are compared over the whole curve; their gain does not depend on random orders.
BLURRING = FaithfulnessConfig(fractions=(0.05, 0.2, 0.8, 0.95, 1.0), random_orders=1)
METHODS_COST = sum(BLURRING.passes + (method.budget or 1) for method in METHODS)  # of a picture


@dataclass(frozen=True, slots=True, eq=False)
class ByMethods:
    """What every method scored on the same pictures; `rows` are their places among the cases."""

    rows: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    scores: Mapping[str, Sequence[MethodScore]] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)


def explaining(load: Callable[[], nn.Module], *, size: int, seed: int = 0) -> Explain:
    """Give the function that explains a picture by a method; the network is loaded when asked.

    Parameters
    ----------
    size
        Side of the slices that the network sees.
    """
    loaded = lru_cache(maxsize=1)(load)

    def explain(case: Case, target: int, method: str) -> MethodScore:
        network = loaded()
        prepared = prepare_slice(case.pixels, size=size)
        found = explain_slice(network, question_of(prepared, target, seed=seed), method)
        values = found.attribution.values
        assert case.tumor is not None  # noqa: S101 - only outlined pictures are asked about
        on_tumor = localize_map(
            values,
            on_input(case.tumor, prepared),
            threshold=0.5 * max(float(values.max()), 0.0),
            tolerance=TOLERANCE * size,
        )
        blurring = faithfulness(
            prepared.image,
            prepared.head,
            values,
            lambda pictures: scores(network, pictures[:, 0], target),
            config=BLURRING,
        )
        return MethodScore(
            method=method,
            pointing=on_tumor.pointing,
            mass=on_tumor.mass,
            gain=blurring.gain,
            agreement=1.0 if method == "evidence" else found.agreement,
            ms=1000 * found.seconds,
        )

    return explain


def chosen_for_methods(cases: Sequence[Case], most: int, *, size: int) -> list[int]:
    """Choose outlined pictures, labels in turn and one patient after the other.

    Left out are tumors so small that nothing of them is left on the prepared slice.
    """
    kept = [
        number
        for number, case in enumerate(cases)
        if case.tumor is not None
        and case.has_tumor
        and on_input(case.tumor, prepare_slice(case.pixels, size=size)).any()
    ]
    seen: dict[str, int] = {}
    ranks = []
    for number in kept:
        patient = cases[number].patient
        seen[patient] = seen.get(patient, 0) + 1
        ranks.append((0, seen[patient]))
    return [kept[n] for n in spread([cases[n].label or "" for n in kept], ranks, most)]


def by_methods(
    model: AuditedModel,
    cases: Sequence[Case],
    predicted: NDArray[np.int64],
    *,
    most: int,
    told: Callable[[int], None] = lambda _: None,
) -> ByMethods:
    """Run every method on the same pictures; those that the model cannot have are named."""
    if model.explain is None or most < 1:
        return ByMethods()
    rows = chosen_for_methods(cases, most, size=model.input_size)
    found: dict[str, list[MethodScore]] = {}
    missing: dict[str, str] = {}
    for method in METHODS if rows else ():
        for row in rows:
            try:
                one = model.explain(cases[row], int(predicted[row]), method.name)
            except (ModelError, MissingExtraError) as error:
                missing[method.name] = error.problem
                break
            found.setdefault(method.name, []).append(one)
            told(BLURRING.passes + (method.budget or 1))
    return ByMethods(np.array(rows, np.int64), found, missing)
