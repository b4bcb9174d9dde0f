"""Make a study and the mask that a reader edited ready to teach the segmenter."""

from neuroscope.learn.corrections.cases import EditedCase, edited_case
from neuroscope.models.segmenter import SegmenterStudy
from neuroscope.preprocess.prepare import BrainExtractor, prepare
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.progress import Progress, ignore
from neuroscope.records.volume import Volume
from neuroscope.workflow.segment import given_mask, taken_as_is


def edited_study(
    imported: ImportedStudy,
    mask: Volume,
    *,
    unit: str,
    extract_brain: BrainExtractor | None = None,
    as_is: bool = False,
    progress: Progress = ignore,
) -> tuple[EditedCase, tuple[str, ...]]:
    """Prepare a study as for a segmentation, and lay the edited mask on it.

    Parameters
    ----------
    mask
        Labels of any known scheme, drawn on one of the sequences or on the prepared study.
    unit
        The patient, by pseudonym.
    as_is
        Trust that the sequences lie on each other: nothing is moved.

    Returns
    -------
    tuple[EditedCase, tuple[str, ...]]
        The study on the segmenter's grid, and what to doubt about the mask.

    Raises
    ------
    BadInputError
        If the labels belong to no scheme, or there is nothing to segment.
    GeometryMismatchError
        If the mask lies elsewhere than the study.
    """
    if as_is:
        prepared = taken_as_is(imported, extract_brain)
    else:
        prepared = prepare(imported, extract_brain=extract_brain, progress=progress)
    volumes = {str(role): volume for role, volume in prepared.volumes.items()}
    laid = given_mask(prepared, mask).segment(SegmenterStudy(volumes, prepared.brain))
    found = edited_case(volumes, prepared.brain, laid.segmentation, unit=unit)
    progress(1.0)
    return found, laid.cautions
