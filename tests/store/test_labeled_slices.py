from datetime import UTC, datetime

import numpy as np
import pytest

from neuroscope.records.geometry import diagonal
from neuroscope.records.volume import Volume
from neuroscope.store.labeled_slices import (
    LOCKED_SHARE,
    NO_ANSWER,
    READERS_DIFFER,
    agreed_label,
    is_locked,
    labeled_slices,
)
from neuroscope.store.reader_labels import ReaderLabel

PLACE = ("study", "series")


def said(label: str, *, picture: int | None = None, reader: str = "ann") -> ReaderLabel:
    return ReaderLabel(*PLACE, picture, reader, label, datetime(2026, 1, 1, tzinfo=UTC))


def test_about_a_third_of_patients_is_locked_whoever_else_there_is() -> None:
    names = [f"NS-{number:06}" for number in range(3000)]
    locked = [is_locked(name) for name in names]
    assert np.mean(locked) == pytest.approx(LOCKED_SHARE, abs=0.03)
    assert [is_locked(name) for name in names[:10]] == locked[:10]


def test_what_is_said_of_a_picture_counts_before_what_is_said_of_its_series() -> None:
    labels = [said("glioma"), said("notumor", picture=2)]
    assert agreed_label(labels, PLACE, 2) == ("notumor", None)
    assert agreed_label(labels, PLACE, 1) == ("glioma", None)
    assert agreed_label(labels, ("study", "other"), 1) == (None, NO_ANSWER)


def test_readers_who_differ_give_no_label() -> None:
    labels = [said("glioma"), said("meningioma", reader="bob"), said("glioma", picture=0)]
    assert agreed_label(labels, PLACE, 1) == (None, READERS_DIFFER)
    assert agreed_label(labels, PLACE, 0) == ("glioma", None)


def test_pictures_are_listed_with_their_labels() -> None:
    found = labeled_slices(
        [said("glioma"), said("notumor", picture=1)],
        patients={"study": "NS-1"},
        pictures={PLACE: [0, 1]},
        volumes={},
    )
    assert [(one.index, one.label, one.axis) for one in found] == [
        (0, "glioma", None),
        (1, "notumor", None),
    ]


def test_a_volume_shows_no_tumor_on_any_slice_but_a_tumor_on_some_only() -> None:
    volume = Volume(np.zeros((40, 48, 21), np.uint8), diagonal((1.0, 1.0, 4.0)))

    def listed(label: str) -> list[tuple[int | None, int]]:
        found = labeled_slices(
            [said(label)], patients={"study": "NS-1"}, pictures={}, volumes={PLACE: volume}
        )
        return [(one.axis, one.index) for one in found]

    assert listed("glioma") == []
    healthy = listed("notumor")
    assert {axis for axis, _ in healthy} == {2}  # along the coarsest axis
    assert [index for _, index in healthy] == [5, 6, 8, 9, 11, 12, 14, 15]
