import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
import pytest

from neuroscope.errors import BadInputError, ConflictError, NotFoundError
from neuroscope.preprocess.drawn import voxel_mask
from neuroscope.records.annotation import Annotation
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.study import Series
from neuroscope.records.volume import Volume
from neuroscope.store.annotation_reads import list_annotations
from neuroscope.store.annotations import create, create_all
from neuroscope.store.database import Store
from neuroscope.store.studies import save_study
from neuroscope.workflow.exchange import (
    NO_NOTES,
    export_annotations,
    export_study,
    import_annotations,
    named_by_content,
)

SERIES = "70fa"
PICTURES = "5e71e5"


def _hook(volume: Volume) -> Annotation:
    """A mask on the volume that no mirror maps onto itself."""
    box = np.zeros((6, 5, 2), bool)
    box[:, 1, 0] = box[5, 1:, 0] = box[0, 1, 1] = True
    affine = np.array(volume.affine)
    affine[:3, 3] = volume.to_mm([20, 25, 5])
    return Annotation(
        "m", SERIES, "tumor", "mask", np.zeros((0, 3)), "ann", mask=box, mask_affine=affine,
        reason="BraTS ET",
    )  # fmt: skip


def _coronal() -> Annotation:
    points = np.array([[10, 30, 12], [30, 30, 12], [30, 30, 30], [18, 30, 36]], np.float64)
    return Annotation("c", SERIES, "evidence", "contour", points, "ann", reason="rim")


@pytest.fixture
def drawn(store: Store, volume_study: ImportedStudy) -> str:
    """Id of a study with a mask and a coronal contour."""
    study_id = save_study(store, volume_study).study_id
    create(store, study_id, _hook(volume_study.volumes[SERIES]))
    create(store, study_id, _coronal())
    return study_id


def _mine(store: Store, study_id: str, reader: str) -> list[Annotation]:
    found = list_annotations(store, study_id, SERIES, reader=reader)
    mine = [one.current.annotation for one in found]
    return sorted((one for one in mine if one.author == reader), key=lambda one: one.kind)


@pytest.mark.parametrize("form", ["dicom-seg", "nifti", "coco"])
def test_what_goes_out_comes_back_as_the_importers_own_and_once(
    store: Store, drawn: str, volume_study: ImportedStudy, tmp_path: Path, form: str
) -> None:
    volume = volume_study.volumes[SERIES]
    made = export_annotations(store, drawn, None, tmp_path, form=form, reader="ann")  # type: ignore[arg-type]
    for _ in range(2):
        for name in made.files:
            kind = "evidence" if "evidence" in name else "tumor"
            import_annotations(store, drawn, SERIES, tmp_path / name, reader="bob", kind=kind)
    back = _mine(store, drawn, "bob")
    expected = {"evidence": [_coronal()], "tumor": [_hook(volume)]}
    for kind, originals in expected.items():
        before = np.any([_voxels(one, volume) for one in originals], axis=0)
        after = np.any([_voxels(one, volume) for one in back if one.kind == kind], axis=0)
        assert np.array_equal(before, after)
    assert {one.kind for one in back} == {"evidence", "tumor"}


def _voxels(annotation: Annotation, volume: Volume) -> np.ndarray:
    laid = voxel_mask(annotation, volume)
    assert laid.mask is not None
    assert laid.mask_affine is not None
    full = np.zeros(volume.shape, bool)
    start = np.rint(volume.to_voxel(laid.mask_affine[:3, 3])).astype(int)
    full[tuple(slice(a, a + n) for a, n in zip(start, laid.mask.shape, strict=True))] = laid.mask
    return full


def test_each_format_says_what_it_should(store: Store, drawn: str, tmp_path: Path) -> None:
    export_annotations(store, drawn, SERIES, tmp_path, form="dicom-seg", reader="ann")
    made = pydicom.dcmread(tmp_path / "annotations.dcm")
    assert made.PatientID == "NS-BALL22"
    export_annotations(store, drawn, SERIES, tmp_path, form="nifti", reader="ann")
    labels = np.asarray(nib.load(tmp_path / "annotations-tumor.nii.gz").dataobj)
    assert np.unique(labels).tolist() == [0, 3]
    export_annotations(store, drawn, SERIES, tmp_path, form="coco", reader="ann")
    document = json.loads((tmp_path / "annotations.json").read_text())
    names = {image["id"]: image["file_name"] for image in document["images"]}
    on = {names[entry["image_id"]].split()[0] for entry in document["annotations"]}
    assert on == {"axial", "coronal"}


def test_notes_have_no_room_in_nifti(store: Store, drawn: str, tmp_path: Path) -> None:
    create(store, drawn, replace(_coronal(), id="n", kind="note", reason="Is this a vessel?"))
    made = export_annotations(store, drawn, SERIES, tmp_path, form="nifti", reader="ann")
    assert made.cautions == (NO_NOTES,)
    assert len(made.files) == 2


