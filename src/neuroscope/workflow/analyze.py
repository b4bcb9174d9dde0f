"""THE TABLE OF CONTENTS: how the verbs follow each other from a study to its analysis.

`analyze` is the whole path for a script. The worker of the server walks the same steps one chunk at
a time, so that it can save and resume: `slices_of`, `indices_to_run`, `run_slices`, `conclude`,
`gather`. Maps are drawn on demand by `evidence_of`.
"""

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from neuroscope.errors import BadInputError
from neuroscope.explain.evidence_map import slice_heatmap
from neuroscope.explain.location import locate
from neuroscope.explain.volume_evidence import volume_heatmap
from neuroscope.models.calibration import probabilities
from neuroscope.models.doubt import Assessed, assess, of_cut, of_picture, of_volume
from neuroscope.models.inference import EvidenceBatch, EvidenceEngine
from neuroscope.models.passport_rules import load_passport_rules
from neuroscope.models.plausibility import plausibility
from neuroscope.models.pose import UPRIGHT, Pose
from neuroscope.models.study_decision import decide_study
from neuroscope.models.volume_decision import decide_volume
from neuroscope.preprocess.orient import (
    SliceSource,
    best_cut,
    indices_to_run,
    slices_of,
    usable_indices,
)
from neuroscope.preprocess.slice_input import PreparedSlice, prepare_slice
from neuroscope.records.analysis import Analysis, SeriesFinding, SliceFinding, SliceLook
from neuroscope.records.doubt import SHOWN_LEVEL
from neuroscope.records.evidencespec import EvidenceSpec
from neuroscope.records.heatmap import EvidenceCells, Heatmap
from neuroscope.records.imported import ImportedStudy, Unreadable
from neuroscope.records.passport import PassportRules, passport_of
from neuroscope.records.prediction import ModelRef, Prediction
from neuroscope.records.progress import Progress, ignore
from neuroscope.records.study import ROLE_NAMES, Role, Series
from neuroscope.records.volume import Slice, Volume
from neuroscope.workflow.passports import with_passports

__all__ = [
    "CHUNK",
    "analyze",
    "conclude",
    "evidence_of",
    "gather",
    "indices_to_run",
    "predicted_evidence",
    "run_slices",
    "slices_of",
]

log = logging.getLogger(__name__)

Item = TypeVar("Item")

CHUNK = 32  # slices between two looks at whether to go on
UNSEEN_ROLES: tuple[Role, ...] = ("ct", "dwi", "adc", "swi")
POORLY_SEEN_ROLES: tuple[Role, ...] = ("t1", "t2", "flair", "mr", "other")
ANY_HEAD = (0.0, 1.0)  # toward the ends of a volume any size of head is ordinary
NOT_FOR_VOLUMES = (
    "The network was trained on single slices. In whole volumes it misses some tumors and takes "
    "some healthy heads for one, and its probabilities are not calibrated there."
)
NOT_CONTRAST = (
    "Nearly all tumors the model learned from were on T1 with contrast; on other sequences it "
    "overlooks tumors more often and mistakes their kind."
)
SELLA = "Healthy heads are often read as pituitary tumor at the level of the sella; look there."
NOTHING_TO_RUN = "No slice of this series shows a head; nothing was analyzed."
ONE_SLICE = "The decision rests on a single slice."


def analyze(
    imported: ImportedStudy,
    engine: EvidenceEngine,
    *,
    rules: PassportRules | None = None,
    progress: Progress = ignore,
) -> Analysis:
    """Analyze every series of a study, and test the maps of what was found.

    Parameters
    ----------
    rules
        What the maps are tested by; by default what lies beside the weights.
    progress
        Called before the first and after every chunk of slices; may raise `CanceledError`.
    """
    sources = {series.id: slices_of(_image(imported, series)) for series in imported.study.series}
    plans = {series_id: indices_to_run(source) for series_id, source in sources.items()}
    rules = rules or load_passport_rules(engine.model, weights=engine.weights)
    total = max(1, sum(map(len, plans.values())))
    done = 0
    concluded = []
    progress(0.0)
    for series in imported.study.series:
        source = sources[series.id]
        findings: list[SliceFinding] = []
        for chunk in _chunks(plans[series.id], CHUNK):
            findings += run_slices(source, chunk, engine)
            done += len(chunk)
            progress(done / total)
        finding = conclude(series, source, findings, engine.spec)
        concluded.append(with_passports(source, finding, engine, rules))
    log.info("analyzed %d slices of study %s", done, imported.study.id)
    return gather(imported, engine.model, concluded)


