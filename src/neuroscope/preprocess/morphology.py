"""Grow, open and fill masks by shifting them: exactly what scipy does, several times as fast."""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Mask = NDArray[np.bool_]


def grown_by_square(mask: Mask, radius: int) -> Mask:
    """Mark what lies within `radius` rows and columns of a mark (`ndimage.maximum_filter`)."""
    return _swept(_swept(mask, radius, 0), radius, 1)


def shrunk_by_square(mask: Mask, radius: int) -> Mask:
    """Keep marks that have only marks within `radius` rows and columns; outside counts as one."""
    return ~grown_by_square(~mask, radius)


def grown_by_disk(mask: Mask, radius: int) -> Mask:
    """Mark what lies within `radius` pixels of a mark, as the crow flies."""
    rows, columns = mask.shape
    padded = np.pad(mask, radius)
    wide = padded[:, radius : radius + columns].copy()
    found = np.zeros(mask.shape, np.bool_)
    reach = 0
    for away in range(radius, -1, -1):  # rows away: the nearer, the wider
        while reach < math.isqrt(radius**2 - away**2):
            reach += 1
            for start in (radius - reach, radius + reach):
                wide |= padded[:, start : start + columns]
        for start in (radius - away, radius + away):
            found |= wide[start : start + rows]
    return found


def opened_by_cross(mask: Mask) -> Mask:
    """Drop what holds no mark with its four neighbors (`ndimage.binary_opening`)."""
    return _with_neighbors(~_with_neighbors(~mask, outside=True), outside=False)


def filled(mask: Mask) -> Mask:
    """Fill what is shut off from the rim of the picture (`ndimage.binary_fill_holes`)."""
    parts, count = ndimage.label(~mask)
    is_open = np.zeros(count + 1, np.bool_)
    for rim in (parts[0], parts[-1], parts[:, 0], parts[:, -1]):
        is_open[rim] = True
    is_open[0] = False
    return np.asarray(~is_open[parts])


def _with_neighbors(mask: Mask, *, outside: bool) -> Mask:
    padded = np.pad(mask, 1, constant_values=outside)
    found = mask | padded[:-2, 1:-1]
    found |= padded[2:, 1:-1]
    found |= padded[1:-1, :-2]
    found |= padded[1:-1, 2:]
    return found


def _swept(mask: Mask, radius: int, axis: int) -> Mask:
    """Mark what lies within `radius` of a mark along an axis; every step doubles the reach."""
    pad = [(0, 0), (0, 0)]
    pad[axis] = (radius, radius)
    found = np.pad(mask, pad)
    covered, wanted = 1, 2 * radius + 1
    while covered < wanted:
        step = min(covered, wanted - covered)
        found = found[:-step] | found[step:] if axis == 0 else found[:, :-step] | found[:, step:]
        covered += step
    return found
