"""What a queue of slices is made from, and what decides it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError
from neuroscope.learn.reasons.attention import Attention

Rule = Literal["badge", "typical", "suspicious", "margin", "entropy", "bald", "k_center", "random"]
Numbers = NDArray[np.float64]

SHARES: Mapping[Rule, float] = MappingProxyType({"badge": 0.5, "typical": 0.25, "suspicious": 0.15})


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Slices nobody has annotated; row n of every array is slice n.

    Attributes
    ----------
    p_heads
        Calibrated probabilities of every head, shape ``(heads, n, classes)``; one head will do.
    embedding
        By which slices are compared, shape ``(n, d)``.
    patients
        Shape ``(n,)``; where patients are not known, whatever holds slices of one patient together.
    classes
        Names along the last axis of `p_heads`.
    linear
        The logits are linear in so many first numbers of the embedding; in all of them if None.
    attention
        Where the evidence lies; without it no slice is suspicious.
    allowed
        False for slices that must not be asked for, such as those unlike any training image.
    """

    p_heads: Numbers
    embedding: Numbers
    patients: NDArray[Any]
    classes: tuple[str, ...]
    linear: int | None = None
    attention: Attention | None = None
    allowed: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        heads, n, classes = self.p_heads.shape
        lengths = [len(self.embedding), len(self.patients)]
        lengths += [len(a) for a in (self.allowed,) if a is not None]
        lengths += [len(a.suspicion) for a in (self.attention,) if a is not None]
        if heads < 1 or classes != len(self.classes) or set(lengths) != {n}:
            raise BadInputError(
                f"Probabilities of shape {self.p_heads.shape} do not fit {len(self.classes)} "
                f"classes and {lengths} rows.",
                fix="Give every array a row for each slice.",
            )

    def __len__(self) -> int:
        return len(self.patients)

    @property
    def features(self) -> Numbers:
        """What the heads are linear in, shape ``(n, linear)``."""
        return self.embedding[:, : self.linear]

    @property
    def p_class(self) -> Numbers:
        """Mean probabilities of the heads, shape ``(n, classes)``."""
        return np.asarray(self.p_heads.mean(0))


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """Slices that are annotated already.

    Attributes
    ----------
    embedding
        Shape ``(m, d)``.
    per_class
        How many labels of each class the heads have learned from; None for heads that were trained
        elsewhere, on many.
    """

    embedding: Numbers
    per_class: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueConfig:
    """All that decides a queue; the same candidates and seed give the same queue.

    Attributes
    ----------
    number
        How many slices to choose.
    shares
        How the slices that are not drawn at random are divided among the rules.
    every_random
        One slice in so many is drawn at random from all that are allowed, whatever the rules say:
        what was chosen by rules alone cannot tell how good the network is.
    per_patient
        Slices of one patient in a queue, at most.
    same_above
        Slices with a cosine above this, of embeddings standardized over the candidates, are the
        same picture. Of 808 pairs of near-duplicates 99 % lie above, of pairs of different
        patients with the same class 1 %.
    cold_below
        While any class has fewer labels, the share of `badge` goes to `typical`: probabilities
        learned from so few say little.
    """

    number: int = 20
    shares: Mapping[Rule, float] = field(default_factory=lambda: SHARES)
    every_random: int = 10
    per_patient: int = 2
    same_above: float = 0.95
    cold_below: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        if self.number < 1 or self.per_patient < 1 or self.every_random < 1:
            raise BadInputError(
                f"number is {self.number}, per_patient {self.per_patient}, every_random "
                f"{self.every_random}.",
                fix="Give numbers of 1 or more.",
            )
        unknown = set(self.shares) - (set(get_args(Rule)) - {"random"})
        if unknown or not self.shares or min(self.shares.values()) <= 0:
            raise BadInputError(
                f"The shares are {dict(self.shares)}.",
                fix=f"Give numbers above 0 for some of {', '.join(get_args(Rule)[:-1])}.",
            )


@dataclass(frozen=True, slots=True)
class Choice:
    """A slice to look at: its row, the rule that chose it, and the reason in plain words."""

    row: int
    rule: Rule
    reason: str
