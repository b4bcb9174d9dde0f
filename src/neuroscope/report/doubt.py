"""Say in plain sentences how far an answer can be doubted."""

from collections.abc import Sequence
from math import log

from neuroscope.records.doubt import LEVELS, SHOWN_LEVEL, Doubt
from neuroscope.records.prediction import CLASS_NAMES

WHAT_SETS_PROMISE = (
    "The classes that cannot be excluded are chosen so that, among new single images like those of "
    "the calibration, the true class is among them about as often as the level says, for every "
    "class by itself. For images of another kind (scanner, sequence, disease, age) nothing is "
    "promised."
)
AGREE, DIFFER = 0.02, 0.1  # of the doubt there can be: below them heads agree, or differ a little
ABSTAINS = "The network abstains; its answer is shown for completeness only."


def listed_classes(names: Sequence[str]) -> str:
    """List classes as alternatives.

    Examples
    --------
    >>> listed_classes(("glioma", "meningioma", "notumor"))
    'glioma, meningioma or no tumor'
    """
    words = [CLASS_NAMES[name].lower() for name in names]
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def set_sentence(doubt: Doubt) -> str:
    """Say which classes cannot be excluded; why not, if that was not assessed."""
    if not doubt.sets:
        return doubt.not_assessed
    shown = doubt.sets[SHOWN_LEVEL]
    if shown:
        if len(shown) == len(CLASS_NAMES):
            return f"At {SHOWN_LEVEL} % confidence no class can be excluded."
        return f"At {SHOWN_LEVEL} % confidence: {listed_classes(shown)}."
    higher = LEVELS[LEVELS.index(SHOWN_LEVEL) + 1 :]
    wider = next((level for level in higher if doubt.sets[level]), None)
    said = f"At {SHOWN_LEVEL} % confidence no class fits as well as usual; read it with care."
    if wider is None:
        return said
    return f"{said} At {wider} %: {listed_classes(doubt.sets[wider])}."


def doubt_lines(doubt: Doubt | None) -> tuple[str, ...]:
    """Say in a few lines what is known of the doubt in one answer; nothing if nothing is."""
    if doubt is None:
        return ()
    lines = [ABSTAINS] if doubt.abstains else []
    if said := set_sentence(doubt):
        lines.append(said)
    if doubt.p_ordinary is not None:
        lines.append(f"{share_text(doubt.p_ordinary)} of ordinary images look as unusual as this.")
    if doubt.is_tumor is not None and doubt.sensitivity is not None:
        side = "above" if doubt.is_tumor else "below"
        lines.append(
            f"It lies {side} the threshold that was proved to find {doubt.sensitivity:.0%} of the "
            "tumors."
        )
    if said := heads_sentence(doubt):
        lines.append(said)
    return tuple(lines)


def heads_sentence(doubt: Doubt) -> str:
    """Say whether several heads agree, with the numbers; empty if they were not asked."""
    if doubt.mutual_information is None:
        return ""
    share = doubt.mutual_information / log(len(CLASS_NAMES))
    words = "agree" if share < AGREE else "differ a little" if share < DIFFER else "disagree"
    entropy = "" if doubt.entropy is None else f", entropy {doubt.entropy:.2f} nats"
    return (
        f"Several heads of the network {words} here (mutual information "
        f"{doubt.mutual_information:.2f} nats{entropy})."
    )


def share_text(p: float) -> str:
    """Write a share in percent, small ones as a bound."""
    return "Less than 1 %" if p < 0.01 else f"{100 * p:.0f} %"
