"""Flags go up where something is wrong, and stay down on an ordinary head."""

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage
from tests.reliability.dataset.conftest import head

from neuroscope.preprocess.slice_input import find_head
from neuroscope.reliability.dataset.quality import flags_of


def kinds(gray):
    gray = np.asarray(gray, np.float32)
    return {kind for kind, _ in flags_of(gray, find_head(gray))}


def test_an_ordinary_head_has_no_flag():
    assert [kinds(head(seed)) for seed in range(10)] == [set()] * 10


def test_text_beside_the_head_is_seen_and_a_smear_is_not():
    picture = Image.fromarray(head(3))
    ImageDraw.Draw(picture).text((4, 4), "R 12 L", fill=255)
    assert kinds(picture) == {"text beside the head"}
    smeared = head(3).copy()
    smeared[:25, :25] = 70
    assert kinds(smeared) == set()


def test_a_blurred_head_is_seen():
    assert "blurred" in kinds(ndimage.gaussian_filter(head(3).astype(np.float32), 4))


def test_what_shows_nothing_is_seen():
    assert kinds(np.full((100, 100), 40)) == {"flat"}
    assert "tiny" in kinds(head(3)[40:100, 40:100][::2, ::2])
    speck = np.zeros((200, 200))
    speck[90:105, 90:105] = 200
    assert kinds(speck) == {"no head"}
