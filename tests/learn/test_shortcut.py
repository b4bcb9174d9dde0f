"""The probe finds a planted shortcut, and preparation removes it."""

import shutil
from pathlib import Path

import numpy as np
from PIL import Image

from neuroscope.learn.dataset import FOUR_CLASS, load_slices
from neuroscope.learn.shortcut import probe_shortcut


def test_a_planted_corner_gives_the_class_away_until_preparation(disc_folder: Path, tmp_path: Path):
    root = tmp_path / "planted"
    shutil.copytree(disc_folder, root)
    slices = load_slices(root, splits=["train", "test"], size=32)
    for file, label in zip(slices.files, slices.labels, strict=True):
        path = root / FOUR_CLASS / str(file)
        if path.is_file():
            with Image.open(path) as opened:
                picture = np.array(opened)
            picture[:8, : 2 + 20 * int(label)] = 200
            Image.fromarray(picture).save(path, quality=95)
    train, test = (load_slices(root, splits=[split], size=32) for split in ("train", "test"))
    found = probe_shortcut(root, train, test)
    assert found.raw.value > 0.9
    assert found.prepared.value == 0.25
