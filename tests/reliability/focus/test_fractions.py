"""Shares of evidence on a hand-drawn picture are those counted by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.reliability.focus.test_partition import masks

from neuroscope.errors import GeometryMismatchError
from neuroscope.records.focus import REGIONS
from neuroscope.reliability.focus.fractions import focus_of
from neuroscope.reliability.focus.partition import partition


def regions_8x8() -> np.ndarray:
    anatomy, tumor = masks()
    return partition(anatomy, tumor, spacing_mm=10.0)


def test_shares_enrichment_and_peak_are_exact() -> None:
    evidence = np.full((8, 8), -1.0, np.float32)
    evidence[4, 5] = 5  # tumor
    evidence[4, 4] = evidence[4, 6] = 1  # around it
    evidence[3, 3] = 1  # brain
    evidence[1, 1] = 2  # text
    focus = focus_of(evidence, regions_8x8())
    assert focus.fractions == pytest.approx((0.5, 0.2, 0.1, 0, 0, 0, 0.2))
    assert focus.areas[:3] == pytest.approx((1 / 64, 4 / 64, 5 / 64))
    assert focus.enrichment[0] == pytest.approx(np.log2(0.5 * 64))
    assert focus.enrichment[3] == -10
    assert (focus.dominant, focus.peak, focus.peak_at) == ("tumor", "tumor", (4, 5))
    assert focus.off_brain == pytest.approx(0.2)


def test_without_a_part_above_two_fifths_the_evidence_is_diffuse() -> None:
    evidence = np.zeros((8, 8), np.float32)
    evidence[4, 5] = evidence[3, 3] = evidence[0, 0] = 1
    evidence[2, 2] = 1.0001
    focus = focus_of(evidence, regions_8x8())
    assert (focus.dominant, focus.peak) == ("diffuse", "skull")


def test_a_map_that_only_speaks_against_has_no_evidence() -> None:
    focus = focus_of(np.full((8, 8), -3.0, np.float32), regions_8x8())
    assert focus.dominant == "no evidence"
    assert (focus.peak, focus.peak_at, focus.off_brain) == (None, None, None)
    assert focus.fractions == (None,) * 7
    assert sum(focus.areas) == pytest.approx(1)


def test_what_is_not_known_stays_unknown() -> None:
    anatomy, _ = masks()
    regions = partition(anatomy, None)
    focus = focus_of(np.ones((8, 8), np.float32), regions, tumor_known=False)
    assert focus.fractions[:2] == focus.enrichment[:2] == (None, None)
    assert sum(share for share in focus.fractions if share is not None) == pytest.approx(1)


def test_a_region_without_area_has_no_enrichment() -> None:
    anatomy, _ = masks()
    focus = focus_of(np.ones((8, 8), np.float32), partition(anatomy, None))
    assert focus.fractions[0] == 0
    assert focus.enrichment[0] is None


@given(st.integers(0, 2**32 - 1), st.floats(1e-3, 1e6))
def test_shares_sum_to_one(seed: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    evidence = (scale * rng.normal(size=(16, 16))).astype(np.float32)
    regions = rng.integers(0, len(REGIONS), (16, 16)).astype(np.uint8)
    focus = focus_of(evidence, regions)
    assert abs(sum(share for share in focus.fractions if share is not None) - 1) < 1e-6


def test_another_grid_is_refused() -> None:
    with pytest.raises(GeometryMismatchError):
        focus_of(np.ones((4, 4), np.float32), regions_8x8())
