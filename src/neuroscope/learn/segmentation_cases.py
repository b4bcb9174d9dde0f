"""Synthetic studies for the segmenter, drawn by number and kept on disk as the network sees them.

Half of the gliomas have the outline of a real tumor when the development data is there (labels
only; no real picture is used). A third of the studies is scanned as clinics do: thick slices in
several planes, motion, ringing.
"""

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neuroscope.errors import BadInputError
from neuroscope.models.segmenter_input import (
    HIGHEST,
    LOWEST,
    SPACING_MM,
    SegmenterInput,
    segmenter_input,
)
from neuroscope.phantom.case import PhantomCase, make_case
from neuroscope.phantom.lesions.kinds import resolve_kind
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.phantom.lesions.shape import Shape, shape_of
from neuroscope.phantom.scanner.options import Scan, ScannerOptions, clinical_options
from neuroscope.phantom.scanner.sequences import SEQUENCES
from neuroscope.records.progress import Progress, ignore
from neuroscope.records.segmenterspec import CHANNELS
from neuroscope.records.volume import Volume

SHAPES = "brats20_masks_128"
SHAPE_VOXEL_MM = (1.875, 1.875, 155 / 128)
SHAPED: Mapping[str, str] = MappingProxyType({"glioblastoma": "HGG", "low_grade_glioma": "LGG"})
STEPS = 25  # stored gray values per standard deviation; 0 is background
MOST_AGREE = 3  # of the four sequences: one with thick slices reaches beyond the brain
DRAW = 11  # the stream that decides what is drawn, apart from those that make the study
CASE_NAME = "case-{:06d}.npz"
KINDS: Mapping[str, float] = MappingProxyType(
    {
        "glioblastoma": 0.34,
        "low_grade_glioma": 0.13,
        "meningioma": 0.13,
        "metastases": 0.12,
        "pituitary": 0.04,
        "schwannoma": 0.03,
        "medulloblastoma": 0.03,
        "ependymoma": 0.03,
        "stroke": 0.02,
        "ms": 0.02,
        "wmh": 0.02,
        "abscess": 0.02,
        "none": 0.07,
    }
)
TRAINING_KINDS: Mapping[str, float] = MappingProxyType(
    {
        **KINDS,
        "glioblastoma": 0.30,
        "low_grade_glioma": 0.15,
        "meningioma": 0.12,
        "metastases": 0.18,
        "none": 0.04,
    }
)  # more of what is learned last


@dataclass(frozen=True, kw_only=True)
class CaseDraw:
    """What decides the studies; the same draw gives the same studies."""

    kinds: Mapping[str, float] = field(default_factory=lambda: dict(KINDS))
    shaped_share: float = 0.5  # of gliomas that get a real outline
    clinical_share: float = 0.35
    first_seed: int = 700_000  # the demo, tests and the classifier use other seeds

    def __post_init__(self) -> None:
        for kind in self.kinds:
            resolve_kind(kind)
        if not self.kinds or min(self.kinds.values()) < 0 or sum(self.kinds.values()) <= 0:
            raise BadInputError("No kind is drawn.", fix="Give at least one kind a share above 0.")


@dataclass(frozen=True, slots=True, eq=False)
class StoredCase:
    """One study on the segmenter's grid.

    Attributes
    ----------
    images
        `(4, i, j, k)`: 0 background, else `1 + STEPS * (standardized value - LOWEST)`.
    labels
        BraTS 2023 labels `(i, j, k)`; all 0 for what is no tumor.
    """

    kind: str
    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]


def made_cases(
    draw: CaseDraw,
    numbers: Sequence[int],
    *,
    cache: Path,
    data: Path | None = None,
    workers: int = 1,
    progress: Progress = ignore,
) -> list[Path]:
    """Make the studies of some numbers in a folder; those that are there are kept.

    Parameters
    ----------
    data
        The development data, for real outlines; None draws every outline.
    """
    folder = cache / _name_of(draw, shaped=data is not None)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / CASE_NAME.format(number) for number in numbers]
    missing = [number for number, path in zip(numbers, paths, strict=True) if not path.is_file()]
    if missing:
        make = partial(_store, draw=draw, folder=folder, data=data)
        with get_context("spawn").Pool(workers) as pool:
            for done, _ in enumerate(pool.imap(make, missing), start=1):
                progress(done / len(missing))
    return paths


