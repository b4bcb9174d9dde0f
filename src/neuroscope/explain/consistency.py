"""Test whether the maps of different axes point to the same place more than chance would."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from neuroscope.records.volumeevidence import Agreement, AxisMap, Consistency

Floats = NDArray[np.float32]
BLOCK_MM = 4.0  # about a cell of the evidence: finer voxels would only repeat it
SHIFTS = 100


def consistency_of(
    axes: Sequence[AxisMap],
    brain: NDArray[np.bool_] | None,
    spacing_mm: tuple[float, float, float],
    *,
    shifts: int = SHIFTS,
    seed: int = 0,
) -> Consistency | None:
    """Compare every pair of axes inside the brain.

    Parameters
    ----------
    axes
        Two or three maps on one grid.
    brain
        On the same grid; None compares everywhere.

    Returns
    -------
    Consistency | None
        None if no map holds any evidence inside the brain.

    Notes
    -----
    Maps are averaged over blocks of 4 mm. For the p-value all maps but the first are shifted
    circularly, each by a vector of its own, within the box around the brain; it is
    `(1 + number of shifts that agree as well) / (1 + shifts)`, at best 0.01 with 100.
    """
    inside = np.ones(axes[0].values.shape, bool) if brain is None else brain
    box = _box(inside)
    masked = [np.where(inside, axis.values, np.float32(0))[box] for axis in axes]
    if not any(values.any() for values in masked):
        return None
    steps = tuple(max(1, round(BLOCK_MM / s)) for s in spacing_mm)
    coarse = [_blocks(values, steps) for values in masked]
    places = _blocks(inside[box].astype(np.float32), steps) > 0.5
    pairs = tuple(
        Agreement(
            (axes[a].plane, axes[b].plane),
            soft_dice(coarse[a], coarse[b]),
            _spearman(coarse[a][places], coarse[b][places]),
            _peak_distance(masked[a], masked[b], spacing_mm),
        )
        for a, b in combinations(range(len(axes)), 2)
    )
    score = float(np.mean([pair.soft_dice for pair in pairs]))
    as_good = _shifted_as_good(coarse, score, shifts, np.random.default_rng(seed))
    return Consistency(pairs, score, (1 + as_good) / (1 + shifts), shifts)


def soft_dice(a: Floats, b: Floats) -> float:
    """Measure the overlap of two maps, `2 sum min(a, b) / sum (a + b)`; 0 if both are empty."""
    total = float(a.sum(dtype=np.float64) + b.sum(dtype=np.float64))
    return 2 * float(np.minimum(a, b).sum(dtype=np.float64)) / total if total > 0 else 0.0


def _shifted_as_good(
    maps: Sequence[Floats], score: float, shifts: int, rng: np.random.Generator
) -> int:
    shape = maps[0].shape
    as_good = 0
    for _ in range(shifts):
        moved = [maps[0]]
        moved += [np.roll(m, tuple(rng.integers(0, shape)), axis=(0, 1, 2)) for m in maps[1:]]
        found = np.mean([soft_dice(a, b) for a, b in combinations(moved, 2)])
        as_good += int(found >= score)
    return as_good


def _spearman(a: Floats, b: Floats) -> float:
    if a.size == 0 or a.min() == a.max() or b.min() == b.max():
        return float("nan")
    return float(np.corrcoef(rankdata(a), rankdata(b))[0, 1])


def _peak_distance(a: Floats, b: Floats, spacing_mm: tuple[float, float, float]) -> float:
    peaks = [np.array(np.unravel_index(int(m.argmax()), m.shape)) for m in (a, b)]
    if not a.any() or not b.any():
        return float("nan")
    return float(np.linalg.norm((peaks[0] - peaks[1]) * np.array(spacing_mm)))


def _box(inside: NDArray[np.bool_]) -> tuple[slice, ...]:
    if not inside.any():
        return (slice(None),) * 3
    spans = (np.flatnonzero(inside.any(axis=tuple({0, 1, 2} - {axis}))) for axis in range(3))
    return tuple(slice(int(span[0]), int(span[-1]) + 1) for span in spans)


def _blocks(values: Floats, steps: tuple[int, ...]) -> Floats:
    """Average over blocks, the last ones filled up with 0."""
    missing = [(0, -n % step) for n, step in zip(values.shape, steps, strict=True)]
    i, j, k = (n + more for n, (_, more) in zip(values.shape, missing, strict=True))
    a, b, c = steps
    parts = np.pad(values, missing).reshape(i // a, a, j // b, b, k // c, c)
    return np.asarray(parts.mean(axis=(1, 3, 5)), np.float32)
