"""The tests of maps, on studies whose answer is known."""

from dataclasses import replace

import numpy as np
import pytest

from neuroscope.models.inference import load_engine
from neuroscope.models.passport_rules import load_passport_rules
from neuroscope.preprocess.orient import slices_of
from neuroscope.records.analysis import SeriesFinding
from neuroscope.records.annotation import Annotation
from neuroscope.records.geometry import diagonal
from neuroscope.records.study import Series
from neuroscope.records.volume import Slice, Volume
from neuroscope.workflow.analyze import conclude, evidence_of, indices_to_run, run_slices
from neuroscope.workflow.passports import (
    DECIDING_TESTED,
    MOST_PICTURES,
    outlined_on,
    passports_of_slice,
    slices_to_test,
    with_passports,
)


@pytest.fixture(scope="module")
def engine(known_weights):
    return load_engine(backend="onnxruntime", threads=1, weights=known_weights)


def head(shape=(64, 72, 24)):
    """A RAS head of gray 40 with a lesion of 100 at the patient's left, anterior."""
    grid = np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij")
    r, a, s = grid[0], grid[1], (grid[2] if len(grid) == 3 else 0.0)
    voxels = np.random.default_rng(0).normal(40, 2, shape)
    voxels[r**2 + a**2 + (s / 1.05) ** 2 > 0.9] = 0
    voxels[(r + 0.4) ** 2 + (a - 0.3) ** 2 + s**2 < 0.05] = 100
    return voxels.astype(np.float32)


@pytest.fixture(scope="module")
def picture():
    return Slice(head((64, 72)).T[::-1, ::-1].copy(), "slice_0")


@pytest.fixture(scope="module")
def found(engine, picture):
    source = slices_of((picture,))
    series = Series("a", "slice")
    return source, conclude(series, source, run_slices(source, (0,), engine), engine.spec)


def lesion(picture):
    """Outline the lesion as a reader would, on the pixels of the picture."""
    rows, columns = np.nonzero(picture.pixels > 80)
    ring = [
        (columns.min(), rows.min(), 0),
        (columns.max(), rows.min(), 0),
        (columns.max(), rows.max(), 0),
        (columns.min(), rows.max(), 0),
    ]
    points = np.array(ring, np.float64)
    return Annotation("t", "a", "tumor", "contour", points, "ann", slice_index=0)


def outcome(passport, name):
    return next(test for test in passport.tests if test.name == name)


def test_every_picture_is_tested_for_every_class(engine, found):
    source, finding = found
    tested = with_passports(source, finding, engine, load_passport_rules(engine.model))
    (item,) = tested.slices
    assert [one.target for one in item.passports] == list(engine.spec.classes)
    assert item.passport.target == item.prediction.label == "glioma"
    assert outcome(item.passport, "completeness").outcome == "passed"
    assert outcome(item.passport, "faithfulness").outcome == "passed"
    assert outcome(item.passport, "model_randomization").outcome == "not assessed"


def test_a_map_carries_its_passport(engine, found, picture):
    source, finding = found
    rules = load_passport_rules(engine.model)
    (item,) = with_passports(source, finding, engine, rules).slices
    assert evidence_of(picture, item, "glioma", engine.spec).passport == item.passport
    untested = replace(item, passports=())
    assert evidence_of(picture, untested, "glioma", engine.spec).passport is None


def test_what_a_reader_outlined_tells_where_the_map_should_lie(engine, found, picture):
    source, finding = found
    outlined = outlined_on(source, [lesion(picture)], [0])
    assert outlined.masks[0].shape == picture.pixels.shape
    assert picture.pixels[outlined.masks[0]].mean() > 60
    rules = load_passport_rules(engine.model)
    passports = passports_of_slice(source, finding.slices[0], engine, rules, outlined=outlined)
    test = outcome(passports[0], "localization")
    assert test.outcome == "passed"
    assert test.details["pointing"] == 1.0


def test_what_is_no_tumor_or_deleted_outlines_nothing(found, picture):
    source, _ = found
    drawn = lesion(picture)
    others = [replace(drawn, kind="evidence"), replace(drawn, deleted=True)]
    assert outlined_on(source, others, [0]).masks == {}


def test_of_a_volume_the_slices_that_decided_most_are_tested(engine):
    volume = Volume(head(), diagonal((2.0, 2.0, 3.0)))
    source = slices_of(volume)
    findings = run_slices(source, indices_to_run(source), engine)
    finding = conclude(Series("a", "t1c"), source, findings, engine.spec)
    wanted = slices_to_test(finding)
    assert wanted == finding.decided_by[:DECIDING_TESTED]
    tested = with_passports(source, finding, engine, load_passport_rules(engine.model))
    assert tested.passport.target == finding.decision.label
    assert outcome(tested.passport, "faithfulness").details["slices"] == len(wanted)
    assert outcome(tested.passport, "completeness").outcome == "passed"
    assert not any(item.passports for item in tested.slices)


def test_a_volume_without_a_head_has_no_passport(engine):
    volume = Volume(np.zeros((40, 40, 8), np.float32), diagonal((1.0, 1.0, 3.0)))
    source = slices_of(volume)
    finding = conclude(Series("a", "t1c"), source, (), engine.spec)
    tested = with_passports(source, finding, engine, load_passport_rules(engine.model))
    assert tested.passports == ()
    assert tested.passport is None


def test_of_many_pictures_some_are_tested_spread_evenly(found):
    (one,) = found[1].slices
    many = SeriesFinding("a", tuple(replace(one, index=index) for index in range(0, 600, 2)))
    chosen = slices_to_test(many)
    assert len(chosen) == len(set(chosen)) == MOST_PICTURES
    assert (chosen[0], chosen[-1]) == (0, 598)
    assert max(np.diff(chosen)) <= 22
