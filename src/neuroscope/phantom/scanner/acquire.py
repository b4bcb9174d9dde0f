"""What a scanner does to a perfect image: uneven coils, blur, thick slices, noise."""

import numpy as np

from neuroscope.phantom.fields import Field, Grid, Number, blur, draw_noise, on_grid

BRIGHTEST = 4095  # 12 bits, as most scanners store


def acquire(
    image: Field, grid: Grid, *, planes: int, scale: Number, rng: np.random.Generator
) -> Field:
    """Turn an ideal image into a measured one.

    Parameters
    ----------
    image
        Ideal signal, shape `(i, j, k)`, at least 0.
    grid
        Its grid.
    planes
        So many neighboring planes along k become one slice.
    scale
        Gray value of a signal of 1.

    Returns
    -------
    Field
        Whole gray values 0..4095, shape `(i, j, k / planes)`.
    """
    coil = np.exp(on_grid(draw_noise(rng, rng.uniform(90, 150)), grid) * rng.uniform(0.03, 0.10))
    seen = blur(image * coil.astype(np.float32), rng.uniform(0.45, 0.7), grid.spacing)
    if planes > 1:
        i, j, k = seen.shape
        seen = seen.reshape(i, j, k // planes, planes).mean(3)
    noise = np.float32(rng.uniform(5, 11) / np.sqrt(planes))
    real = seen * np.float32(scale) + noise * rng.standard_normal(seen.shape, dtype=np.float32)
    imaginary = noise * rng.standard_normal(seen.shape, dtype=np.float32)
    magnitude = np.sqrt(real * real + imaginary * imaginary)  # Rician
    return np.asarray(np.clip(np.rint(magnitude), 0, BRIGHTEST), np.float32)
