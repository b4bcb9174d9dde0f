"""Find the brain in a head, of any contrast: a small U-Net on a grid of 3 mm."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neuroscope.errors import BadInputError
from neuroscope.models.inference import SHIPPED_WEIGHTS
from neuroscope.models.segmenter_input import laid_back, sampled
from neuroscope.models.volume_graph import Forward, load_graph, read_description
from neuroscope.records.geometry import Affine
from neuroscope.records.prediction import ModelRef
from neuroscope.records.segmenterspec import GRID_MULTIPLE
from neuroscope.records.volume import Volume

NAME = "brain"
GRAPH_NAME, SIDECAR_NAME = f"{NAME}.onnx", f"{NAME}.json"
SPACING_MM = 3.0
LARGEST = 160  # voxels along an axis: 480 mm
AIR_HU, LOW_HU, HIGH_HU = -500.0, -150.0, 250.0  # CT, told by its air, is cut to soft tissue
DARK_PERCENT, BRIGHT_PERCENT = 1.0, 99.0
BRIGHTEST = 1.5
LEAST_BRAIN_ML = 300.0
# Chosen on 20 heads of another seed than training and test. Of MR 0.6 would be as good or better
# there, but on a real head in thick slices the mask is too narrow already.
LEAST_P, LEAST_P_CT = 0.5, 0.3

Float32 = NDArray[np.float32]
Bool = NDArray[np.bool_]


class UnetBrainExtractor:
    """Our own brain extractor; owns an ONNX Runtime session."""

    def __init__(self, forward: Forward, model: ModelRef) -> None:
        self._forward = forward
        self.model = model

    def __call__(self, volume: Volume) -> Bool:
        """Say which voxels `(i, j, k)` of a head are brain.

        Raises
        ------
        BadInputError
            If no brain is found.
        """
        shape, affine = head_grid(volume)
        seen = seen_by_network(volume, shape, affine)
        p = (self._asked(seen) + self._asked(seen[::-1])[::-1]) / 2  # axis 0 runs to the right
        brain = largest_part(laid_back(p, affine, volume) > least_p(volume))
        volume_ml = float(brain.sum()) * float(np.prod(volume.spacing_mm)) / 1000
        if volume_ml < LEAST_BRAIN_ML:
            raise BadInputError(
                f"Only {volume_ml:.0f} ml of this volume look like brain.",
                fix="Give a volume of a whole head, or a brain mask.",
            )
        return brain

    def _asked(self, seen: Float32) -> Float32:
        """Give the probability of brain for each voxel of the network's grid."""
        logits = self._forward(np.ascontiguousarray(seen)[None, None])[0, 0, 0]
        return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))), np.float32)


def least_p(volume: Volume) -> float:
    """Give the probability from which a voxel is brain, for MR or for CT."""
    return LEAST_P_CT if float(np.min(volume.voxels)) < AIR_HU else LEAST_P


def head_grid(volume: Volume) -> tuple[tuple[int, int, int], Affine]:
    """Lay a box of 3 mm voxels over all of a volume, axes to R, A, S, sides in sixteens."""
    ends = np.array(volume.shape) - 1
    corners = volume.to_mm(np.array(np.meshgrid(*((0, n) for n in ends))).reshape(3, -1).T)
    first, last = corners.min(0), corners.max(0)
    needed = np.ceil((last - first) / SPACING_MM / GRID_MULTIPLE) * GRID_MULTIPLE
    sizes = np.clip(needed, 2 * GRID_MULTIPLE, LARGEST).astype(int)
    affine = np.diag([SPACING_MM, SPACING_MM, SPACING_MM, 1.0])
    affine[:3, 3] = (first + last) / 2 - (sizes - 1) / 2 * SPACING_MM
    return (int(sizes[0]), int(sizes[1]), int(sizes[2])), affine


def seen_by_network(volume: Volume, shape: tuple[int, int, int], affine: Affine) -> Float32:
    """Sample and scale a volume; beyond its edge lies what is darkest in it."""
    return scaled(sampled(volume, shape, affine, outside=float(np.min(volume.voxels))))


def scaled(values: Float32) -> Float32:
    """Scale gray values or HU so that the darkest percent is 0 and the brightest 1."""
    if values.min() < AIR_HU:
        values = np.clip(values, LOW_HU, HIGH_HU)
    low, high = np.percentile(values, [DARK_PERCENT, BRIGHT_PERCENT])
    if high <= low:
        return np.zeros_like(values)
    return np.asarray(np.clip((values - low) / (high - low), 0, BRIGHTEST), np.float32)


def largest_part(mask: Bool) -> Bool:
    """Keep the largest connected part, and fill its holes."""
    parts, number = ndimage.label(mask)
    if number == 0:
        return mask
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return np.asarray(ndimage.binary_fill_holes(parts == sizes.argmax()))


def load_brain_extractor(
    *, threads: int = 0, weights: Path = SHIPPED_WEIGHTS
) -> UnetBrainExtractor:
    """Load the shipped brain extractor.

    Raises
    ------
    ModelError
        If the weights are missing or damaged.
    """
    described, model = read_description(weights, NAME)
    forward = load_graph(weights, NAME, described.get("onnx_sha256"), threads=threads)
    return UnetBrainExtractor(forward, model)
