"""Read every picture of an audit once, ask every model, and keep what the sections need."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError
from neuroscope.records.focus import FocusRow
from neuroscope.records.imported import Unreadable
from neuroscope.records.progress import Progress, ignore
from neuroscope.reliability.audited import (
    BATCH,
    AuditedModel,
    Case,
    Gray,
    Said,
    probabilities_of,
)
from neuroscope.reliability.counterfactual.surroundings import (
    healed_features,
    surroundings_features,
)
from neuroscope.reliability.dataset.sources import source_clusters, source_features
from neuroscope.reliability.focus.fractions import focus_of
from neuroscope.reliability.focus.partition import Regions, partition
from neuroscope.reliability.model.material import NO_LABEL, Pictured
from neuroscope.reliability.passport.baselines import center_map, edge_map
from neuroscope.reliability.passport.localization import Localized, localize_map
from neuroscope.workflow.audited_pictures import Pictures

HALF = 0.5  # of a map's maximum: what counts as lit where no threshold was chosen
OFF_BRAIN = 0.5  # share of the evidence outside the brain that is flagged
TOLERANCE = 0.025  # of the longer side: about a cell of the evidence network
CONTROLS = {"edges": "edges of the picture", "center": "a blob in the middle"}


@dataclass(slots=True, eq=False)
class Seen:
    """What one model said, picture after picture."""

    model: AuditedModel
    logits: list[NDArray[np.float32]] = field(default_factory=list)
    embeddings: list[NDArray[np.float32]] = field(default_factory=list)
    rows: list[FocusRow] = field(default_factory=list)
    localized: list[Localized] = field(default_factory=list)
    at_best: list[Localized] = field(default_factory=list)  # the outline through the model's places
    best_rows: list[FocusRow] = field(default_factory=list)  # of these outlines, as if maps

    @property
    def said(self) -> Said:
        """Answers to all pictures."""
        embedding = np.concatenate(self.embeddings) if self.embeddings else None
        return Said(np.concatenate(self.logits), embedding)


@dataclass(slots=True, eq=False)
class _Kept:
    """What is kept of every picture, whatever the model."""

    cases: list[tuple[str, str | None, str, str, bool]] = field(default_factory=list)
    surroundings: list[NDArray[np.float32]] = field(default_factory=list)
    healed: list[NDArray[np.float32]] = field(default_factory=list)
    healed_rows: list[int] = field(default_factory=list)
    marks: list[NDArray[np.float64]] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    hashes: dict[str, list[int]] = field(default_factory=dict)
    localized_rows: list[int] = field(default_factory=list)
    controls: dict[str, list[Localized]] = field(
        default_factory=lambda: {name: [] for name in CONTROLS.values()}
    )
    outlined: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """All pictures, all models, and the pictures that will be changed."""

    pictured: Pictured
    seen: tuple[Seen, ...]
    chosen: tuple[Case, ...]
    chosen_rows: NDArray[np.int64]
    localized_rows: NDArray[np.int64]
    labels: tuple[str | None, ...]
    outlined: int
    unreadable: tuple[Unreadable, ...]
    cautions: tuple[str, ...]


def look_at_all(
    pictures: Pictures,
    models: Sequence[AuditedModel],
    chosen: set[int],
    *,
    progress: Progress = ignore,
    seed: int = 0,
) -> Looked:
    """Read pictures in batches, ask every model with maps, and let the pixels go.

    Parameters
    ----------
    chosen
        Numbers of the pictures to keep: those that will be changed.

    Raises
    ------
    BadInputError
        If no picture can be read.
    """
    kept, seen = _Kept(), tuple(Seen(model) for model in models)
    unreadable: list[Unreadable] = []
    held: list[tuple[int, Case]] = []
    waiting: list[Case] = []
    for number in range(len(pictures)):
        case = pictures.case(number)
        if isinstance(case, Unreadable):
            unreadable.append(case)
        else:
            if number in chosen:
                held.append((len(kept.cases), case))
            _keep(kept, case, pictures.named[number].source)
            waiting.append(case)
        if len(waiting) == BATCH or number + 1 == len(pictures):
            for one in seen:
                _ask(one, waiting)
            waiting = []
        progress((number + 1) / len(pictures))
    if not kept.cases:
        raise BadInputError("No picture can be read.", fix="Give PNG or JPEG slices of heads.")
    classes = models[0].classes
    return Looked(
        pictured=_pictured(kept, classes, seed),
        seen=seen,
        chosen=tuple(case for _, case in held),
        chosen_rows=np.array([row for row, _ in held], np.int64),
        localized_rows=np.array(kept.localized_rows, np.int64),
        labels=tuple(label for _, label, *_ in kept.cases),
        outlined=kept.outlined,
        unreadable=tuple(unreadable),
        cautions=tuple(_cautions(kept, classes)),
    )


def _keep(kept: _Kept, case: Case, source: str) -> None:
    row = len(kept.cases)
    kept.cases.append((case.file, case.label, case.patient, case.mask_problem, case.has_tumor))
    kept.surroundings.append(surroundings_features(case))
    healed = healed_features(case)
    if healed is not None:
        kept.healed.append(healed)
        kept.healed_rows.append(row)
    kept.marks.append(source_features(case.pixels, case.anatomy.head))
    kept.sources.append(source)
    digest = hashlib.sha256(np.ascontiguousarray(case.pixels).tobytes()).hexdigest()
    kept.hashes.setdefault(digest, []).append(row)
    if case.has_tumor and case.tumor is not None:
        kept.outlined += 1
        kept.localized_rows.append(row)
        maps = {"edges": edge_map(case.pixels), "center": center_map(case.pixels.shape)}
        for name, title in CONTROLS.items():
            kept.controls[title].append(_localized(maps[name], case.tumor))


def _ask(seen: Seen, cases: Sequence[Case]) -> None:
    if not cases:
        return
    with_maps = not seen.model.no_maps
    said = seen.model.ask([case.pixels for case in cases], with_maps)
    seen.logits.append(said.logits)
    if said.embedding is not None:
        seen.embeddings.append(said.embedding)
    if said.maps is None:
        return
    p_class = probabilities_of(said, seen.model.temperature)
    for number, (case, drawn) in enumerate(zip(cases, said.maps, strict=True)):
        predicted = int(said.predicted[number])
        p = float(p_class[number, predicted])
        regions = partition(case.anatomy, case.tumor)
        seen.rows.append(row_of_map(seen.model, case, predicted, p, drawn, regions))
        if case.has_tumor and case.tumor is not None:
            seen.localized.append(_localized(drawn, case.tumor))
            if seen.model.through is not None:
                best = seen.model.through(case.pixels, case.tumor)
                seen.at_best.append(_localized(best, case.tumor))
                as_map = row_of_map(seen.model, case, predicted, p, best, regions)
                seen.best_rows.append(as_map)


def row_of_map(
    model: AuditedModel, case: Case, predicted: int, p: float, drawn: Gray, regions: Regions
) -> FocusRow:
    """Make the row of the focus table of one picture; tests that change it are added later."""
    focus = focus_of(drawn, regions, tumor_known=case.tumor is not None)
    row = FocusRow(
        image_id=case.file,
        patient_id=case.patient,
        split=case.split,
        model_id=model.model_id,
        true=case.label,
        predicted=model.classes[predicted],
        p=p,
        tumor_from=case.tumor_from,
        fractions=focus.fractions,
        enrichment=focus.enrichment,
        areas=focus.areas,
        dominant=focus.dominant,
        peak=focus.peak,
        peak_at=focus.peak_at,
        mass_removed=focus.off_brain,
    )
    return row.flagged(mask_problem=bool(case.mask_problem), off_brain=OFF_BRAIN)


def _localized(drawn: Gray, tumor: NDArray[np.bool_]) -> Localized:
    threshold = HALF * max(float(drawn.max()), 0.0)
    return localize_map(drawn, tumor, threshold=threshold, tolerance=TOLERANCE * max(drawn.shape))


def _pictured(kept: _Kept, classes: Sequence[str], seed: int) -> Pictured:
    known = {name: number for number, name in enumerate(classes)}
    labels = np.array([known.get(label or "", NO_LABEL) for _, label, *_ in kept.cases], np.int64)
    patients = np.array([patient for _, _, patient, *_ in kept.cases], np.str_)
    sources, how = _sources(kept, labels, classes, patients, seed)
    features = kept.healed or [np.zeros(0, np.float32)]
    return Pictured(
        files=tuple(file for file, *_ in kept.cases),
        labels=labels,
        patients=patients,
        sources=sources,
        source_from=how,
        surroundings=np.stack(kept.surroundings),
        without_tumor=np.stack(features),
        without_tumor_rows=np.array(kept.healed_rows, np.int64),
        controls={name: tuple(found) for name, found in kept.controls.items()},
    )


def _sources(
    kept: _Kept,
    labels: NDArray[np.int64],
    classes: Sequence[str],
    patients: NDArray[Any],
    seed: int,
) -> tuple[NDArray[np.int64], str]:
    if len(set(kept.sources)) > 1:
        code = np.unique(kept.sources, return_inverse=True)[1]
        return np.asarray(code, np.int64), "the set a picture comes from"
    found = source_clusters(np.stack(kept.marks), labels, classes, patients, seed=seed)
    if isinstance(found, str):
        return np.zeros(len(labels), np.int64), "the source"
    return np.array(found.cluster_of, np.int64), "the source cluster (marks of scanners)"


def _cautions(kept: _Kept, classes: Sequence[str]) -> list[str]:
    labels = [label for _, label, *_ in kept.cases]
    found = []
    unknown = sorted({label for label in labels if label is not None} - set(classes))
    if unknown:
        count = sum(label in unknown for label in labels)
        found.append(
            f"{count} pictures bear labels that the model does not know "
            f"({', '.join(unknown[:5])}); they count for no accuracy."
        )
    bare = sum(label is None for label in labels)
    if bare:
        found.append(f"{bare} pictures bear no label.")
    contrary = [rows for rows in kept.hashes.values() if len({labels[row] for row in rows}) > 1]
    if contrary:
        files = " and ".join(kept.cases[row][0] for row in contrary[0][:2])
        found.append(
            f"{len(contrary)} pictures are there twice with labels that contradict ({files}); "
            "they count as they are labeled."
        )
    misfits = [(file, problem) for file, _, _, problem, _ in kept.cases if problem]
    if misfits:
        found.append(
            f"{len(misfits)} masks lie on another grid than their picture and were not used: "
            f"{misfits[0][0]}: {misfits[0][1]}"
        )
    return found
