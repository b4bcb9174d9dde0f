"""Compare segmentations with references, case by case, whatever grid or scheme they come in."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neuroscope.errors import BadInputError
from neuroscope.io.earlier_results import MEASUREMENTS
from neuroscope.io.nifti import read_nifti
from neuroscope.measure.agreement import Agreement, Challenge, agreement
from neuroscope.preprocess.label_scheme import to_brats_2023
from neuroscope.preprocess.resample import resample
from neuroscope.records.segmentation import Segmentation
from neuroscope.settings import Limits

ENDINGS = (".nii.gz", ".nii")
OURS = "segmentation.nii.gz"  # in the folder of an analysis


@dataclass(frozen=True, slots=True)
class CaseAgreement:
    """How one case agrees, region by region; `cautions` say what was done to compare."""

    case: str
    regions: tuple[Agreement, ...]
    cautions: tuple[str, ...] = ()


def compare_segmentations(
    found: Path,
    truth: Path,
    *,
    challenge: Challenge = "GLI",
    scheme: str = "",
    limits: Limits,
) -> Iterator[CaseAgreement]:
    """Compare one file with one file, or all of a folder with those of the same name in another.

    A case of a folder is a NIfTI file, or a folder with our `segmentation.nii.gz`; one such folder
    may stand for its file.

    Parameters
    ----------
    scheme
        Of the labels of all references, a key of `SCHEMES`; empty finds it for each. Our own files
        are BraTS 2023 and are never guessed.

    Raises
    ------
    BadInputError
        If a path is missing, or a case of `truth` has no counterpart.
    """
    for path in (found, truth):
        if not path.exists():
            raise BadInputError(f"There is nothing at '{path.name}'.", fix="Check the path.")
    if truth.is_file() and (found.is_file() or (found / OURS).is_file()):
        case = _stem(found)
        ours = found if found.is_file() else found / OURS
        yield compare_files(
            ours, truth, challenge=challenge, scheme=scheme, limits=limits, case=case
        )
        return
    answers, references = _cases(found), _cases(truth)
    if not references:
        raise BadInputError(
            f"The folder '{truth.name}' holds no NIfTI files.", fix="Name a folder of references."
        )
    missing = sorted(set(references) - set(answers))
    if missing:
        raise BadInputError(
            f"{len(missing)} of {len(references)} references have no segmentation, first "
            f"'{missing[0]}'.",
            fix="Give both the same names; a missing answer would flatter the mean.",
        )
    for name in sorted(references):
        yield compare_files(
            answers[name],
            references[name],
            challenge=challenge,
            scheme=scheme,
            limits=limits,
            case=name,
        )


def compare_files(
    found: Path,
    truth: Path,
    *,
    challenge: Challenge,
    scheme: str = "",
    limits: Limits,
    case: str,
) -> CaseAgreement:
    """Compare two label files; ours is laid on the grid of the reference if they differ."""
    reference_volume = read_nifti(truth, limits=limits)
    volume = read_nifti(found, limits=limits)
    cautions = []
    if not volume.same_grid(reference_volume, tolerance_mm=0.01):
        volume = resample(volume, reference_volume, interpolation="nearest")
        cautions.append("The grids differed: the segmentation was laid on that of the reference.")
    own = ""
    if _is_ours(found):  # "post" is 2023 with a resection cavity
        own = "post" if np.max(volume.voxels, initial=0) > 3 else "2023"
    ours, first = to_brats_2023(volume, scheme=own)
    theirs, second = to_brats_2023(reference_volume, scheme=scheme)
    ours = Segmentation(ours.labels, theirs.affine, ours.tissues, ours.author)
    cautions += [finding.text for finding in (*first, *second)]
    compared = agreement(ours, theirs, challenge=challenge)
    return CaseAgreement(case, compared, tuple(dict.fromkeys(cautions)))


def _is_ours(found: Path) -> bool:
    """Tell a file that we wrote: it lies beside its own measurements."""
    return found.name == OURS and (found.parent / MEASUREMENTS).is_file()


def _cases(folder: Path) -> dict[str, Path]:
    if folder.is_file():
        return {_stem(folder): folder}
    files = {_stem(path): path for path in sorted(folder.iterdir()) if path.name.endswith(ENDINGS)}
    inner = {path.parent.name: path for path in sorted(folder.glob(f"*/{OURS}"))}
    return {**inner, **files}


def _stem(path: Path) -> str:
    for ending in ENDINGS:
        if path.name.endswith(ending):
            return path.name.removesuffix(ending)
    return path.name
