import numpy as np

from neuroscope.atlas.template import brain_mask, halved, load_template


def test_white_matter_lies_where_textbooks_put_it():
    white, gray = load_template("wm"), load_template("gm")
    corpus = tuple(np.rint(white.to_voxel([0.0, 27.0, 4.0])).astype(int))  # genu of the callosum
    caudate = tuple(np.rint(white.to_voxel([12.0, 14.0, 8.0])).astype(int))

    assert white.voxels[corpus] > 0.7
    assert gray.voxels[caudate] > 0.5


def test_the_halved_template_lies_in_the_same_place():
    whole, half = load_template("t1"), halved("t1")

    def center(volume):
        index = np.argwhere(volume.voxels > 0.2)
        return volume.to_mm(index).mean(0)

    np.testing.assert_allclose(center(half), center(whole), atol=0.3)


def test_the_brain_mask_holds_the_ventricles_and_a_brains_volume():
    mask = brain_mask()
    ventricle = tuple(np.rint(mask.to_voxel([8.0, 4.0, 16.0])).astype(int))
    air = tuple(np.rint(mask.to_voxel([0.0, 0.0, 100.0])).astype(int))

    assert mask.voxels[ventricle]
    assert not mask.voxels[air]
    assert 1500 < mask.voxels.sum() * 0.008 < 2100  # ml: the template is larger than most people
