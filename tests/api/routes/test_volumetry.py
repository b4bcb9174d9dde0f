"""What was found in space, over the API."""

import nibabel as nib
import numpy as np
import pytest

from neuroscope.io.glb import glb_bytes
from neuroscope.models.inference import load_engine
from neuroscope.phantom.case import make_case
from neuroscope.report.volumetry import volumetry_json, write_measurements
from neuroscope.store import results, studies
from neuroscope.store.volumetry import save_volumetry
from neuroscope.workflow.volumes import examine


@pytest.fixture(scope="module")
def case():
    return make_case("meningioma", seed=4, spacing_mm=4.0)


@pytest.fixture(scope="module")
def volumetry(case, imported_phantom, truth_segmenter):
    return examine(imported_phantom(case), lambda _: truth_segmenter(case))


@pytest.fixture
def address(store, case, imported_phantom, known_weights):
    """Where the analysis of a stored phantom lies; nothing was found in space yet."""
    engine = load_engine(weights=known_weights, threads=1)
    study_id = studies.save_study(store, imported_phantom(case)).study_id
    results.start_analysis(store, "a1", study_id, engine.model, engine.spec)
    return f"/api/studies/{study_id}/analyses/a1"


@pytest.fixture
def examined(store, address, volumetry):
    content, surfaces = volumetry_json(volumetry), glb_bytes(volumetry.meshes)
    save_volumetry(store, "a1", volumetry, content=content, surfaces=surfaces)
    return address


def test_numbers_arrive_as_they_were_written(client, examined, volumetry):
    assert client.get(examined).json()["has_volumetry"] is True
    answer = client.get(f"{examined}/volumetry")
    assert answer.status_code == 200
    found = answer.json()
    assert found["schema"] == "neuroscope/volumetry/1"
    volume = next(v for v in found["values"] if v["name"] == "WT volume")
    assert volume["value"] == pytest.approx(volumetry.measurements.named("WT volume").value)
    assert "This is the truth." in found["cautions"]


def test_labels_and_doubt_arrive_on_the_grid_of_the_reference(client, examined, volumetry):
    shape = client.get(f"{examined}/volumetry").json()["reference"]["shape"]
    headers = {"accept-encoding": "identity"}
    labels = client.get(f"{examined}/volumetry/labels", headers=headers)
    assert labels.headers["x-dtype"] == "|u1"
    found = np.frombuffer(labels.content, np.uint8).reshape(shape, order="F")
    np.testing.assert_array_equal(found, volumetry.segmented.segmentation.labels)

    doubt = client.get(f"{examined}/volumetry/uncertainty", headers=headers)
    assert np.frombuffer(doubt.content, np.uint8).max() == 128  # one half of a bit


def test_surfaces_are_glb(client, examined):
    answer = client.get(f"{examined}/volumetry/surfaces.glb")
    assert answer.headers["content-type"] == "model/gltf-binary"
    assert answer.content[:4] == b"glTF"
    assert len(answer.content) == int(answer.headers["content-length"])


def test_labels_and_doubt_can_be_saved_as_nifti_where_they_lie(
    client, examined, volumetry, tmp_path
):
    reference = volumetry.prepared.grid
    for name, wanted in (
        ("segmentation", np.asarray(volumetry.segmented.segmentation.labels)),
        ("uncertainty", np.asarray(volumetry.segmented.uncertainty)),
    ):
        answer = client.get(f"{examined}/volumetry/{name}.nii.gz")
        assert answer.headers["content-type"] == "application/gzip"
        assert f'filename="a1-{name}.nii.gz"' in answer.headers["content-disposition"]
        path = tmp_path / f"{name}.nii.gz"
        path.write_bytes(answer.content)
        read = nib.load(path)
        np.testing.assert_allclose(read.affine, reference.affine, atol=1e-4)
        assert read.get_data_dtype() == wanted.dtype
        np.testing.assert_allclose(np.asanyarray(read.dataobj), wanted, atol=1 / 255)


def test_labels_can_be_saved_on_the_grid_of_a_sequence(client, examined, volumetry, tmp_path):
    answer = client.get(f"{examined}/volumetry/segmentation.nii.gz?role=flair")
    assert 'filename="a1-segmentation_flair.nii.gz"' in answer.headers["content-disposition"]
    path = tmp_path / "labels.nii.gz"
    path.write_bytes(answer.content)
    found = np.asanyarray(nib.load(path).dataobj)  # all sequences of this phantom share a grid
    np.testing.assert_array_equal(found, np.asarray(volumetry.segmented.segmentation.labels))
    assert client.get(f"{examined}/volumetry/segmentation.nii.gz?role=ct").status_code == 404
    assert client.get(f"{examined}/volumetry/segmentation.nii.gz?role=dwi").status_code == 422


def test_the_table_is_that_of_the_command(client, examined, volumetry, tmp_path):
    write_measurements(volumetry.measurements, tmp_path / "measurements.csv")
    answer = client.get(f"{examined}/volumetry/measurements.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text == (tmp_path / "measurements.csv").read_text(encoding="utf-8")
    assert answer.text.count("\n") > 20


@pytest.mark.parametrize(
    "part",
    [
        "", "/labels", "/uncertainty", "/evidence", "/surfaces.glb", "/segmentation.nii.gz",
        "/segmentation.nii.gz?role=t1c", "/uncertainty.nii.gz", "/evidence_fused.nii.gz",
        "/measurements.csv",
    ],
)  # fmt: skip
def test_what_is_not_there_yet_is_said(client, address, part):
    answer = client.get(f"{address}/volumetry{part}")
    assert answer.status_code == 404
    assert "no measurements in space" in answer.json()["detail"]
    assert client.get(address).json()["has_volumetry"] is False


def test_without_a_decision_there_is_no_evidence(client, examined):
    answer = client.get(f"{examined}/volumetry/evidence")
    assert answer.status_code == 404
    assert "evidence in space" in answer.json()["detail"]
