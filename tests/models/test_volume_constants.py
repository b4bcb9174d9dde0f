import json

import pytest

from neuroscope.errors import ModelError
from neuroscope.models.inference import SHIPPED_WEIGHTS, load_engine
from neuroscope.models.volume_constants import (
    CONSTANTS_NAME,
    load_volume_constants,
    save_volume_constants,
)
from neuroscope.records.evidencespec import EvidenceSpec
from neuroscope.records.prediction import ModelRef
from neuroscope.records.volumeevidence import VolumeConstants

CLASSES = ("glioma", "notumor")
SPEC = EvidenceSpec(CLASSES, 160, 1.5, 4.0, 1.0, 0.1, (0.01, 0.02), (0.5, 0.6))
MODEL = ModelRef("evidence", "1", "a" * 64)
PLANES = ("axial", "coronal", "sagittal")
CONSTANTS = VolumeConstants(
    CLASSES,
    {"axial": (0.0, 0.1), "coronal": (0.2, 0.3), "sagittal": (0.4, 0.5)},
    {"axial": (1.0, 1.1), "coronal": (1.2, 1.3), "sagittal": (1.4, 1.5)},
    floor=0.03,
    of_peak=0.02,
    weights_sha256="a" * 64,
)


def test_constants_come_back_as_they_were_written(tmp_path):
    save_volume_constants(CONSTANTS, tmp_path, notes={"cases": 4})
    assert load_volume_constants(MODEL, SPEC, weights=tmp_path) == CONSTANTS


def test_constants_of_other_weights_are_not_used(tmp_path):
    save_volume_constants(CONSTANTS, tmp_path, notes={})
    other = ModelRef("evidence", "2", "b" * 64)
    found = load_volume_constants(other, SPEC, weights=tmp_path)
    assert not found.fitted
    assert found.of("coronal", "notumor") == (0.02, 0.6)


def test_without_a_file_single_slices_give_the_constants(tmp_path):
    found = load_volume_constants(MODEL, SPEC, weights=tmp_path)
    assert {found.of(plane, "glioma") for plane in PLANES} == {(0.01, 0.5)}
    assert not found.fitted


@pytest.mark.parametrize("damage", ["{", '{"offset": 3}', "scale"])
def test_a_damaged_file_is_refused(tmp_path, damage):
    path = save_volume_constants(CONSTANTS, tmp_path, notes={})
    if damage == "scale":
        content = json.loads(path.read_text())
        content["scale"]["axial"] = [0.0, 1.0]
        damage = json.dumps(content)
    path.write_text(damage)
    with pytest.raises(ModelError, match="train volume-evidence"):
        load_volume_constants(MODEL, SPEC, weights=tmp_path)


def test_the_shipped_constants_belong_to_the_shipped_weights():
    assert (SHIPPED_WEIGHTS / CONSTANTS_NAME).is_file()
    engine = load_engine(threads=1)
    found = load_volume_constants(engine.model, engine.spec)
    assert found.fitted  # else run: neuroscope train volume-evidence
