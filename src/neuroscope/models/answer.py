"""From the probabilities of a model of others to `Segmented`, by our rules for small parts."""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from neuroscope.models.region_labels import ENHANCING, TISSUES, labels_of
from neuroscope.models.segmenter import SegmenterStudy
from neuroscope.models.unet_segmenter import bits
from neuroscope.records.arrays import Array
from neuroscope.records.prediction import ModelRef
from neuroscope.records.segmentation import Segmentation, Tissue
from neuroscope.records.segmented import Segmented
from neuroscope.records.segmenterspec import REGIONS

CAVITY = 4
CAVITY_TISSUE = Tissue("Resection cavity", "RC")
CAVITY_APART = "The model marks a resection cavity: it is label 4 and counts to no region."
NOT_VALIDATED = (
    "Nobody measured here how far this model errs: intervals of volumes tell only where it is "
    "itself unsure."
)

Float32 = NDArray[np.float32]


@runtime_checkable
class Outputs(Protocol):
    """What a model of others says of its channels and outputs."""

    @property
    def roles(self) -> tuple[str, ...]:
        """Our sequence for each channel, in order."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the outputs, in order."""

    @property
    def regions(self) -> tuple[str, ...]:
        """Region of each output, if they are regions that hold each other; else empty."""

    @property
    def tissue_of(self) -> Mapping[str, str]:
        """By name of an output: a tissue code, if outputs exclude each other; else empty."""


def p_regions_of_tissues(p_tissue: Mapping[str, Float32], like: Float32) -> dict[str, Float32]:
    """Add up the probabilities of tissues (`NCR`, `ED`, `ET`) to those of nested regions.

    Parameters
    ----------
    like
        Any array of the right shape, for tissues that the model does not know.
    """
    nothing = np.zeros_like(like)
    ncr, ed, et = (p_tissue.get(code, nothing) for code in ("NCR", "ED", "ET"))
    core = np.clip(ncr + et, 0, 1)
    return {"WT": np.clip(core + ed, 0, 1), "TC": core, "ET": et}


def p_regions_of_classes(
    p_class: Float32, names: Sequence[str], tissue_of: Mapping[str, str]
) -> tuple[dict[str, Float32], Float32 | None]:
    """Turn probabilities that exclude each other `(n, i, j, k)` into those of nested regions.

    Parameters
    ----------
    names
        Of the classes, in order.
    tissue_of
        By name of a class: a code of `TISSUE_CODES`; classes without one are background.

    Returns
    -------
    tuple
        By region, and of the resection cavity, if the model knows one.
    """
    tissues: dict[str, Float32] = {}
    for number, name in enumerate(names):
        code = tissue_of.get(name)
        if code is not None:
            tissues[code] = tissues.get(code, np.float32(0)) + p_class[number]
    return p_regions_of_tissues(tissues, p_class[0]), tissues.get("RC")


def answer_of_outputs(
    p: Float32,
    said: Outputs,
    study: SegmenterStudy,
    model: ModelRef,
    *,
    cautions: tuple[str, ...] = (),
) -> Segmented:
    """Make the answer out of the probabilities of all outputs, `(n, i, j, k)` on the brain mask."""
    if said.regions:
        p_region, cavity = dict(zip(said.regions, p, strict=True)), None
    else:
        p_region, cavity = p_regions_of_classes(p, said.outputs, said.tissue_of)
    return answer(
        p_region,
        study,
        model,
        present=said.roles,
        p_cavity=cavity,
        knows_enhancing="ET" in {*said.regions, *said.tissue_of.values()},
        cautions=cautions,
    )


def answer(
    p_region: Mapping[str, Array],
    study: SegmenterStudy,
    model: ModelRef,
    *,
    present: tuple[str, ...],
    p_cavity: Array | None = None,
    knows_enhancing: bool = True,
    cautions: tuple[str, ...] = (),
) -> Segmented:
    """Make labels and doubt out of probabilities on the grid of the brain mask.

    Nothing outside the brain counts. No volume gets an interval of its own, because nobody
    measured the error of the model. What does not know enhancing tumor names no such label, so that
    nobody concludes that nothing enhances.
    """
    like = study.brain
    brain = np.asarray(like.voxels) > 0.5
    p = {name: np.asarray(np.clip(p_region[name], 0, 1) * brain, np.float32) for name in REGIONS}
    labels = labels_of(p, float(np.prod(like.spacing_mm)) / 1000, rule=study.rule)
    tissues = {n: one for n, one in TISSUES.items() if knows_enhancing or n != ENHANCING}
    if p_cavity is not None:
        cautions = (*cautions, CAVITY_APART)
        labels[(labels == 0) & brain & (np.asarray(p_cavity) > 0.5)] = CAVITY
        tissues[CAVITY] = CAVITY_TISSUE
    return Segmented(
        segmentation=Segmentation(labels, like.affine, tissues, model.name),
        model=model,
        p_region=p,
        uncertainty=np.max([bits(p[name]) for name in REGIONS], axis=0),
        present=present,
        rule=study.rule,
        cautions=(*cautions, NOT_VALIDATED),
    )
