"""Which pictures are drawn of a study in space, and where they are cut."""

from dataclasses import replace

import numpy as np
import pytest

from neuroscope.records.volume import Volume
from neuroscope.report.space_page import center_of_pictures, space_block


@pytest.fixture
def block(space_case):
    return space_block(space_case.space)


def test_the_planes_cross_in_the_largest_lesion(space_case, block):
    # voxels 10-12, 30-33, 12-14 are labeled; the middle lies at -32, 32, 9 mm: voxel 11.5, 31.5, 13
    x, y, z = center_of_pictures(space_case.space)
    assert (abs(x + 32), abs(y - 32), z) == (2, 2, 9)
    captions = [picture.caption for picture in block.plain]
    assert captions[0] == "Axial, slice 14"
    assert captions == [picture.caption for picture in block.regions]
    assert captions == [picture.caption for picture in block.evidence]


def test_without_a_lesion_the_planes_cross_in_the_middle(space_case):
    space = space_case.space
    measurements = replace(space.measurements, lesions=(), crossed={}, midline=None, mismatch=None)
    nothing = Volume(np.zeros_like(space.labels.voxels), space.labels.affine)
    empty = replace(space, measurements=measurements, labels=nothing, evidence=None)
    drawn = space_block(empty)
    assert [picture.caption for picture in drawn.plain] == [
        "Axial, slice 13",
        "Coronal, slice 25",
        "Sagittal, slice 21",
    ]
    assert drawn.where == "through the middle of the image"
    assert drawn.swatches == drawn.evidence == drawn.calipers == drawn.mismatch == ()
    assert [p.url for p in drawn.plain] == [p.url for p in drawn.regions]


def test_calipers_stand_on_the_slices_where_they_were_laid(block):
    crossed, shift = block.calipers
    assert crossed.caption.startswith("Axial, slice 14: crossed diameters of WT")
    assert "14.4 mm × 10.8 mm" in crossed.caption
    assert crossed.marks.count("<circle") == 4
    assert shift.caption.startswith("Axial, slice 13: midline shift 5.25 mm to the patient's right")


def test_the_mismatch_is_shown_on_both_sequences_where_it_was_found(block):
    assert [p.caption for p in block.mismatch] == ["Axial, slice 14: T2", "Axial, slice 14: FLAIR"]
    assert "sign present" in block.mismatch_text
    assert "Cysts look the same." in block.mismatch_text


def test_swatches_name_the_labels_that_are_there(block):
    assert [name for name, _ in block.swatches] == ["Edema", "Enhancing tumor"]


def test_steps_cautions_and_the_model_are_on_the_page(block):
    assert block.steps == ("T2 was moved by 8 mm.",)
    assert block.cautions == ("Segmented without T1: the outline is less reliable.",)
    assert "unet 7" in block.model