def run_slices(
    source: SliceSource, indices: Sequence[int], engine: EvidenceEngine
) -> tuple[SliceFinding, ...]:
    """Prepare and run some slices of a series; the findings come in the order of `indices`.

    Each thread takes a few slices the whole way, so that no core waits while another prepares. A
    slice gets the same finding in whatever company it is run.
    """

    def found(part: Sequence[int]) -> list[SliceFinding]:
        prepared = [prepare_slice(source.get(index), size=engine.spec.size) for index in part]
        batch = np.stack([item.image for item in prepared])[:, None]
        answer = engine.run(batch)
        # A volume hangs as its geometry says; on its slices the check is too often wrong.
        poses = engine.poses(batch) if source.cut is None else UPRIGHT * len(batch)
        looks = _looks(answer, prepared, engine.spec)
        assessed = assess(answer.logits, answer.embedding, engine.doubt)
        return [
            _finding(
                source, index, item, answer, row, poses[row], looks[row], assessed[row], engine
            )
            for row, (index, item) in enumerate(zip(part, prepared, strict=True))
        ]

    # One thread more than cores: it prepares while the others wait for the network. BLAS would have
    # the cores wait for each other over matrices of a slice, and burn what they wait.
    with (
        threadpool_limits(1, user_api="blas"),
        ThreadPoolExecutor(max_workers=min(4, 1 + (os.cpu_count() or 1))) as pool,
    ):
        parts = pool.map(found, _chunks(indices, engine.batch))
        return tuple(finding for part in parts for finding in part)


def conclude(
    series: Series, source: SliceSource, findings: Iterable[SliceFinding], spec: EvidenceSpec
) -> SeriesFinding:
    """Put the findings of a series together; for a volume decide over its slices.

    The rule for volumes is in `models/volume_decision.py`. It is linear in the slices that decide:
    their evidence, averaged, sums to the centered logits of the decision, less the allowance for
    what healthy heads reach.
    """
    ordered = tuple(sorted(findings, key=lambda item: item.index))
    usable = set(usable_indices(source))
    decision, decided_by = _decision(ordered, source, spec, spec.allowance_for(series.role))
    return SeriesFinding(
        series_id=series.id,
        slices=ordered,
        axis=source.axis,
        plane=source.plane,
        decision=decision,
        decided_by=decided_by,
        not_run=tuple(index for index in range(source.number) if index not in usable),
        cautions=_series_cautions(series, source, ordered),
    )


def gather(imported: ImportedStudy, model: ModelRef, findings: Sequence[SeriesFinding]) -> Analysis:
    """Put all series together, and name the pictures that could not be analyzed.

    The rule for which series speaks for the study is in `models/study_decision.py`.
    """
    decided = decide_study(imported.study.series, findings)
    unusable = [
        Unreadable(source.names[index], problem, "Give the picture at its full size.")
        for source in (slices_of(pictures) for pictures in imported.slices.values())
        for index, problem in source.unusable.items()
    ]
    return Analysis(
        study_id=imported.study.id,
        pseudonym=imported.study.pseudonym,
        model=model,
        series=tuple(findings),
        cautions=(*decided.cautions, *imported.study.cautions),
        unreadable=(*imported.unreadable, *unusable),
        headline_series=decided.series_id,
    )


def evidence_of(
    image: Volume | Slice, finding: SeriesFinding | SliceFinding, target: str, spec: EvidenceSpec
) -> Heatmap:
    """Draw the evidence for one class on the grid of a volume, or of one plain slice.

    Raises
    ------
    BadInputError
        For an unknown class, or a volume with the finding of a slice.
    GeometryMismatchError
        If the finding belongs to an image of another shape.
    """
    passport = passport_of(finding.passports, target)
    if isinstance(image, Volume) and isinstance(finding, SeriesFinding):
        cut = best_cut(image)
        heatmap = volume_heatmap(
            image,
            finding,
            target,
            spec,
            row_axis=cut.row_axis,
            column_axis=cut.column_axis,
            to_voxel=cut.to_voxel,
        )
    elif isinstance(image, Slice) and isinstance(finding, SliceFinding):
        heatmap = slice_heatmap(finding.evidence, target, spec)
        heatmap.require_grid_of(image.pixels.shape)
    else:
        raise BadInputError(
            "The finding does not belong to this kind of image.",
            fix="Give a volume with its series finding, or a slice with its slice finding.",
        )
    return replace(heatmap, passport=passport)


def predicted_evidence(
    analysis: Analysis, imported: ImportedStudy, spec: EvidenceSpec
) -> Callable[[str, int | None], Heatmap]:
    """Return the function that draws the evidence for what was predicted (report, files).

    It takes the id of a series and the index of a plain slice, or None for a whole volume.
    """
    found_of = {found.series_id: found for found in analysis.series}
    slice_of = {(found.series_id, s.index): s for found in analysis.series for s in found.slices}

    def evidence(series_id: str, index: int | None) -> Heatmap:
        if index is not None:
            finding = slice_of[series_id, index]
            image = imported.slices[series_id][index]
            return evidence_of(image, finding, finding.prediction.label, spec)
        found = found_of[series_id]
        label = found.headline.label if found.headline else "notumor"  # no slice held a head
        return evidence_of(imported.volumes[series_id], found, label, spec)

    return evidence


