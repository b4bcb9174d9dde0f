"""What others call channels and labels, in our words."""

import pytest

from neuroscope.errors import BadInputError
from neuroscope.models.naming import (
    region_of_name,
    regions_of_names,
    require_sequences,
    roles_of_channels,
    tissue_of_label,
)


@pytest.mark.parametrize(
    ("names", "roles"),
    [
        (("T1", "T1ce", "T2", "FLAIR"), ("t1", "t1c", "t2", "flair")),
        (("t2f", "t1n", "t1c", "t2w"), ("flair", "t1", "t1c", "t2")),
        (("T1-Gd", "T2-FLAIR"), ("t1c", "flair")),
    ],
)
def test_channels_keep_their_order(names, roles):
    assert roles_of_channels(names) == roles


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("T1", "T1ce", "T2", "ADC"), "'ADC' names no sequence"),
        (("zscore", "zscore"), "'zscore' names no sequence"),
        (("T1ce", "T1Gd"), "want the same sequence, t1c"),
        ((), "none names no sequence"),
    ],
)
def test_channels_that_do_not_match_are_said(names, said):
    with pytest.raises(BadInputError, match=said):
        roles_of_channels(names)


def test_a_missing_sequence_is_named():
    require_sequences(("t1c", "flair"), {"t1c": 0, "flair": 0, "t2": 0})
    with pytest.raises(BadInputError, match="lacks flair"):
        require_sequences(("t1c", "flair"), {"t1c": 0})


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("NCR", "NCR"), ("NCR/NET", "NCR"), ("non-enhancing tumor core", "NCR"), ("NETC", "NCR"),
        ("nonenhancing", "NCR"), ("CC", "NCR"), ("necrosis", "NCR"), ("lesion", "NCR"),
        ("ED", "ED"), ("peritumoral edema", "ED"), ("SNFH", "ED"), ("oedema", "ED"),
        ("ET", "ET"), ("GD-enhancing tumor", "ET"), ("active tumor", "ET"),
        ("enhancingTumor", "ET"), ("resection cavity", "RC"), ("RC", "RC"),
    ],
)  # fmt: skip
def test_labels_are_told_by_their_names(name, code):
    assert tissue_of_label(name) == code


def test_a_label_of_another_field_is_refused():
    with pytest.raises(BadInputError, match="'liver'"):
        tissue_of_label("liver")


def test_regions_are_told_by_their_names():
    names = ("Enhancing tumor", "whole_tumor", "tumorCore")
    assert regions_of_names(names) == ("ET", "WT", "TC")
    with pytest.raises(BadInputError, match="answers with"):
        regions_of_names(("WT", "TC", "tumor core"))
    with pytest.raises(BadInputError, match="non-enhancing"):
        region_of_name("non-enhancing")
