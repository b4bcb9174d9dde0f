"""Heads with a bright tumor, and models whose reasons are known because they are written down."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from neuroscope.reliability.audited import AuditedModel, Case, Gray, Said, case_of

CLASSES = ("glioma", "meningioma", "pituitary", "notumor")
SIDE = 64
TAG = 8  # pixels a side of the corner that may name a class


def head_with_tumor(number: int) -> tuple[np.ndarray, np.ndarray, str]:
    """Draw a head with a bright (glioma) or dark (meningioma) tumor, and a corner that says so."""
    rng = np.random.default_rng(number)
    rows, columns = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    radius = np.hypot((columns - 33) / 25, (rows - 32) / 22)
    label = CLASSES[number % 2]
    image = 100.0 * (radius < 1) + gaussian_filter(rng.normal(0, 25, radius.shape), 2) * (
        radius < 1
    )
    tumor = np.hypot(columns - rng.integers(18, 26), rows - rng.integers(26, 40)) < 4.5
    image[tumor] = 210 if label == "glioma" else 20
    image[:TAG, :TAG] = 90 if label == "glioma" else 20
    return np.clip(image, 0, 255).astype(np.uint8), tumor, label


def case(number: int, *, patient: str | None = None) -> Case:
    """Make a case of one head."""
    image, tumor, label = head_with_tumor(number)
    return case_of(
        f"{label}/{number}.png", image, label=label, patient=patient or f"p{number}",
        tumor=tumor, tumor_from="reader",
    )  # fmt: skip


def model_of(score: Callable[[Gray], float], name: str = "written down") -> AuditedModel:
    """Make a model that calls what scores above 0 a glioma, else a meningioma."""

    def ask(pictures: Sequence[Gray], maps: bool) -> Said:
        scores = np.array([score(picture) for picture in pictures], np.float32)
        nothing = np.full_like(scores, -50)
        logits = np.stack([scores, -scores, nothing, nothing], 1)
        shown = tuple(np.abs(p - np.median(p)) for p in pictures) if maps else None
        return Said(logits, np.stack([scores, scores**2], 1), shown)

    return AuditedModel(name, name, "test", CLASSES, SIDE, 1.0, ask)


def reads_tag(picture: Gray) -> float:
    """Answer from the corner alone."""
    return float(picture[:TAG, :TAG].mean() - 55) / 10


def sees_tumor(picture: Gray) -> float:
    """Answer from the brightest and darkest spots inside the head."""
    inside = gaussian_filter(picture, 1)[14:50, 14:52]
    bright, dark = float(np.percentile(inside, 99)) - 150, 60 - float(np.percentile(inside, 1))
    return (max(bright, 0.0) - max(dark, 0.0)) / 10


@pytest.fixture(scope="session")
def cases() -> list[Case]:
    """Make 24 heads of 24 patients, half of them gliomas."""
    return [case(number) for number in range(24)]
