"""Read annotated pictures from a folder: one folder per class, and a COCO JSON of the marks."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import torch

from neuroscope.errors import BadInputError
from neuroscope.io.coco import read_coco
from neuroscope.learn.dataset import read_gray
from neuroscope.learn.reasons.cases import Annotated, Cases
from neuroscope.learn.reasons.cells import cell_masks
from neuroscope.learn.reasons.raster import SliceMarks, marks_on_slice
from neuroscope.models.classes import CLASS_NAMES
from neuroscope.preprocess.slice_input import prepare_slice
from neuroscope.records.annotation import PLAIN_AFFINE, Annotation
from neuroscope.records.slicegrid import SliceGrid, on_slice

SERIES = "pictures"
ENDINGS = (".png", ".jpg", ".jpeg")
PATIENT = ("patient", "patient_id")  # members of an image of the file that name its patient
NAMELESS = (
    "{} of {} marked pictures name no patient, and each counts as a patient of its own. If several "
    "are of one patient, intervals are narrower than they should be. Name patients by a folder "
    "inside the class, or by 'patient' of the image."
)


@dataclass(frozen=True, slots=True, eq=False)
class AnnotatedFolder:
    """Slices that a file had marks for, and what of it could not be used."""

    annotated: Annotated
    cautions: tuple[str, ...]


def annotated_folder(coco: Path, *, size: int, cells: int) -> AnnotatedFolder:
    """Read the marks of a COCO JSON and the pictures beside it.

    Parameters
    ----------
    coco
        Lies beside one folder per class (``glioma``, ``meningioma``, ``pituitary``, ``notumor``)
        with the pictures, PNG or JPEG. The patient of a picture is what ``patient`` (or
        ``patient_id``) of its image says, else the folder inside the class that it lies in; a
        picture without either counts as a patient of its own, which is said.
    size, cells
        Sides of the prepared slices, and of the grid of places, of the weights.

    Raises
    ------
    BadInputError
        If there are no pictures, two have the same name, or no mark belongs to any of them.
    """
    pictures = _pictures(coco.parent)
    pixels = [read_gray(path) for path in pictures]
    grids = [
        SliceGrid(path.stem, (image.shape[0], image.shape[1]), PLAIN_AFFINE, number)
        for number, (path, image) in enumerate(zip(pictures, pixels, strict=True))
    ]
    read = read_coco(coco, grids, series_id=SERIES, author="file")
    rows = [n for n, grid in enumerate(grids) if _has_marks(read.annotations, grid)]
    cautions = list(read.cautions)
    images, marks = [], []
    for row in rows:
        prepared = prepare_slice(pixels[row], size=size)
        seen = grids[row].within(prepared.to_pixels, (size, size))
        here = marks_on_slice(read.annotations, grids[row], seen=seen)
        cautions += [f"{grids[row].name}: {caution}" for caution in here.cautions]
        images.append(np.round(prepared.image * 255).astype(np.uint8))
        marks.append(here)
    labels = [_label(pictures[row], coco.parent) for row in rows]
    named = _patients(coco, pictures)
    nameless = sum(pictures[row].stem not in named for row in rows)
    if nameless:
        cautions.append(NAMELESS.format(nameless, len(rows)))
    cases = Cases(
        np.stack(images) if images else np.zeros((0, size, size), np.uint8),
        np.array(labels, np.int64),
        np.array(
            [
                named.get(pictures[row].stem, f"{CLASS_NAMES[label]}/{pictures[row].stem}")
                for row, label in zip(rows, labels, strict=True)
            ]
        ),
    )
    return AnnotatedFolder(_annotated(cases, marks, cells), tuple(cautions))


def _pictures(folder: Path) -> list[Path]:
    found = sorted(
        path
        for label in CLASS_NAMES
        for pattern in ("*", "*/*")
        for path in (folder / label).glob(pattern)
        if path.suffix.lower() in ENDINGS
    )
    if not found:
        raise BadInputError(
            "There are no pictures beside the annotations.",
            fix=f"Put them into folders named {', '.join(CLASS_NAMES)} beside the file.",
        )
    names = [path.stem for path in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadInputError(
            f"{len(twice)} names of pictures occur more than once.",
            fix="Give every picture a name of its own: annotations know them by it.",
        )
    return found


def _label(picture: Path, folder: Path) -> int:
    return CLASS_NAMES.index(picture.relative_to(folder).parts[0])


def _patients(coco: Path, pictures: Iterable[Path]) -> dict[str, str]:
    """Give the patient of every picture that has one, by the stem of its file."""
    inner = (path for path in pictures if path.parent.parent != coco.parent)
    named = {path.stem: path.parent.name for path in inner}
    for image in json.loads(coco.read_text(encoding="utf-8"))["images"]:
        said = next((str(image[key]) for key in PATIENT if image.get(key)), "")
        if said:
            named[PurePosixPath(str(image["file_name"])).stem] = said
    return named


def _has_marks(annotations: Iterable[Annotation], grid: SliceGrid) -> bool:
    drawn = (one for one in annotations if one.kind != "note" and not one.deleted)
    return any(on_slice(one, grid) for one in drawn)


def _annotated(cases: Cases, marks: list[SliceMarks], cells: int) -> Annotated:
    if not marks:
        raise BadInputError(
            "No mark belongs to any of the pictures.",
            fix="Name the images of the COCO JSON as the pictures.",
        )
    evidence = np.stack([np.maximum(one.evidence, one.tumor) for one in marks])
    ignored = np.stack([one.not_evidence for one in marks])
    masks = cell_masks(
        torch.from_numpy(evidence),
        torch.from_numpy(ignored),
        cells=cells,
        only_this=torch.tensor([one.only_this for one in marks]),
    )
    return Annotated(cases, masks)
