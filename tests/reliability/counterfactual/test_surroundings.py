"""What can be told without the disease: at chance for random labels, above it for planted ones."""

import numpy as np
import pytest
from scipy.stats import binom

from neuroscope.records.dataaudit import Border
from neuroscope.reliability.audited import Case, case_of
from neuroscope.reliability.counterfactual.findings import is_above_chance
from neuroscope.reliability.counterfactual.surroundings import (
    healed_features,
    label_from,
    source_probe,
    surroundings_features,
    without_head,
    without_tumor,
)


def told(found: Border | str) -> Border:
    assert isinstance(found, Border)
    return found


def test_the_tag_in_the_surroundings_tells_the_label(cases: list[Case]) -> None:
    features = np.stack([surroundings_features(one) for one in cases])
    labels = np.array([one.label == "glioma" for one in cases]).astype(np.int64)
    groups = np.array([one.patient for one in cases])
    found = told(label_from(features, labels, groups))
    assert found.accuracy.value == 1.0
    assert is_above_chance(found)


def test_head_and_tumor_are_gone(cases: list[Case]) -> None:
    one = cases[0]
    blank = without_head(one)
    assert np.array_equal(blank[~one.anatomy.head], one.pixels[~one.anatomy.head])
    assert blank[one.anatomy.head].std() < 0.4 * one.pixels[one.anatomy.head].std()
    healthy = without_tumor(one)
    assert healthy is not None
    assert one.tumor is not None
    assert healthy[one.tumor].max() < 180
    bare = case_of("x.png", one.pixels, label="glioma", patient="p")
    assert without_tumor(bare) is None
    assert healed_features(bare) is None
    none = case_of("x.png", one.pixels, label="notumor", patient="p")
    assert none.tumor is not None
    sham = without_tumor(none)
    assert sham is not None
    touched = sham != none.pixels
    assert 0 < touched.mean() < 0.2  # healed where there is nothing: healing itself tells nothing
    assert not (touched & ~none.anatomy.brain).any()
    again = without_tumor(none)
    assert again is not None
    assert np.array_equal(sham, again)


def patients_with_slices(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Make 40 patients with 6 alike slices each, and labels that are chance by patient."""
    rng = np.random.default_rng(seed)
    patients = np.repeat(np.arange(40), 6)
    looks = rng.normal(0, 1, (40, 8))[patients] + rng.normal(0, 0.05, (240, 8))
    labels = rng.permutation(np.arange(40) % 2)[patients]
    return looks.astype(np.float32), labels.astype(np.int64), patients


def test_random_labels_are_at_chance_by_patient_and_far_above_by_picture() -> None:
    looks, labels, patients = patients_with_slices(0)
    by_patient = told(label_from(looks, labels, patients.astype(str)))
    by_picture = told(label_from(looks, labels, np.arange(240).astype(str)))
    assert by_patient.accuracy.low < 0.5 < by_patient.accuracy.high
    assert not is_above_chance(by_patient)
    assert by_picture.accuracy.value > 0.9


@pytest.mark.slow
def test_random_labels_stay_at_chance_in_twenty_draws() -> None:
    above = [
        is_above_chance(told(label_from(*(patients_with_slices(seed)[:2]),
                                        patients_with_slices(seed)[2].astype(str), seed=seed)))
        for seed in range(20)
    ]  # fmt: skip
    assert sum(above) <= binom.ppf(0.999, len(above), 0.05)  # a test at 5 % errs in one of 20


def test_the_probe_finds_a_planted_source_and_no_other() -> None:
    rng = np.random.default_rng(1)
    sources = rng.integers(0, 3, 150)
    groups = np.arange(150).astype(str)
    embedding = rng.normal(0, 1, (150, 20)).astype(np.float32)
    plain = told(source_probe(embedding, sources, groups))
    embedding[np.arange(150), sources] += 4
    planted = told(source_probe(embedding, sources, groups))
    assert planted.accuracy.value > 0.9
    assert is_above_chance(planted)
    assert not is_above_chance(plain)
    assert source_probe(embedding, np.zeros(150, np.int64), groups) == (
        "All pictures bear one label."
    )
