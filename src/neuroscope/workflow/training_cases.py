"""Gather what a training learns from, replays, and is tested on; and keep it for the whole run.

A third of the patients, by the hash of their pseudonym, is in no training: the certificate is
measured on them. What the readers of a store labeled is replayed first, then the development data
where there are any, then synthetic heads, so that every class is there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neuroscope.errors import BadInputError
from neuroscope.learn.dataset import SliceSet, load_slices
from neuroscope.learn.phantom_slices import PhantomConfig, phantom_slices
from neuroscope.learn.reasons.cases import Annotated, Cases
from neuroscope.learn.reasons.copies import copied_patients, rows_without, told
from neuroscope.models.classes import CLASS_NAMES
from neuroscope.records.progress import Progress, ignore
from neuroscope.records.training import Source
from neuroscope.store.database import Store
from neuroscope.store.marked_slices import MarkedSlice
from neuroscope.store.training_material import Material, read_material
from neuroscope.workflow.marked_cases import NOBODY, labeled_cases, marked_cases

PHANTOM_SEED = 700_000  # heads that the shipped network was not trained on
WORKERS = 2
STALE = "{} annotated slices were drawn against the answer of a model that is active no more."


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """How much is replayed against forgetting, and from where it is filled up.

    Attributes
    ----------
    each
        Slices of each class that are wanted.
    answers
        Labeled slices of each class that are wanted to test answers on.
    phantoms
        Synthetic heads, of which a third is kept for tests.
    data
        Folder of the development data; None without.
    """

    each: int = 150
    answers: int = 50
    phantoms: int = 60
    data: Path | None = None


@dataclass(frozen=True, slots=True, eq=False)
class TrainingCases:
    """All slices of a training.

    Attributes
    ----------
    annotated, replay
        To learn from.
    held_out, answers
        Of patients in no training: with marks, and with labels alone. Who has a picture of which
        a copy is trained on, under whatever name, is not among them.
    names, places
        Of the annotated slices; a place is study and series, `study/series`.
    manifest
        How many slices of which class come from where.
    cautions
        What could not be used, and what to doubt.
    head
        Of the audit trail when the annotations were read.
    """

    annotated: Annotated
    replay: Cases
    held_out: Annotated
    answers: Cases
    names: tuple[str, ...]
    manifest: Mapping[str, Any]
    cautions: tuple[str, ...]
    head: str
    places: tuple[str, ...] = ()


def gather_cases(
    store: Store,
    *,
    size: int,
    cells: int,
    shared: Path,
    only: Sequence[str] | None = None,
    replay: Replay | None = None,
    progress: Progress = ignore,
) -> TrainingCases:
    """Gather the slices of a training from the store.

    Parameters
    ----------
    size, cells
        Sides of the prepared slices, and of the grid of places, of the network.
    shared
        Folder in which synthetic slices are kept from one training to the next.
    only
        Use only these annotations.

    Raises
    ------
    BadInputError
        If no annotated slice can be used.
    """
    replay = replay or Replay()
    material = read_material(store, None if only is None else frozenset(only))
    learned, locked = (_usable(material, is_locked=side) for side in (False, True))
    annotated = marked_cases(store, learned, size=size, cells=cells)
    held_out = marked_cases(store, locked, size=size, cells=cells)
    if not len(annotated.annotated.marked()):
        raise BadInputError(
            NOBODY, fix="; ".join(annotated.cautions) or "Mark slices of more patients."
        )
    progress(0.1)
    own = labeled_cases(store, _labeled(material, is_locked=False), size=size)
    own_answers = labeled_cases(store, _labeled(material, is_locked=True), size=size)
    progress(0.2)
    replayed, answers = _filled(own, own_answers, replay, size, shared, progress)
    copied = copied_patients(
        [annotated.annotated.cases, *replayed.values()],
        [held_out.annotated.cases, *answers.values()],
        progress=lambda done: progress(0.9 + 0.1 * done),
    )
    left = told(copied, held_out.annotated.cases, *answers.values())
    kept = held_out.annotated.select(rows_without(held_out.annotated.cases, copied))
    answers = {name: some.select(rows_without(some, copied)) for name, some in answers.items()}
    trained = annotated.annotated
    cautions = [*left, *annotated.cautions, *held_out.cautions, *_doubts(material)]
    cases = TrainingCases(
        annotated=trained,
        replay=_together(replayed, size),
        held_out=kept,
        answers=_together(answers, size),
        names=annotated.names,
        manifest={
            "annotated": _count(trained.cases),
            "held_out": _count(kept.cases),
            "replay": _counts(replayed),
            "answers": _counts(answers),
        },
        cautions=tuple(dict.fromkeys(cautions)),
        head=material.head,
        places=annotated.places,
    )
    progress(1.0)
    return cases


def _usable(material: Material, *, is_locked: bool) -> list[MarkedSlice]:
    usable = (one for one in material.marked if one.label is not None)
    return [one for one in usable if one.is_locked == is_locked]


def _labeled(material: Material, *, is_locked: bool) -> list[Any]:
    return [one for one in material.labeled if one.is_locked == is_locked]


def _doubts(material: Material) -> list[str]:
    cautions = []
    for reason in sorted({one.left_out for one in material.marked if one.left_out is not None}):
        number = sum(one.left_out == reason for one in material.marked)
        cautions.append(f"{number} annotated slices are left out. {reason}")
    stale = sum(one.is_stale and one.label is not None for one in material.marked)
    if stale:
        cautions.append(STALE.format(stale))
    return cautions


Sources = dict[Source, Cases]


def _filled(
    own: Cases, own_answers: Cases, replay: Replay, size: int, shared: Path, progress: Progress
) -> tuple[Sources, Sources]:
    """Fill up what the store has labeled, class by class, until there is enough of each.

    Synthetic heads are replayed only: they stand for no patient, so no certificate rests on them.
    """
    replayed: Sources = {"own": own}
    answers: Sources = {"own": own_answers}
    if replay.data is not None:
        pool = load_slices(replay.data, splits=["train"], size=size, most=replay.each)
        tested = load_slices(replay.data, splits=["val"], size=size, most=replay.answers)
        replayed["development"] = _missing(replayed, _cases(pool), replay.each)
        answers["development"] = _missing(answers, _cases(tested), replay.answers)
    if _lacks(replayed, replay.each):
        heads = phantom_slices(
            PhantomConfig(cases=replay.phantoms, first_seed=PHANTOM_SEED),
            size=size,
            cache=shared,
            workers=WORKERS,
            progress=lambda done: progress(0.2 + 0.7 * done),
        )
        replayed["phantom"] = _missing(replayed, _cases(heads), replay.each)
    return replayed, answers


def _cases(slices: SliceSet) -> Cases:
    return Cases(slices.images, slices.labels, slices.units.astype(str))


def _lacks(have: Sources, each: int) -> bool:
    return any(_number(have, c) < each for c in range(len(CLASS_NAMES)))


def _missing(have: Sources, more: Cases, each: int) -> Cases:
    """Draw what is missing of each class, patients in turn, the same ones each time."""
    rows = []
    rng = np.random.default_rng(0)
    for c in range(len(CLASS_NAMES)):
        wanted = max(0, each - _number(have, c))
        rows.append(rng.permutation(np.flatnonzero(more.labels == c))[:wanted])
    return more.select(np.sort(np.concatenate(rows)))


def _number(have: Sources, c: int) -> int:
    return sum(int((cases.labels == c).sum()) for cases in have.values())


def _together(sources: Sources, size: int) -> Cases:
    whole = Cases(np.zeros((0, size, size), np.uint8), np.zeros(0, np.int64), np.zeros(0, str))
    for cases in sources.values():
        whole = whole.followed_by(cases)
    return whole


def _count(cases: Cases) -> dict[str, Any]:
    return {
        "slices": len(cases),
        "patients": len(set(cases.units.astype(str).tolist())),
        "by_class": {label: int((cases.labels == c).sum()) for c, label in enumerate(CLASS_NAMES)},
    }


def _counts(sources: Sources) -> list[dict[str, Any]]:
    return [{"source": source, **_count(cases)} for source, cases in sources.items() if len(cases)]
