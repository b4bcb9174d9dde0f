"""Segment a study by any segmenter and measure it, without classifier, surfaces or evidence."""

import logging
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from neuroscope.errors import BadInputError, GeometryMismatchError
from neuroscope.models.manual import ManualSegmenter
from neuroscope.models.segmenter import Segmenter, SegmenterStudy
from neuroscope.preprocess.contract import is_stripped, one_per_role, usable_series
from neuroscope.preprocess.foreground import foreground
from neuroscope.preprocess.label_scheme import to_brats_2023
from neuroscope.preprocess.prepare import BrainExtractor, in_frame, prepare, reference_of
from neuroscope.preprocess.resample import resample
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.prepared import Prepared
from neuroscope.records.progress import Progress, ignore
from neuroscope.records.segmented import Segmented, TumorRule
from neuroscope.records.study import Role
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
    t1c = prepared.volumes.get("t1c")
    image = None if t1c is None else resample(t1c, moved)
    read, findings = to_brats_2023(moved, t1c=image, author=author, scheme=scheme)
    return ManualSegmenter(read, cautions=tuple(finding.text for finding in findings))


class MaskFirst:
    """Measures a given segmentation; where it does not fit its study, the segmenter answers.

    The reason then stands first among the cautions of the result.
    """

    def __init__(
        self, prepared: Prepared, labels: Volume, instead: Callable[[], Segmenter], *, scheme: str
    ) -> None:
        """Keep labels in the space of the study as it was imported, and what answers instead."""
        self._prepared, self._labels, self._scheme = prepared, labels, scheme
        self._instead = instead

    def segment(self, study: SegmenterStudy) -> Segmented:
        """Segment one study."""
        try:
            mask = given_mask(self._prepared, self._labels, scheme=self._scheme)
            return mask.segment(study)
        except BadInputError as error:
            found = self._instead().segment(study)
            return replace(found, cautions=(not_used(error), *found.cautions))


def not_used(error: BadInputError) -> str:
    """Say in the cautions why a given segmentation was not measured."""
    return (
        "The uploaded segmentation was not used, and the study was segmented by the network. "
        f"{error.problem} {error.fix}"
    )


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
