"""The tissues of one person: relaxation times with their scatter, in an order contrasts keep.

Scatter is drawn for each tissue by itself. Where it would turn round what every textbook says of a
contrast, T1 or T2 of one tissue is changed until the order holds at both fields.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np

from neuroscope.phantom.scanner.relaxation import (
    LATER_TISSUES,
    LESION_TISSUES,
    TISSUES,
    Relaxation,
    at_field,
)
from neuroscope.phantom.scanner.signal import Protocol, signal
from neuroscope.phantom.streams import side_stream

FIELDS_T = (3, 1.5)
ORDER_MARGIN = 1.02  # by which the brighter tissue is brighter at least
STEP = 1.01  # factor on a relaxation time
MOST_STEPS = 200
T1_RUNS = tuple(Protocol("spin echo", *run) for run in ((450, 9), (450, 15), (700, 15)))
T2_RUNS = tuple(Protocol("spin echo", *run) for run in product((3500, 6500), (80, 110)))
FLAIR_RUNS = tuple(
    Protocol("inversion", tr_ms, te_ms, ti_ms)
    for (tr_ms, ti_ms), te_ms in product(
        ((8000, 2250), (8000, 2430), (10500, 2470), (10500, 2550)), (95, 135)
    )
)  # the extremes of what `draw_protocols` draws


@dataclass(frozen=True, slots=True)
class Rule:
    """In all runs `dark` is darker than `bright`; if not, a time of `mended` is changed.

    T1 becomes longer, which darkens; T2 longer to brighten, shorter to darken.
    """

    dark: str
    bright: str
    mended: str
    by: Literal["t1", "t2"]
    runs: tuple[Protocol, ...]


RULES = (
    Rule("white", "gray", "gray", "t2", FLAIR_RUNS),
    Rule("enhancing", "white", "enhancing", "t1", T1_RUNS),
    Rule("edema", "white", "edema", "t1", T1_RUNS),
    Rule("wmh", "white", "wmh", "t1", T1_RUNS),
    Rule("gray", "enhancing", "enhancing", "t2", T2_RUNS),
    Rule("edema", "cyst", "edema", "t2", T2_RUNS),
    Rule("pus", "fluid", "pus", "t1", T2_RUNS),
    Rule("gray", "nonenhancing", "nonenhancing", "t2", FLAIR_RUNS),
    Rule("gray", "plaque", "plaque", "t2", FLAIR_RUNS),
    Rule("mismatch", "white", "mismatch", "t1", FLAIR_RUNS),
)


def draw_relaxation(rng: np.random.Generator) -> Mapping[str, Relaxation]:
    """Vary the table for one person; lesions vary more, and none gets shorter than healthy T1."""
    drawn = {name: _varied(name, mean, rng) for name, mean in TISSUES.items()}
    for name, mean in LATER_TISSUES.items():
        drawn[name] = _varied(name, mean, side_stream(rng, name))
    for rule in RULES:
        drawn[rule.mended] = _mended(drawn, rule)
    return drawn


def _mended(drawn: Mapping[str, Relaxation], rule: Rule) -> Relaxation:
    pair = {rule.dark: drawn[rule.dark], rule.bright: drawn[rule.bright]}
    for _ in range(MOST_STEPS):
        if _holds(pair, rule):
            break
        was = pair[rule.mended]
        factor = STEP if rule.by == "t1" or rule.mended == rule.bright else 1 / STEP
        t1, t2 = (factor, 1.0) if rule.by == "t1" else (1.0, factor)
        pair[rule.mended] = Relaxation(was.t1_ms * t1, was.t2_ms * t2, was.density)
    return pair[rule.mended]


def _holds(pair: Mapping[str, Relaxation], rule: Rule) -> bool:
    for field_t in FIELDS_T:
        here = at_field(pair, field_t)
        for run in rule.runs:
            if signal(here[rule.bright], run) < ORDER_MARGIN * signal(here[rule.dark], run):
                return False
    return True


def _varied(name: str, mean: Relaxation, rng: np.random.Generator) -> Relaxation:
    t1, t2, density = np.exp(rng.normal(0, (0.05, 0.06, 0.01))).tolist()
    if name in LESION_TISSUES:
        t1, t2 = max(1.0, t1**1.8), t2**1.5
    return Relaxation(mean.t1_ms * t1, mean.t2_ms * t2, mean.density * density)
