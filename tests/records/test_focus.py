"""Rows of the focus table survive being written and read, and refuse what cannot be."""

from dataclasses import replace

import pytest

from neuroscope.errors import BadInputError
from neuroscope.records.focus import COLUMNS, FocusRow, row_of

ROW = FocusRow(
    image_id="test/glioma/1.png", patient_id="p1", split="test", model_id="0123456789ab",
    true="glioma", predicted="glioma", p=0.875, tumor_from="reader",
    fractions=(0.25, 0.125, 0.5, 0.0625, 0.0625, 0.0, 0.0),
    enrichment=(3.5, 1.0, 0.25, -1.0, -2.0, -10.0, None),
    areas=(0.02, 0.06, 0.42, 0.1, 0.15, 0.25, 0.0), dominant="brain", peak="tumor",
    peak_at=(12, 40), mass_removed=0.125, deltas={"tumor_out": 1.5, "text_tag": -0.25},
    flags=("follows a tag", "evidence off the brain"),
)  # fmt: skip


def test_a_row_is_read_as_it_was_written() -> None:
    cells = ROW.as_cells()
    assert tuple(cells) == COLUMNS
    assert row_of(cells) == ROW
    assert (cells["d_tumor_only"], cells["e_text"], cells["verdict"]) == ("", "", "")


def test_thirds_still_sum_to_one_after_rounding() -> None:
    thirds = replace(ROW, fractions=(1 / 3, 1 / 3, 1 / 3, 0.0, 0.0, 0.0, 0.0))
    assert row_of(thirds.as_cells()).fractions[:3] == pytest.approx((1 / 3,) * 3, abs=1e-6)


def test_what_is_not_known_is_an_empty_cell() -> None:
    bare = replace(
        ROW, true=None, tumor_from="not known", fractions=(None,) * 7, enrichment=(None,) * 7,
        dominant="no evidence", peak=None, peak_at=None, mass_removed=None, deltas={}, flags=(),
    )  # fmt: skip
    cells = bare.as_cells()
    assert {cells[name] for name in ("true", "correct", "f_tumor", "peak_row", "quadrant")} == {""}
    assert row_of(cells) == bare


@pytest.mark.parametrize(
    ("on_tumor", "dense", "says", "quadrant"),
    [
        (0.5, -1.0, "glioma", "right, reasonable"),
        (0.4, 1.9, "glioma", "right, unreasonable"),
        (0.1, 2.0, "pituitary", "wrong, reasonable"),
        (0.1, None, "pituitary", "wrong, unreasonable"),
    ],
)
def test_quadrants(on_tumor: float, dense: float | None, says: str, quadrant: str) -> None:
    fractions = (on_tumor, 0.0, 1 - on_tumor, 0.0, 0.0, 0.0, 0.0)
    row = replace(ROW, predicted=says, fractions=fractions, enrichment=(dense, *ROW.enrichment[1:]))
    assert row.quadrant == quadrant


def test_shares_that_do_not_sum_to_one_are_refused() -> None:
    with pytest.raises(BadInputError, match=r"sum to 0\.99"):
        replace(ROW, fractions=(0.24, *ROW.fractions[1:]))


@pytest.mark.parametrize(
    ("column", "value"), [("p", "high"), ("peak", "ear"), ("flags", "odd"), ("tumor_from", "me")]
)
def test_a_damaged_table_is_refused(column: str, value: str) -> None:
    with pytest.raises(BadInputError, match="no number"):
        row_of({**ROW.as_cells(), column: value})


def test_a_missing_column_is_named() -> None:
    cells = ROW.as_cells()
    del cells["e_brain"]
    with pytest.raises(BadInputError, match="e_brain"):
        row_of(cells)
