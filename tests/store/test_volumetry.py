"""What was found in space, kept and read back."""

import json
from dataclasses import replace

import numpy as np
import pytest

from neuroscope.errors import NotFoundError
from neuroscope.io.glb import glb_bytes
from neuroscope.models.inference import load_engine
from neuroscope.phantom.case import make_case
from neuroscope.records.heatmap import Heatmap
from neuroscope.records.volumeevidence import VolumeEvidence
from neuroscope.report.volumetry import volumetry_json
from neuroscope.store import results, studies
from neuroscope.store.blobs import read_array, read_bytes
from neuroscope.store.volumetry import has_volumetry, read_maps, read_volumetry, save_volumetry
from neuroscope.workflow.volumes import examine


@pytest.fixture(scope="module")
def case():
    return make_case("meningioma", seed=4, spacing_mm=4.0)


@pytest.fixture(scope="module")
def imported(case, imported_phantom):
    return imported_phantom(case)


@pytest.fixture(scope="module")
def volumetry(case, imported, truth_segmenter):
    return examine(imported, lambda _: truth_segmenter(case))


@pytest.fixture
def kept(store, imported, volumetry, known_weights):
    engine = load_engine(weights=known_weights, threads=1)
    study_id = studies.save_study(store, imported).study_id
    results.start_analysis(store, "a1", study_id, engine.model, engine.spec)
    content, surfaces = volumetry_json(volumetry), glb_bytes(volumetry.meshes)
    for _ in range(2):  # a step may be run again
        save_volumetry(store, "a1", volumetry, content=content, surfaces=surfaces)
    return studies.study_folder(store, study_id)


def test_arrays_and_numbers_come_back(store, kept, volumetry):
    stored = read_volumetry(store, "a1")
    labels = read_array(kept, stored.labels)

    np.testing.assert_array_equal(labels, volumetry.segmented.segmentation.labels)
    assert stored.uncertainty is not None
    doubt = read_array(kept, stored.uncertainty) / 255
    np.testing.assert_allclose(doubt, volumetry.segmented.uncertainty, atol=1 / 255)
    assert stored.evidence is None
    assert stored.content == json.loads(json.dumps(volumetry_json(volumetry)))
    assert read_bytes(kept, stored.surfaces.sha256)[:4] == b"glTF"
    assert has_volumetry(store, "a1")


def test_the_maps_of_the_report_come_back_as_they_were(store, kept, volumetry):
    labels, evidence = read_maps(store, "a1")
    np.testing.assert_array_equal(labels, volumetry.segmented.segmentation.labels)
    assert evidence is None


def test_evidence_comes_back_in_units_of_strong_evidence(store, imported, volumetry, known_weights):
    engine = load_engine(weights=known_weights, threads=1)
    study_id = studies.save_study(store, imported).study_id
    results.start_analysis(store, "a2", study_id, engine.model, engine.spec)
    values = np.zeros(volumetry.prepared.grid.shape, np.float32)
    values[3, 4, 5], values[5, 4, 3] = 1.0, 7.0
    heatmap = Heatmap(values, "volume", "glioma", 1.0, 0.4)
    seen = replace(volumetry, evidence=VolumeEvidence(heatmap, (), None, None, 0.0))
    save_volumetry(store, "a2", seen, content=volumetry_json(seen), surfaces=b"")
    _, evidence = read_maps(store, "a2")
    assert evidence is not None
    assert evidence[3, 4, 5] == pytest.approx(1.0, abs=1 / 127)
    assert evidence[5, 4, 3] == 2.0  # what is kept ends at twice strong evidence
    assert np.count_nonzero(evidence) == 2


def test_what_is_not_there_is_said(store, kept):
    assert not has_volumetry(store, "another")
    with pytest.raises(NotFoundError, match="no measurements in space"):
        read_volumetry(store, "another")


def test_it_goes_with_its_analysis(store, kept):
    results.delete_analysis(store, "a1")
    assert not has_volumetry(store, "a1")
