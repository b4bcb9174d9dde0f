"""Confirm a candidate pair: shift one picture onto the other and compare them place by place."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from neuroscope.reliability.dataset.looks import SIDE

REACH = 8  # pixels of `SIDE` that a copy may be shifted by
MARGIN = REACH  # rim that is not compared: a shifted copy has nothing there
BLOCK = 14  # side of the blocks in which pictures must agree one by one
TEXTURED = 0.1  # of the strongest blocks: a block with less texture cannot tell
STRONGEST = 16
HOPELESS = 0.7  # of the correlation over whole pictures: not looked at place by place
_INNER = slice(MARGIN, SIDE - MARGIN)
_BLOCKS = (SIDE - 2 * MARGIN) // BLOCK
_NEAR = np.ix_(np.arange(-REACH, REACH + 1), np.arange(-REACH, REACH + 1))
_DOWN = (-2j * np.pi * fft.fftfreq(SIDE)[:, None]).astype(np.complex64)
_ACROSS = (-2j * np.pi * fft.rfftfreq(SIDE)[None]).astype(np.complex64)


@dataclass(frozen=True, slots=True)
class Match:
    """How well two pictures agree once one is shifted onto the other."""

    overall: float  # correlation of the bands, -1..1
    local: float  # correlation that nine of ten textured blocks reach
    shift: tuple[float, float]  # rows, columns of `SIDE` that the second picture was moved by


Spectrum = NDArray[np.complex64]  # (SIDE, SIDE // 2 + 1)


def spectrum_of(band: NDArray[np.floating]) -> Spectrum:
    """Transform a band of `Look`, to compare it with several others."""
    return np.asarray(fft.rfft2(np.asarray(band, np.float32)), np.complex64)


def match(
    first: NDArray[np.floating],
    second: NDArray[np.floating],
    *,
    spectra: tuple[Spectrum, Spectrum] | None = None,
) -> Match:
    """Compare two bands of `Look`, shape ``(SIDE, SIDE)``; the first may have been turned.

    Parameters
    ----------
    spectra
        Of the two, where they are known.

    Returns
    -------
    Match
        With `local` 0 where the pictures are too different to be compared place by place.

    Notes
    -----
    Neighboring slices of one head agree nearly everywhere, and differ where the anatomy moves on;
    a copy agrees everywhere. Hence `local`: the tenth percentile over blocks, not the mean.
    """
    spectrum, other = spectra or (spectrum_of(first), spectrum_of(second))
    correlation = fft.irfft2(spectrum * np.conj(other), (SIDE, SIDE))
    shift, peak = _best_shift(correlation)
    if peak < HOPELESS:
        return Match(peak, 0.0, shift)
    other = other * np.exp(_DOWN * shift[0])
    other *= np.exp(_ACROSS * shift[1])
    moved = fft.irfft2(other, (SIDE, SIDE))
    a = np.asarray(first, np.float32)[_INNER, _INNER]
    return _agreement(a, np.asarray(moved, np.float32)[_INNER, _INNER], shift)


def _best_shift(correlation: NDArray[np.floating]) -> tuple[tuple[float, float], float]:
    """Find the peak within `REACH`, to a fraction of a pixel by a parabola; and its height."""
    window = correlation[_NEAR] / SIDE**2
    row, column = np.unravel_index(int(window.argmax()), window.shape)
    shift = (
        float(row - REACH + _vertex(window[:, column], int(row))),
        float(column - REACH + _vertex(window[row], int(column))),
    )
    return shift, float(window[row, column])


def _vertex(line: NDArray[np.floating], peak: int) -> float:
    if not 0 < peak < len(line) - 1:
        return 0.0
    before, at, after = (float(line[peak + step]) for step in (-1, 0, 1))
    bend = before - 2 * at + after
    return 0.0 if bend >= 0 else 0.5 * (before - after) / bend


def _agreement(a: NDArray[np.float32], b: NDArray[np.float32], shift: tuple[float, float]) -> Match:
    a, b = a - a.mean(), b - b.mean()
    power = float(np.sqrt((a * a).sum() * (b * b).sum()))
    if power <= 0:
        return Match(0.0, 0.0, shift)
    var_a = _block_means(a * a) - _block_means(a) ** 2
    var_b = _block_means(b * b) - _block_means(b) ** 2
    covariance = _block_means(a * b) - _block_means(a) * _block_means(b)
    texture = np.sqrt(np.clip(var_a * var_b, 0, None))
    strong = float(np.median(np.sort(texture.ravel())[-STRONGEST:]))
    telling = texture > TEXTURED * strong
    if not telling.any():
        return Match(0.0, 0.0, shift)
    local = np.quantile(covariance[telling] / texture[telling], 0.1)
    return Match(float((a * b).sum() / power), float(local), shift)


def _block_means(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(plane.reshape(_BLOCKS, BLOCK, _BLOCKS, BLOCK).mean((1, 3)), np.float32)
