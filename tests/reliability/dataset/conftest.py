"""Heads made of noise: every one different, neighbors of a stack alike, nothing of a patient."""

import io

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

SIDE = 160


def texture(rng: np.random.Generator, depth: int) -> np.ndarray:
    """A stack of smooth noise, one structure about two slices thick."""
    fine = ndimage.gaussian_filter(rng.normal(size=(depth, SIDE, SIDE)), (0.8, 2.5, 2.5))
    broad = ndimage.gaussian_filter(rng.normal(size=(depth, SIDE, SIDE)), (1.5, 8, 8))
    return fine / fine.std() + 1.5 * broad / broad.std()


def stack(seed: int, depth: int = 1) -> np.ndarray:
    """Heads, shape (depth, 160, 160), gray values 0..255, lopsided so that a flip shows."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    tall, wide = rng.uniform(0.36, 0.42), rng.uniform(0.28, 0.36)
    middle = SIDE / 2 + rng.uniform(-4, 4, 2)
    distance = np.hypot((rows - middle[0]) / (tall * SIDE), (columns - middle[1]) / (wide * SIDE))
    head = distance < 1
    skull = head & (distance > 0.9)
    gray = np.where(head, 110 + 28 * texture(rng, depth), 3.0)
    gray = np.where(skull, 210.0, gray)
    return np.clip(gray, 0, 255).round().astype(np.uint8)


def head(seed: int) -> np.ndarray:
    return stack(seed)[0]


def saved(gray: np.ndarray, quality: int = 90) -> np.ndarray:
    stream = io.BytesIO()
    Image.fromarray(gray).save(stream, "JPEG", quality=quality)
    return np.asarray(Image.open(stream))


@pytest.fixture(scope="session")
def heads() -> list[np.ndarray]:
    return [head(seed) for seed in range(60)]
