"""The plane network that ships, and files of it that are missing or damaged."""

import json

import numpy as np
import pytest

from neuroscope.errors import ModelError
from neuroscope.models.cards import SHIPPED
from neuroscope.models.plane import PLANES, load_plane
from neuroscope.phantom.case import make_case
from neuroscope.phantom.slices import lesion_index, picture
from neuroscope.preprocess.slice_input import find_head, head_view


def test_weights_without_a_plane_network_have_none(tmp_path):
    assert load_plane(tmp_path) is None


def test_a_damaged_or_lonely_file_is_named(tmp_path):
    (tmp_path / "plane.onnx").write_bytes(b"graph")
    with pytest.raises(ModelError, match=r"plane\.json is missing"):
        load_plane(tmp_path)
    (tmp_path / "plane.json").write_text(
        json.dumps({"input_size": 40, "sure": 0.9, "sha256": "0" * 64})
    )
    with pytest.raises(ModelError, match=r"not the one plane\.json"):
        load_plane(tmp_path)


def test_a_view_shows_the_head_and_nothing_beside_it():
    gray = np.full((300, 200), 2.0, np.float32)
    gray[100:180, 60:140] = np.linspace(80, 200, 80)
    gray[5:12, 5:40] = 255
    view = head_view(gray, find_head(gray), size=40)
    assert view.shape == (40, 40)
    assert view[20, 30] > view[20, 8] > 0
    assert view[0].max() == 0


def test_the_shipped_network_tells_synthetic_planes_apart():
    network = load_plane(SHIPPED)
    assert network is not None
    assert (SHIPPED / "plane.onnx").stat().st_size < 300_000
    views = []
    for seed in (4, 5, 6):  # that were not trained on
        case = make_case("meningioma", seed=seed, spacing_mm=2.0, head=True)
        for plane in PLANES:
            gray = picture(case, "t1c", plane, lesion_index(case, plane)).astype(np.float32)
            views.append(head_view(gray, find_head(gray), size=network.spec.size))
    p_plane = network.p_plane(np.stack(views))
    is_wrong = p_plane.argmax(1) != np.arange(9) % 3
    assert is_wrong.sum() <= 2
    assert (p_plane.max(1)[is_wrong] < network.spec.sure).all()  # none is named wrongly
    np.testing.assert_allclose(p_plane.sum(1), 1, atol=1e-5)
    alone = np.concatenate([network.p_plane(view[None]) for view in views])
    np.testing.assert_allclose(alone, p_plane, atol=1e-5)
    assert network.p_plane(np.zeros((0, 40, 40), np.uint8)).shape == (0, 3)
