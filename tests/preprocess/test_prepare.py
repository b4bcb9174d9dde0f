import itertools

import numpy as np
import pytest

from neuroscope.io.nifti import read_nifti
from neuroscope.io.reader import read_study
from neuroscope.preprocess.foreground import foreground
from neuroscope.preprocess.prepare import on_reference, prepare, reference_of, to_native
from neuroscope.preprocess.register import make_side, similarity_of
from neuroscope.records.transform import Transform
from neuroscope.records.volume import Volume
from neuroscope.settings import Limits


@pytest.fixture(scope="module")
def raw(head, drawn_pose, scanned, study_of):
    """A head whose T2 was scanned after it moved; and how it moved."""
    pose = drawn_pose(8)
    volumes = head.volumes
    study = study_of(
        ("t1", volumes["t1"]), ("t1c", volumes["t1c"]), ("t2", scanned(volumes["t2"], pose))
    )
    return prepare(study, even_out=False), pose


def test_a_raw_study_comes_out_in_one_frame(raw, head, brain_points):
    prepared, pose = raw

    there = prepared.to_reference["t2"].carry(pose.carry(brain_points))

    assert np.linalg.norm(there - brain_points, axis=1).mean() < 0.5
    assert prepared.reference == "t1c"
    assert prepared.to_reference["t1c"].is_identity
    assert prepared.series == {"t1": "s0", "t1c": "s1", "t2": "s2"}
    assert [finding.code for finding in prepared.findings] == ["missing"]
    held = prepared.brain.voxels[head.segmentation.labels > 0]
    assert held.mean() > 0.9


def test_no_voxel_is_resampled_until_it_is_asked_for(raw, head):
    prepared, _ = raw

    assert np.shares_memory(prepared.volumes["t1"].voxels, head.volumes["t1"].voxels)
    assert on_reference(prepared, "t2").same_grid(prepared.grid)
    assert on_reference(prepared, "t1c") is prepared.grid


def test_a_result_returns_to_where_each_sequence_was_scanned(raw, head, scanned):
    """The left tumor lies in the T2's own frame where the head lay when it was scanned."""
    prepared, pose = raw
    mask = Volume((head.segmentation.labels > 0).astype(np.float32), head.segmentation.affine)
    truth = scanned(mask, pose).voxels > 0.5
    result = Volume(mask.voxels > 0.5, mask.affine)

    native = to_native(prepared, result, "t2")

    assert native.same_grid(prepared.native_grid("t2"))
    assert 2 * (native.voxels & truth).sum() / (native.voxels.sum() + truth.sum()) > 0.9


def test_prepared_input_is_taken_untouched(brain, study_of):
    prepared = prepare(study_of(*brain.volumes.items()))

    assert prepared.cautions == ()
    assert "taken as prepared" in prepared.steps[0]
    for role, volume in brain.volumes.items():
        assert prepared.volumes[role] is volume
    assert all(transform.is_identity for transform in prepared.to_reference.values())
    assert (prepared.brain.voxels ^ foreground(brain.volumes["t1"])).mean() < 0.01


def flipped(volume: Volume) -> Volume:
    """Exchange left and right, under the same header."""
    return Volume(np.flip(volume.voxels, 0).copy(), volume.affine)


def test_a_mirrored_sequence_of_prepared_input_is_the_first_thing_said(brain, study_of):
    """The mask is the same on both sides: only what lies inside tells."""
    masks = [foreground(brain.volumes[role]) for role in ("t1c", "flair")]
    both = np.all([m & np.flip(m, 0) for m in masks], axis=0)
    t1c, flair = (
        Volume(brain.volumes[role].voxels * both, brain.segmentation.affine)
        for role in ("t1c", "flair")
    )

    right = prepare(study_of(("t1c", t1c), ("flair", flair)))
    wrong = prepare(study_of(("t1c", t1c), ("flair", flipped(flair))))

    assert "taken as prepared" in right.steps[0]
    assert right.steps == wrong.steps
    assert [finding.code for finding in right.findings] == ["missing"]
    assert [finding.code for finding in wrong.findings] == ["mirrored", "missing"]
    assert "left and right exchanged" in wrong.cautions[0]


def test_a_stripped_study_on_two_grids_keeps_its_brain(brain, study_of):
    """The extractor, which knows whole heads only, is not asked."""
    t1c, flair = brain.volumes["t1c"], brain.volumes["flair"]
    moved = flair.affine.copy()
    moved[:3, 3] = flair.to_mm([2, 0, 0])
    cropped = Volume(flair.voxels[2:], moved)

    def extract(volume: Volume) -> np.ndarray:
        raise AssertionError(f"asked for the brain of {volume.shape}")

    prepared = prepare(study_of(("t1c", t1c), ("flair", cropped)), extract_brain=extract)

    np.testing.assert_array_equal(prepared.brain.voxels, foreground(t1c))
    assert "Brain: what the input's own mask left." in prepared.steps


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Brats18_2013_2_1", ["missing"]),
        ("BraTS-GLI-00001-000", ["missing"]),
        # Its contrast T1 hardly enhances, its FLAIR is one of T1.
        ("TCGA-DU-7294", ["swapped", "unlike", "missing"]),
    ],
)
def test_a_mirrored_sequence_of_a_real_prepared_case_is_found(
    name, told, development_data, study_of
):
    files = {"t1c": "t1c", "t2": "t2w", "flair": "t2f"}
    given = {
        role: read_nifti(development_data / "brats3d" / name / f"{file}.nii.gz", limits=Limits())
        for role, file in files.items()
    }

    right = prepare(study_of(*given.items()))
    wrong = prepare(study_of(*{**given, "flair": flipped(given["flair"])}.items()), even_out=False)

    assert [finding.code for finding in right.findings] == told
    assert [finding.code for finding in wrong.findings] == ["mirrored", *told]
    assert wrong.findings[0].problem.startswith("FLAIR")