def test_plain_pictures_travel_as_coco_only(
    store: Store, picture_study: Callable[..., ImportedStudy], tmp_path: Path
) -> None:
    study_id = save_study(store, picture_study(3)).study_id
    points = np.array([[20, 30, 0], [40, 30, 0], [40, 36, 0], [26, 44, 0]], np.float64)
    create(
        store, study_id,
        Annotation("p", PICTURES, "evidence", "contour", points, "ann", slice_index=2),
    )  # fmt: skip
    export_annotations(store, study_id, PICTURES, tmp_path, form="coco", reader="ann")
    path = tmp_path / "annotations.json"
    read = import_annotations(store, study_id, PICTURES, path, reader="bob")
    (only,) = read.annotations
    assert only.slice_index == 2
    assert only.points_mm == pytest.approx(points)
    with pytest.raises(BadInputError, match="Plain pictures"):
        export_annotations(store, study_id, PICTURES, tmp_path, form="nifti", reader="ann")
    with pytest.raises(BadInputError, match="Only COCO"):
        import_annotations(store, study_id, PICTURES, tmp_path / "a.nii", reader="bob")


def test_a_file_of_which_one_annotation_cannot_be_stored_stores_none(
    store: Store, picture_study: Callable[..., ImportedStudy], tmp_path: Path
) -> None:
    study_id = save_study(store, picture_study(3)).study_id
    points = np.array([[20, 30, 0], [40, 30, 0], [40, 36, 0]], np.float64)
    for index in (0, 1):
        moved = Annotation(
            f"p{index}", PICTURES, "evidence", "contour", points, "ann", slice_index=index
        )
        create(store, study_id, moved)
    export_annotations(store, study_id, PICTURES, tmp_path, form="coco", reader="ann")
    path = tmp_path / "annotations.json"
    (_, second) = import_annotations(store, study_id, PICTURES, path, reader="bob").annotations
    other = save_study(store, picture_study(3, seed=9)).study_id
    with pytest.raises(ConflictError):  # the second has the id of one that was stored elsewhere
        create_all(store, other, [replace(second, id="fresh"), second])
    assert list_annotations(store, other, PICTURES, reader="bob") == ()


def test_nothing_drawn_and_no_series_are_refused(
    store: Store, volume_study: ImportedStudy, tmp_path: Path
) -> None:
    study_id = save_study(store, volume_study).study_id
    with pytest.raises(BadInputError, match="Nothing is drawn"):
        export_annotations(store, study_id, SERIES, tmp_path, form="coco", reader="ann")
    with pytest.raises(NotFoundError):
        export_annotations(store, study_id, "other", tmp_path, form="coco", reader="ann")


def test_a_study_of_several_series_asks_for_one(
    store: Store, volume_study: ImportedStudy, tmp_path: Path
) -> None:
    volume = volume_study.volumes[SERIES]
    two = (*volume_study.study.series, Series(id="f1a1", role="flair"))
    study = replace(
        volume_study, study=replace(volume_study.study, series=two),
        volumes={SERIES: volume, "f1a1": volume}, content_hash="0" * 64,
    )  # fmt: skip
    study_id = save_study(store, study).study_id
    create(store, study_id, _coronal())
    with pytest.raises(BadInputError, match="2 series") as told:
        export_annotations(store, study_id, None, tmp_path, form="coco", reader="ann")
    assert "f1a1 (FLAIR)" in told.value.fix
    made = export_annotations(store, study_id, SERIES, tmp_path, form="coco", reader="ann")
    assert made.files == ("annotations.json",)


def test_all_series_of_a_study_go_out_each_into_its_folder(
    store: Store,
    volume_study: ImportedStudy,
    picture_study: Callable[..., ImportedStudy],
    tmp_path: Path,
) -> None:
    pictures = picture_study(2)
    both = replace(
        volume_study,
        study=replace(
            volume_study.study, series=(*volume_study.study.series, *pictures.study.series)
        ),
        slices=pictures.slices,
    )
    study_id = save_study(store, both).study_id
    with pytest.raises(BadInputError, match="Nothing is drawn"):
        export_study(store, study_id, tmp_path, form="coco", reader="ann")
    create(store, study_id, _coronal())
    points = np.array([[10, 12, 0], [30, 12, 0], [12, 40, 0]], np.float64)
    on_picture = Annotation("p", PICTURES, "tumor", "contour", points, "ann", slice_index=1)
    create(store, study_id, on_picture)
    for form, files in (
        ("coco", [f"{SERIES}/annotations.json", f"{PICTURES}/annotations.json"]),
        ("dicom-seg", [f"{SERIES}/annotations.dcm"]),
    ):
        folder = tmp_path / form
        folder.mkdir()
        made = export_study(store, study_id, folder, form=form, reader="ann")  # type: ignore[arg-type]
        assert list(made.files) == files
        assert all((folder / name).is_file() for name in files)
        assert len(made.cautions) == 2 - len(files)
    assert PICTURES in made.cautions[0]


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"\x1f\x8b\x08", "sent.nii.gz"),
        ((348).to_bytes(4, "little"), "sent.nii"),
        ((540).to_bytes(4, "big"), "sent.nii"),
        (b'\xef\xbb\xbf  {"images": []}', "sent.json"),
        (b"[1]", "sent.json"),
        (b"\0" * 128 + b"DICM", "sent.dcm"),
        (b"anything", "sent.dcm"),
    ],
)
def test_a_file_is_known_by_its_first_bytes(start: bytes, name: str, tmp_path: Path) -> None:
    sent = tmp_path / "sent"
    sent.write_bytes(start)
    assert named_by_content(sent) == tmp_path / name
    assert (tmp_path / name).read_bytes() == start
