"""Copies across the parts of a split, mirrored ones included."""

import csv
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from neuroscope.learn.dataset import load_slices
from neuroscope.learn.leaks import KEPT_NAME, find_leaks


def textured(seed: int) -> NDArray[np.uint8]:
    """A round head with a texture of its own, nothing like its mirror image."""
    r, c = np.mgrid[:128, :128] / 128
    head = np.hypot(r - 0.5, c - 0.5) < 0.45
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=head.shape), 3)
    return (np.clip(120 + 60 * noise / noise.std(), 40, 250) * head).astype(np.uint8)


@pytest.fixture(scope="module")
def leaking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("leaking")
    figshare, four = root / "mri2d_masks_figshare", root / "mri2d_4class"
    for folder in (figshare / "images", figshare / "masks", four / "glioma"):
        folder.mkdir(parents=True)
    pictures = {
        ("train", "own"): textured(1),
        ("train", "of_test"): textured(2),
        ("test", "mirrored"): textured(2)[:, ::-1],
        ("test", "own"): textured(3),
        ("val", "of_train"): np.rot90(textured(1), 2),
        ("val", "of_left_out"): textured(2)[::-1],
        ("val", "own"): textured(4),
        ("guard", "of_test"): textured(3),
    }
    rows = []
    for (split, name), picture in pictures.items():
        file = f"glioma/{split}_{name}.png"
        Image.fromarray(np.ascontiguousarray(picture)).save(four / file)
        rows.append(("mri2d_4class", file, "glioma", f"{split}{name}", split))
    with (root / "joint_split.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([("set", "file", "label", "unit", "split"), *rows])
    with (four / "index.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([("file", "label", "figshare_match")])
    return root


def named(*names: str) -> set[str]:
    return {f"mri2d_4class/glioma/{name}.png" for name in names}


def test_mirrored_and_turned_copies_are_found_in_every_part(leaking: Path):
    leaks = find_leaks(leaking)
    assert leaks.train == named("train_of_test")
    assert leaks.test == named("test_mirrored")
    assert leaks.val == named("val_of_train", "val_of_left_out")


def test_what_was_found_is_kept_for_this_split_only(leaking: Path, tmp_path: Path):
    leaks = find_leaks(leaking, keep=tmp_path)
    kept = tmp_path / KEPT_NAME
    assert find_leaks(leaking, keep=tmp_path) == leaks
    kept.write_text(kept.read_text().replace("train_of_test", "another"))
    assert find_leaks(leaking, keep=tmp_path).train == named("another")
    kept.write_text(kept.read_text().replace('"key": "', '"key": "old '))
    assert find_leaks(leaking, keep=tmp_path) == leaks


def test_slices_left_out_are_not_loaded(leaking: Path):
    leaks = find_leaks(leaking)
    left = load_slices(leaking, splits=["train"], size=32, leave_out=leaks.train)
    assert set(left.names) == named("train_own")
    assert len(load_slices(leaking, splits=["train"], size=32)) == 2
