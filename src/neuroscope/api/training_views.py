"""Trainings and what they learn from, as they travel."""

import base64
import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from neuroscope.api.passport_schema import PassportOut
from neuroscope.api.training_schema import (
    CountOut,
    MarkedSliceOut,
    OptionOut,
    PreviewOut,
    PreviewsOut,
    ReplaySourceOut,
    TrainingChoicesOut,
    TrainingConfigOut,
    TrainingPointOut,
    TrainingRunOut,
    UnavailableOut,
)
from neuroscope.jobs.training_request import SET_UP, missing_for_training
from neuroscope.records.arrays import Array
from neuroscope.records.passport import passport_from
from neuroscope.records.prediction import TUMOR_CLASSES
from neuroscope.records.training import LOSSES, SOURCES, TIERS, TrainingConfig
from neuroscope.store.marked_slices import MarkedSlice
from neuroscope.store.training import Point, TrainingRun
from neuroscope.store.training_files import Previews
from neuroscope.store.training_material import Material

FEW_HELD_OUT = (
    "Few annotated patients are kept for the certificate, which may say 'insufficient': mark "
    "slices of more patients."
)
STALE = "Some marks were drawn against the answer of a model that is active no more."
BLIND = (
    "Series that you read blind are not shown or counted here, until you hand in; a training "
    "learns from what others drew on them."
)
FEW = 20  # patients below which no verdict rests on an interval (statistics.py)


def choices_out(
    material: Material, *, hidden: Collection[tuple[str, str]], with_development: bool
) -> TrainingChoicesOut:
    """Say what can be trained from, and how.

    Parameters
    ----------
    hidden
        Series, as study and series, that the one who asks reads blind.
    """
    marked = [one for one in material.marked if (one.study_id, one.series_id) not in hidden]
    labeled = [one for one in material.labeled if (one.study_id, one.series_id) not in hidden]
    material = replace(material, marked=tuple(marked), labeled=tuple(labeled))
    usable = [one for one in material.marked if one.label is not None]
    learned = [one for one in usable if not one.is_locked]
    locked = [one for one in usable if one.is_locked]
    missing = missing_for_training()
    return TrainingChoicesOut(
        available=missing is None,
        problem=None
        if missing is None
        else UnavailableOut(
            problem=f"Training needs {missing}, which is not installed.", fix=SET_UP
        ),
        annotated=_count(learned),
        held_out=_count(locked),
        replay=[
            ReplaySourceOut(
                source=source,
                about=SOURCES[source],
                slices=_replayed(material) if source == "own" else None,
            )
            for source in SOURCES
            if source != "development" or with_development
        ],
        slices=[_slice(one) for one in material.marked],
        losses=[OptionOut(name=name, about=about) for name, about in LOSSES.items()],
        tiers=[OptionOut(name=name, about=about) for name, about in TIERS.items()],
        defaults=TrainingConfigOut.model_validate(TrainingConfig()),
        cautions=[*_cautions(material, usable, locked), *([BLIND] if hidden else [])],
    )


def run_out(run: TrainingRun, *, has_previews: bool) -> TrainingRunOut:
    """Answer with a training as it stands."""
    job = run.job
    return TrainingRunOut.model_validate(
        {
            "id": run.id,
            "name": run.name,
            "group_id": run.group_id,
            "state": job.state,
            "progress": job.progress,
            "message": job.message,
            "problem": job.problem,
            "attempt": job.attempt,
            "actor": job.actor,
            "created": run.created,
            "updated": job.updated,
            "config": run.config,
            "annotation_ids": run.annotation_ids,
            "annotation_head": run.annotation_head,
            "manifest": run.manifest,
            "cautions": run.cautions,
            "points": [point_out(point) for point in run.points],
            "outcome": run.outcome,
            "model_id": run.model_id,
            "verdict": run.verdict,
            "tracking": run.tracking,
            "has_previews": has_previews,
        }
    )


def point_out(point: Point) -> TrainingPointOut:
    """Answer with one point of a training."""
    return TrainingPointOut.model_validate(point)


def previews_out(
    found: Previews, *, hidden: Collection[tuple[str, str]] = frozenset()
) -> PreviewsOut:
    """Answer with the maps of a training; without those of series that are read blind.

    Where nobody noted which series a slice is of, it is left out if any is read blind.
    """
    places = {"/".join(place) for place in hidden} | ({""} if hidden else set())
    shown = np.flatnonzero([str(place) not in places for place in found.places])
    left_out = len(found.names) - len(shown)
    found = found.select(shown)
    largest = max(float(np.abs(maps).max(initial=0.0)) for maps in (found.before, found.now))
    return PreviewsOut(
        step=found.step,
        scale=largest,
        hidden=left_out,
        previews=[
            PreviewOut(
                name=str(found.names[row]),
                label=str(found.labels[row]),  # type: ignore[arg-type]  # pydantic checks it
                size=found.pictures.shape[-1],
                cells=found.now.shape[-1],
                picture=_packed(found.pictures[row], "u1"),
                before=_packed(found.before[row], "<f4"),
                now=_packed(found.now[row], "<f4"),
                evidence=_packed(found.evidence[row], "u1"),
                not_evidence=_packed(found.not_evidence[row], "u1"),
                tests_before=_tests(str(found.tests_before[row])),
                tests_now=_tests(str(found.tests_now[row])),
            )
            for row in range(len(found.names))
        ],
    )


def _tests(stored: str) -> PassportOut | None:
    return PassportOut.model_validate(passport_from(json.loads(stored))) if stored else None


def _packed(values: Array, dtype: str) -> str:
    return base64.b64encode(np.ascontiguousarray(values, dtype).tobytes()).decode("ascii")


def _count(slices: Sequence[MarkedSlice]) -> CountOut:
    labels = Counter(one.label for one in slices)
    return CountOut(
        slices=len(slices),
        patients=len({one.patient for one in slices}),
        by_class={label: labels[label] for label in TUMOR_CLASSES},
    )


def _slice(one: MarkedSlice) -> MarkedSliceOut:
    return MarkedSliceOut.model_validate(
        {
            "study_id": one.study_id,
            "pseudonym": one.patient,
            "series_id": one.series_id,
            "name": one.name,
            "plane": one.plane,
            "index": one.index,
            "label": one.label,
            "left_out": one.left_out,
            "annotation_ids": [version.annotation.id for version in one.drawn],
            "readers": one.readers,
            "is_stale": one.is_stale,
            "is_locked": one.is_locked,
        }
    )


def _replayed(material: Material) -> int:
    return sum(not one.is_locked for one in material.labeled)


def _cautions(
    material: Material, usable: Sequence[MarkedSlice], locked: Sequence[MarkedSlice]
) -> list[str]:
    cautions = []
    left_out = Counter(one.left_out for one in material.marked if one.left_out is not None)
    for reason, number in sorted(left_out.items()):
        cautions.append(f"{number} annotated slices are left out. {reason}")
    if any(one.is_stale for one in usable):
        cautions.append(STALE)
    if usable and len({one.patient for one in locked}) < FEW:
        cautions.append(FEW_HELD_OUT)
    return cautions