def _image(imported: ImportedStudy, series: Series) -> Volume | tuple[Slice, ...]:
    return imported.volumes.get(series.id) or imported.slices[series.id]


def _chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    waiting = iter(items)
    while chunk := list(islice(waiting, size)):
        yield chunk


def _finding(
    source: SliceSource,
    index: int,
    item: PreparedSlice,
    answer: EvidenceBatch,
    row: int,
    pose: Pose,
    look: SliceLook,
    assessed: Assessed,
    engine: EvidenceEngine,
) -> SliceFinding:
    spec = engine.spec
    doubts = plausibility(
        item.image,
        item.head,
        item.head_fraction,
        answer.embedding[row],
        reference=engine.reference,
        pose=pose,
        bounds=spec.head_fraction if source.cut is None else ANY_HEAD,
        assessed=assessed.score,
    )
    is_picture = source.cut is None
    doubt = of_picture(assessed.doubt, doubts.cautions) if is_picture else of_cut(assessed.doubt)
    own = source.image[index].cautions if isinstance(source.image, tuple) else ()
    return SliceFinding(
        index=index,
        name=source.names[index],
        prediction=Prediction(
            p_class=_by_class(answer.logits[row], spec),
            model=engine.model,
            temperature=spec.temperature,
            outlier_score=doubts.score,
            conformal_set=doubt.sets.get(SHOWN_LEVEL, ()) if doubt else (),
            cautions=(*own, *item.cautions, *doubts.cautions),
            doubt=doubt,
        ),
        evidence=EvidenceCells(
            contributions=answer.evidence[row],
            logits=answer.logits[row],
            classes=spec.classes,
            cell_to_pixel=item.to_pixels @ spec.cell_to_input,
            image_shape=source.shape(index),
        ),
        look=look,
    )


def _looks(
    answer: EvidenceBatch, prepared: Sequence[PreparedSlice], spec: EvidenceSpec
) -> list[SliceLook]:
    found = locate(answer.evidence, np.stack([item.head for item in prepared]))
    return [
        SliceLook(embedding, spec.linear, float(outside), float(scatter))
        for embedding, outside, scatter in zip(
            answer.embedding, found.outside, found.scatter, strict=True
        )
    ]


def _decision(
    findings: Sequence[SliceFinding], source: SliceSource, spec: EvidenceSpec, allowance: float
) -> tuple[Prediction | None, tuple[int, ...]]:
    if source.cut is None or not findings:
        return None, ()
    indices = np.array([item.index for item in findings])
    steps = np.diff(indices)
    decided = decide_volume(
        np.stack([item.evidence.logits for item in findings]),
        source.head[indices],
        gap_mm=source.cut.gap_mm * float(np.median(steps) if steps.size else 1),
        allowance=allowance,
    )
    deciding = [findings[position] for position in decided.decided_by]
    scores = [p.outlier_score for p in (item.prediction for item in deciding)]
    known = [score for score in scores if score is not None]
    shared = set.intersection(*(set(item.prediction.cautions) for item in deciding))
    p_class = _by_class(decided.logits, spec)
    cautions = [NOT_FOR_VOLUMES, *sorted(shared)]
    if len(deciding) == 1:
        cautions.append(ONE_SLICE)
    if max(p_class, key=p_class.__getitem__) == "pituitary":
        cautions.append(SELLA)
    prediction = Prediction(
        p_class=p_class,
        model=deciding[0].prediction.model,
        temperature=spec.temperature,
        outlier_score=float(np.median(known)) if known else None,
        cautions=tuple(cautions),
        doubt=of_volume([item.prediction.doubt for item in deciding]),
    )
    return prediction, tuple(item.index for item in deciding)


def _by_class(logits: NDArray[np.floating], spec: EvidenceSpec) -> dict[str, float]:
    p = probabilities(logits[None], temperature=spec.temperature)[0]
    return dict(zip(spec.classes, map(float, p), strict=True))


def _series_cautions(
    series: Series, source: SliceSource, findings: Sequence[SliceFinding]
) -> tuple[str, ...]:
    cautions = []
    if series.role in UNSEEN_ROLES:
        cautions.append(
            f"This series is {ROLE_NAMES[series.role]}; the model was trained on T1, T2 and FLAIR "
            "MR. Do not rely on its answer."
        )
    if series.role in POORLY_SEEN_ROLES:
        cautions.append(NOT_CONTRAST)
    if not findings:
        cautions.append(NOTHING_TO_RUN)
    if len(source.unusable) and source.cut is None:
        cautions.append(f"{len(source.unusable)} of {source.number} pictures are too small.")
    return tuple(cautions)
