"""Slices of synthetic heads for training: every plane and sequence, with and without tumor.

In the real sets the slices without tumor come from other scanners, sequences and planes than those
with. In phantoms nothing but the tumor differs, and every outline is known.
"""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from neuroscope.errors import BadInputError
from neuroscope.learn.dataset import SliceSet, resample_like
from neuroscope.models.classes import CLASS_NAMES, NO_TUMOR
from neuroscope.phantom.case import PhantomCase, make_case
from neuroscope.phantom.lesions.kinds import CLASS_OF, Kind
from neuroscope.phantom.scanner.sequences import SEQUENCES
from neuroscope.phantom.scanner.slices import AXIS_OF
from neuroscope.phantom.slices import PLANES, mask_picture, picture
from neuroscope.preprocess.slice_input import prepare_slice
from neuroscope.records.progress import Progress, ignore
from neuroscope.records.volume import Plane

PHANTOM = "phantom"
FIRST_SEED = 500_000  # the demo, the tests and the benchmarks use small seeds: never the same heads
HEALTHY_SHARE = 0.5
WHOLE_HEAD_SHARE = 0.75  # the others are brains without skull
SPACING_MM = 1.5
CENTRAL = 0.94  # planes without tumor are drawn from this part of the grid: volumes show them all
LEAST_MASK = 0.004  # of the prepared picture: less is neither tumor nor none, and is left out
CACHE_NAME = "phantom_slices.npz"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhantomConfig:
    """How many heads are made; 0 leaves phantoms out."""

    cases: int = 200
    first_seed: int = FIRST_SEED

    def __post_init__(self) -> None:
        if self.cases < 0 or self.first_seed < 0:
            raise ValueError("cases and first_seed must be 0 or more.")


def phantom_slices(
    config: PhantomConfig, *, size: int, cache: Path, workers: int = 1, progress: Progress = ignore
) -> SliceSet:
    """Make the slices, or read those that an earlier run left in the folder ``cache``.

    Raises
    ------
    BadInputError
        If no case is asked for.
    """
    if config.cases == 0:
        raise BadInputError("No phantom is asked for.", fix="Ask for one case or more.")
    name = f"{config.cases}-{config.first_seed}-{size}-{CACHE_NAME}"
    if (cache / name).is_file():
        with np.load(cache / name) as stored:
            return SliceSet(*(stored[field.name] for field in fields(SliceSet)))
    make = partial(_slices_of, size=size)
    seeds = range(config.first_seed, config.first_seed + config.cases)
    rows: list[dict[str, Any]] = []
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for number, found in enumerate(pool.map(make, seeds), start=1):
            rows += found
            progress(number / config.cases)
    columns = {key: np.stack([row[key] for row in rows]) for key in rows[0]}
    cache.mkdir(parents=True, exist_ok=True)
    partial_file = cache / f"partial-{name}"
    np.savez(partial_file, allow_pickle=False, **columns)
    partial_file.rename(cache / name)
    return SliceSet(**columns)


def joined(first: SliceSet, second: SliceSet) -> SliceSet:
    """Put the rows of two sets of one size below each other."""
    columns = ((getattr(first, f.name), getattr(second, f.name)) for f in fields(SliceSet))
    return SliceSet(*(np.concatenate(pair) for pair in columns))


def _slices_of(seed: int, *, size: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng([seed, 77])
    healthy = rng.random() < HEALTHY_SHARE
    kinds: tuple[Kind, ...] = ("glioblastoma", "meningioma", "pituitary")
    kind: Kind = "none" if healthy else kinds[int(rng.integers(3))]
    head = bool(rng.random() < WHOLE_HEAD_SHARE)
    case = make_case(kind, seed=seed, spacing_mm=SPACING_MM, head=head)
    rows = (_row(case, *cut, size=size) for cut in _cuts(case, rng))
    return [row for row in rows if row is not None]


def _cuts(case: PhantomCase, rng: np.random.Generator) -> Iterator[tuple[str, Plane, int]]:
    """Draw, for every sequence and plane, a cut through the tumor and often one beside it."""
    labels = case.segmentation.labels
    for sequence in SEQUENCES:
        for plane in PLANES:
            others = tuple(axis for axis in range(3) if axis != AXIS_OF[plane])
            lesion = np.flatnonzero((labels > 0).any(axis=others))
            number = labels.shape[AXIS_OF[plane]]
            middle = np.arange(int(number * (1 - CENTRAL) / 2), int(number * (1 + CENTRAL) / 2))
            beside = np.setdiff1d(middle, lesion)
            if lesion.size:
                yield sequence, plane, int(rng.choice(lesion))
            if beside.size and (not lesion.size or rng.random() < 0.5):
                yield sequence, plane, int(rng.choice(beside))


def _row(
    case: PhantomCase, sequence: Any, plane: Plane, index: int, *, size: int
) -> dict[str, Any] | None:
    pixels = picture(case, sequence, plane, index).astype(np.float32)
    prepared = prepare_slice(pixels, size=size)
    mask = mask_picture(case, plane, index, core=sequence in ("t1", "t1c")) > 0
    cover = resample_like(prepared, mask.astype(np.float32))
    any_lesion = mask_picture(case, plane, index).any()
    if any_lesion and float(cover.mean()) < LEAST_MASK:
        return None
    label = CLASS_NAMES.index(CLASS_OF[case.kind]) if any_lesion else NO_TUMOR
    return {
        "images": np.round(prepared.image * 255).astype(np.uint8),
        "heads": np.asarray(prepared.head, bool),
        "masks": np.round(cover * 255).astype(np.uint8),
        "has_mask": np.bool_(True),
        "head_fractions": np.float64(prepared.head_fraction),
        "labels": np.int64(label),
        "sources": np.str_(PHANTOM),
        "units": np.str_(f"phantom-{case.seed}"),
        "splits": np.str_("train"),
        "files": np.str_(f"{case.kind}-{case.seed}-{sequence}-{plane}-{index}"),
    }
