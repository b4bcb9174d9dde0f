import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.phantom.scanner.options import CLEAN, ScannerOptions
from neuroscope.phantom.scanner.sequences import (
    EVERY_SEQUENCE,
    checked_sequences,
    draw_session,
)


def test_sequences_come_in_their_usual_order():
    assert checked_sequences(("ct", "t2", "t1"), CLEAN, head=True) == ("t1", "t2", "ct")


def test_an_unknown_sequence_is_refused():
    with pytest.raises(BadInputError, match=r"no sequence swi.*Choose from t1, t1c"):
        checked_sequences(("t1", "swi"), CLEAN, head=True)


def test_a_ct_without_a_head_is_refused():
    with pytest.raises(BadInputError, match=r"A CT shows skull.*--head"):
        checked_sequences(("t1", "ct"), CLEAN, head=False)


def test_a_missing_sequence_is_not_made():
    options = ScannerOptions(missing=("t1c", "flair"))

    assert checked_sequences(("t1", "t1c", "t2"), options, head=False) == ("t1", "t2")


def test_a_study_of_missing_sequences_alone_is_refused():
    with pytest.raises(BadInputError, match="missing"):
        checked_sequences(("t1",), ScannerOptions(missing=("t1",)), head=False)


@pytest.mark.parametrize("name", EVERY_SEQUENCE)
def test_a_sequence_shows_the_same_whichever_others_are_made(name):
    alone = draw_session(np.random.default_rng(5), (name,), CLEAN)
    among = draw_session(np.random.default_rng(5), EVERY_SEQUENCE, CLEAN)

    assert alone.contrasts[name].look("gray", 0.0) == among.contrasts[name].look("gray", 0.0)
    assert alone.protocols.get(name) == among.protocols.get(name)


def test_a_weaker_field_changes_mr_but_not_ct():
    weak, strong = (
        draw_session(np.random.default_rng(5), ("t1", "ct"), ScannerOptions(field_t=t))
        for t in (1.5, 3)
    )

    for name, same in (("t1", False), ("ct", True)):
        looks = [s.contrasts[name].look("white", 0.0) for s in (weak, strong)]
        assert (looks[0] == looks[1]) is same


ORDERS = {
    "dwi": (("infarct", "white"), ("pus", "white"), ("gray", "fluid"), ("infarct", "necrosis")),
    "adc": (
        ("fluid", "necrosis"),
        ("necrosis", "enhancing"),
        ("edema", "white"),
        ("white", "infarct"),
        ("white", "pus"),
        ("enhancing", "medulloblastoma"),
    ),
    "ct": (
        ("bone", "calcification"),
        ("calcification", "blood"),
        ("blood", "gray"),
        ("gray", "white"),
        ("white", "edema"),
        ("edema", "fluid"),
        ("fluid", "fat"),
        ("fat", "air"),
    ),
}  # brighter first


@pytest.mark.parametrize("field_t", [3, 1.5])
def test_ct_and_diffusion_order_the_tissues_in_200_visits(field_t):
    options = ScannerOptions(field_t=field_t)
    for seed in range(200):
        session = draw_session(np.random.default_rng(seed), tuple(ORDERS), options)
        for sequence, pairs in ORDERS.items():
            look = session.contrasts[sequence].look
            for brighter, darker in pairs:
                assert look(brighter, 0.0) > look(darker, 0.0), (seed, sequence, brighter, darker)
