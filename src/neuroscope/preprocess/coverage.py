"""How much of every pixel a shape covers: exact for outlines and masks, sampled for brushes.

Pixel centers are whole numbers, so pixel n reaches from n - 0.5 to n + 0.5. What lies outside the
image is left out.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neuroscope.records.outline import signed_area

Cover = NDArray[np.float64]  # (rows, columns), 0..1

SAMPLES = 8  # a side, in pixels at the rim of a brush
MOST_SAMPLES = 64
SAMPLES_PER_RADIUS = 16  # at least, however small the brush


def ring_coverage(rings: Sequence[NDArray[np.float64]], shape: tuple[int, int]) -> Cover:
    """Measure the part of every pixel inside an outline and outside its holes, exactly.

    Parameters
    ----------
    rings
        The outline and its holes, each `(n, 2)` as `(row, column)`, none of them crossing.
    shape
        Rows and columns.

    Notes
    -----
    Every edge is cut at the borders of pixels; each piece adds the area to its right, as font
    rasterizers do. The sum is exact for polygons up to rounding, touching corners included.
    """
    rows, columns = shape
    total = np.zeros((rows, columns + 2))
    for number, ring in enumerate(rings):
        sign = np.sign(signed_area(ring)) * (-1.0 if number else 1.0)
        _add_edges(total, ring + 0.5, sign)
    return np.clip(np.cumsum(total, 1)[:, :columns], 0.0, 1.0)


def _add_edges(total: Cover, ring: NDArray[np.float64], sign: float) -> None:
    rows, columns = total.shape[0], total.shape[1] - 2
    start, end = _cut_at(ring, np.roll(ring, -1, 0), 0, rows)
    start, end = _cut_at(start, end, 1, columns)
    middle = (start + end) / 2
    row = np.floor(middle[:, 0]).astype(np.intp)
    # From x to y the signed area is counterclockwise; rows run along the first coordinate.
    rise = sign * (start[:, 0] - end[:, 0])
    across = np.clip(middle[:, 1], 0.0, columns)
    column = np.minimum(np.floor(across).astype(np.intp), columns)
    used = (row >= 0) & (row < rows)
    right = rise * (column + 1 - across)
    np.add.at(total, (row[used], column[used]), -right[used])
    np.add.at(total, (row[used], column[used] + 1), -(rise - right)[used])


def _cut_at(
    start: NDArray[np.float64], end: NDArray[np.float64], axis: int, last: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cut edges wherever a coordinate is a whole number from 0 to `last`."""
    low = np.minimum(start[:, axis], end[:, axis])
    high = np.maximum(start[:, axis], end[:, axis])
    first = np.clip(np.floor(low) + 1, 0, last + 1).astype(np.intp)
    number = np.maximum(np.clip(np.ceil(high) - 1, -1, last).astype(np.intp) - first + 1, 0)
    edge = np.repeat(np.arange(len(start)), number)
    within = np.arange(len(edge)) - np.repeat(np.cumsum(number) - number, number)
    line = first[edge] + within
    share = (line - start[edge, axis]) / (end[edge, axis] - start[edge, axis])
    every = np.arange(len(start))
    owners = np.concatenate([every, edge, every])
    shares = np.concatenate([np.zeros(len(start)), share, np.ones(len(start))])
    order = np.lexsort((shares, owners))
    owners, shares = owners[order], shares[order]
    points = start[owners] + shares[:, None] * (end - start)[owners]
    same = owners[1:] == owners[:-1]
    return points[:-1][same], points[1:][same]