def test_swapped_files_are_put_right_and_said(brain, study_of):
    volumes = brain.volumes
    study = study_of(
        ("t1", volumes["t1"]), ("t1c", volumes["t2"]), ("t2", volumes["t1c"]),
        ("flair", volumes["flair"]),
    )  # fmt: skip

    prepared = prepare(study)

    assert prepared.volumes["t1c"] is volumes["t1c"]
    assert prepared.series["t1c"] == "s2"
    assert [finding.code for finding in prepared.findings] == ["swapped", "swapped"]


def test_a_given_extractor_finds_the_brain_and_uneven_images_are_corrected(head, study_of):
    i, j, k = np.meshgrid(*(np.linspace(-1, 1, n) for n in head.segmentation.labels.shape),
                          indexing="ij")  # fmt: skip
    uneven = np.exp(0.35 * (i + 0.5 * j - 0.5 * k))
    t1 = Volume((head.volumes["t1"].voxels * uneven).astype(np.float32), head.volumes["t1"].affine)
    seen = []

    def middle(volume: Volume) -> np.ndarray:
        seen.append(volume)
        points = volume.to_mm(np.stack(np.indices(volume.shape), -1)) - [0.0, -18.0, 4.0]
        return np.linalg.norm(points / [66.0, 82.0, 62.0], axis=-1) < 1

    prepared = prepare(study_of(("t1", t1)), extract_brain=middle)

    assert seen == [t1]
    np.testing.assert_array_equal(prepared.brain.voxels, middle(t1))
    assert "corrected (N4)" in prepared.steps[-1]
    assert np.log(t1.voxels[prepared.brain.voxels].clip(1)).std() > (
        np.log(prepared.volumes["t1"].voxels[prepared.brain.voxels].clip(1)).std()
    )


def test_the_reference_is_t1c_or_the_finest(brain):
    fine = brain.volumes["t2"]
    coarse = Volume(fine.voxels[:, :, ::2], fine.affine @ np.diag([1.0, 1.0, 2.0, 1.0]))

    assert reference_of({"a": fine, "b": coarse}, {"a": "t2", "b": "t1c"}) == "b"
    assert reference_of({"a": fine, "b": coarse}, {"a": "t2", "b": "flair"}) == "a"
    assert reference_of({"a": fine, "b": coarse}, {"a": "ct", "b": "flair"}) == "b"


def orientations() -> list[np.ndarray]:
    """All 48 ways to store a volume: orders of axes and directions."""
    return [
        np.diag(signs)[:, list(order)]
        for order in itertools.permutations(range(3))
        for signs in itertools.product((1, -1), repeat=3)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("number", range(48))
def test_the_side_is_right_in_every_orientation(number, brain, study_of):
    """T2 is stored in another way each time and lies shifted; the tumor is on the right."""
    t2 = brain.volumes["t2"]
    way = orientations()[number]
    axes = [int(np.flatnonzero(way[:, axis])[0]) for axis in range(3)]
    voxels, matrix = t2.voxels.transpose(axes), t2.affine[:, [*axes, 3]].copy()
    for axis, world in enumerate(axes):
        if way[world, axis] < 0:
            matrix[:3, 3] += matrix[:3, axis] * (voxels.shape[axis] - 1)
            matrix[:3, axis] *= -1
            voxels = np.flip(voxels, axis)
    shift = np.eye(4)
    shift[:3, 3] = [6.0, -5.0, 4.0]
    moved = Transform(shift)
    study = study_of(("t1c", brain.volumes["t1c"]), ("t2", Volume(voxels, shift @ matrix)))

    prepared = prepare(study, even_out=False)

    assert "mirrored" not in [finding.code for finding in prepared.findings]
    points = np.array([[40.0, -20.0, 10.0], [-40.0, 0.0, 30.0]])
    there = prepared.to_reference["t2"].carry(moved.carry(points))
    assert np.linalg.norm(there - points, axis=1).max() < 1.0
    tumor = Volume((brain.segmentation.labels > 0).astype(np.uint8), brain.segmentation.affine)
    back = to_native(prepared, tumor, "t2")
    assert back.to_mm(np.argwhere(back.voxels)).mean(0)[0] > 10


@pytest.mark.data
@pytest.mark.slow
def test_a_real_thick_sliced_study_is_laid_on_its_t1c(development_data):
    folder = development_data / "native3d_no_registration" / "TCGA-02-0054"
    study = read_study(folder, key=b"0" * 32, limits=Limits())

    prepared = prepare(study, even_out=False)

    assert set(prepared.volumes) == {"t1", "t1c", "t2", "flair"}
    assert not {"mirrored", "mixed", "no brain"} & {f.code for f in prepared.findings}
    fixed = make_side(prepared.grid)
    for role in ("t1", "t2", "flair"):
        laid = similarity_of(make_side(prepared.volumes[role]), fixed)
        assert laid >= similarity_of(make_side(prepared.native_grid(role)), fixed) - 0.01
        assert prepared.to_reference[role].rotation_deg < 10
    assert prepared.to_mni is not None
    middle = prepared.brain.to_mm(np.argwhere(prepared.brain.voxels)).mean(0)
    assert np.linalg.norm(prepared.to_mni.carry(middle) - [0, -18, 4]) < 20
