"""Compare maps with expert masks on the pixels of the original pictures."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neuroscope.learn.dataset import FIGSHARE, SliceSet, read_gray, read_mask
from neuroscope.learn.predict import Outputs
from neuroscope.learn.scores import THRESHOLDS, Localization, localize
from neuroscope.preprocess.slice_input import PreparedSlice, map_on_pixels, prepare_slice
from neuroscope.reliability.passport.cells import averaged
from neuroscope.statistics import Interval, bootstrap_by_unit

GAUSSIAN_SPREAD = 0.15  # of the head's square: a guess that knows only where brains are


@dataclass(frozen=True, slots=True, eq=False)
class MaskedSlice:
    """A slice with its expert mask, both on the original pixels."""

    row: int  # in the SliceSet
    pixels: NDArray[np.float32]
    mask: NDArray[np.bool_]
    prepared: PreparedSlice


@dataclass(frozen=True, slots=True, eq=False)
class MapScores:
    """Scores of one kind of map over many slices."""

    found: Localization
    labels: NDArray[np.int64]
    units: NDArray[Any]

    def best_threshold(self) -> float:
        """Give the threshold with the largest mean overlap; to be asked on validation only."""
        return float(THRESHOLDS[int(self.found.iou.mean(0).argmax())])

    def select(self, rows: NDArray[np.bool_]) -> "MapScores":
        """Keep some slices."""
        found = self.found
        kept = Localization(
            found.pointing[rows], found.strict_pointing[rows], found.mass[rows], found.iou[rows]
        )
        return MapScores(kept, self.labels[rows], self.units[rows])

    def intervals(self, threshold: float, *, seed: int = 0) -> dict[str, Interval]:
        """Bootstrap every score over units, within classes."""
        column = int(np.abs(THRESHOLDS - threshold).argmin())
        values = {
            "pointing": self.found.pointing,
            "strict_pointing": self.found.strict_pointing,
            "mass": self.found.mass,
            "iou": self.found.iou[:, column],
        }
        return {
            name: bootstrap_by_unit(
                lambda rows, v=value: float(v[rows].mean()),  # type: ignore[misc]
                self.units,
                strata=self.labels,
                seed=seed,
            )
            for name, value in values.items()
        }


def masked_slices(root: Path, slices: SliceSet) -> list[MaskedSlice]:
    """Read the figshare slices of a set again, at full size and with their masks."""
    size = slices.images.shape[-1]
    chosen = []
    for row in np.flatnonzero(slices.sources == FIGSHARE):
        file = str(slices.files[row])
        pixels = read_gray(root / FIGSHARE / file)
        mask = read_mask(root, Path(file).stem)
        if mask.any():
            prepared = prepare_slice(pixels, size=size)
            chosen.append(MaskedSlice(int(row), pixels, mask, prepared))
    return chosen


def score_network(
    outputs: Outputs, masked: list[MaskedSlice], slices: SliceSet, *, offset: float
) -> MapScores:
    """Score the maps of the predicted class; ``offset`` centers the first place, in pixels."""
    jump = slices.images.shape[-1] / outputs.evidence.shape[-1]
    shown = outputs.of_predicted()
    maps = [
        map_on_pixels(
            shown[item.row], item.prepared.to_pixels, _shape(item), offset=offset, jump=jump
        )
        for item in masked
    ]
    return _scored(maps, masked, slices, jump)


def score_outlines(
    masked: list[MaskedSlice], slices: SliceSet, *, places: int, offset: float
) -> MapScores:
    """Score the outlines themselves as coarsely as a network with so many places shows a map.

    What they miss is a limit of the resolution: no answer of the network is in it.
    """
    jump = slices.images.shape[-1] / places
    maps = [
        map_on_pixels(
            averaged(slices.masks[item.row] / np.float32(255), places),
            item.prepared.to_pixels,
            _shape(item),
            offset=offset,
            jump=jump,
        )
        for item in masked
    ]
    return _scored(maps, masked, slices, jump)


def score_edges(masked: list[MaskedSlice], slices: SliceSet, *, jump: float) -> MapScores:
    """Score an edge detector: what a map gets for outlining whatever is in the picture."""
    maps = [
        ndimage.gaussian_gradient_magnitude(item.pixels, 2.0).astype(np.float32) for item in masked
    ]
    return _scored(maps, masked, slices, jump)


def score_gaussian(masked: list[MaskedSlice], slices: SliceSet, *, jump: float) -> MapScores:
    """Score a blob in the middle of the head: what a map gets for not looking at all."""
    size = slices.images.shape[-1]
    axis = (np.arange(size) - (size - 1) / 2) / (GAUSSIAN_SPREAD * size)
    blob = np.exp(-0.5 * (axis[:, None] ** 2 + axis[None, :] ** 2)).astype(np.float32)
    maps = [
        map_on_pixels(blob, item.prepared.to_pixels, _shape(item), offset=0.0, jump=1.0)
        for item in masked
    ]
    return _scored(maps, masked, slices, jump)


def _scored(
    maps: list[NDArray[np.float32]], masked: list[MaskedSlice], slices: SliceSet, jump: float
) -> MapScores:
    tolerance = [jump * float(item.prepared.to_pixels[0, 0]) for item in masked]
    rows = np.array([item.row for item in masked])
    found = localize(maps, [item.mask for item in masked], tolerance=tolerance)
    return MapScores(found, slices.labels[rows], slices.units[rows])


def _shape(item: MaskedSlice) -> tuple[int, int]:
    rows, columns = item.pixels.shape
    return rows, columns
