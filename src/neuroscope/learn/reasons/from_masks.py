"""Take expert masks of the development data for annotations: training without readers."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from neuroscope.errors import BadInputError
from neuroscope.learn.dataset import FIGSHARE, FOUR_CLASS, SliceSet, load_slices
from neuroscope.learn.reasons.cases import Annotated, Cases
from neuroscope.learn.reasons.cells import cell_masks
from neuroscope.models.classes import CLASS_NAMES

LOADED = 240  # of each set and class are read: enough to draw from
BLOCK = 16  # consecutive numbers that stand for one patient, who has 13 on average


def training_pool(root: Path, *, size: int, most: int = LOADED) -> SliceSet:
    """Load the training slices that annotations and replay are drawn from."""
    return load_slices(root, splits=["train"], size=size, most=most)


def masked_slices_as_annotations(
    pool: SliceSet, *, slices: int, cells: int, seed: int
) -> Annotated:
    """Draw slices with an expert's mask, and take the mask for "look here".

    Raises
    ------
    BadInputError
        If fewer slices than asked for have a mask.
    """
    outlined = pool.has_mask & (pool.sources == FIGSHARE) & pool.masks.any((1, 2))
    rows = np.random.default_rng(seed).permutation(np.flatnonzero(outlined))[:slices]
    if len(rows) < slices:
        raise BadInputError(
            f"{len(rows)} of the slices read have a mask, {slices} are asked for.",
            fix="Ask for fewer.",
        )
    chosen = pool.select(rows)
    cover = torch.from_numpy(chosen.masks).float() / 255
    return Annotated(_cases(chosen), cell_masks(cover, torch.zeros_like(cover), cells=cells))


def replayed_slices(pool: SliceSet, annotated: Annotated, *, slices: int, seed: int) -> Cases:
    """Draw as many slices of every class, and replay the annotated ones with them."""
    rng = np.random.default_rng([seed, 1])
    each = max(1, slices // len(CLASS_NAMES))
    rows = [
        rng.permutation(np.flatnonzero(pool.labels == c))[:each] for c in range(len(CLASS_NAMES))
    ]
    return _cases(pool.select(np.concatenate(rows))).followed_by(annotated.cases)


def held_out_slices(
    root: Path, split: str, *, size: int, cells: int, marked: int | None = None
) -> tuple[Annotated, Cases]:
    """Load slices of a split that nothing is trained on: marked ones, and labeled ones.

    The marked ones are of the figshare set, at most ``marked`` of each class, evenly over its
    numbers. Its patients are consecutive but not named: 16 consecutive numbers of a range stand for
    one patient. Two neighbors may share one. The labeled ones are of the 4-class set.
    """
    pool = load_slices(root, splits=[split], size=size)
    shown = np.flatnonzero((pool.sources == FIGSHARE) & pool.has_mask & pool.masks.any((1, 2)))
    if marked is not None:
        shown = np.concatenate(
            [_evenly(shown[pool.labels[shown] == c], marked) for c in np.unique(pool.labels[shown])]
        )
    chosen = pool.select(shown)
    cover = torch.from_numpy(chosen.masks).float() / 255
    masks = cell_masks(cover, torch.zeros_like(cover), cells=cells)
    cases = Cases(chosen.images, chosen.labels, blocks(chosen.units, chosen.files))
    return Annotated(cases, masks), _cases(pool.select(pool.sources == FOUR_CLASS))


def blocks(units: NDArray[Any], files: NDArray[Any], *, length: int = BLOCK) -> NDArray[Any]:
    """Name the block of consecutive numbers that every file of a unit lies in."""
    numbers = [int(re.sub(r"\D", "", Path(str(file)).stem)) for file in files]
    named = [f"{unit}.{n // length}" for unit, n in zip(units, numbers, strict=True)]
    return np.array(named, np.str_)


def _evenly(rows: NDArray[np.intp], most: int) -> NDArray[np.intp]:
    places = np.linspace(0, len(rows) - 1, min(most, len(rows))).round().astype(int)
    return np.asarray(rows[places], np.intp)


def _cases(slices: SliceSet) -> Cases:
    return Cases(slices.images, slices.labels, slices.units.astype(str))