def read_case(path: Path) -> StoredCase:
    """Read a stored study."""
    with np.load(path) as stored:
        return StoredCase(str(stored["kind"]), stored["images"], stored["labels"])


def kind_of(path: Path) -> str:
    """Name the kind of a stored study."""
    with np.load(path) as stored:
        return str(stored["kind"])


def encoded(channels: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Store standardized gray values in a byte each."""
    steps = np.round((np.clip(channels, LOWEST, HIGHEST) - LOWEST) * STEPS) + 1
    inside = (channels != 0).any(0)
    return np.where(inside & (channels != 0).any((1, 2, 3), keepdims=True), steps, 0).astype(
        np.uint8
    )


def decoded(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Give the standardized gray values back; 0 outside."""
    values = (images.astype(np.float32) - 1) / STEPS + LOWEST
    return np.where(images > 0, values, np.float32(0)).astype(np.float32)


def outline_of(draw: CaseDraw, number: int, data: Path) -> str:
    """Name the real outline that study `number` of a draw has; empty if its outline is drawn."""
    return _kind_and_outline(_stream(draw, number), draw, data)[1]


def unseen_numbers(
    run: Mapping[str, Any], draw: CaseDraw, cases: int, data: Path | None
) -> list[int]:
    """Name the studies of a draw whose real outline no training of these weights has drawn."""
    if data is None:
        return list(range(cases))
    seen = outlines_seen(run, data)
    return [number for number in range(cases) if outline_of(draw, number, data) not in seen]


def outlines_seen(run: Mapping[str, Any], data: Path) -> frozenset[str]:
    """Name all real outlines of a training and of those that it began from.

    Those of validation, and of studies that thresholds and intervals were fitted to, are among
    them.

    Parameters
    ----------
    run
        The record of the training, as it lies beside the weights.
    """
    seen: set[str] = set()
    while run:
        config = run["config"]
        draw = CaseDraw(**config["draw"])
        numbers = range(config["cases"] + config["val_cases"])
        if run.get("real_outlines") is not False:  # the oldest records do not tell
            seen |= {outline_of(draw, number, data) for number in numbers}
            if fitted := run.get("fitted_on"):
                draw = CaseDraw(**fitted["draw"])
                seen |= {outline_of(draw, number, data) for number in fitted["numbers"]}
        run = run.get("started_from") or {}
    return frozenset(seen - {""})


def drawn_study(draw: CaseDraw, number: int, data: Path | None) -> PhantomCase:
    """Make study `number` of a draw."""
    rng = _stream(draw, number)
    kind, outline = _kind_and_outline(rng, draw, data)
    shape = _real_shape(data, outline) if data is not None and outline else None
    seed = draw.first_seed + number
    options = _options(seed, rng, clinical=bool(rng.random() < draw.clinical_share))
    make = partial(make_case, kind, seed=seed, spacing_mm=SPACING_MM, scanner=options)
    try:
        return make(wish=Wish(shape=shape))
    except BadInputError:  # a real outline that fits nowhere in this head
        return make(wish=Wish())


def stored_study(case: PhantomCase) -> StoredCase:
    """Bring a study onto the segmenter's grid, as a registered and stripped study would be."""
    like = Volume(np.asarray(case.segmentation.labels), case.segmentation.affine)
    volumes = {name: _on_grid_of(case.volumes[name], like) for name in CHANNELS}
    count = np.sum([np.asarray(volume.voxels) > 0 for volume in volumes.values()], axis=0)
    mask = Volume((count >= MOST_AGREE).astype(np.uint8), like.affine)
    given = segmenter_input(volumes, mask)
    return StoredCase(case.kind, encoded(given.channels), labels_seen(like, given))


def labels_seen(labels: Volume, given: SegmenterInput) -> NDArray[np.uint8]:
    """Take the labels of a study to the grid that the network reads."""
    to_own = np.linalg.inv(labels.affine) @ given.affine
    seen = ndimage.affine_transform(
        np.asarray(labels.voxels), to_own[:3, :3], to_own[:3, 3],
        output_shape=given.channels.shape[1:], order=0,
    )  # fmt: skip
    return np.asarray(seen, np.uint8)


def _store(number: int, *, draw: CaseDraw, folder: Path, data: Path | None) -> None:
    made = stored_study(drawn_study(draw, number, data))
    fresh = folder / f"partial-{number}.npz"
    np.savez_compressed(fresh, kind=np.str_(made.kind), images=made.images, labels=made.labels)
    fresh.rename(folder / CASE_NAME.format(number))


def _options(seed: int, rng: np.random.Generator, *, clinical: bool) -> ScannerOptions:
    if clinical:
        drawn = clinical_options(seed, SEQUENCES)
        return ScannerOptions(
            field_t=drawn.field_t, scans=drawn.scans, ragged_mm=drawn.ragged_mm
        )  # nothing missing: the training leaves sequences out itself
    scan = Scan(
        bias=float(rng.uniform(0.0, 0.15)),
        noise=float(rng.uniform(0.005, 0.06)),
        blur_mm=float(rng.uniform(0.4, 1.2)),
        ringing=float(rng.uniform(0, 0.3)) if rng.random() < 0.2 else 0.0,
    )
    return ScannerOptions(
        field_t=(1.5, 3)[int(rng.random() < 0.6)], every=scan, ragged_mm=float(rng.uniform(0, 2))
    )


def _stream(draw: CaseDraw, number: int) -> np.random.Generator:
    return np.random.default_rng([draw.first_seed, number, DRAW])


def _kind_and_outline(
    rng: np.random.Generator, draw: CaseDraw, data: Path | None
) -> tuple[str, str]:
    names = sorted(draw.kinds)
    shares = np.array([draw.kinds[name] for name in names])
    kind = str(rng.choice(names, p=shares / shares.sum()))
    if data is None or kind not in SHAPED or rng.random() >= draw.shaped_share:
        return kind, ""
    pool = _outlines(data, SHAPED[kind])
    name = str(rng.choice(list(pool))) if pool else ""
    # Outlines of patients who are measured as real studies serve nowhere else.
    return kind, "" if pool.get(name) else name


@cache
def _outlines(data: Path, grade: str) -> Mapping[str, str]:
    """Give the outlines of a grade; by name the real study of the same patient, if there is one."""
    with (data / SHAPES / "index.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["grade"].startswith(grade)]
    return {row["id"]: row.get("full_resolution_case") or "" for row in rows}


def _real_shape(data: Path, name: str) -> Shape | None:
    with np.load(data / SHAPES / "gt" / f"{name}.npz") as stored:
        labels = stored["a"][::-1, ::-1]  # stored along L, P, S
    if not np.isin(labels, (1, 4)).any():
        return None
    return shape_of(labels, SHAPE_VOXEL_MM)


def _on_grid_of(volume: Volume, like: Volume) -> Volume:
    if volume.same_grid(like):
        return volume
    to_own = np.linalg.inv(volume.affine) @ like.affine
    voxels = ndimage.affine_transform(
        np.asarray(volume.voxels, np.float32), to_own[:3, :3], to_own[:3, 3],
        output_shape=like.shape, order=1,
    )  # fmt: skip
    return Volume(voxels, like.affine)


def _name_of(draw: CaseDraw, *, shaped: bool) -> str:
    text = json.dumps({**asdict(draw), "shaped": shaped}, sort_keys=True)
    return "cases-" + hashlib.sha256(text.encode()).hexdigest()[:12]
