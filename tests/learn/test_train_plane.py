"""The plane network learns what is shown to it, from tables that are checked."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from neuroscope.errors import BadInputError
from neuroscope.learn import train_plane as training
from neuroscope.learn.augment import AugmentConfig, without_variation
from neuroscope.learn.dataset import SliceSet
from neuroscope.models.plane import PLANES
from neuroscope.models.pose_weights import PoseNet

SIDE = 24
CONFIG = training.PlaneConfig(
    size=SIDE, stored=SIDE, steps=40, real_each=12, phantoms_each=6, learning_rate=5e-3,
    augment=without_variation(), turned_share=0.0,
)  # fmt: skip


def shapes(number, seed=0):
    """Disks, squares and bars, lopsided, of random brightness."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:SIDE, :SIDE] - SIDE / 2 + 0.5
    planes = np.arange(number) % 3
    marks = (
        np.hypot(rows, columns) < 8,
        np.maximum(abs(rows), abs(columns)) < 8,
        (abs(rows) < 3) & (columns > -9),
    )
    images = np.stack([marks[plane] * rng.uniform(120, 250) for plane in planes])
    return training.PlaneSlices(images.astype(np.uint8), images > 0, planes.astype(np.int64))


def test_a_batch_holds_as_many_of_every_plane():
    images, planes = training.drawn_batch(
        shapes(9), shapes(6, 1), CONFIG, torch.Generator().manual_seed(0)
    )
    assert images.shape == (18, 1, SIDE, SIDE)
    assert torch.bincount(planes).tolist() == [6, 6, 6]


def test_turned_pictures_are_the_eight_ways_of_one():
    turning = replace(CONFIG, turned_share=1.0, real_each=300)
    images, planes = training.drawn_batch(
        shapes(3), shapes(3), turning, torch.Generator().manual_seed(1)
    )
    bars = {(image > 0.2).numpy().tobytes() for image in images[planes == 2, 0]}
    assert len(bars) == 4, "a bar looks the same mirrored across its length"
    again = training.drawn_batch(shapes(3), shapes(3), turning, torch.Generator().manual_seed(1))
    assert torch.equal(images, again[0])


def test_shapes_are_learned_and_the_same_seed_gives_the_same_network():
    networks = []
    for _ in range(2):
        torch.manual_seed(3)
        network = PoseNet(SIDE, answers=len(PLANES))
        losses = list(training.trained(network, shapes(30), shapes(30, 1), CONFIG))
        networks.append(network)
    assert losses[-1] < 0.5 * losses[0]
    fresh = shapes(12, 7)
    p_plane = training.p_plane(networks[0], fresh.images)
    assert (p_plane.argmax(1) == fresh.planes).all()
    np.testing.assert_array_equal(p_plane, training.p_plane(networks[1], fresh.images))


def test_a_plane_is_sure_above_the_wrong_ones():
    p_plane = np.full((200, 3), 0.01, np.float32)
    p_plane[:, 0] = 0.98
    planes = np.zeros(200, np.int64)
    assert training.chosen_sure(p_plane, planes, CONFIG) == CONFIG.least_sure
    planes[:2] = 1
    p_plane[0, 0], p_plane[1, 0] = 0.95, 0.9
    assert training.chosen_sure(p_plane, planes, replace(CONFIG, wrong=0.005)) > 0.9
    assert training.chosen_sure(p_plane, planes, replace(CONFIG, wrong=0.0)) > 0.95


def table(folder, rows):
    path = folder / "labels.csv"
    path.write_text("set,file,split,plane\n" + "".join(f"{row}\n" for row in rows))
    return path


def test_labels_are_read_by_split_and_checked(tmp_path):
    (tmp_path / "some").mkdir()
    disk = shapes(3).images[0]
    for number in range(4):
        Image.fromarray(np.kron(disk, np.ones((3, 3), np.uint8))).save(
            tmp_path / "some" / f"{number}.png"
        )
    rows = [f"some,{n}.png,train,{plane}" for n, plane in enumerate(PLANES)]
    path = table(tmp_path, [*rows, "some,3.png,test,axial"])
    found = training.read_labels(path, tmp_path, split="train", size=SIDE)
    assert found.images.shape == (3, SIDE, SIDE)
    assert found.planes.tolist() == [0, 1, 2]
    assert found.heads.mean() > 0.3
    with pytest.raises(BadInputError, match="no slice of the split 'val'"):
        training.read_labels(path, tmp_path, split="val", size=SIDE)
    with pytest.raises(BadInputError, match="oblique"):
        training.read_labels(
            table(tmp_path, [*rows, "some,3.png,train,oblique"]),
            tmp_path, split="train", size=SIDE,
        )  # fmt: skip


def test_phantoms_say_their_plane_by_their_name():
    images = np.zeros((2, 48, 48), np.uint8)
    empty = np.zeros(2)
    made = SliceSet(
        images, images > 0, images, empty > 0, empty, empty.astype(np.int64), empty, empty, empty,
        np.array(["none-5-t1c-sagittal-70", "low_grade_glioma-6-t2-axial-12"]),
    )  # fmt: skip
    found = training.of_phantoms(made, size=SIDE)
    assert [PLANES[k] for k in found.planes] == ["sagittal", "axial"]
    assert found.images.shape == (2, SIDE, SIDE)


def test_settings_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="multiples of 3"):
        training.PlaneConfig(real_each=10)
    assert isinstance(training.PlaneConfig().augment, AugmentConfig)
