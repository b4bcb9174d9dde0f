"""Segment with the shipped network: the whole brain at once, several heads, two mirror images."""

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.models.inference import SHIPPED_WEIGHTS
from neuroscope.models.missing_cost import Measured, measured_on
from neuroscope.models.region_labels import LABELS_OF, TISSUES, labels_of
from neuroscope.models.segmenter import SegmenterStudy
from neuroscope.models.segmenter_input import (
    SPACING_MM,
    SegmenterInput,
    laid_back,
    segmenter_input,
)
from neuroscope.models.volume_doubt import volume_estimates
from neuroscope.models.volume_graph import (
    Forward,
    load_graph,
    missing_or_damaged,
    read_description,
)
from neuroscope.records.prediction import ModelRef
from neuroscope.records.segmentation import Segmentation
from neuroscope.records.segmented import Estimate, Segmented
from neuroscope.records.segmenterspec import CHANNELS, REGIONS

log = logging.getLogger(__name__)

NAME = "segmenter"
GRAPH_NAME, SIDECAR_NAME = f"{NAME}.onnx", f"{NAME}.json"
VOXEL_ML = SPACING_MM**3 / 1000
NOT_HEALTHY = "That little or nothing is outlined does not mean that there is no tumor."
NO_INTERVALS = (
    "Intervals of volumes tell only where the network is itself unsure, and no overlap is "
    "foretold: nobody showed that what was fitted on all four sequences holds here."
)
NAMES = {"t1": "T1", "t1c": "contrast T1", "t2": "T2", "flair": "FLAIR"}

