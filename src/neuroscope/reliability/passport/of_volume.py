"""Test the maps of a volume: by its deciding slices, and the one that is fused from three axes."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError, GeometryMismatchError
from neuroscope.records.passport import (
    MapTest,
    Passport,
    PassportRules,
    judged,
    not_assessed,
)
from neuroscope.records.volumeevidence import Consistency, VolumeEvidence
from neuroscope.reliability.passport.localization import localize_map
from neuroscope.reliability.passport.of_slice import (
    FOR_NO_TUMOR,
    NO_TUMOR,
    NOTHING_OUTLINED,
    completeness_test,
    localization_test,
)

AGREE = 0.3  # soft Dice: less is no agreement (Dice of unlike blobs of this size)
BY_CHANCE = 0.05
CELL_MM = 5.0  # a cell of the evidence measures 4 to 6 mm in a head
OF_MODEL = ("model_randomization", "label_randomization")
NOT_CUT = "The volume was not cut along other axes."
NOT_A_SUM = "A map fused from three axes is no sum of the score."
NOT_SHOWN_AGAIN = "The slices that decided were tested; this map is fused from all of them."


def volume_passports(of_slices: Sequence[tuple[Passport, ...]], gap: float) -> tuple[Passport, ...]:
    """Put the passports of the slices that decided together.

    Parameters
    ----------
    of_slices
        Of each tested slice, the passports of all classes in one order.
    gap
        Largest completeness error over all slices of the volume, in logits.

    Returns
    -------
    tuple[Passport, ...]
        One for each class: numbers are means over the tested slices; completeness holds for all.
    """
    joined = []
    for passports in zip(*of_slices, strict=True):
        tests = [_mean([one.tests[n] for one in passports]) for n in range(len(passports[0].tests))]
        whole = Passport(passports[0].target, passports[0].method, tuple(tests))
        whole = whole.replaced(completeness_test(gap))
        joined.append(whole.replaced(not_assessed("consistency", NOT_CUT)))
    return tuple(joined)


def consistency_test(found: Consistency | None) -> MapTest:
    """Test whether the axes point to one place, more than chance would."""
    if found is None:
        return not_assessed("consistency", NOT_CUT)
    made = judged(
        "consistency",
        found.score,
        AGREE,
        reason="Overlap of the maps of different axes, 0 to 1; by chance with probability p.",
        details={"p": found.p_value},
    )
    return made if found.p_value <= BY_CHANCE else replace(made, outcome="failed")


def fused_passport(
    evidence: VolumeEvidence,
    rules: PassportRules,
    *,
    tumor: NDArray[np.bool_] | None = None,
) -> Passport:
    """Test the map that is fused from several axes.

    Parameters
    ----------
    tumor
        True inside the tumor as a reader or a segmenter outlined it.
    """
    heatmap = evidence.heatmap
    return Passport(
        heatmap.target,
        heatmap.method,
        (
            not_assessed("completeness", NOT_A_SUM),
            not_assessed("repeatability", NOT_SHOWN_AGAIN),
            not_assessed("faithfulness", NOT_SHOWN_AGAIN),
            _on_tumor(evidence, rules, tumor),
            consistency_test(evidence.consistency),
            *rules.of_model,
        ),
    )


def _on_tumor(
    evidence: VolumeEvidence, rules: PassportRules, tumor: NDArray[np.bool_] | None
) -> MapTest:
    heatmap = evidence.heatmap
    if heatmap.target == NO_TUMOR:
        return not_assessed("localization", FOR_NO_TUMOR)
    if tumor is None or not tumor.any():
        return not_assessed("localization", NOTHING_OUTLINED)
    spacing = None
    if heatmap.affine is not None:
        spacing = tuple(float(mm) for mm in np.linalg.norm(heatmap.affine[:3, :3], axis=0))
    try:
        found = localize_map(
            heatmap.values,
            tumor,
            threshold=heatmap.threshold,
            tolerance=CELL_MM,
            spacing=spacing,
        )
    except (GeometryMismatchError, BadInputError) as error:
        return not_assessed("localization", f"The outline cannot be used: {error.problem}")
    return localization_test(found, rules)


def _mean(tests: Sequence[MapTest]) -> MapTest:
    """Average one test over slices; those it was not made on count for nothing."""
    made = [test for test in tests if test.value is not None and test.bound is not None]
    if not made:
        return tests[0]
    first = made[0]
    if first.name in OF_MODEL:  # the same for every map of the model
        return first
    ends = [test.interval for test in made if test.interval is not None]
    shared = set.intersection(*(set(test.details) for test in made))
    return judged(
        first.name,
        float(np.mean([test.value for test in made])),
        float(first.bound or 0.0),
        rule=first.rule,
        bound_from=first.bound_from,
        interval=_mean_ends(ends) if len(ends) == len(made) else None,
        reason=first.reason,
        details={
            **{name: float(np.mean([test.details[name] for test in made])) for name in shared},
            "slices": float(len(made)),
        },
    )


def _mean_ends(ends: Sequence[tuple[float, float]]) -> tuple[float, float]:
    low, high = np.mean(ends, axis=0)
    return float(low), float(high)
