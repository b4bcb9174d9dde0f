"""Give a head lesions of another: small tumors are few in studies, and many in some patients.

Without it the segmenter takes a head for one with one tumor: of several that light up clearly, one
is found and the others are denied.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neuroscope.learn.segmentation_cases import StoredCase
from neuroscope.models.segmenter_input import SPACING_MM

SMALLEST_ML, LARGEST_ML = 0.05, 12.0  # of a lesion that is given
MOST = 4
MARGIN = 3  # voxels around a lesion, over which it fades into the other head
FADE = 0.8  # voxels
TRIES = 8  # places that are tried for a lesion
NEIGHBORS = np.ones((3, 3, 3), bool)


def pasted(host: StoredCase, donor: StoredCase, rng: np.random.Generator) -> StoredCase:
    """Put one to four small lesions of `donor` at free places of the brain of `host`.

    Returns
    -------
    StoredCase
        A new study; `host` itself if the donor has no small lesion.
    """
    lesions = list(_small_lesions(donor.labels))
    if not lesions:
        return host
    images, labels = host.images.copy(), host.labels.copy()
    inside = np.asarray((images > 0).all(0))
    number = int(rng.integers(1, MOST + 1))
    for index in rng.permutation(len(lesions))[:number]:
        box, lesion = lesions[int(index)]
        given = donor.images[(slice(None), *box)]
        given, named = _mirrored(given, donor.labels[box] * lesion, rng)
        _paste(images, labels, inside, given, named, rng)
    return StoredCase(host.kind, images, labels)


def _small_lesions(
    labels: NDArray[np.uint8],
) -> Iterator[tuple[tuple[slice, ...], NDArray[np.bool_]]]:
    """Give the box, with a margin, and the voxels of each small lesion."""
    parts, _ = ndimage.label(labels > 0, NEIGHBORS)
    for number, box in enumerate(ndimage.find_objects(parts), start=1):
        ml = int((parts[box] == number).sum()) * SPACING_MM**3 / 1000
        if not SMALLEST_ML <= ml <= LARGEST_ML:
            continue
        wide = tuple(
            slice(max(s.start - MARGIN, 0), min(s.stop + MARGIN, side))
            for s, side in zip(box, labels.shape, strict=True)
        )
        yield wide, parts[wide] == number


def _mirrored(
    images: NDArray[np.uint8], labels: NDArray[np.uint8], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    axes = tuple(axis for axis in range(3) if rng.random() < 0.5)
    return np.flip(images, tuple(axis + 1 for axis in axes)), np.flip(labels, axes)


def _paste(
    images: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    inside: NDArray[np.bool_],
    given: NDArray[np.uint8],
    named: NDArray[np.uint8],
    rng: np.random.Generator,
) -> None:
    """Blend a lesion in at a place that is all brain without tumor; none, nothing; in place."""
    wide = ndimage.binary_dilation(named > 0, NEIGHBORS)
    weight = np.where((given > 0).all(0), ndimage.gaussian_filter(wide.astype(np.float32), FADE), 0)
    room = np.subtract(labels.shape, named.shape)
    if (room < 0).any():
        return
    for _ in range(TRIES):
        corner = rng.integers(0, room + 1)
        there = tuple(slice(c, c + side) for c, side in zip(corner, named.shape, strict=True))
        if not inside[there][wide].all() or labels[there][wide].any():
            continue
        spot = images[(slice(None), *there)]
        share = weight * inside[there]
        spot[...] = np.rint(spot * (1 - share) + given * share)
        labels[there] = np.where(named > 0, named, labels[there])
        return
