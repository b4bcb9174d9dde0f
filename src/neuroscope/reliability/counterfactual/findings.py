"""Rules, written down before any model is looked at, by which a model is flagged."""

import math
from collections.abc import Mapping

from neuroscope.records.dataaudit import Border
from neuroscope.records.modelaudit import Finding, State
from neuroscope.reliability.counterfactual.effects import Effect
from neuroscope.reliability.focus.wrong_reasons import WrongReasons
from neuroscope.statistics import FEW_UNITS, Interval

TAG_EXCESS = 0.10
WRONG_REASON = 0.25
ABOVE_CHANCE = 0.10
LEAST_FALL = 0.0  # logits

TAG_RULE = (
    "Flagged if, with the surroundings or a written name of another class put in, at least 10 % "
    "more answers become that class than with the sham (surroundings of the own class, a gray "
    "box), each time less those that stray to any one other class, and the lower end of the 95 % "
    "interval by patient is above 0."
)
REASON_RULE = (
    "Flagged if at least a quarter of the right answers that name a tumor have less than half of "
    "their evidence on and around it, and less than four times what its area would get. Not told "
    "where the same would be said of the outline itself, shown as coarsely as the model's maps."
)
TUMOR_RULE = (
    "Flagged if healing the tumor away lowers the logit of the answer no more than healing a "
    "place of the same shape elsewhere: the 95 % interval of the difference reaches 0."
)
BACKGROUND_RULE = (
    "Flagged if the model's balanced accuracy on pictures whose head was blanked is at least 10 "
    "points above chance, and the lower end of its interval is above chance."
)


def planted_tag(effects: Mapping[str, Effect]) -> Finding:
    """Decide whether answers follow what stands beside the head."""
    name = "answers follow a tag"
    found = {
        test: effects[test].hits_beyond_sham()
        for test in ("background", "text_tag")
        if test in effects and len(effects[test])
    }
    known = {test: one for test, one in found.items() if math.isfinite(one.value)}
    if not known:
        return _untold(name, TAG_EXCESS, TAG_RULE, "No tag of another class could be put in.")
    worst = max(known, key=lambda test: known[test].value)
    one = known[worst]
    hit = one.value >= TAG_EXCESS and one.low > 0
    where = "the surroundings" if worst == "background" else "a written name"
    why = f"{one.value:+.1%} of answers follow {where} of another class beyond the sham."
    return _decided(name, one, TAG_EXCESS, TAG_RULE, why, is_flagged=hit)


def is_too_coarse(at_best: float) -> bool:
    """Whether the outline itself would be flagged, drawn through the places of a model."""
    return at_best >= WRONG_REASON


def wrong_reason(found: WrongReasons | str, at_best: Interval | None = None) -> Finding:
    """Decide whether right answers rest on the tumor.

    Parameters
    ----------
    at_best
        The share of the same answers of which the outline itself, shown as coarsely as the maps,
        would say that they rest elsewhere; None if it is not known.
    """
    name = "right for the wrong reason"
    if isinstance(found, str):
        return _untold(name, WRONG_REASON, REASON_RULE, found)
    share = found.share
    if at_best is not None and is_too_coarse(at_best.value):
        why = (
            f"Its maps are too coarse to tell: {share.value:.1%} of {share.n} right answers seem "
            f"to rest elsewhere, but so would {at_best.value:.1%} if the outlines were the maps."
        )
        return _untold(name, WRONG_REASON, REASON_RULE, why)
    why = f"{share.value:.1%} of {share.n} right answers that name a tumor rest elsewhere."
    is_flagged = share.value >= WRONG_REASON
    return _decided(name, share, WRONG_REASON, REASON_RULE, why, is_flagged=is_flagged)


def needs_tumor(effects: Mapping[str, Effect]) -> Finding:
    """Decide whether the answer falls when the tumor is healed away."""
    name = "answers stay without the tumor"
    effect = effects.get("tumor_out")
    if effect is None or not len(effect):
        return _untold(name, LEAST_FALL, TUMOR_RULE, "No outlined tumor was named rightly.")
    fall = effect.drop_beyond_sham()
    why = (
        f"The logit falls by {fall.value:.2f} ({fall.low:.2f} to {fall.high:.2f}) beyond the sham."
    )
    return _decided(name, fall, LEAST_FALL, TUMOR_RULE, why, is_flagged=not fall.low > LEAST_FALL)


def knows_without_head(accuracy: Interval | str, chance: float) -> Finding:
    """Decide whether the model answers from what surrounds the head."""
    name = "answers without a head"
    if isinstance(accuracy, str):
        return _untold(name, ABOVE_CHANCE, BACKGROUND_RULE, accuracy)
    above = accuracy.value - chance
    why = f"Balanced accuracy {accuracy.value:.1%} on blanked heads; chance is {chance:.1%}."
    is_flagged = above >= ABOVE_CHANCE and accuracy.low > chance
    return _decided(
        name, accuracy, chance + ABOVE_CHANCE, BACKGROUND_RULE, why, is_flagged=is_flagged
    )


def is_above_chance(found: Border) -> bool:
    """Whether labels can be told from features: the interval and the permutation test agree."""
    return found.accuracy.low > found.chance and found.p <= 0.05


def _decided(
    name: str, value: Interval, threshold: float, rule: str, why: str, *, is_flagged: bool
) -> Finding:
    if not value.is_sufficient:
        why = f"{why} {value.units} patients are too few for a verdict ({FEW_UNITS})."
        return Finding(name, "insufficient", value.value, threshold, rule, why)
    state: State = "flagged" if is_flagged else "clear"
    return Finding(name, state, value.value, threshold, rule, why)


def _untold(name: str, threshold: float, rule: str, why: str) -> Finding:
    return Finding(name, "insufficient", float("nan"), threshold, rule, why)
