"""Segmenting by any segmenter: as prepared, as it is, with a given brain, with a given mask."""

import itertools
from dataclasses import replace

import nibabel
import numpy as np
import pytest
from nibabel.orientations import inv_ornt_aff

from neuroscope.errors import BadInputError, GeometryMismatchError
from neuroscope.io.nifti import read_nifti, write_nifti
from neuroscope.models.segmenter import SegmenterStudy
from neuroscope.phantom.case import make_case
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.preprocess.foreground import foreground
from neuroscope.preprocess.prepare import drawn_on, in_frame
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.prepared import Prepared
from neuroscope.records.study import Series, Study
from neuroscope.records.transform import IDENTITY, Transform
from neuroscope.records.volume import Volume
from neuroscope.settings import Limits
from neuroscope.workflow.segment import (
    AS_IS,
    given_brain,
    given_mask,
    segment_study,
    taken_as_is,
)


@pytest.fixture(scope="module")
def case():
    return make_case("glioblastoma", seed=21, spacing_mm=3.0, wish=Wish(side="left"))


def labels_of(case) -> Volume:
    return Volume(np.asarray(case.segmentation.labels), case.segmentation.affine)


def test_a_study_taken_as_it_is_is_segmented_and_measured(case, imported_phantom, truth_segmenter):
    fractions: list[float] = []
    found = segment_study(
        imported_phantom(case),
        lambda prepared: truth_segmenter(case),
        as_is=True,
        progress=fractions.append,
    )
    truth = float((np.asarray(case.segmentation.labels) == 3).sum()) * 0.027
    assert found.measurements.named("ET volume").value == pytest.approx(truth, rel=1e-6)
    assert found.prepared.steps == (AS_IS,)
    assert found.prepared.reference == "t1c"
    assert not found.meshes
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


@pytest.mark.parametrize("scheme", [{1: 1, 2: 2, 3: 3}, {1: 1, 2: 2, 3: 4}, {1: 2, 2: 4, 3: 1}])
def test_a_mask_in_any_scheme_gives_the_same_labels(case, imported_phantom, scheme):
    truth = np.asarray(case.segmentation.labels)
    written = np.zeros_like(truth)
    for ours, theirs in scheme.items():
        written[truth == ours] = theirs
    mask = Volume(written, case.segmentation.affine)
    found = segment_study(
        imported_phantom(case), lambda prepared: given_mask(prepared, mask), as_is=True
    )
    np.testing.assert_array_equal(np.asarray(found.segmented.segmentation.labels), truth)
    assert found.segmented.model is None
    told = [caution for caution in found.cautions if "translated to BraTS 2023" in caution]
    assert bool(told) == (scheme != {1: 1, 2: 2, 3: 3})


def test_a_mask_moves_with_the_sequence_it_was_drawn_on(case):
    t1c, flair = case.volumes["t1c"], case.volumes["flair"]
    shift = np.eye(4)
    shift[:3, 3] = (12.0, -6.0, 9.0)
    thin = Volume(np.asarray(flair.voxels)[:, :, ::2], flair.affine @ np.diag([1, 1, 2, 1.0]))
    prepared = Prepared(
        volumes={"t1c": t1c, "flair": Volume(thin.voxels, shift @ thin.affine)},
        series={"t1c": "a", "flair": "b"},
        reference="t1c",
        to_reference={"t1c": IDENTITY, "flair": Transform(shift)},
        brain=Volume(foreground(t1c), t1c.affine),
    )
    on_flair = Volume(np.asarray(case.segmentation.labels)[:, :, ::2], thin.affine)
    given = given_mask(prepared, on_flair).given
    np.testing.assert_allclose(given.affine, shift @ thin.affine)
    assert not any("grid of none" in text for text in given_mask(prepared, on_flair).cautions)
    elsewhere = given_mask(prepared, Volume(on_flair.voxels, on_flair.affine + np.eye(4, k=3)))
    np.testing.assert_allclose(elsewhere.given.affine, on_flair.affine + np.eye(4, k=3))
    assert any("grid of none of the sequences" in text for text in elsewhere.cautions)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("signs", list(itertools.product((1, -1), repeat=3)))
def test_a_mask_saved_with_other_axes_moves_with_its_sequence_all_the_same(order, signs):
    grid = np.array([[0.0, -2.0, 0.1, 30], [1.5, 0.0, 0.0, -40], [0.05, 0.1, 3.0, 7], [0, 0, 0, 1]])
    shape = (7, 6, 5)
    drawn = np.zeros(shape, np.uint8)
    drawn[1:3, 4, 2:4] = 1
    moved = Transform(np.array([[1, 0, 0, 5.0], [0, 1, 0, -3], [0, 0, 1, 2], [0, 0, 0, 1]]))
    prepared = Prepared(
        volumes={"t1c": Volume(np.ones((9, 9, 9)), np.eye(4)),
                 "flair": Volume(np.ones(shape), moved.matrix @ grid)},
        series={"t1c": "a", "flair": "b"},
        reference="t1c",
        to_reference={"t1c": IDENTITY, "flair": moved},
        brain=Volume(np.ones((9, 9, 9), bool), np.eye(4)),
    )  # fmt: skip
    saved = nibabel.Nifti1Image(drawn, grid).as_reoriented(
        np.array([[axis, sign] for axis, sign in zip(order, signs, strict=True)])
    )
    labels = Volume(np.asarray(saved.dataobj), saved.affine)
    assert drawn_on(prepared, labels) == "flair"
    laid = in_frame(prepared, labels)
    found = laid.to_mm(np.argwhere(laid.voxels).mean(0))
    wanted = moved.carry(Volume(drawn, grid).to_mm(np.argwhere(drawn).mean(0)))
    np.testing.assert_allclose(found, wanted, atol=1e-9)


