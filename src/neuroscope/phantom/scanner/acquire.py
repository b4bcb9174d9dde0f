"""What an MR scanner does to a perfect image: uneven coils, blur, slices, motion, noise."""

import numpy as np

from neuroscope.phantom.fields import Field, Number, blur, draw_noise, on_grid
from neuroscope.phantom.scanner.kspace import disturb
from neuroscope.phantom.scanner.options import Scan
from neuroscope.phantom.scanner.slices import Slices, cut
from neuroscope.phantom.streams import side_stream

BRIGHTEST = 4095  # 12 bits, as most scanners store
WHITE_GRAY = 450.0  # the gray value of white matter is about this


def acquire(
    image: Field,
    slices: Slices,
    *,
    scale: Number,
    rng: np.random.Generator,
    scan: Scan = Scan(),
    noisier: Number = 1.0,
) -> Field:
    """Turn an ideal image into a measured one.

    Parameters
    ----------
    image
        Ideal signal on the painted grid, at least 0.
    scale
        Gray value of a signal of 1.
    noisier
        Factor on noise that is drawn, by voxel, field and reading (`noise.py`).

    Returns
    -------
    Field
        Whole gray values 0..4095, in the shape of the slices.
    """
    grid = slices.grid
    coil_width, motion_rng = rng.uniform(90, 150), side_stream(rng, "motion")
    coil = draw_noise(rng, coil_width)
    uneven, blur_mm = rng.uniform(0.03, 0.10), rng.uniform(0.45, 0.7)
    drawn_noise = rng.uniform(5, 11)
    uneven = uneven if scan.bias is None else scan.bias
    blur_mm = blur_mm if scan.blur_mm is None else scan.blur_mm
    deviation = drawn_noise * noisier if scan.noise is None else scan.noise * WHITE_GRAY
    shaded = on_grid(coil, grid)
    shaded *= np.float32(uneven)
    np.exp(shaded, out=shaded)
    shaded *= image
    seen = cut(blur(shaded, blur_mm, grid.spacing), slices)
    if scan.motion_mm or scan.ringing:
        seen = disturb(
            seen, slices.plane, slices.spacing, motion_mm=scan.motion_mm, ringing=scan.ringing,
            rng=motion_rng,
        )  # fmt: skip
    return _rician(seen, np.float32(scale), np.float32(deviation), rng)


def _rician(
    seen: Field, scale: np.float32, deviation: np.float32, rng: np.random.Generator
) -> Field:
    """Add noise to both channels of the receiver and take the magnitude; changes `seen`."""
    seen *= scale
    seen += deviation * rng.standard_normal(seen.shape, dtype=np.float32)
    imaginary = rng.standard_normal(seen.shape, dtype=np.float32)
    imaginary *= deviation
    imaginary *= imaginary
    seen *= seen
    seen += imaginary
    np.sqrt(seen, out=seen)
    np.rint(seen, out=seen)
    return np.asarray(np.clip(seen, 0, BRIGHTEST, out=seen), np.float32)
