from pathlib import Path

import numpy as np
import pytest

from neuroscope.models.inference import EvidenceEngine, load_engine
from neuroscope.records.dataaudit import DataAudit, Picture
from neuroscope.reliability.dataset.audit import ACCURACY
from neuroscope.workflow.data_audit import Listed, audit_set


@pytest.fixture(scope="module")
def engine(known_weights: Path) -> EvidenceEngine:
    return load_engine(weights=known_weights, threads=1)


def _set(*labels: str | None) -> Listed:
    def read(number: int) -> np.ndarray:
        rows, columns = np.mgrid[:64, :64]
        gray = np.random.default_rng(number).normal(120, 20, (64, 64))
        return np.where(np.hypot(rows - 32, columns - 32) < 24, gray, 0).astype(np.float32)

    pictures = tuple(
        Picture(file=f"{number}.png", label=label, split="test")
        for number, label in enumerate(labels)
    )
    return Listed("a set", pictures, read)


def _reasons(audit: DataAudit) -> list[str]:
    return [one.why for one in audit.not_done if one.part == ACCURACY]


def test_a_label_that_the_network_does_not_know_leaves_out_only_its_own_pictures(engine):
    audit = audit_set(_set("notumor", "glioma", "cyst", "notumor", None, "abscess"), engine=engine)
    assert audit.answered is not None
    assert audit.answered.whole.n == 3
    (why,) = _reasons(audit)
    assert why.startswith("2 of 5 labeled pictures outside training were left out")
    assert "does not know the labels 'abscess', 'cyst'." in why


def test_where_no_label_is_known_nothing_is_asked_and_the_reason_is_ours(engine, monkeypatch):
    monkeypatch.setattr(engine, "run", None)
    audit = audit_set(_set("cyst", "cyst"), engine=engine)
    assert audit.answered is None
    (why,) = _reasons(audit)
    assert why.startswith("2 of 2 labeled pictures outside training were left out")
    assert why.endswith("does not know the label 'cyst'.")


def test_where_all_labels_are_known_nothing_is_left_out(engine):
    assert _reasons(audit_set(_set("glioma", "notumor"), engine=engine)) == []
