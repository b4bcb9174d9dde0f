"""A folder laid out like the private data, with pictures whose truth is known."""

import csv
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

MIDDLES = {"glioma": (0.36, 0.36), "meningioma": (0.36, 0.64), "pituitary": (0.62, 0.5)}
LABELS = (*MIDDLES, "notumor")
SIDE = 96


def disc_picture(label: str, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """A round head with a bright disc at the class's place, and the mask of the disc."""
    r, c = np.mgrid[:SIDE, :SIDE] / SIDE
    head = np.hypot(r - 0.5, c - 0.5) < 0.42
    noise = np.random.default_rng(seed).integers(0, 30, head.shape)
    mask = np.zeros(head.shape, bool)
    if label != "notumor":
        mask = np.hypot(r - MIDDLES[label][0], c - MIDDLES[label][1]) < 0.1
    return np.where(mask, 230, (70 + noise) * head).astype(np.uint8), mask


@pytest.fixture(scope="session")
def disc_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two sets and `joint_split.csv`: 8 four-class and 6 figshare pictures per split.

    The first 4-class glioma of every split is a copy of the split's first figshare glioma.
    """
    root = tmp_path_factory.mktemp("discs")
    four, figshare = root / "mri2d_4class", root / "mri2d_masks_figshare"
    for folder in (*(four / label for label in LABELS), figshare / "images", figshare / "masks"):
        folder.mkdir(parents=True)
    split_rows, four_rows, seed = [], [], 0
    for part, split in enumerate(("train", "val", "test")):
        for n in range(6):
            label = LABELS[n % 3]
            number = 100 * part + n + 1
            picture, mask = disc_picture(label, seed := seed + 1)
            Image.fromarray(picture).save(figshare / f"images/fig_{number:04d}.jpg", quality=95)
            Image.fromarray(mask).save(figshare / f"masks/fig_{number:04d}.png")
            unit = f"range{number // 2}"
            split_rows.append(
                ("mri2d_masks_figshare", f"images/fig_{number:04d}.jpg", label, unit, split)
            )
        for n in range(8):
            label = LABELS[n % 4]
            twin = 100 * part + 1 if n == 0 else -1
            picture, _ = disc_picture(label, seed := seed + 1)
            if n == 0:
                with Image.open(figshare / f"images/fig_{twin:04d}.jpg") as original:
                    picture = np.asarray(original)
            file = f"{label}/{split}_{n}.jpg"
            Image.fromarray(picture).save(four / file, quality=95)
            split_rows.append(("mri2d_4class", file, label, f"{split}{n}", split))
            four_rows.append((file, label, twin))
    with (root / "joint_split.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([("set", "file", "label", "unit", "split"), *split_rows])
    with (four / "index.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([("file", "label", "figshare_match"), *four_rows])
    return root
