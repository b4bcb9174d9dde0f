"""Ask a model about changed pictures and their shams, and keep the difference for every picture."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.records.focus import DELTAS
from neuroscope.reliability.audited import AuditedModel, Case, Gray, Said, asked
from neuroscope.reliability.averages import mean_by_patient
from neuroscope.reliability.counterfactual.changes import (
    Changed,
    background,
    border_crop,
    skull_strip,
    text_tag,
    tumor_only,
    tumor_out,
)
from neuroscope.statistics import Interval

Numbers = NDArray[np.float64]
NO_DONOR = "No picture of another class and patient, or none of the same class, is there."
NO_SECOND = "The set has one class; a tag of another class needs two."
KEPT_BY_MODEL = ("tumor_out", "tumor_only")  # tests that ask about tumors named rightly only


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """What one change did to m of the pictures; arrays have shape ``(m,)``.

    Attributes
    ----------
    rows
        Numbers of the pictures.
    drop, sham_drop
        By how much the class-centered logit of the class predicted before falls.
    flipped, sham_flipped
        1 where the answer changes.
    hit, sham_hit
        1 where the answer becomes the class of the tag, -1 / m where it becomes one of the m
        others, 0 where it stays; nan without a tag.
    why_not
        Why other pictures could not be changed, and how many.
    """

    test: str
    rows: NDArray[np.int64]
    patients: NDArray[Any]
    drop: Numbers
    sham_drop: Numbers
    flipped: Numbers
    sham_flipped: Numbers
    hit: Numbers
    sham_hit: Numbers
    why_not: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)

    def drop_beyond_sham(self) -> Interval:
        """Average the drop minus that of the sham, with its interval by patient."""
        return mean_by_patient(self.drop - self.sham_drop, self.patients)

    def flips_beyond_sham(self) -> Interval:
        """Give the share of answers that change minus that under the sham."""
        return mean_by_patient(self.flipped - self.sham_flipped, self.patients)

    def kept(self) -> Interval:
        """Give the share of answers that stay."""
        return mean_by_patient(1 - self.flipped, self.patients)

    def hits_beyond_sham(self) -> Interval:
        """Give the share of answers that become the tag's class, minus that under the sham.

        A change that only disturbs sends answers anywhere; those that go to another class than the
        tag's count against those that go to it.
        """
        return mean_by_patient(self.hit - self.sham_hit, self.patients)


def run_tests(
    model: AuditedModel,
    cases: Sequence[Case],
    before: Said,
    *,
    tests: Sequence[str] = DELTAS,
    seed: int = 0,
    told: Callable[[int], None] = lambda _: None,
) -> dict[str, Effect]:
    """Run tests of `records.focus.DELTAS`, each on every picture that allows it.

    Parameters
    ----------
    before
        What the model said of the unchanged pictures.
    told
        Called with the number of pictures done since it was called last.
    """
    names = [model.classes[k] for k in before.predicted.tolist()]
    donors = _Donors(cases, names, seed)
    rest = _mean_gray(cases)
    makers: dict[str, Callable[[int], Changed | str]] = {
        "tumor_out": lambda n: _if_right(cases[n], names[n]) or tumor_out(cases[n]),
        "tumor_only": lambda n: _if_right(cases[n], names[n]) or tumor_only(cases[n], rest=rest),
        "skull_strip": lambda n: skull_strip(cases[n]),
        "background": donors.swapped,
        "border_crop": lambda n: border_crop(cases[n]),
        "text_tag": donors.tagged,
    }
    known = sorted({model.classes.index(c.label) for c in cases if c.label in model.classes})
    return {test: _effect(test, model, cases, before, makers[test], known, told) for test in tests}


class _Donors:
    """Draws who gives a background or a tag; the same seed draws the same."""

    def __init__(self, cases: Sequence[Case], predicted: Sequence[str], seed: int) -> None:
        self._cases, self._predicted, self._seed = cases, predicted, seed
        self._labels = np.array([case.label or "" for case in cases])
        self._patients = np.array([case.patient for case in cases])
        self._classes = sorted({case.label for case in cases if case.label is not None})

    def swapped(self, number: int) -> Changed | str:
        """Change the surroundings for those of another class; sham: of the own class."""
        case = self._cases[number]
        stranger = (self._patients != case.patient) & (self._labels != "")
        own = case.label or self._predicted[number]
        other = np.flatnonzero(
            stranger & (self._labels != own) & (self._labels != self._predicted[number])
        )
        same = np.flatnonzero(stranger & (self._labels == own))
        if not len(other) or not len(same):
            return NO_DONOR
        rng = np.random.default_rng([self._seed, number])
        return background(case, *(self._cases[int(rng.choice(rows))] for rows in (other, same)))

    def tagged(self, number: int) -> Changed | str:
        """Write the name of a class that was not predicted."""
        words = [name for name in self._classes if name != self._predicted[number]]
        if not words:
            return NO_SECOND
        rng = np.random.default_rng([self._seed, number, 1])
        return text_tag(self._cases[number], word=str(rng.choice(words)))


def _if_right(case: Case, predicted: str) -> str:
    """Say why a picture is not asked about: only tumors that were named rightly are."""
    if case.label is None:
        return "The picture bears no label."
    return "" if case.label == predicted else "The answer was wrong before."


def _mean_gray(cases: Sequence[Case]) -> float:
    means = [float(c.pixels[c.anatomy.head].mean()) for c in cases if c.anatomy.head.any()]
    return float(np.mean(means)) if means else 0.0


def _effect(
    test: str,
    model: AuditedModel,
    cases: Sequence[Case],
    before: Said,
    make: Callable[[int], Changed | str],
    known: Sequence[int],
    told: Callable[[int], None],
) -> Effect:
    rows: list[int] = []
    tags: list[int] = []
    why_not: Counter[str] = Counter()

    def pictures() -> Iterator[Gray]:
        for number in range(len(cases)):
            made = make(number)
            if isinstance(made, str):
                why_not[made] += 1
                told(2)
                continue
            rows.append(number)
            tags.append(model.classes.index(made.tag) if made.tag in model.classes else -1)
            yield made.picture
            yield made.sham

    said = asked(model, pictures(), told=told)
    own = before.predicted[rows]
    first = _centered(before.logits[rows], own)
    changed, sham = said.logits[0::2], said.logits[1::2]
    tag = np.array(tags, np.int64)
    return Effect(
        test=test,
        rows=np.array(rows, np.int64),
        patients=np.array([cases[n].patient for n in rows], np.str_),
        drop=first - _centered(changed, own),
        sham_drop=first - _centered(sham, own),
        flipped=(changed.argmax(1) != own).astype(np.float64),
        sham_flipped=(sham.argmax(1) != own).astype(np.float64),
        hit=_hit(changed.argmax(1), own, tag, known),
        sham_hit=_hit(sham.argmax(1), own, tag, known),
        why_not=dict(why_not),
    )


def _hit(
    said: NDArray[np.int64], own: NDArray[np.int64], tag: NDArray[np.int64], known: Sequence[int]
) -> Numbers:
    """Score answers that become the tag's class, less those that stray to another; nan untagged."""
    others = max(len(known) - 2, 0)
    strayed = (said != own) & (said != tag) & np.isin(said, known)
    score = (said == tag) - (strayed / others if others else 0.0)
    return np.where(tag >= 0, score, np.nan).astype(np.float64)


def _centered(logits: NDArray[np.float32], classes: NDArray[np.int64]) -> Numbers:
    """Take the mean over the classes away, which no probability depends on."""
    centered = logits - logits.mean(1, keepdims=True)
    return np.asarray(centered[np.arange(len(logits)), classes], np.float64)
