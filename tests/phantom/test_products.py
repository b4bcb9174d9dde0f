import json
from itertools import permutations, product
from pathlib import Path

import nibabel as nib
import numpy as np
import SimpleITK

from neuroscope.io.nifti import read_nifti
from neuroscope.phantom.case import PhantomCase
from neuroscope.phantom.products import write_case
from neuroscope.settings import Limits


def test_a_written_study_reads_back_the_same(left_glioma: PhantomCase, tmp_path: Path):
    out = write_case(left_glioma, tmp_path / "out")

    names = ["flair.nii.gz", "segmentation.nii.gz", "t1.nii.gz", "t1c.nii.gz", "t2.nii.gz"]
    assert sorted(path.name for path in out.iterdir()) == [*names, "truth.json"]
    for role, volume in left_glioma.volumes.items():
        image = nib.load(out / f"{role}.nii.gz")
        np.testing.assert_array_equal(np.asarray(image.dataobj), volume.voxels)
        np.testing.assert_allclose(image.affine, volume.affine)
        assert nib.aff2axcodes(image.affine) == ("R", "A", "S")
    labels = nib.load(out / "segmentation.nii.gz")
    np.testing.assert_array_equal(np.asarray(labels.dataobj), left_glioma.segmentation.labels)
    assert labels.get_data_dtype() == np.uint8


def test_truth_is_plain_json(left_glioma: PhantomCase, tmp_path: Path):
    out = write_case(left_glioma, tmp_path / "out")

    truth = json.loads((out / "truth.json").read_text())
    assert truth["schema"] == "neuroscope/phantom-truth/1"
    assert (truth["kind"], truth["seed"], truth["side"]) == ("glioblastoma", 3, "left")
    assert truth == json.loads(json.dumps(dict(left_glioma.truth)))


def test_dicom_lies_beside_when_asked_for(pituitary: PhantomCase, tmp_path: Path):
    out = write_case(pituitary, tmp_path / "out", dicom=True)

    series = sorted(path.name for path in (out / "dicom").iterdir())
    assert series == ["1_t1", "2_t1c", "3_t2", "4_flair"]


def test_a_lesion_on_the_left_is_on_the_left_in_all_48_orientations(left_glioma, tmp_path):
    """Every order and direction of the array's axes, read by us and by SimpleITK."""
    out = write_case(left_glioma, tmp_path / "out")
    image = nib.load(out / "segmentation.nii.gz")
    expected = np.array(left_glioma.truth["center_mm"])
    assert expected[0] < -10
    ways = [
        np.array([[axis, flip] for axis, flip in zip(order, flips, strict=True)], float)
        for order in permutations(range(3))
        for flips in product((1, -1), repeat=3)
    ]
    assert len(ways) == 48
    for number, way in enumerate(ways):
        path = tmp_path / f"{number}.nii.gz"
        nib.save(image.as_reoriented(way), path)
        ours = read_nifti(path, limits=Limits())
        core = ours.to_mm(np.argwhere(ours.voxels % 2 == 1)).mean(0)
        np.testing.assert_allclose(core, expected, atol=1e-2)
        theirs = SimpleITK.ReadImage(path)
        index = np.argwhere(SimpleITK.GetArrayFromImage(theirs) % 2 == 1)[:, ::-1].mean(0)
        found = theirs.TransformContinuousIndexToPhysicalPoint([float(v) for v in index])
        np.testing.assert_allclose(np.array(found) * [-1, -1, 1], expected, atol=1e-2)
