"""Real studies are read with the labels of today on the grid of their pictures."""

from pathlib import Path

import numpy as np
import pytest

from neuroscope.io.nifti import write_nifti
from neuroscope.learn.real_studies import SOURCES, RealStudy, real_studies
from neuroscope.settings import Limits

SHAPE = (20, 24, 16)
AFFINE = np.diag([-1.0, -1.0, 1.5, 1.0])
AFFINE[:3, 3] = [9.0, 12.0, -4.0]
PLACES = {1: (3, 4, 2), 2: (12, 5, 3), 3: (4, 15, 9), 4: (13, 17, 11)}  # all four corners differ
BY_NAME = {source.folder.split("/")[-1]: source for source in SOURCES}


def reference(shape=SHAPE) -> np.ndarray:
    """A block of 4 x 4 x 3 voxels of each label."""
    labels = np.zeros(shape, np.uint8)
    for label, (i, j, k) in PLACES.items():
        labels[i : i + 4, j : j + 4, k : k + 3] = label
    return labels


def picture(seed: int) -> np.ndarray:
    """A brain that ends 2 voxels before the edge on one side only, zero outside."""
    voxels = np.random.default_rng(seed).uniform(50, 90, SHAPE).astype(np.float32)
    voxels[:2] = 0
    return voxels


def write(data: Path, name: str, *, pictures: tuple[str, ...], labels=None, affine=AFFINE) -> Path:
    folder = data / BY_NAME[name].folder
    folder.mkdir(parents=True)
    for seed, stem in enumerate(pictures):
        write_nifti(picture(seed), AFFINE, folder / f"{stem}.nii.gz")
    stored = reference() if labels is None else labels
    write_nifti(stored, affine, folder / BY_NAME[name].reference)
    return folder


def only(data: Path) -> RealStudy:
    (found,) = real_studies(data, Limits())
    return found


def label_at(study: RealStudy, block: int) -> int:
    i, j, k = PLACES[block]
    return int(study.labels[i + 1, j + 2, k + 1])


def test_sequences_have_their_roles_and_the_reference_its_author(tmp_path):
    write(tmp_path, "Brats18_2013_2_1", pictures=("t1n", "t1c", "t2w", "t2f"))
    study = only(tmp_path)
    assert list(study.volumes) == ["t1", "t1c", "t2", "flair"]
    for seed, volume in enumerate(study.volumes.values()):
        np.testing.assert_allclose(volume.voxels, picture(seed), rtol=1e-6)
    assert (study.name, study.reference_by) == ("Brats18_2013_2_1", "expert")


def test_enhancing_tumor_is_three_whatever_the_set_called_it(tmp_path):
    write(tmp_path, "BraTS-GLI-00001-000", pictures=("t1c",))
    study = only(tmp_path)
    assert [label_at(study, block) for block in PLACES] == [1, 2, 3, 3]
    assert study.reference_by == "algorithm"


def test_labels_of_2013_are_renamed(tmp_path):
    """1 necrosis, 2 edema, 3 non-enhancing, 4 enhancing."""
    stems = ("T1c_subtrMeanDivStd", "Flair_subtrMeanDivStd")
    write(tmp_path, "brats_2013_pat0006_1", pictures=stems)
    study = only(tmp_path)
    assert [label_at(study, block) for block in PLACES] == [1, 2, 1, 3]
    assert list(study.volumes) == ["t1c", "flair"]
    assert study.labels.dtype == np.uint8


def test_missing_sequences_are_left_out(tmp_path):
    write(tmp_path, "TCGA-DU-7294", pictures=("t2w", "t2f"))
    assert list(only(tmp_path).volumes) == ["t2", "flair"]


def test_a_reference_on_another_grid_is_laid_onto_the_pictures(tmp_path):
    """Stored with the first two axes turned round, a margin, and as floats a little off."""
    turned = np.pad(reference()[::-1, ::-1], ((3, 2), (1, 4), (2, 0))).astype(np.float32)
    turned[turned > 0] += 0.01
    steps = np.diag([1.0, 1.0, 1.5, 1.0])
    last = AFFINE @ [SHAPE[0] - 1, SHAPE[1] - 1, 0, 1]
    steps[:3, 3] = last[:3] - [3.0, 1.0, 2 * 1.5]
    write(tmp_path, "BraTS-GLI-00001-000", pictures=("t1n", "t2w"), labels=turned, affine=steps)
    found = only(tmp_path)
    wanted = reference()
    wanted[wanted == 4] = 3
    np.testing.assert_array_equal(found.labels, wanted)


def test_a_label_is_never_made_of_two_others(tmp_path):
    """Between 1 and 3, half a voxel off, there is no edema."""
    labels = np.zeros(SHAPE, np.uint8)
    labels[4:10, 4:20, 2:12], labels[10:16, 4:20, 2:12] = 1, 3
    shifted = AFFINE.copy()
    shifted[0, 3] += 0.5
    write(tmp_path, "Brats18_2013_2_1", pictures=("t1c",), labels=labels, affine=shifted)
    found = only(tmp_path).labels
    assert set(np.unique(found)) == {0, 1, 3}


def test_the_brain_is_where_any_sequence_is_not_zero(tmp_path):
    folder = write(tmp_path, "TCGA-DU-7294", pictures=("t1n", "t2w"))
    cut = picture(1)
    cut[:, :7] = 0
    write_nifti(cut, AFFINE, folder / "t2w.nii.gz")
    brain = only(tmp_path).brain
    np.testing.assert_array_equal(np.asarray(brain.voxels) > 0, picture(0) != 0)
    np.testing.assert_allclose(brain.affine, AFFINE)


def test_a_mask_beside_the_pictures_is_the_brain(tmp_path):
    folder = write(tmp_path, "BraTS-GLI-00001-000", pictures=("t1n",))
    mask = np.zeros(SHAPE, np.uint8)
    mask[5:, 3:, 1:] = 1
    write_nifti(mask, AFFINE, folder / "brainmask.nii.gz")
    np.testing.assert_array_equal(only(tmp_path).brain.voxels, mask)


def test_studies_come_in_the_order_of_the_list_and_those_that_lack_a_reference_do_not(tmp_path):
    write(tmp_path, "TCGA-DU-7294", pictures=("t2f",))
    write(tmp_path, "Brats18_2013_2_1", pictures=("t1n",))
    (write(tmp_path, "BraTS-GLI-00001-000", pictures=("t1n",)) / SOURCES[1].reference).unlink()
    names = [study.name for study in real_studies(tmp_path, Limits())]
    assert names == ["Brats18_2013_2_1", "TCGA-DU-7294"]
    assert not list(real_studies(tmp_path / "empty", Limits()))


@pytest.mark.data
def test_the_development_studies_have_tumors_inside_their_brains(development_data):
    study = next(real_studies(development_data, Limits()))
    inside = np.asarray(study.brain.voxels) > 0
    assert set(np.unique(study.labels)) <= {0, 1, 2, 3}
    assert (study.labels > 0).sum() > 1000
    assert inside[study.labels > 0].mean() > 0.99
    assert all(volume.shape == study.labels.shape for volume in study.volumes.values())
