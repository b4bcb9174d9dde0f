"""Carry annotations of a series out to files of other programs, and back in.

DICOM SEG and NIfTI hold voxels, so shapes are laid on the voxels of the series first; COCO holds
polygons, so masks are drawn around first. What comes in is stored as the importer's own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np

from neuroscope.errors import BadInputError, NotFoundError
from neuroscope.io.annotation_nifti import read_annotation_nifti, write_annotation_nifti
from neuroscope.io.annotations import ReadAnnotations
from neuroscope.io.coco import read_coco, write_coco
from neuroscope.io.dicom_seg import read_dicom_seg, write_dicom_seg
from neuroscope.preprocess.contours import outlined
from neuroscope.preprocess.drawn import drawn_along, voxel_mask
from neuroscope.preprocess.orient import SliceSource, best_cut, slices_along, slices_of
from neuroscope.preprocess.slice_grid import slice_grid
from neuroscope.records.annotation import Annotation, AnnotationKind
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.slicegrid import SliceGrid, on_slice
from neuroscope.records.study import Series
from neuroscope.records.volume import Volume
from neuroscope.settings import Limits
from neuroscope.store.annotation_reads import list_annotations
from neuroscope.store.annotations import create_all
from neuroscope.store.database import Store
from neuroscope.store.studies import load_study

Form = Literal["dicom-seg", "nifti", "coco"]
FORMS: Mapping[str, Form] = MappingProxyType({form: form for form in get_args(Form)})

GZIP = b"\x1f\x8b"
NIFTI_HEADER = (348, 540)  # bytes, the first number of NIfTI-1 and NIfTI-2
UTF8_MARK = b"\xef\xbb\xbf"
NO_NOTES = "Notes were left out: NIfTI has no room for their words."


@dataclass(frozen=True, slots=True)
class Exported:
    """The names of the files that were written, and what could not be."""

    files: tuple[str, ...]
    cautions: tuple[str, ...] = ()


def export_annotations(
    store: Store, study_id: str, series_id: str | None, folder: Path, *, form: Form, reader: str
) -> Exported:
    """Write what counts on a series, as the reader may see it, into a folder that is there.

    Parameters
    ----------
    series_id
        May be None if the study has but one.

    Raises
    ------
    BadInputError
        If there is nothing to write, or the format cannot hold a series of plain pictures.
    NotFoundError
        If there is no such study or series.
    """
    study = load_study(store, study_id)
    series = _series(study, series_id)
    drawn = _drawn(store, study_id, series.id, reader)
    if not drawn:
        raise BadInputError("Nothing is drawn on this series.", fix="Choose another series.")
    return _export(study, series, drawn, folder, form)


def export_study(store: Store, study_id: str, folder: Path, *, form: Form, reader: str) -> Exported:
    """Write what counts on every series of a study, each into a folder of its own.

    Raises
    ------
    BadInputError
        If there is nothing to write, or the format can hold none of it.
    NotFoundError
        If there is no such study.
    """
    study = load_study(store, study_id)
    files: list[str] = []
    cautions: list[str] = []
    for series in study.study.series:
        drawn = _drawn(store, study_id, series.id, reader)
        if not drawn:
            continue
        own = folder / series.id
        own.mkdir()
        try:
            made = _export(study, series, drawn, own, form)
        except BadInputError as error:
            cautions.append(f"{series.id} ({series.title}): {error.problem} {error.fix}")
            continue
        files += [f"{series.id}/{name}" for name in made.files]
        cautions += [f"{series.id} ({series.title}): {caution}" for caution in made.cautions]
    if not files:
        said = " ".join(cautions) or "Nothing is drawn on this study."
        raise BadInputError(said, fix="Draw something, or choose another format.")
    return Exported(tuple(files), tuple(cautions))


def named_by_content(path: Path) -> Path:
    """Rename a file of unknown name to what its first bytes say: COCO, NIfTI, or else DICOM."""
    with path.open("rb") as file:
        start = file.read(512)
    if start[:2] == GZIP:
        name = "sent.nii.gz"
    elif int.from_bytes(start[:4], "little") in NIFTI_HEADER or (
        int.from_bytes(start[:4], "big") in NIFTI_HEADER
    ):
        name = "sent.nii"
    elif start.removeprefix(UTF8_MARK).lstrip()[:1] in (b"{", b"["):
        name = "sent.json"
    else:
        name = "sent.dcm"
    return path.rename(path.with_name(name))


def _drawn(store: Store, study_id: str, series_id: str, reader: str) -> list[Annotation]:
    found = list_annotations(store, study_id, series_id, reader=reader)
    return [one.current.annotation for one in found]


def _export(
    study: ImportedStudy, series: Series, drawn: Sequence[Annotation], folder: Path, form: Form
) -> Exported:
    image = _image(study, series.id)
    if form == "coco":
        slices = _all_slices(image, drawn)
        write_coco(_as_contours(drawn, image, slices), slices, folder / "annotations.json")
        return Exported(("annotations.json",))
    if not isinstance(image, Volume):
        raise BadInputError(
            "Plain pictures have no place in the patient, which DICOM SEG and NIfTI need.",
            fix="Export their annotations as COCO.",
        )
    masks = [voxel_mask(one, image) for one in drawn]
    if form == "nifti":
        return _write_nifti(masks, image, folder)
    write_dicom_seg(
        masks,
        image,
        folder / "annotations.dcm",
        study_id=study.study.id,
        patient=study.study.pseudonym,
        modality="CT" if series.role == "ct" else "MR",
    )
    return Exported(("annotations.dcm",))


def import_annotations(
    store: Store,
    study_id: str,
    series_id: str | None,
    path: Path,
    *,
    reader: str,
    kind: AnnotationKind = "tumor",
    limits: Limits | None = None,
) -> ReadAnnotations:
    """Store what a file of another program, or of ours, holds for a series: all of it, or nothing.

    A file that is read twice is stored once. COCO is known by `.json`, NIfTI by `.nii` and
    `.nii.gz`; all else is taken for DICOM.

    Parameters
    ----------
    series_id
        May be None if the study has but one.
    reader
        Becomes the author, whoever drew.
    kind
        Of the labels of a NIfTI file.

    Raises
    ------
    BadInputError, GeometryMismatchError, TooLargeError, UnreadableFileError
        If the file does not fit the series.
    NotFoundError
        If there is no such study or series.
    """
    study = load_study(store, study_id)
    series_id = _series(study, series_id).id
    image = _image(study, series_id)
    read = _read(path, image, series_id, reader=reader, kind=kind, limits=limits or Limits())
    create_all(store, study_id, read.annotations)
    return read


def _read(
    path: Path,
    image: Volume | SliceSource,
    series_id: str,
    *,
    reader: str,
    kind: AnnotationKind,
    limits: Limits,
) -> ReadAnnotations:
    if path.suffix == ".json":
        return read_coco(path, _all_slices(image), series_id=series_id, author=reader)
    if not isinstance(image, Volume):
        raise BadInputError(
            "Only COCO JSON can be read for plain pictures.",
            fix="Give polygons in pixels, in a file that ends in .json.",
        )
    if path.name.endswith((".nii", ".nii.gz")):
        return read_annotation_nifti(
            path, image, kind=kind, series_id=series_id, author=reader, limits=limits
        )
    return read_dicom_seg(path, image, series_id=series_id, author=reader, limits=limits)


def _series(study: ImportedStudy, series_id: str | None) -> Series:
    every = study.study.series
    if series_id is None and len(every) > 1:
        names = ", ".join(f"{series.id} ({series.title})" for series in every)
        raise BadInputError(f"The study has {len(every)} series.", fix=f"Name one: {names}.")
    for series in every:
        if series_id in (None, series.id):
            return series
    raise NotFoundError("The study has no such series.", fix="Choose one of its series.")


def _image(study: ImportedStudy, series_id: str) -> Volume | SliceSource:
    if series_id in study.volumes:
        return study.volumes[series_id]
    return slices_of(study.slices[series_id])


def _all_slices(
    image: Volume | SliceSource, drawn: Sequence[Annotation] | None = None
) -> list[SliceGrid]:
    """Place the slices: of a volume in all planes, or in those that were drawn in."""
    if not isinstance(image, Volume):
        return [slice_grid(image, index) for index in range(image.number)]
    axes = {0, 1, 2}
    if drawn is not None:
        axes = {drawn_along(one, image) for one in drawn if one.shape != "mask"}
        axes |= {best_cut(image).axis for one in drawn if one.shape == "mask"}
    sources = [slices_along(image, axis) for axis in sorted(axes)]
    return [slice_grid(source, n) for source in sources for n in range(source.number)]


def _as_contours(
    drawn: Sequence[Annotation], image: Volume | SliceSource, slices: Sequence[SliceGrid]
) -> list[Annotation]:
    """Draw around masks, slice by slice; leave contours and strokes as they are."""
    made: list[Annotation] = []
    for annotation in drawn:
        if annotation.shape != "mask":
            made.append(annotation)
            continue
        for grid in _slices_of_masks(image, slices):
            if not on_slice(annotation, grid):
                continue
            made += [
                replace(
                    annotation, shape="contour", points_mm=np.asarray(outer), holes_mm=tuple(holes),
                    mask=None, mask_affine=None,
                )
                for outer, *holes in outlined(annotation, grid)
            ]  # fmt: skip
    return made


def _slices_of_masks(
    image: Volume | SliceSource, slices: Sequence[SliceGrid]
) -> Sequence[SliceGrid]:
    if not isinstance(image, Volume):
        return slices
    source = slices_along(image, best_cut(image).axis)
    return [slice_grid(source, index) for index in range(source.number)]


def _write_nifti(masks: Sequence[Annotation], image: Volume, folder: Path) -> Exported:
    files = []
    for kind in dict.fromkeys(mask.kind for mask in masks if mask.kind != "note"):
        name = f"annotations-{kind}.nii.gz"
        write_annotation_nifti([m for m in masks if m.kind == kind], image, folder / name)
        files.append(name)
    has_notes = any(mask.kind == "note" for mask in masks)
    if not files:
        raise BadInputError(
            "Only notes are drawn on this series, and NIfTI has no room for their words.",
            fix="Export them as DICOM SEG or COCO.",
        )
    return Exported(tuple(files), (NO_NOTES,) if has_notes else ())
