"""Right answers for the wrong reason are counted as by hand."""

import numpy as np
import pytest

from neuroscope.records.focus import FocusRow
from neuroscope.reliability.focus.wrong_reasons import (
    QUADRANTS,
    WrongReasons,
    quadrants,
    wrong_reasons,
)


def row(
    n: int,
    *,
    on_tumor: float | None,
    true: str = "glioma",
    says: str = "glioma",
    dense: float = 0.0,
) -> FocusRow:
    """Make a row whose evidence lies on the tumor and in the border only."""
    rest = 1.0 - (on_tumor or 0.0)
    return FocusRow(
        image_id=f"{n}.png", patient_id=f"p{n}", split="test", model_id="m", true=true,
        predicted=says, p=0.9, tumor_from="reader" if on_tumor is not None else "not known",
        fractions=(on_tumor, None if on_tumor is None else 0.0, 0.0, 0.0, rest, 0.0, 0.0),
        enrichment=(dense, None, None, None, None, None, None),
        areas=(0.1, 0.1, 0.3, 0.1, 0.2, 0.2, 0.0), dominant="border", peak="border",
        peak_at=(0, 0), mass_removed=rest,
    )  # fmt: skip


ROWS = [
    row(0, on_tumor=0.9),
    row(1, on_tumor=0.4),
    row(2, on_tumor=0.4, dense=2.5),  # little, but dense
    row(3, on_tumor=0.1),
    row(4, on_tumor=0.2, says="meningioma"),
    row(5, on_tumor=0.8, says="meningioma"),
    row(6, on_tumor=None),
    row(7, on_tumor=0.0, true="notumor", says="notumor"),
]


def test_shares_and_curve() -> None:
    found = wrong_reasons(ROWS)
    assert isinstance(found, WrongReasons)
    assert found.share.value == pytest.approx(2 / 4)
    assert found.strict.value == pytest.approx(3 / 4)
    assert (found.share.n, found.share.units) == (4, 4)
    curve = dict(zip(found.curve.x, found.curve.y, strict=True))
    assert (curve[0.0], curve[0.15], curve[0.5], curve[0.95]) == (0, 0.25, 0.75, 1)
    assert np.all(np.diff(found.curve.y) >= 0)


def test_the_square_of_right_and_reasonable() -> None:
    assert [quadrants(ROWS)[name] for name in QUADRANTS] == [2, 2, 1, 1]


def test_says_why_nothing_can_be_counted() -> None:
    assert wrong_reasons([ROWS[6]]) == (
        "No answer is right, names a tumor, and has an outline of it."
    )
    assert wrong_reasons([ROWS[4], ROWS[7]]) == "No tumor was named rightly."
