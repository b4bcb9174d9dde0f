"""Lesions that one head gives another: where they lie, what they look like, what stays."""

import numpy as np
import pytest
from scipy import ndimage

from neuroscope.learn.segmentation_cases import StoredCase
from neuroscope.learn.segmentation_paste import MOST, NEIGHBORS, pasted

SIDE = 48
RIM = 200  # code of contrast T1; each sequence of the donor has a code of its own


def head(labels, tones=(100, 100, 100, 100)):
    """A brain that fills all but a border of four voxels."""
    images = np.zeros((4, SIDE, SIDE, SIDE), np.uint8)
    images[:, 4:-4, 4:-4, 4:-4] = np.array(tones, np.uint8)[:, None, None, None]
    return StoredCase("glioblastoma", images, labels)


def nothing():
    return np.zeros((SIDE, SIDE, SIDE), np.uint8)


def donor(side=4):
    """A lesion that is no mirror image of itself: a rim, a core at one end, edema behind it."""
    labels = nothing()
    labels[20 : 20 + side, 20 : 20 + side, 20 : 20 + side] = 3
    labels[20, 20, 20] = 1
    labels[20 + side : 23 + side, 20, 20] = 2
    given = head(labels, (60, 110, 140, 170))
    for channel, code in enumerate((70, RIM, 150, 180)):
        given.images[channel][labels == 3] = code
    return given


@pytest.mark.parametrize("seed", range(6))
def test_a_lesion_keeps_its_parts_and_its_brightness_in_every_sequence(seed):
    given = donor()
    made = pasted(head(nothing()), given, np.random.default_rng(seed))
    for code in (1, 2, 3):
        assert (made.labels == code).sum() == (given.labels == code).sum()
    # Deep in the lesion the sequences are the donor's, in their order.
    middle = ndimage.binary_erosion(made.labels == 3, NEIGHBORS)
    assert middle.any()
    assert np.median(made.images[:, middle], axis=1).tolist() == [70, RIM, 150, 180]
    _, parts = ndimage.label(made.labels > 0, NEIGHBORS)
    assert parts == 1


def test_nothing_changes_far_from_the_lesion_and_the_parts_stay_untouched():
    host, given = head(nothing()), donor()
    before = host.images.copy(), given.images.copy(), given.labels.copy()
    made = pasted(host, given, np.random.default_rng(1))
    far = ~ndimage.binary_dilation(made.labels > 0, NEIGHBORS, iterations=5)
    assert np.array_equal(made.images[:, far], host.images[:, far])
    assert not host.labels.any()
    for one, other in zip(before, (host.images, given.images, given.labels), strict=True):
        assert np.array_equal(one, other)


def test_tumor_that_is_there_is_never_overwritten_and_background_stays_background():
    labels = nothing()
    labels[10:38, 10:38, 6:30] = 2
    host = head(labels)
    more = 0
    for seed in range(20):
        made = pasted(host, donor(), np.random.default_rng(seed))
        assert np.array_equal(made.labels[labels > 0], labels[labels > 0])
        assert not made.images[:, (host.images == 0).all(0)].any()
        assert not made.labels[(host.images == 0).all(0)].any()
        more += bool((made.labels > 0).sum() > (labels > 0).sum())
    assert more >= 5


def test_large_lesions_and_heads_without_any_give_nothing():
    host = head(nothing())
    for given in (donor(side=12), head(nothing())):  # 13.8 ml; none
        assert pasted(host, given, np.random.default_rng(0)) is host


def test_of_many_lesions_up_to_four_are_given():
    labels = nothing()
    for i in range(8, 40, 10):
        for j in range(8, 40, 10):
            labels[i : i + 2, j : j + 2, 20:23] = 3
    numbers = set()
    for seed in range(20):
        made = pasted(head(nothing()), head(labels), np.random.default_rng(seed))
        numbers.add(int(made.labels.astype(bool).sum()) // 12)
    assert numbers <= set(range(MOST + 1))
    assert len(numbers) >= 3
