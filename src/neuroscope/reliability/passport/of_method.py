"""Test maps of any method of explanation on one slice, by the rules of the evidence map.

Maps are averaged over the cells of the evidence map first: the grain of a method counts for
nothing, and all are held against the same random orders.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError, GeometryMismatchError
from neuroscope.records.attribution import Attribution
from neuroscope.records.explanationmethod import method_named
from neuroscope.records.passport import MapTest, Passport, PassportRules, judged, not_assessed
from neuroscope.reliability.passport.cells import averaged
from neuroscope.reliability.passport.faithfulness import Score, faithfulness_of_all
from neuroscope.reliability.passport.localization import localize_map
from neuroscope.reliability.passport.of_slice import (
    FOR_NO_TUMOR,
    NO_TUMOR,
    NOTHING_OUTLINED,
    OF_ANSWER_ONLY,
    ONE_CUT,
    STAYS_HEALTHY,
    PassportConfig,
    completeness_test,
    faithfulness_test,
    localization_test,
    repeatability_test,
)
from neuroscope.reliability.passport.repeatability import noisy_copies

Float32 = NDArray[np.float32]
Again = Callable[[str, Float32], NDArray[np.floating]]
"""Takes a method and another image of the same slice, gives the map of the same class."""

EVIDENCE = "evidence"
PROMISE_A_SUM = ("integrated_gradients", "kernel_shap")  # to the difference from the reference
MISSED = 0.01  # of that difference
SMALL = 0.05  # logits: a share of less says nothing
HALF = 0.5  # of the largest value: what counts as marked
NO_PROMISE = "It does not promise that its places sum to the score."
UNMEASURED = "It was not measured for these weights; it is by: neuroscope evaluate forgetting."
ONLY_EVIDENCE = "It is measured for the evidence map only."


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AskedSlice:
    """A slice as the network sees it, and what is asked of it.

    Attributes
    ----------
    image, head, outline
        Shape `(side, side)`. The outline is that of a tumor, drawn by a reader or a segmentation
        and never made from a map; None if there is none.
    cells
        Places of the evidence map along a side.
    target, answer
        The class that is explained, and the class that was predicted.
    unusable
        Why an outline that is there cannot be used.
    """

    image: Float32
    head: NDArray[np.bool_]
    cells: int
    target: str
    answer: str
    outline: NDArray[np.bool_] | None = None
    unusable: str = ""


def method_passports(
    seen: AskedSlice,
    maps: Sequence[Attribution],
    score: Score,
    again: Again,
    rules: PassportRules,
    *,
    config: PassportConfig = PassportConfig(),
) -> tuple[Passport, ...]:
    """Test maps of one class on one slice, each for what its method can be tested for.

    Parameters
    ----------
    score
        The class-centered logit of the explained class.
    again
        Draws a map of a noisy copy; called only for methods that answer within seconds.

    Returns
    -------
    tuple[Passport, ...]
        One for each map, in their order.

    Raises
    ------
    GeometryMismatchError
        If the cells do not divide the slice.
    """
    copies = noisy_copies(seen.image, seen.head, config=config.noise)
    on_cells = [averaged(one.values, seen.cells) for one in maps]
    faithful = _faithfulness(seen, on_cells, score, rules, config)
    return tuple(
        Passport(
            seen.target,
            one.method,
            (
                _completeness(one),
                _repeatability(one.method, values, copies, again, seen, rules),
                tested,
                _localization(one.values, seen, rules),
                not_assessed("consistency", ONE_CUT),
                *_of_network(one.method, rules),
            ),
        )
        for one, values, tested in zip(maps, on_cells, faithful, strict=True)
    )


def hardly_changes(test: MapTest | None) -> str | None:
    """Warn in plain words of a method whose maps stay when the network forgets; None if not."""
    if test is None or test.outcome != "failed" or test.value is None or test.bound is None:
        return None
    if test.value > test.bound:
        return (
            "Maps of this method hardly change when the network forgets all it learned (rank "
            f"correlation {test.value:.2f}, where {test.bound:.2f} is allowed): they show the "
            "picture more than what the network made of it."
        )
    most = test.value if test.interval is None else test.interval[1]
    return (
        "It is not proved that maps of this method change enough when the network forgets all it "
        f"learned (rank correlation {test.value:.2f}, perhaps {most:.2f}, where {test.bound:.2f} "
        "is allowed): they may show the picture more than what the network made of it."
    )


def _completeness(found: Attribution) -> MapTest:
    missed = found.notes.get("completeness_error")
    if not isinstance(missed, float) or found.method not in (EVIDENCE, *PROMISE_A_SUM):
        return not_assessed("completeness", NO_PROMISE)
    if found.method == EVIDENCE:
        return completeness_test(missed)
    difference = float(found.notes["difference"])
    return judged(
        "completeness",
        missed / max(abs(difference), SMALL),
        MISSED,
        rule="at most",
        reason="Missing share of the difference to the picture without detail.",
    )


def _repeatability(
    method: str,
    values: NDArray[np.floating],
    copies: Float32,
    again: Again,
    seen: AskedSlice,
    rules: PassportRules,
) -> MapTest:
    facts = method_named(method)
    if facts.tier == "background":
        asks = len(copies) * (facts.budget or 1)
        return not_assessed(
            "repeatability",
            f"Maps of {len(copies)} noisy copies would ask the network {asks} times more.",
        )
    of_copies = np.stack([averaged(again(method, copy), seen.cells) for copy in copies])
    return repeatability_test(values, of_copies, seen.head, rules)


def _faithfulness(
    seen: AskedSlice,
    maps: Sequence[NDArray[np.floating]],
    score: Score,
    rules: PassportRules,
    config: PassportConfig,
) -> list[MapTest]:
    why = STAYS_HEALTHY if seen.target == NO_TUMOR else OF_ANSWER_ONLY
    if not maps or seen.target == NO_TUMOR or seen.target != seen.answer:
        return [not_assessed("faithfulness", why)] * len(maps)
    found = faithfulness_of_all(
        seen.image, seen.head, np.stack(maps), score, config=config.faithfulness
    )
    return [faithfulness_test(one, seen.target, rules) for one in found]


def _localization(values: NDArray[np.floating], seen: AskedSlice, rules: PassportRules) -> MapTest:
    if seen.outline is None or not seen.outline.any():
        return not_assessed("localization", seen.unusable or NOTHING_OUTLINED)
    if seen.target == NO_TUMOR:
        return not_assessed("localization", FOR_NO_TUMOR)
    try:
        found = localize_map(
            values,
            seen.outline,
            threshold=HALF * max(float(values.max()), 0.0),
            tolerance=len(seen.image) / seen.cells,
        )
    except (GeometryMismatchError, BadInputError) as error:
        return not_assessed("localization", f"The outline cannot be used: {error.problem}")
    return localization_test(found, rules)


def _of_network(method: str, rules: PassportRules) -> tuple[MapTest, ...]:
    own = rules.of_method.get(method) or not_assessed("model_randomization", UNMEASURED)
    if method != EVIDENCE:
        return own, not_assessed("label_randomization", ONLY_EVIDENCE)
    known = {test.name: test for test in rules.of_model}
    forgets = known.get("model_randomization")
    if forgets is None or forgets.outcome == "not assessed":
        forgets = own
    others = tuple(test for test in rules.of_model if test.name != "model_randomization")
    return forgets, *others
