from dataclasses import replace

import numpy as np
import pytest

from neuroscope.models.inference import EvidenceBatch
from neuroscope.records.evidencespec import EvidenceSpec
from neuroscope.records.heatmap import EvidenceCells
from neuroscope.records.passport import TESTS, PassportRules, judged, not_assessed
from neuroscope.reliability.passport.of_slice import SeenSlice, slice_passports

CLASSES = ("glioma", "meningioma", "pituitary", "notumor")
SPEC = EvidenceSpec(
    classes=CLASSES,
    size=64,
    cell_offset=1.5,
    cell_jump=4.0,
    temperature=1.0,
    threshold=0.3,
    floor=(0.0,) * 4,
    scale=(1.0,) * 4,
)
OF_MODEL = (
    judged("model_randomization", 0.1, 0.3, rule="at most"),
    not_assessed("label_randomization", "Not measured."),
)
RULES = PassportRules(
    "0" * 64, {"repeatability": 0.6, "faithfulness": 0.05, "localization": 0.2}, OF_MODEL
)


class Exact:
    """Four classes over one linear network; contributions sum to the centered logits."""

    def __init__(self, network, sign=(1.0, -1.0, 0.2, 0.0)):
        self.network = network
        self.sign = np.array(sign)

    def run(self, batch):
        evidence = self.sign[:, None, None] * self.network.map(batch[:, 0])[:, None]
        centered = evidence - evidence.mean(1, keepdims=True)
        logits = evidence.sum((2, 3))
        return EvidenceBatch(
            logits.astype(np.float32),
            centered.astype(np.float32),
            np.zeros((len(batch), 1), np.float32),
        )


def _seen(image, engine, *, contributions=None, outline=None, unusable=""):
    picture, head = image
    said = engine.run(picture[None, None])
    cells = EvidenceCells(
        contributions=said.evidence[0] if contributions is None else contributions,
        logits=said.logits[0],
        classes=CLASSES,
        cell_to_pixel=SPEC.cell_to_input,
        image_shape=(64, 64),
    )
    return SeenSlice(picture, head, cells, "glioma", outline, unusable)


def _outcomes(passport):
    return {test.name: test.outcome for test in passport.tests}


def test_the_map_of_an_exact_network_passes_all_that_can_be_tested(image, network):
    engine = Exact(network)
    outline = np.zeros((64, 64), bool)
    outline[12:24, 36:48] = True
    passports = slice_passports(_seen(image, engine, outline=outline), engine.run, SPEC, RULES)
    assert [one.target for one in passports] == list(CLASSES)
    glioma = passports[0]
    assert tuple(test.name for test in glioma.tests) == TESTS
    assert _outcomes(glioma) == {
        "completeness": "passed",
        "repeatability": "passed",
        "faithfulness": "passed",
        "localization": "passed",
        "consistency": "not assessed",
        "model_randomization": "passed",
        "label_randomization": "not assessed",
    }
    assert glioma.sentence == "This map passed 5 of 5 tests."
    faithful = next(test for test in glioma.tests if test.name == "faithfulness")
    assert faithful.bound_from == "validation"
    other = _outcomes(passports[1])
    assert other["faithfulness"] == "not assessed"
    assert _outcomes(passports[3])["localization"] == "not assessed"


def test_the_map_of_an_answer_is_held_against_the_bound_of_that_answer(image, network):
    engine = Exact(network)
    seen = _seen(image, engine)
    for bounds, outcome in (({"glioma": 50.0}, "failed"), ({"meningioma": 50.0}, "passed")):
        rules = replace(RULES, by_answer={"faithfulness": bounds})
        glioma = slice_passports(seen, engine.run, SPEC, rules)[0]
        (tested,) = (test for test in glioma.tests if test.name == "faithfulness")
        assert tested.bound == bounds.get("glioma", 0.05)
        assert tested.outcome == outcome


@pytest.mark.parametrize(
    ("wrong", "fails"),
    [
        ("incomplete", {"completeness"}),
        ("shuffled", {"faithfulness"}),
        ("of another class", {"faithfulness"}),
        ("constant", {"faithfulness"}),
    ],
)
def test_a_planted_map_fails(image, network, wrong, fails):
    engine = Exact(network)
    true = engine.run(image[0][None, None]).evidence[0]
    planted = {
        "incomplete": true * 1.01,
        "shuffled": np.random.default_rng(2)
        .permutation(true.reshape(4, -1), axis=1)
        .reshape(true.shape),
        "of another class": true[[1, 0, 2, 3]],
        "constant": np.broadcast_to(true.mean((1, 2), keepdims=True), true.shape).copy(),
    }[wrong]
    seen = _seen(image, engine, contributions=planted)
    passport = slice_passports(seen, engine.run, SPEC, RULES)[0]
    failed = {test.name for test in passport.failed}
    assert fails <= failed
    assert passport.outcome == "failed"


def test_a_network_that_feels_noise_fails_repeatability(image, network):
    class Nervous(Exact):
        def run(self, batch):
            found = super().run(batch)
            seed = int(batch.sum() * 1e4) % 2**31
            noise = np.random.default_rng(seed).standard_normal(found.evidence.shape)
            return EvidenceBatch(found.logits, noise.astype(np.float32), found.embedding)

    engine = Nervous(network)
    passport = slice_passports(_seen(image, engine), engine.run, SPEC, RULES)[0]
    assert "repeatability" in {test.name for test in passport.failed}


def test_a_map_off_the_outline_fails_localization(image, network):
    engine = Exact(network)
    outline = np.zeros((64, 64), bool)
    outline[45:55, 10:20] = True
    passport = slice_passports(_seen(image, engine, outline=outline), engine.run, SPEC, RULES)[0]
    test = next(test for test in passport.tests if test.name == "localization")
    assert test.outcome == "failed"
    assert test.details["pointing"] == 0.0


def test_an_outline_on_another_grid_is_named_and_not_assessed(image, network):
    engine = Exact(network)
    for seen in (
        _seen(image, engine, outline=np.ones((10, 12), bool)),
        _seen(image, engine, unusable="The mask lies on another grid."),
    ):
        passport = slice_passports(seen, engine.run, SPEC, RULES)[0]
        test = next(test for test in passport.tests if test.name == "localization")
        assert test.outcome == "not assessed"
        assert "grid" in test.reason or "(10, 12)" in test.reason
        assert passport.outcome == "passed"
