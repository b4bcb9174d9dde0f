"""The store as a set: labels of its readers, patients as groups, locked patients as a split."""

from collections.abc import Callable

import numpy as np
import pytest

from neuroscope.records.imported import ImportedStudy
from neuroscope.store.database import Store
from neuroscope.store.labeled_slices import is_locked
from neuroscope.store.reader_labels import set_label
from neuroscope.store.studies import read_study, save_study
from neuroscope.store.worklist import worklist
from neuroscope.workflow import stored_pictures
from neuroscope.workflow.data_audit import audit_set
from neuroscope.workflow.stored_pictures import list_stored


def test_pictures_and_slices_of_volumes_are_listed(
    store: Store, pictures: str, volume: str
) -> None:
    set_label(store, pictures, "5e71e5", slice_index=1, label="glioma", reader="ann")
    listed = list_stored(store)
    of_pictures = [p for p in listed.pictures if p.file.startswith(pictures)]
    assert [p.label for p in of_pictures] == [None, "glioma", None]
    of_volume = [p for p in listed.pictures if p.file.startswith(volume)]
    assert 0 < len(of_volume) <= stored_pictures.OF_A_VOLUME
    names = {row.id: row.pseudonym for row in worklist(store)[0]}
    assert {p.group for p in of_volume} == {names[volume]}
    assert {p.split for p in of_volume} == {"locked" if is_locked(names[volume]) else "train"}


def test_pixels_are_those_that_were_stored(store: Store, pictures: str) -> None:
    listed = list_stored(store)
    assert listed.read(0).shape == (64, 64)
    assert np.ptp(listed.read(0)) > 0


def test_all_pages_of_the_store_are_listed(
    store: Store,
    picture_study: Callable[..., ImportedStudy],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stored_pictures, "PAGE", 2)
    ids = {save_study(store, picture_study(1, seed=seed)).study_id for seed in range(5)}
    assert {p.file.split("/")[0] for p in list_stored(store).pictures} == ids


def test_a_store_is_audited_like_any_other_set(store: Store, pictures: str, volume: str) -> None:
    assert read_study(store, pictures).series
    audit = audit_set(list_stored(store))
    assert audit.name == "store"
    assert len(set(audit.groups)) <= 2
    assert any("locked patients" in caution for caution in audit.cautions)
