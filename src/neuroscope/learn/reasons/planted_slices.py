"""Slices with a shortcut planted into one corner, and the truth about it.

The tag says the class almost always while a network is trained, and nothing when it is tested.
"""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from neuroscope.learn.dataset import FIGSHARE, load_slices
from neuroscope.learn.reasons.cases import Cases
from neuroscope.learn.reasons.from_masks import blocks

TOY_SIZE = 48
CORNER_SHARE = 10 / 48  # of the side: the part of the picture that a tag may use
BRIGHTNESS = 143  # added to the gray values of a tag's pixels, of 255
TOY_CLASSES = 3


@dataclass(frozen=True, slots=True, eq=False)
class PlantedSlices:
    """Slices with tags; row n of every array is slice n."""

    cases: Cases
    tumors: NDArray[np.float32]  # (n, size, size), share of the pixel that the tumor covers
    has_outline: NDArray[np.bool_]  # (n,); a slice without tumor has a true, empty one
    tags: NDArray[np.int64]  # (n,), class that the tag names

    def __len__(self) -> int:
        return len(self.tags)

    @property
    def corner(self) -> NDArray[np.bool_]:
        """Mark the pixels that a tag may use, shape ``(size, size)``."""
        size = self.cases.images.shape[-1]
        marked = np.zeros((size, size), bool)
        reach = _reach(size)
        marked[:reach, :reach] = True
        return marked

    def select(self, rows: NDArray[np.int64]) -> "PlantedSlices":
        """Keep some slices."""
        parts = (getattr(self, field.name) for field in fields(self) if field.name != "cases")
        return PlantedSlices(self.cases.select(rows), *(part[rows] for part in parts))


def planted(
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    tumors: NDArray[np.float32],
    has_outline: NDArray[np.bool_],
    *,
    bias: float,
    units: NDArray[Any],
    rng: np.random.Generator,
) -> PlantedSlices:
    """Add a tag to every slice: its class's with probability ``bias``, else that of any class."""
    classes = np.unique(labels)
    tags = np.where(rng.random(len(labels)) < bias, labels, rng.choice(classes, len(labels)))
    tagged = images.astype(np.int64)
    for row, tag in enumerate(tags):
        tagged[row] += BRIGHTNESS * _tag(int(tag), images.shape[-1])
    cases = Cases(np.clip(tagged, 0, 255).astype(np.uint8), labels, units)
    return PlantedSlices(cases, tumors, has_outline, tags.astype(np.int64))


def swapped(slices: PlantedSlices, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Give every slice the corner of another one whose tag names another class."""
    images = slices.cases.images.copy()
    corner = slices.corner
    for row, tag in enumerate(slices.tags):
        donor = int(rng.choice(np.flatnonzero(slices.tags != tag)))
        images[row][corner] = slices.cases.images[donor][corner]
    return images


def toy_slices(n: int, *, bias: float, seed: int) -> PlantedSlices:
    """Make round heads of 48 pixels with a disc, a ring or a dark disc, and a tag.

    Notes
    -----
    The three lesions stand for three classes of tumor; none is slice without tumor. They are faint
    beside the texture, so that a network which sees the tags has little reason to find them.
    """
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, TOY_CLASSES, n)
    drawn = [_toy(int(label), rng) for label in labels]
    return planted(
        np.stack([image for image, _ in drawn]),
        labels,
        np.stack([tumor for _, tumor in drawn]).astype(np.float32),
        np.ones(n, bool),
        bias=bias,
        units=np.array([f"toy{seed}.{number}" for number in range(n)]),
        rng=rng,
    )


def real_slices(
    root: Path, split: str, *, size: int, most: int, bias: float, seed: int
) -> PlantedSlices:
    """Load slices of both development sets and plant a tag into the empty corner of each.

    Patients of the figshare set are not named: blocks of its numbers stand for them
    (`from_masks.blocks`).
    """
    slices = load_slices(root, splits=[split], size=size, most=most)
    named = slices.sources == FIGSHARE
    units = slices.units.astype(object)
    units[named] = blocks(slices.units[named], slices.files[named])
    return planted(
        slices.images,
        slices.labels,
        slices.masks.astype(np.float32) / np.float32(255),
        slices.has_mask,
        bias=bias,
        units=units.astype(str),
        rng=np.random.default_rng(seed),
    )


def _toy(label: int, rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    rows, columns = np.mgrid[:TOY_SIZE, :TOY_SIZE].astype(np.float32)
    x, y = 24 + rng.normal(0, 1, 2)
    radius = np.hypot((columns - x) / 16, (rows - y) / 18)
    brain = radius < 0.88
    texture = gaussian_filter(rng.normal(0, 1, rows.shape), 1.5) * 0.35
    image = 0.35 * brain + 0.7 * ((radius > 0.94) & (radius < 1.06)) + brain * texture
    turn, out, reach = rng.uniform(0, 2 * np.pi), rng.uniform(0.1, 0.5), rng.uniform(4, 6)
    tumor_x, tumor_y = x + out * 16 * np.cos(turn), y + out * 18 * np.sin(turn)
    away = np.hypot(columns - tumor_x, rows - tumor_y) / reach
    blob = np.clip(1.3 - away, 0, 1) * (away < 1.1)
    lesions = (0.35 * blob, 0.45 * np.exp(-(((away - 0.8) / 0.22) ** 2)), -0.30 * blob)
    image = image + lesions[label] + rng.normal(0, 0.12, rows.shape)
    gray = np.clip((image + 0.3) / 1.6 * 255, 0, 255).astype(np.uint8)
    return gray, (away < 1).astype(np.float32)


def _tag(tag: int, size: int) -> NDArray[np.int64]:
    """Draw a vertical bar, a horizontal bar, dots or a diagonal into the corner."""
    pattern = np.zeros((10, 10), np.int64)
    if tag == 0:
        pattern[2:8, 2:4] = 1
    elif tag == 1:
        pattern[2:4, 2:8] = 1
    elif tag == 2:
        pattern[2:8:2, 2:8:2] = 1
    else:
        pattern[range(2, 8), range(2, 8)] = 1
        pattern[range(2, 8), range(3, 9)] = 1
    reach = _reach(size)
    nearest = np.arange(reach) * 10 // reach
    whole = np.zeros((size, size), np.int64)
    whole[:reach, :reach] = pattern[np.ix_(nearest, nearest)]
    return whole


def _reach(size: int) -> int:
    return int(CORNER_SHARE * size)
