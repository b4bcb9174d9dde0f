"""Test the maps of one slice: what a single slice and its network can tell."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError, GeometryMismatchError
from neuroscope.explain.evidence_map import METHOD, slice_heatmap
from neuroscope.models.inference import EvidenceBatch
from neuroscope.records.evidencespec import EvidenceSpec
from neuroscope.records.heatmap import EvidenceCells
from neuroscope.records.passport import (
    MapTest,
    Passport,
    PassportRules,
    judged,
    not_assessed,
)
from neuroscope.reliability.passport.cells import cells_touched
from neuroscope.reliability.passport.faithfulness import (
    Faithfulness,
    FaithfulnessConfig,
    faithfulness,
)
from neuroscope.reliability.passport.localization import Localized, localize_map
from neuroscope.reliability.passport.repeatability import (
    NoiseConfig,
    noisy_copies,
    repeatability,
)

Float32 = NDArray[np.float32]
Run = Callable[[Float32], EvidenceBatch]

COMPLETE = 1e-3  # logit: single precision, summed over all places
NO_TUMOR = "notumor"
OF_ANSWER_ONLY = "Only the map of the answer is tested this way."
STAYS_HEALTHY = "It speaks for no tumor: blurring a healthy head leaves it healthy."
NOTHING_OUTLINED = "Nobody has outlined a tumor here."
FOR_NO_TUMOR = "It speaks for no tumor, and so has no place to lie on."
ONE_CUT = "A single picture has no cuts along other axes."


@dataclass(frozen=True, slots=True, kw_only=True)
class PassportConfig:
    """How thoroughly a slice is tested."""

    faithfulness: FaithfulnessConfig = field(default_factory=FaithfulnessConfig)
    noise: NoiseConfig = field(default_factory=NoiseConfig)


@dataclass(frozen=True, slots=True, eq=False)
class SeenSlice:
    """What the network was shown of a slice, and what it said.

    Attributes
    ----------
    image, head
        Of the prepared slice, shape `(side, side)`.
    answer
        The class that was predicted.
    outline
        True inside a tumor that a reader or a segmentation outlined, on the pixels of the original
        image; never made from a map. None if there is none.
    unusable
        Why an outline that is there cannot be used.
    """

    image: Float32
    head: NDArray[np.bool_]
    cells: EvidenceCells
    answer: str
    outline: NDArray[np.bool_] | None = None
    unusable: str = ""


def slice_passports(
    seen: SeenSlice,
    run: Run,
    spec: EvidenceSpec,
    rules: PassportRules,
    *,
    config: PassportConfig = PassportConfig(),
) -> tuple[Passport, ...]:
    """Test the maps of all classes of one slice.

    Parameters
    ----------
    run
        The network that made the maps (`EvidenceEngine.run`).

    Returns
    -------
    tuple[Passport, ...]
        One for each class; the map of the answer is tested in full.
    """
    copies = noisy_copies(seen.image, seen.head, config=config.noise)
    of_copies = run(copies[:, None]).evidence
    passports = []
    for at, target in enumerate(seen.cells.classes):
        tests = [
            completeness_test(seen.cells.completeness_error),
            repeatability_test(seen.cells.contributions[at], of_copies[:, at], seen.head, rules),
            not_assessed("faithfulness", OF_ANSWER_ONLY),
            outline_test(seen, target, spec, rules),
            not_assessed("consistency", ONE_CUT),
            *rules.of_model,
        ]
        passports.append(Passport(target, METHOD, tuple(tests)))
    at = seen.cells.classes.index(seen.answer)
    if seen.answer == NO_TUMOR:
        passports[at] = passports[at].replaced(not_assessed("faithfulness", STAYS_HEALTHY))
        return tuple(passports)
    tested = faithfulness_test(
        faithfulness(
            seen.image,
            seen.head,
            seen.cells.contributions[at],
            lambda images: centered_logit(run(images).logits, at),
            config=config.faithfulness,
        ),
        seen.answer,
        rules,
    )
    passports[at] = passports[at].replaced(tested)
    return tuple(passports)


def centered_logit(logits: NDArray[np.floating], at: int) -> NDArray[np.float64]:
    """Give the score a map of one class explains: its logit less the mean of all, shape `(n,)`."""
    wide = np.asarray(logits, np.float64)
    return np.asarray(wide[:, at] - wide.mean(1))


def completeness_test(error: float) -> MapTest:
    """Test whether the places sum to the score."""
    return judged("completeness", error, COMPLETE, rule="at most", reason="Largest gap, in logits.")


def repeatability_test(
    values: NDArray[np.floating],
    of_copies: NDArray[np.floating],
    head: NDArray[np.bool_],
    rules: PassportRules,
) -> MapTest:
    """Test whether noise leaves a map `(h, w)` as it is, from maps of noisy copies `(n, h, w)`."""
    found = repeatability(values, of_copies, cells_touched(head, values.shape))
    details = {"soft_dice": found.soft_dice}
    if np.isfinite(found.spearman):
        details["spearman"] = found.spearman
    return judged(
        "repeatability",
        found.soft_dice,
        rules.bounds["repeatability"],
        bound_from=rules.bound_from,
        reason="Overlap of the map with those of noisy copies, 0 to 1.",
        details=details,
    )


def faithfulness_test(found: Faithfulness, target: str, rules: PassportRules) -> MapTest:
    """Test whether the score of one class rests on the marked places."""
    return judged(
        "faithfulness",
        found.over_random,
        rules.bound("faithfulness", target),
        bound_from=rules.bound_from,
        interval=found.interval,
        reason="Gain over random places when they are blurred or kept, in logits.",
        details={
            "insertion": found.insertion,
            "deletion": found.deletion,
            "gain": found.gain,
            "gain_center": found.center,
            "gain_random": found.gain - found.over_random,
            "gain_best_random": max(found.random),
        },
    )


def outline_test(seen: SeenSlice, target: str, spec: EvidenceSpec, rules: PassportRules) -> MapTest:
    """Test whether a map lies on the outline, where there is one on its grid."""
    if seen.outline is None or not seen.outline.any():
        return not_assessed("localization", seen.unusable or NOTHING_OUTLINED)
    if target == NO_TUMOR:
        return not_assessed("localization", FOR_NO_TUMOR)
    drawn = slice_heatmap(seen.cells, target, spec)
    cell = max(abs(float(seen.cells.cell_to_pixel[axis, axis])) for axis in range(2))
    try:
        found = localize_map(drawn.values, seen.outline, threshold=drawn.threshold, tolerance=cell)
    except (GeometryMismatchError, BadInputError) as error:
        return not_assessed("localization", f"The outline cannot be used: {error.problem}")
    return localization_test(found, rules)


def localization_test(found: Localized, rules: PassportRules) -> MapTest:
    """Test whether the largest value points at the outline, and enough of the map lies on it."""
    return judged(
        "localization",
        found.mass if found.pointing else 0.0,
        rules.bounds["localization"],
        bound_from=rules.bound_from,
        reason="Share of the map on the outline; 0 if its largest value misses it.",
        details={
            "pointing": float(found.pointing),
            "mass": found.mass,
            "rank": found.rank,
            "iou": found.iou,
            "area": found.area,
        },
    )
