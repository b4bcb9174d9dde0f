from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest

from neuroscope.errors import BadInputError, GeometryMismatchError, TooLargeError
from neuroscope.io import annotations
from neuroscope.io.annotation_nifti import read_annotation_nifti, write_annotation_nifti
from neuroscope.io.annotations import in_grid, mask_annotation
from neuroscope.records.volume import Volume
from neuroscope.settings import RESEARCH_USE, Limits

LIMITS = Limits()


def _grid(order=(0, 1, 2), signs=(-1, -1, 1)):
    affine = np.zeros((4, 4))
    for axis, (world, sign, step) in enumerate(zip(order, signs, (1.5, 1.25, 4.0), strict=True)):
        affine[world, axis] = sign * step
    affine[:, 3] = [31.25, -12.5, 47.0, 1.0]
    return Volume(np.zeros((14, 11, 7), np.float32), affine)


def _hook(grid):
    full = np.zeros(grid.shape, bool)
    full[2:9, 3, 1] = full[8, 3:7, 1] = full[2, 3, 1:4] = True
    return full


def _mark(full, grid, *, kind="tumor", reason=""):
    return mask_annotation(full, grid, series_id="s", kind=kind, author="a reader", reason=reason)


def _read(path, grid, kind="tumor", limits=LIMITS):
    return read_annotation_nifti(
        path, grid, kind=kind, series_id="s", author="another", limits=limits
    )


@pytest.mark.parametrize(("order", "signs"), [
    ((0, 1, 2), (-1, -1, 1)), ((1, 2, 0), (-1, -1, 1)), ((2, 0, 1), (-1, 1, 1)),
])  # fmt: skip
def test_what_is_written_comes_back_and_also_after_another_program_turned_it(
    tmp_path, order, signs
):
    grid = _grid(order, signs)
    path = tmp_path / "evidence.nii.gz"
    write_annotation_nifti([_mark(_hook(grid), grid, kind="evidence")], grid, path)
    (back,) = _read(path, grid, "evidence").annotations
    assert np.array_equal(in_grid(back, grid), _hook(grid))
    assert (back.kind, back.author, back.reason) == ("evidence", "another", "")
    image = nib.load(path)
    assert image.header["descrip"].tobytes().rstrip(b"\0").decode() == RESEARCH_USE
    nib.save(nib.as_closest_canonical(image), tmp_path / "ras.nii.gz")
    (turned,) = _read(tmp_path / "ras.nii.gz", grid, "evidence").annotations
    assert np.array_equal(in_grid(turned, grid), _hook(grid))


def test_parts_of_a_tumor_keep_their_brats_labels(tmp_path):
    grid = _grid()
    edema = np.zeros(grid.shape, bool)
    edema[1:11, 1:9, 1:5] = True
    core, rim = np.zeros_like(edema), np.zeros_like(edema)
    core[3:9, 3:7, 2:4] = True
    rim[5:7, 3:5, 2] = True
    marks = [
        _mark(rim, grid, reason="BraTS ET"),
        _mark(core, grid, reason="BraTS NCR: necrosis"),
        _mark(edema, grid, reason="BraTS ED"),
    ]
    path = tmp_path / "tumor.nii"
    write_annotation_nifti(marks, grid, path)
    labels = np.asarray(nib.load(path).dataobj)
    assert np.array_equal(labels == 3, rim)
    assert np.array_equal(labels == 1, core & ~rim)
    assert np.array_equal(labels == 2, edema & ~core & ~rim)
    back = _read(path, grid).annotations
    assert [one.reason for one in back] == ["BraTS NCR", "BraTS ED", "BraTS ET"]
    assert np.array_equal(in_grid(back[2], grid), rim)


def test_a_tumor_without_parts_is_label_one(tmp_path):
    grid = _grid()
    path = tmp_path / "tumor.nii"
    write_annotation_nifti([_mark(_hook(grid), grid, reason="a cyst")], grid, path)
    assert np.unique(np.asarray(nib.load(path).dataobj)).tolist() == [0, 1]
    assert _read(path, grid).annotations[0].reason == ""


def test_another_grid_images_and_empty_files_are_refused(tmp_path):
    grid = _grid()
    path = tmp_path / "a.nii"
    write_annotation_nifti([_mark(_hook(grid), grid)], grid, path)
    moved = np.array(grid.affine)
    moved[0, 3] += 0.7
    with pytest.raises(GeometryMismatchError, match="another grid"):
        _read(path, Volume(grid.voxels, moved))
    nib.save(nib.Nifti1Image(np.full(grid.shape, 0.4, np.float32), grid.affine), path)
    with pytest.raises(BadInputError, match="no labels"):
        _read(path, grid)
    nib.save(nib.Nifti1Image(np.zeros(grid.shape, np.uint8), grid.affine), path)
    with pytest.raises(BadInputError, match="no voxel"):
        _read(path, grid)


def test_kinds_are_not_mixed(tmp_path):
    grid = _grid()
    marks = [_mark(_hook(grid), grid), _mark(_hook(grid), grid, kind="evidence")]
    with pytest.raises(BadInputError, match="one kind"):
        write_annotation_nifti(marks, grid, tmp_path / "a.nii")


def test_an_atlas_and_masks_that_span_too_much_are_refused(tmp_path, monkeypatch):
    grid = _grid()
    path = tmp_path / "a.nii"
    many = (np.arange(grid.voxels.size) % 101 + 1).reshape(grid.shape).astype(np.uint8)
    nib.save(nib.Nifti1Image(many, grid.affine), path)
    with pytest.raises(TooLargeError, match="101 labels; at most 100"):
        _read(path, grid)
    corners = np.zeros(grid.shape, np.uint8)
    for label in range(1, 10):  # the box of each is nearly the whole grid
        corners.reshape(-1)[[label, -label]] = label
    nib.save(nib.Nifti1Image(corners, grid.affine), path)
    assert len(_read(path, grid).annotations) == 9
    monkeypatch.setattr(annotations, "MOST_MASKS_OF_LIMIT", 1)
    with pytest.raises(TooLargeError, match="span"):
        _read(path, grid, limits=replace(LIMITS, volume_voxels=grid.voxels.size))
