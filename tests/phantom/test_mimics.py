import json

import nibabel as nib
import numpy as np
import pytest

from neuroscope.phantom.lesions.kinds import MIMICS
from neuroscope.phantom.products import write_case
from neuroscope.phantom.slices import lesion_index, mask_picture


@pytest.mark.parametrize("kind", sorted(MIMICS))
def test_a_mimic_is_labeled_apart_and_is_no_tumor(kind, case_of):
    case = case_of(kind)
    truth = case.truth

    assert not case.segmentation.labels.any()
    assert set(truth["volumes_ml"].values()) == {0}
    assert truth["core_ml"] == truth["wanted_core_ml"] == 0
    assert truth["center_mm"] is None
    assert truth["mimic"]["kind"] == kind
    assert truth["mimic"]["number"] == len(case.lesions)
    marked_ml = (case.mimics.labels > 0).sum() * truth["voxel_ml"]
    assert truth["mimic"]["total_ml"] == pytest.approx(marked_ml)
    assert sum(truth["mimic"]["volumes_ml"].values()) == pytest.approx(marked_ml)
    assert set(np.unique(case.mimics.labels)) - {0} <= set(case.mimics.tissues)


def test_a_tumor_has_no_map_of_mimics(left_glioma):
    assert left_glioma.mimics is None
    assert "mimic" not in left_glioma.truth


def test_an_abscess_shifts_the_midline_though_it_is_no_tumor(case_of):
    assert case_of("abscess").truth["midline_shift_mm"] != 0
    assert case_of("ms").truth["midline_shift_mm"] == 0


def test_the_map_of_a_mimic_is_written_beside_an_empty_segmentation(case_of, tmp_path):
    case = case_of("stroke")
    write_case(case, tmp_path / "out")

    mimics = np.asarray(nib.load(tmp_path / "out" / "mimics.nii.gz").dataobj)
    assert np.array_equal(mimics, case.mimics.labels)
    assert not np.asarray(nib.load(tmp_path / "out" / "segmentation.nii.gz").dataobj).any()
    truth = json.loads((tmp_path / "out" / "truth.json").read_text())
    assert truth["mimic"]["volumes_ml"].keys() == {"INF"}


@pytest.mark.parametrize("kind", ["stroke", "abscess"])
def test_pictures_of_a_mimic_are_cut_through_it(kind, case_of):
    case = case_of(kind)
    assert mask_picture(case, "axial", lesion_index(case, "axial")).any()