def stroke_coverage(
    path: NDArray[np.float64],
    radius_mm: float,
    step_mm: NDArray[np.float64],
    shape: tuple[int, int],
    *,
    samples: int = SAMPLES,
) -> Cover:
    """Measure the part of every pixel that lies within a radius of a path.

    Parameters
    ----------
    path
        `(row, column)` of its points, shape `(n, 2)`; one point makes a disc.
    step_mm
        One pixel down and one across in mm in the plane, columns of `(2, 2)`.
    samples
        A side, in every pixel at the rim; more for a brush that is small against a pixel.
    """
    cover = np.zeros(shape)
    reach = radius_mm * np.linalg.norm(np.linalg.inv(step_mm), axis=1) + 1
    first = np.maximum(np.floor(path.min(0) - reach), 0).astype(int)
    last = np.minimum(np.ceil(path.max(0) + reach), np.array(shape) - 1).astype(int)
    if (first > last).any():
        return cover
    row, column = np.mgrid[first[0] : last[0] + 1, first[1] : last[1] + 1]
    centers = np.stack([row.ravel(), column.ravel()], 1).astype(np.float64)
    path_mm = path @ step_mm.T
    distance = distance_to_path(centers @ step_mm.T, path_mm)
    half = np.abs(step_mm @ np.array([[0.5, 0.5], [0.5, -0.5]])).max(1)
    unsure = np.abs(distance - radius_mm) <= np.linalg.norm(half)
    share = (distance <= radius_mm).astype(np.float64)
    finest = float(np.linalg.norm(step_mm, axis=0).max())
    side = int(np.clip(np.ceil(SAMPLES_PER_RADIUS * finest / radius_mm), samples, MOST_SAMPLES))
    offset = (np.arange(side) + 0.5) / side - 0.5
    grid = np.stack([a.ravel() for a in np.meshgrid(offset, offset, indexing="ij")], 1)
    points = (centers[unsure][:, None] + grid[None]).reshape(-1, 2)
    near = distance_to_path(points @ step_mm.T, path_mm) <= radius_mm
    share[unsure] = near.reshape(-1, side * side).mean(1)
    cover[first[0] : last[0] + 1, first[1] : last[1] + 1] = share.reshape(row.shape)
    return cover


def distance_to_path(points: NDArray[np.float64], path: NDArray[np.float64]) -> NDArray[np.float64]:
    """Measure how far points `(m, 2)` lie from a path `(n, 2)`, one point or more."""
    nearest = np.full(len(points), np.inf)
    ends = path[1:] if len(path) > 1 else path
    for start, end in zip(path[: len(ends)], ends, strict=True):
        along = end - start
        length = float(along @ along)
        away = points - start
        share = np.clip(away @ along / length, 0.0, 1.0) if length > 0 else np.zeros(len(points))
        away = away - share[:, None] * along
        nearest = np.minimum(nearest, np.einsum("ij,ij->i", away, away))
    return np.asarray(np.sqrt(nearest), np.float64)


def overlap(outputs: int, inputs: int, *, scale: float, start: float) -> Cover:
    """Give the share of each output interval that each input pixel fills, along one axis.

    Parameters
    ----------
    outputs, inputs
        How many there are.
    scale, start
        Output n is centered on input position `start + n * scale` and as wide as `abs(scale)`.

    Returns
    -------
    Cover
        Shape `(outputs, inputs)`; rows sum to 1 where the interval lies inside the inputs.
    """
    center = start + scale * np.arange(outputs)
    width = abs(scale)
    pixel = np.arange(inputs)
    low = np.maximum(center[:, None] - width / 2, pixel - 0.5)
    high = np.minimum(center[:, None] + width / 2, pixel + 0.5)
    return np.asarray(np.maximum(high - low, 0.0) / width, np.float64)


def cell_means(
    cover: NDArray[np.floating], cells: tuple[int, int], *, offset: float, jump: float
) -> NDArray[np.float32]:
    """Average coverage over the cells of a network's map.

    Parameters
    ----------
    cover
        On the pixels of the prepared slice, shape `(rows, columns)`.
    cells
        Rows and columns of the map.
    offset, jump
        Cell n is centered on pixel `offset + n * jump` and `jump` wide (`models/evidence.py`).
    """
    down, across = (
        overlap(number, pixels, scale=jump, start=offset)
        for number, pixels in zip(cells, cover.shape, strict=True)
    )
    return np.asarray(down @ cover @ across.T, np.float32)
