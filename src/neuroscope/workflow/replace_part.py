"""Replace the tumor of an analyzed slice, or what its map points to, and see how the score falls.

The tumor is where a reader outlined it, else where a segmentation found it, and never where a map
points: replacing the place of a map tests that map, and is called so.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import nn

from neuroscope.errors import BadInputError
from neuroscope.explain.attribution.question import Question
from neuroscope.explain.attribution.tumor_out import TumorOut, tumor_out
from neuroscope.explain.methods import attribute
from neuroscope.preprocess.orient import SliceSource
from neuroscope.preprocess.resample import resample
from neuroscope.preprocess.slice_input import PreparedSlice
from neuroscope.records.evidencespec import EvidenceSpec
from neuroscope.records.geometry import checked_affine
from neuroscope.records.replaced import OutlinedBy, Region
from neuroscope.records.transform import Transform
from neuroscope.records.volume import Volume
from neuroscope.reliability.focus.anatomy import anatomy_of
from neuroscope.store.annotation_reads import read_counting
from neuroscope.store.database import Store
from neuroscope.store.volumetry import has_volumetry, read_maps, read_volumetry
from neuroscope.workflow.attribute import on_input, question_of
from neuroscope.workflow.slice_views import KnownTumor, outline_on, tumor_marks

WHITE = 255.0  # gray value of a prepared slice's 1 on a picture

NOBODY = BadInputError(
    "Nobody has outlined a tumor on this slice, and no segmentation shows one.",
    fix="Outline it with Draw, as a tumor, or replace the place that the map points to.",
)


@dataclass(frozen=True, slots=True, eq=False)
class ReplacedPart:
    """What was replaced, shape of the prepared slice, who outlined it, and what followed."""

    region: NDArray[np.bool_]
    outlined_by: OutlinedBy
    found: TumorOut


def replace_part(
    network: nn.Module,
    spec: EvidenceSpec,
    source: SliceSource,
    prepared: PreparedSlice,
    *,
    index: int,
    target: str,
    region: Region,
    tumor: KnownTumor,
) -> ReplacedPart:
    """Replace a part of a slice by plausible tissue, and as much tissue elsewhere in the brain.

    Parameters
    ----------
    prepared
        The slice `index` of `source` as the network sees it.
    target
        The class whose score is followed.
    region
        The tumor, or where the evidence map of the class is above its threshold.
    tumor
        What is known of it; not looked at for the region of a map.

    Raises
    ------
    BadInputError
        If nobody knows where the tumor is, or the map shows nothing above its threshold.
    """
    question = question_of(prepared, spec.classes.index(target))
    mask: NDArray[np.bool_]
    by: OutlinedBy
    if region == "map":
        mask, by = _pointed_to(network, question, spec, target), "map"
    else:
        outline = outline_on(source, index, tumor)
        if outline is None:
            raise NOBODY
        mask, by = on_input(outline[0], prepared) & prepared.head, outline[1]
        if not mask.any():
            raise NOBODY
    brain = anatomy_of(prepared.image * np.float32(WHITE)).brain & prepared.head
    tissue = brain if brain.any() else prepared.head
    return ReplacedPart(mask, by, tumor_out(network, question, mask, tissue=tissue))


def known_tumor(
    store: Store, analysis_id: str, study_id: str, series_id: str, image: Volume | None
) -> KnownTumor:
    """Read what readers drew on a series, and the segmentation carried onto its voxels.

    Parameters
    ----------
    image
        The volume; None for plain pictures, which no segmentation lies on.
    """
    drawn = tumor_marks(read_counting(store, study_id, series_id))
    if image is None or not has_volumetry(store, analysis_id):
        return KnownTumor(drawn)
    content = read_volumetry(store, analysis_id).content
    moved = {one["series_id"]: one["to_reference"] for one in content["sequences"]}
    if series_id not in moved:
        return KnownTumor(drawn)
    labels, _ = read_maps(store, analysis_id)
    segmented = Volume(labels, checked_affine(content["reference"]["affine_ras_mm"]))
    back = Transform(np.array(moved[series_id], np.float64)).inverse()
    return KnownTumor(drawn, resample(segmented, image, to_like=back, interpolation="nearest"))


def _pointed_to(
    network: nn.Module, question: Question, spec: EvidenceSpec, target: str
) -> NDArray[np.bool_]:
    values = attribute(network, question, "evidence").values
    threshold = max(spec.threshold * float(values.max()), spec.floor_of(target))  # as it is drawn
    strong = (values > threshold) & question.where_head
    if not strong.any():
        raise BadInputError(
            "The evidence map points nowhere: it is below its threshold on the whole slice.",
            fix="Choose another class or slice.",
        )
    return np.asarray(strong)