def test_labels_of_no_scheme_are_refused(case, imported_phantom):
    prepared = taken_as_is(imported_phantom(case), None)
    wrong = Volume(np.asarray(case.segmentation.labels) * 7, case.segmentation.affine)
    with pytest.raises(BadInputError, match="No scheme"):
        given_mask(prepared, wrong)


def test_a_given_brain_settles_where_the_brain_is(case, imported_phantom, truth_segmenter):
    grid = case.volumes["t1c"]
    brain = np.array(foreground(grid))
    brain[:, :, : brain.shape[2] // 3] = False
    found = segment_study(
        imported_phantom(case),
        lambda prepared: truth_segmenter(case),
        brain=Volume(brain, grid.affine),
        as_is=True,
    )
    np.testing.assert_array_equal(np.asarray(found.prepared.brain.voxels), brain)


def test_a_brain_mask_of_another_place_is_refused(case):
    grid = case.volumes["t1c"]
    away = np.array(grid.affine)
    away[:3, 3] += 900
    with pytest.raises(GeometryMismatchError, match="covers 0 ml"):
        given_brain(Volume(foreground(grid), away))(grid)


def test_a_head_with_its_skull_is_not_taken_as_it_is_without_a_brain(case, imported_phantom):
    imported = imported_phantom(case)
    rng = np.random.default_rng(0)
    noisy = {
        name: Volume(volume.voxels + rng.uniform(1, 3, volume.shape).astype(np.float32),
                     volume.affine)
        for name, volume in imported.volumes.items()
    }  # fmt: skip
    with pytest.raises(BadInputError, match="nothing tells where the brain is"):
        taken_as_is(replace(imported, volumes=noisy), None)


def test_a_study_without_our_sequences_is_refused(case, truth_segmenter):
    series = (Series("ct", "ct"),)
    imported = ImportedStudy(Study("s", "NS-A", series), {"ct": case.volumes["t1"]}, {}, "h")
    with pytest.raises(BadInputError, match="no volume of T1"):
        segment_study(imported, lambda prepared: truth_segmenter(case))


def test_a_removed_skull_needs_no_extractor(case, imported_phantom):
    def extract(volume: Volume) -> np.ndarray:
        raise AssertionError(f"asked for the brain of {volume.shape}")

    prepared = taken_as_is(imported_phantom(case), extract)
    np.testing.assert_array_equal(
        np.asarray(prepared.brain.voxels), foreground(case.volumes["t1c"])
    )


ORIENTATIONS = [
    np.array([*zip(order, signs, strict=True)])
    for order in itertools.permutations(range(3))
    for signs in itertools.product((1, -1), repeat=3)
]
TYPES = ("int16", "uint16", "float32", "float64")


def stored(volume: Volume, way: np.ndarray) -> Volume:
    """Store a volume with other axes: the same head in the same place."""
    voxels = nibabel.apply_orientation(volume.voxels, way)
    return Volume(voxels, volume.affine @ inv_ornt_aff(way, volume.shape))


def test_all_48_ways_to_store_a_study_keep_side_grid_and_volume(tmp_path, imported_phantom):
    """Slices of 6.5 mm, through files, with gray values and labels of the usual types."""
    thick = make_case(
        "glioblastoma", seed=21, spacing_mm=3.0, slice_mm=6.5, wish=Wish(side="left"),
        sequences=("t1c",),
    )  # fmt: skip
    truth = labels_of(thick)
    left_mm = truth.to_mm(np.argwhere(truth.voxels)).mean(0)
    for number, way in enumerate(ORIENTATIONS):
        gray = stored(thick.volumes["t1c"], way)
        labels = stored(truth, way)
        kind = TYPES[number % len(TYPES)]
        write_nifti(gray.voxels.astype(kind), gray.affine, tmp_path / "t1c.nii.gz")
        write_nifti(labels.voxels.astype(kind), labels.affine, tmp_path / "seg.nii.gz")
        image = read_nifti(tmp_path / "t1c.nii.gz", limits=Limits())
        mask = read_nifti(tmp_path / "seg.nii.gz", limits=Limits())
        imported = replace(imported_phantom(thick), volumes={"s-t1c": image})

        prepared = taken_as_is(imported, None)
        study = SegmenterStudy(prepared.volumes, prepared.brain)
        found = given_mask(prepared, mask).segment(study).segmentation

        np.testing.assert_array_equal(found.labels, labels.voxels)
        np.testing.assert_allclose(found.affine, gray.affine, atol=1e-4)
        center_mm = Volume(found.labels, found.affine).to_mm(np.argwhere(found.labels)).mean(0)
        np.testing.assert_allclose(center_mm, left_mm, atol=1e-3)
        if number % 13 == 0:
            whole = segment_study(imported, lambda p: given_mask(p, mask), as_is=True)  # noqa: B023
            assert whole.measurements.lesions[0].side == "left"
            truth_ml = np.count_nonzero(truth.voxels) * 3 * 3 * 6.5 / 1000
            assert whole.measurements.named("WT volume").value == pytest.approx(truth_ml, rel=1e-5)
