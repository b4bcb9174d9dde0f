"""Changes grow with severity, change nothing at 0, and the area is that of hand-made curves."""

import itertools

import numpy as np
import pytest
from tests.reliability.counterfactual.conftest import model_of, reads_tag

from neuroscope.reliability.audited import Case, asked
from neuroscope.reliability.counterfactual.severity import (
    KINDS,
    LEVELS,
    Others,
    like_another,
    severity_curve,
)


@pytest.mark.parametrize("kind", [*KINDS, "other"])
def test_changes_start_at_nothing_and_grow(kind: str, cases: list[Case]) -> None:
    worsen = KINDS[kind] if kind in KINDS else like_another(cases[5])
    one = cases[0]
    away = [
        float(np.abs(worsen(one, level, np.random.default_rng(0)) - one.pixels).mean())
        for level in LEVELS
    ]
    start = 1.5 if kind == "JPEG" else 1e-3  # a JPEG of best quality is not the picture
    assert away[0] <= start
    assert all(b >= a - 0.05 for a, b in itertools.pairwise(away))
    assert away[-1] > away[0] + 0.2
    assert worsen(one, 1.0, np.random.default_rng(0)).shape == one.pixels.shape


def test_the_area_is_that_under_the_curve(cases: list[Case]) -> None:
    model = model_of(reads_tag)

    def darken(case: Case, severity: float, rng: np.random.Generator) -> np.ndarray:
        """Put the corner of gliomas at 90 - 80 * severity: called so while above 55."""
        del rng
        changed = case.pixels.copy()
        changed[:8, :8] = np.where(changed[:8, :8] > 50, 90 - 80 * severity, changed[:8, :8])
        return changed

    right = asked(model, [c.pixels for c in cases]).predicted == [
        model.classes.index(c.label or "") for c in cases
    ]
    curve, area = severity_curve(model, cases, "darken", darken, right)
    # gliomas are right at 0 and .25 only: 90, 70, 50, 30, 10
    assert curve.y == pytest.approx((1, 1, 0.5, 0.5, 0.5))
    assert set(area.tolist()) == {0.375, 1.0}
    assert curve.area is not None
    assert curve.area.value == pytest.approx((0.375 + 1) / 2)
    assert curve.area.units == 24


def test_the_same_seed_makes_the_same_noise(cases: list[Case]) -> None:
    first, second = (KINDS["noise"](cases[0], 1.0, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(first, second)


def test_gray_values_come_from_another_source_and_never_from_the_same_patient() -> None:
    sources, patients = np.array([0, 0, 0, 1, 1]), np.array(["a", "a", "b", "c", "c"])
    rng, everyone = np.random.default_rng(0), np.arange(5)
    others = Others(sources, patients)
    for row in range(5):
        drawn = {others.of(row, everyone, rng) for _ in range(20)}
        assert all(sources[giver] != sources[row] for giver in drawn)
    one_source = Others(np.zeros(5, np.int64), patients)
    assert {one_source.of(0, everyone, rng) for _ in range(40)} == {2, 3, 4}
    alone = Others(sources[:1], patients[:1])
    assert alone.of(0, everyone[:1], rng) == 0
