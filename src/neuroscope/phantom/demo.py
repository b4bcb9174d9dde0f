"""The studies that `make demo` shows: one of each kind, in each form that can be uploaded."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from neuroscope.phantom.case import PhantomCase, make_case
from neuroscope.phantom.dicom_series import DicomOptions
from neuroscope.phantom.folder import whole_folder
from neuroscope.phantom.lesions.kinds import CLASS_OF, Kind
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.phantom.products import write_case, write_dicom
from neuroscope.phantom.slices import write_slices
from neuroscope.records.progress import Progress, ignore
from neuroscope.records.study import Role

VOLUME_MM = 1.4


@dataclass(frozen=True, slots=True)
class DemoStudy:
    """One thing to upload: a folder or a file.

    Attributes
    ----------
    name
        Of the folder or file.
    path
        Where it lies.
    description
        One sentence for a person.
    kinds
        What is truly in it, in no order of its files.
    """

    name: str
    path: Path
    description: str
    kinds: tuple[str, ...]


def make_demo(out: Path, progress: Progress = ignore) -> tuple[DemoStudy, ...]:
    """Make all demo studies in a new folder (about a minute on one core).

    Raises
    ------
    ConflictError
        If the folder holds files already.
    """
    steps: tuple[Callable[[Path], DemoStudy], ...] = (
        _glioma_dicom,
        _meningioma_nifti,
        _pituitary_nifti,
        _healthy_nifti,
        _mixed_slices,
        _zipped_dicom,
    )
    studies = []
    with whole_folder(out) as folder:
        for done, step in enumerate(steps, start=1):
            studies.append(step(folder))
            progress(done / len(steps))
    return tuple(DemoStudy(s.name, out / s.name, s.description, s.kinds) for s in studies)


def _glioma_dicom(folder: Path) -> DemoStudy:
    wish = Wish(side="left", core_ml=30, edema_ml=45)
    case = make_case(
        "glioma", seed=7, spacing_mm=1.2, slice_mm=3.6, sequences=("t1c", "flair"), head=True,
        wish=wish,
    )  # fmt: skip
    path = write_dicom(case, folder / "glioma-dicom", options=DicomOptions(shuffle_names=True))
    text = "Glioma on the left: DICOM, T1 after contrast and FLAIR, slices of 3.6 mm."
    return DemoStudy(path.name, path, text, ("glioma",))


def _meningioma_nifti(folder: Path) -> DemoStudy:
    text = "Meningioma on the right: NIfTI, T1 after contrast."
    case = _volume("meningioma", 12, Wish(side="right", core_ml=22))
    return _lone_volume(case, folder / "meningioma-nifti", text)


def _pituitary_nifti(folder: Path) -> DemoStudy:
    text = "Pituitary tumor: NIfTI, T1 after contrast."
    return _lone_volume(_volume("pituitary", 23, Wish(core_ml=6)), folder / "pituitary-nifti", text)


def _healthy_nifti(folder: Path) -> DemoStudy:
    """Scan a healthy head as usual: without contrast agent."""
    text = "No tumor: NIfTI, T2 and FLAIR."
    case = make_case("none", seed=34, spacing_mm=VOLUME_MM, sequences=("t2", "flair"), head=True)
    return _lone_volume(case, folder / "healthy-nifti", text)


def _mixed_slices(folder: Path) -> DemoStudy:
    target = folder / "slices"
    target.mkdir()
    scans: tuple[tuple[Kind, Role], ...] = (
        ("glioblastoma", "t1c"), ("meningioma", "t1c"), ("pituitary", "t1c"), ("none", "t2"),
    )  # fmt: skip
    for number, (kind, role) in enumerate(scans):
        case = make_case(kind, seed=101 + number, spacing_mm=1.2, sequences=(role,), head=True)
        part = folder / f"slices-{kind}"
        for path in write_slices(case, part, sequence=role):
            path.rename(target / path.name)
        part.rmdir()
    text = "Twelve PNG slices: three planes of four heads, the healthy one T2."
    return DemoStudy(target.name, target, text, tuple(CLASS_OF[kind] for kind, _ in scans))


def _zipped_dicom(folder: Path) -> DemoStudy:
    case = make_case(
        "meningioma", seed=55, spacing_mm=1.4, slice_mm=5.6, sequences=("t1c",), head=True
    )
    loose = write_dicom(case, folder / "zipped", options=DicomOptions(compress=True))
    packed = Path(shutil.make_archive(str(folder / "meningioma-dicom"), "zip", loose))
    shutil.rmtree(loose)
    text = "Meningioma: a zip of compressed DICOM files, slices of 5.6 mm."
    return DemoStudy(packed.name, packed, text, ("meningioma",))


def _volume(kind: str, seed: int, wish: Wish) -> PhantomCase:
    return make_case(
        kind, seed=seed, spacing_mm=VOLUME_MM, sequences=("t1c",), head=True, wish=wish
    )


def _lone_volume(case: PhantomCase, path: Path, text: str) -> DemoStudy:
    write_case(case, path)
    return DemoStudy(path.name, path, text, (CLASS_OF[case.kind],))
