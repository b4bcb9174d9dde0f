"""Segment a study by any segmenter and measure it, without classifier, surfaces or evidence."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from neuroscope.errors import BadInputError, GeometryMismatchError
from neuroscope.models.manual import ManualSegmenter
from neuroscope.models.segmenter import Segmenter, SegmenterStudy
from neuroscope.preprocess.contract import is_stripped, one_per_role, usable_series
from neuroscope.preprocess.foreground import foreground
from neuroscope.preprocess.label_scheme import to_brats_2023
from neuroscope.preprocess.prepare import BrainExtractor, drawn_on, in_frame, prepare, reference_of
from neuroscope.preprocess.resample import resample
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.prepared import Prepared
from neuroscope.records.progress import Progress, ignore
from neuroscope.records.segmented import Segmented, TumorRule
from neuroscope.records.study import ROLE_NAMES, Role
from neuroscope.records.transform import IDENTITY
from neuroscope.records.volume import Volume
from neuroscope.records.volumetry import Volumetry
from neuroscope.workflow.volumes import (
    ChooseSegmenter,
    measured,
    require_examinable,
    require_sequence,
)

log = logging.getLogger(__name__)

SEGMENT = 0.5  # how far a study has come when it is prepared
MEASURE = 0.7  # and how far a prepared one when it is segmented
LEAST_BRAIN_ML = 300.0
NO_SEQUENCE = (
    "The mask has the grid of none of the sequences, and these were moved onto each other: it was "
    "taken to lie on {}. Look whether it does."
)
AS_IS = "Taken as it is: nothing was registered, evened out or checked for swapped sequences."


def segment_study(
    imported: ImportedStudy,
    choose: ChooseSegmenter,
    *,
    extract_brain: BrainExtractor | None = None,
    brain: Volume | None = None,
    as_is: bool = False,
    rule: TumorRule | None = None,
    progress: Progress = ignore,
) -> Volumetry:
    """Prepare, segment and measure a study; surfaces and evidence are left out.

    Parameters
    ----------
    choose
        Gives the segmenter once the study is prepared: a given mask is read in its frame.
    extract_brain
        Finds the brain where a study still has its skull; None uses the template.
    brain
        Mask of the brain in the space of one of the sequences; it settles the question.
    as_is
        Trust that sequences lie on each other: nothing is moved.
    rule
        What the tumor is believed to be, for small parts.

    Raises
    ------
    BadInputError
        If there is no volume of T1, contrast T1, T2 or FLAIR, or no brain can be told in input
        that is taken as it is.
    """
    prepared = prepared_study(
        imported,
        extract_brain=extract_brain,
        brain=brain,
        as_is=as_is,
        progress=lambda done: progress(SEGMENT * done),
    )
    return segment_prepared(
        prepared,
        choose(prepared),
        rule=rule,
        progress=lambda done: progress(SEGMENT + (1 - SEGMENT) * done),
    )


def segment_prepared(
    prepared: Prepared,
    segmenter: Segmenter,
    *,
    rule: TumorRule | None = None,
    progress: Progress = ignore,
) -> Volumetry:
    """Segment and measure a prepared study; surfaces and evidence are left out."""
    require_sequence(prepared)
    sequences = {str(role): volume for role, volume in prepared.volumes.items()}
    study = SegmenterStudy(sequences, prepared.brain, rule or "other")
    segmented = segmenter.segment(study)
    progress(MEASURE)
    measurements = measured(prepared, segmented)
    progress(1.0)
    log.info("segmented a study")
    return Volumetry(prepared, segmented, measurements, is_kind_told=rule is not None)


def prepared_study(
    imported: ImportedStudy,
    *,
    extract_brain: BrainExtractor | None = None,
    brain: Volume | None = None,
    as_is: bool = False,
    progress: Progress = ignore,
) -> Prepared:
    """Prepare a study, or take it as it is; options and errors are those of `segment_study`."""
    require_examinable(imported)
    if as_is:
        return taken_as_is(imported, extract_brain, brain=brain)
    prepared = prepare(
        imported,
        extract_brain=extract_brain if brain is None else given_brain(brain),
        progress=progress,
    )
    return prepared if brain is None else _with_brain(prepared, brain)


def given_mask(
    prepared: Prepared, labels: Volume, *, author: str = "given", scheme: str = ""
) -> ManualSegmenter:
    """Read a given segmentation of any known scheme in the frame of a prepared study.

    A mask that was drawn on one of the sequences is moved with it.

    Parameters
    ----------
    scheme
        Key of `SCHEMES`, if it is known; else it is found.

    Raises
    ------
    BadInputError
        If its values are no labels that any scheme (or the named one) has.
    """
    moved = in_frame(prepared, labels)
    is_moved = not all(one.is_identity for one in prepared.to_reference.values())
    is_lost = is_moved and drawn_on(prepared, labels) is None
    t1c = prepared.volumes.get("t1c")
    image = None if t1c is None else resample(t1c, moved)
    read, findings = to_brats_2023(moved, t1c=image, author=author, scheme=scheme)
    cautions = [finding.text for finding in findings]
    if is_lost:
        cautions.append(NO_SEQUENCE.format(ROLE_NAMES[prepared.reference]))
    return ManualSegmenter(read, cautions=tuple(cautions))


@dataclass(frozen=True, slots=True, eq=False)
class GivenLabels:
    """A segmentation in the space of a study as it was imported; see `given_mask`."""

    labels: Volume
    author: str = "given"
    scheme: str = ""
    cautions: tuple[str, ...] = ()


class MaskFirst:
    """Segments with the first of some given masks that fits its study, else by a segmenter.

    `refused` tells of each that did not fit why.
    """

    def __init__(self, masks: Sequence[GivenLabels], instead: Callable[[], Segmenter]) -> None:
        """Keep the masks in the order in which they are tried, and what answers instead."""
        self.refused: list[str] = []
        self._masks, self._instead = masks, instead
        self._prepared: Prepared | None = None

    def __call__(self, prepared: Prepared) -> Segmenter:
        """Give the segmenter for a prepared study."""
        self._prepared = prepared
        return self

    def segment(self, study: SegmenterStudy) -> Segmented:
        """Segment the prepared study."""
        for given in self._masks:
            try:
                found = self._read(given).segment(study)
            except BadInputError as error:
                self.refused.append(f"{error.problem} {error.fix}")
            else:
                return replace(found, cautions=(*given.cautions, *found.cautions))
        return self._instead().segment(study)

    def _read(self, given: GivenLabels) -> ManualSegmenter:
        if self._prepared is None:
            raise RuntimeError("A mask was to be measured before its study was prepared.")
        return given_mask(self._prepared, given.labels, author=given.author, scheme=given.scheme)


def given_brain(brain: Volume) -> BrainExtractor:
    """Make a given brain mask answer for a brain extractor."""

    def extract(volume: Volume) -> np.ndarray:
        inside = Volume(np.asarray(brain.voxels) > 0.5, brain.affine)
        found = np.asarray(resample(inside, volume, interpolation="nearest").voxels, np.bool_)
        volume_ml = float(found.sum()) * float(np.prod(volume.spacing_mm)) / 1000
        if volume_ml < LEAST_BRAIN_ML:
            raise GeometryMismatchError(
                f"The brain mask covers {volume_ml:.0f} ml of the study.",
                fix="Give a mask of the whole brain, in the space of one of the sequences.",
            )
        return found

    return extract


def taken_as_is(
    imported: ImportedStudy, extract_brain: BrainExtractor | None, *, brain: Volume | None = None
) -> Prepared:
    """Trust that the sequences of a study lie on each other, and find only the brain.

    A given mask goes before what a removed skull left, and that before the extractor.

    Raises
    ------
    BadInputError
        If it still has its skull and nobody tells where the brain is.
    """
    candidates, refused = usable_series(imported)
    roles: dict[str, Role] = {one.series.id: one.series.role for one in candidates}
    chosen, lacking = one_per_role(candidates, roles)
    volumes = {role: one.volume for role, one in chosen.items()}
    reference = reference_of(volumes, {role: role for role in chosen})
    grid = volumes[reference]
    if brain is not None:
        inside = given_brain(brain)(grid)
    elif is_stripped(grid):
        inside = foreground(grid)
    elif extract_brain is not None:
        inside = np.asarray(extract_brain(grid), np.bool_)
    else:
        raise BadInputError(
            "The study still has its skull, and nothing tells where the brain is.",
            fix="Give a brain mask with --brain, or leave out --as-is.",
        )
    return Prepared(
        volumes=volumes,
        series={role: one.series.id for role, one in chosen.items()},
        reference=reference,
        to_reference=dict.fromkeys(chosen, IDENTITY),
        brain=Volume(inside, grid.affine),
        steps=(AS_IS,),
        findings=(*refused, *lacking),
    )


def _with_brain(prepared: Prepared, brain: Volume) -> Prepared:
    """Lay a given mask over input that came without a skull, whose own rim would have counted."""
    found = given_brain(in_frame(prepared, brain))(prepared.grid)
    return replace(prepared, brain=Volume(found, prepared.grid.affine))
