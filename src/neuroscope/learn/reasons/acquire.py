"""Which slice should a reader look at next, and why.

See docs/explanation/which-slice-next.md.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError
from neuroscope.learn.reasons.attention import Attention
from neuroscope.learn.reasons.candidates import Candidates, Choice, Known, QueueConfig, Rule
from neuroscope.learn.reasons.diversity import (
    Pool,
    badge,
    k_center,
    standardized,
    typical,
    unit_rows,
)
from neuroscope.learn.reasons.uncertainty import bald, closeness, entropy

Numbers = NDArray[np.float64]

SURE = 0.9  # from here on an answer is not called unsure, whatever chose the slice


def queue(
    candidates: Candidates, config: QueueConfig | None = None, *, known: Known | None = None
) -> tuple[Choice, ...]:
    """Line slices up for annotation, in the order in which they should be read.

    Every stretch of the queue holds about the same mix, so that a reader may stop anywhere. The
    random ones are drawn before any rule has closed anything. A rule with nothing left to say (no
    doubt, no suspicion) gives its place to the next.
    Shorter than asked for when no slice is left that is allowed, no near-duplicate of one that is
    chosen or known, and not one too many of its patient.
    """
    config = config or QueueConfig()
    rng = np.random.default_rng(config.seed)
    looks = _looks(candidates, known)
    pool = Pool(~_seen(looks, config.same_above))
    if candidates.allowed is not None:
        pool.open &= candidates.allowed
    turns = _turns(candidates, config, known)
    chance = _at_random(pool, rng)
    drawn = iter([_take(chance, pool, looks, config) for turn in turns if turn == "random"])
    rules = {
        rule: _rows(rule, candidates, looks, pool, config, rng)
        for rule in dict.fromkeys(turns)
        if rule != "random"
    }
    choices = []
    for turn in turns:
        order = [turn] if turn == "random" else sorted(rules, key=lambda rule: rule != turn)
        for rule in order:
            row = next(drawn) if rule == "random" else _take(rules[rule], pool, looks, config)
            if row is not None:
                choices.append(Choice(row, rule, reason(candidates, row, rule)))
                break
    return tuple(choices)


def reason(candidates: Candidates, row: int, rule: Rule) -> str:
    """Say in plain words why a rule chose a slice."""
    p_class = candidates.p_class[row]
    first, second = np.argsort(-p_class, kind="stable")[:2]
    leading = f"{candidates.classes[first]} {p_class[first]:.0%}"
    torn = f"{leading}, {candidates.classes[second]} {p_class[second]:.0%}"
    match rule:
        case "random":
            return "Drawn at random, to measure the network on slices that no rule has chosen."
        case "typical":
            return "Many slices look like this one, and none of them is annotated or chosen."
        case "k_center":
            return "It looks least like all that is annotated or chosen."
        case "bald":
            said = [candidates.classes[n] for n in candidates.p_heads[:, row].argmax(1)]
            votes = ", ".join(f"{name} {said.count(name)}" for name in sorted(set(said)))
            return f"Networks trained on different parts of the data disagree: {votes}."
        case "suspicious" if candidates.attention is not None:
            return _suspicion(candidates.attention, row, candidates.classes[first])
        case "badge" if p_class[first] >= SURE:
            return f"The network is sure ({leading}); were it wrong, it would learn most from this."
        case "badge":
            return f"The network is unsure, and not as on the other chosen slices: {torn}."
        case _:
            return f"The network is unsure: {torn}."


def _suspicion(attention: Attention, row: int, answer: str) -> str:
    if attention.outlined[row]:
        return f"{attention.outside[row]:.0%} of the evidence for {answer} lies outside the tumor."
    outside, scatter = attention.ranks[row]
    return (
        f"Of all answers of {answer}, {scatter:.0%} have their evidence closer together and "
        f"{outside:.0%} have less of it outside the head."
    )


def _turns(candidates: Candidates, config: QueueConfig, known: Known | None) -> list[Rule]:
    """Lay out which rule chooses at each place of the queue: every tenth chance, the rest mixed."""
    shares = dict(config.shares)
    if candidates.attention is None:
        shares.pop("suspicious", None)
    learned = known.per_class if known is not None else None
    if learned is not None and min(learned) < config.cold_below and "badge" in shares:
        shares["typical"] = shares.get("typical", 0.0) + shares.pop("badge")
    if not shares:
        raise BadInputError(
            "Only suspicious slices are asked for, and nothing is known of where evidence lies.",
            fix="Give the attention of the candidates.",
        )
    total = sum(shares.values())
    credit = dict.fromkeys(shares, 0.0)
    turns: list[Rule] = []
    for place in range(1, config.number + 1):
        if place % config.every_random == 0:
            turns.append("random")
            continue
        for rule, share in shares.items():
            credit[rule] += share / total
        turn = max(credit, key=lambda rule: credit[rule])
        credit[turn] -= 1
        turns.append(turn)
    return turns


@dataclass(frozen=True, slots=True, eq=False)
class _Looks:
    """How the candidates look: standardized embeddings, their directions, and the known ones."""

    points: Numbers
    directions: Numbers
    known: Numbers | None
    patients: NDArray[Any]


def _looks(candidates: Candidates, known: Known | None) -> _Looks:
    points = standardized(candidates.embedding, candidates.embedding)
    before = None
    if known is not None and len(known.embedding):
        before = standardized(known.embedding, candidates.embedding)
    return _Looks(points, unit_rows(points), before, candidates.patients)


def _seen(looks: _Looks, same_above: float) -> NDArray[np.bool_]:
    """Find candidates that look the same as a slice that is annotated already."""
    if looks.known is None:
        return np.zeros(len(looks.points), bool)
    return np.asarray((looks.directions @ unit_rows(looks.known).T).max(1) >= same_above)


def _take(rows: Iterator[int], pool: Pool, looks: _Looks, config: QueueConfig) -> int | None:
    """Choose the next row of a rule; close it, what looks the same, and a patient's last slice."""
    row = next(rows, None)
    if row is None:
        return None
    pool.chosen.append(row)
    pool.open[row] = False
    pool.open[looks.directions @ looks.directions[row] >= config.same_above] = False
    own = looks.patients == looks.patients[row]
    if own[pool.chosen].sum() >= config.per_patient:
        pool.open[own] = False
    return row


def _rows(
    rule: Rule,
    candidates: Candidates,
    looks: _Looks,
    pool: Pool,
    config: QueueConfig,
    rng: np.random.Generator,
) -> Iterator[int]:
    """Start the generator of one rule."""
    p_class = candidates.p_class
    match rule:
        case "badge":
            return badge(p_class, candidates.features, pool, rng)
        case "typical":
            return typical(looks.points, pool, config.number, rng, looks.known)
        case "k_center":
            return k_center(looks.points, pool, looks.known)
        case "suspicious" if candidates.attention is not None:
            return _largest(candidates.attention.suspicion, pool)
        case "margin":
            return _largest(closeness(p_class), pool)
        case "bald":
            return _largest(bald(candidates.p_heads), pool)
        case _:
            return _largest(entropy(p_class), pool)


def _largest(score: Numbers, pool: Pool) -> Iterator[int]:
    """Give the open row with the largest score while that is above 0."""
    while (pool.open & (score > 0)).any():
        yield int(np.where(pool.open, score, -1.0).argmax())


def _at_random(pool: Pool, rng: np.random.Generator) -> Iterator[int]:
    while pool.open.any():
        yield int(rng.choice(pool.rest()))