Float32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmenterSpec:
    """What was fitted on validation studies; by region.

    Attributes
    ----------
    thresholds
        Least probability.
    dice_line
        Intercept and slope of the Dice overlap with the truth on `soft_dice`.
    dice_errors
        Between these lies what the line leaves over, for 95 % of studies.
    diameter_error_mm
        95 % quantile of the error of the volume, see `models/volume_doubt.py`. Absent in weights
        that were retrained before it was fitted.
    """

    thresholds: Mapping[str, float] = field(default_factory=lambda: dict.fromkeys(REGIONS, 0.5))
    dice_line: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    dice_errors: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    diameter_error_mm: Mapping[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Give plain values for a JSON sidecar."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "SegmenterSpec":
        """Read what `as_dict` gave; other keys are ignored."""
        return cls(
            thresholds=_numbers(stored["thresholds"]),
            dice_line=_pairs(stored["dice_line"]),
            dice_errors=_pairs(stored["dice_errors"]),
            diameter_error_mm=_numbers(stored.get("diameter_error_mm", {})),
        )


class UnetSegmenter:
    """The shipped segmenter; owns an ONNX Runtime session."""

    def __init__(self, forward: Forward, spec: SegmenterSpec, model: ModelRef) -> None:
        self._forward = forward
        self.spec = spec
        self.model = model

    def members(self, given: SegmenterInput) -> Float32:
        """Give the probabilities of every head and mirror image, `(members, 3, i, j, k)`."""
        channels = given.channels[None]
        plain = self._forward(channels)[0]
        mirrored = self._forward(np.ascontiguousarray(channels[:, :, ::-1]))[0][:, :, ::-1]
        return _sigmoid(np.concatenate([plain, mirrored]))

    def segment(self, study: SegmenterStudy) -> Segmented:
        """Segment one study; the answer lies on the grid of the brain mask.

        Raises
        ------
        BadInputError
            If none of the four sequences is there, or the mask holds no brain.
        """
        given = segmenter_input(study.volumes, study.brain)
        coarse = self.members(given).mean(0)
        like = study.brain
        brain = np.asarray(like.voxels) > 0.5
        p = {
            name: np.clip(laid_back(coarse[n], given.affine, like), 0, 1) * brain
            for n, name in enumerate(REGIONS)
        }
        voxel_ml = float(np.prod(like.spacing_mm)) / 1000
        labels = labels_of(p, voxel_ml, rule=study.rule, thresholds=self.spec.thresholds)
        present = tuple(name for name, there in zip(CHANNELS, given.present, strict=True) if there)
        measured = measured_on(self.model, present)
        volume_ml, expected_dice = self.doubt(p, labels, voxel_ml, brain_ml=brain.sum() * voxel_ml)
        if len(present) < len(CHANNELS) and not (measured and measured.are_intervals_known):
            volume_ml, expected_dice = {}, {}  # fitted on studies of four sequences
        return Segmented(
            segmentation=Segmentation(labels, like.affine, TISSUES, self.model.name),
            model=self.model,
            p_region=p,
            uncertainty=np.max([bits(p[name]) for name in REGIONS], axis=0),
            volume_ml=volume_ml,
            expected_dice=expected_dice,
            present=present,
            rule=study.rule,
            cautions=_cautions(present, measured),
        )

    def doubt(
        self,
        p_region: Mapping[str, NDArray[np.floating]],
        labels: NDArray[np.uint8],
        voxel_ml: float,
        *,
        brain_ml: float,
    ) -> tuple[dict[str, Estimate], dict[str, Estimate]]:
        """Say how sure labels are: volumes in ml and expected overlap by region, with intervals."""
        found = {name: np.isin(labels, values) for name, values in LABELS_OF.items()}
        soft = {name: soft_dice(p_region[name], found[name]) for name in REGIONS}
        volume_ml = volume_estimates(
            {name: float(found[name].sum()) * voxel_ml for name in REGIONS},
            soft,
            {name: float(p_region[name].sum()) * voxel_ml for name in REGIONS},
            error_mm=self.spec.diameter_error_mm,
            brain_ml=brain_ml,
        )
        dice = {name: self._dice(name, soft[name]) for name in REGIONS if found[name].any()}
        return volume_ml, dice

    def _dice(self, name: str, soft: float) -> Estimate:
        intercept, slope = self.spec.dice_line.get(name, (0.0, 1.0))
        low, high = self.spec.dice_errors.get(name, (-0.5, 0.5))
        value = float(np.clip(intercept + slope * soft, 0, 1))
        return Estimate(
            value, float(max(0.0, value + min(low, 0.0))), min(1.0, value + max(high, 0.0))
        )


def soft_dice(p: NDArray[np.floating], found: NDArray[np.bool_]) -> float:
    """Give the overlap that the probabilities themselves expect of a mask; 1 if both are empty."""
    total = float(p.sum()) + float(found.sum())
    return 2 * float(p[found].sum()) / total if total > 1 else 1.0


def bits(p: NDArray[np.floating]) -> Float32:
    """Give the entropy of a probability, 0 where it is 0 or 1, 1 bit where it is one half."""
    result = np.zeros(p.shape, np.float32)
    unsure = (p > 1e-4) & (p < 1 - 1e-4)
    q = p[unsure]
    result[unsure] = -(q * np.log2(q) + (1 - q) * np.log2(1 - q))
    return result


def load_segmenter(*, threads: int = 0, weights: Path = SHIPPED_WEIGHTS) -> UnetSegmenter:
    """Load the shipped segmenter.

    Parameters
    ----------
    threads
        0 lets the backend use all cores.

    Raises
    ------
    ModelError
        If the weights are missing or damaged.
    """
    described, model = read_description(weights, NAME)
    try:
        spec = SegmenterSpec.from_dict(described)
    except (KeyError, TypeError, ValueError) as error:
        raise missing_or_damaged(NAME) from error
    forward = load_graph(weights, NAME, described.get("onnx_sha256"), threads=threads)
    log.info("loaded %s %s", model.name, model.version)
    return UnetSegmenter(forward, spec, model)


def _cautions(present: tuple[str, ...], measured: Measured | None) -> tuple[str, ...]:
    missing = [NAMES[name] for name in CHANNELS if name not in present]
    if not missing:
        return ()
    without = f"Segmented without {', '.join(missing)}"
    if measured is not None and measured.is_blind:
        said = [f"{without}: so tumors are often missed, in part or as a whole. {NOT_HEALTHY}"]
        return (" ".join((*said, measured.cost(), NO_INTERVALS)),)
    worse = "enhancing tumor and core" if "t1c" not in present else "the outline"
    said = [f"{without}: {worse} is less reliable."]
    if measured is not None:
        said.append(measured.cost())
    if measured is None or not measured.are_intervals_known:
        said.append(NO_INTERVALS)
    return (" ".join(said),)


def _numbers(stored: Mapping[str, Any]) -> dict[str, float]:
    return {region: float(value) for region, value in stored.items()}


def _pairs(stored: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    return {region: (float(a), float(b)) for region, (a, b) in stored.items()}


def _sigmoid(logits: Float32) -> Float32:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))), np.float32)
