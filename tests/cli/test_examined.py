"""The files of a study in space: what is in them, and that each is known as ours."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import jsonschema_rs
import nibabel as nib
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from neuroscope.cli.examined import (
    FUSED_EVIDENCE,
    write_segmentation_only,
    write_volumetry,
)
from neuroscope.io.earlier_results import is_named_as_result, is_result
from neuroscope.phantom.case import make_case
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.preprocess.resample import resample
from neuroscope.records.heatmap import Heatmap
from neuroscope.records.prepared import Prepared
from neuroscope.records.transform import IDENTITY, Transform
from neuroscope.records.volume import Volume
from neuroscope.records.volumeevidence import VolumeEvidence
from neuroscope.report.volumetry import volumetry_json
from neuroscope.workflow.volumes import examine, examine_prepared

SCHEMA = Path(__file__).parents[2] / "docs" / "reference" / "result.schema.json"


@pytest.fixture(scope="module")
def case():
    return make_case("glioblastoma", seed=31, spacing_mm=3.0, wish=Wish(side="left"))


@pytest.fixture(scope="module")
def volumetry(case, imported_phantom, truth_segmenter):
    """A study whose evidence grows toward the patient's right, away from the tumor."""
    found = examine(imported_phantom(case), lambda _: truth_segmenter(case))
    shape = found.prepared.grid.shape
    values = np.broadcast_to(np.linspace(-0.5, 1.5, shape[0])[:, None, None], shape)
    heatmap = Heatmap(values.astype(np.float32), "volume", "glioma", 1.0, 0.4)
    return replace(found, evidence=VolumeEvidence(heatmap, (), None, None, 0.0))


def members(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def on_grid(path: Path, volumetry) -> np.ndarray:
    """Read a map and check that it lies on the grid of the reference."""
    image = nib.load(path)
    np.testing.assert_allclose(image.affine, volumetry.prepared.grid.affine, atol=1e-4)
    return np.asanyarray(image.dataobj)


def test_every_map_lies_on_the_reference_with_its_values_and_type(case, volumetry, tmp_path):
    write_volumetry(volumetry, tmp_path)
    labels = on_grid(tmp_path / "segmentation.nii.gz", volumetry)
    assert labels.dtype == np.uint8
    np.testing.assert_array_equal(labels, np.asarray(case.segmentation.labels))
    doubt = on_grid(tmp_path / "uncertainty.nii.gz", volumetry)
    assert doubt.dtype == np.float32
    np.testing.assert_array_equal(doubt, np.where(labels > 0, np.float32(0.5), 0))
    evidence = on_grid(tmp_path / FUSED_EVIDENCE, volumetry)
    assert evidence.dtype == np.float32
    np.testing.assert_array_equal(evidence, volumetry.evidence.heatmap.values)


def test_what_is_said_names_the_files_that_are_there(volumetry, tmp_path):
    said = write_volumetry(volumetry, tmp_path)
    assert sorted(said["files"].values()) == members(tmp_path)
    assert said["files"]["evidence"] == FUSED_EVIDENCE
    schema = json.loads(SCHEMA.read_text())
    part = {**schema["$defs"]["volumetry"], "$defs": schema["$defs"]}
    jsonschema_rs.validator_for(part).validate(said)
    whole = next(region for region in said["regions"] if region["code"] == "WT")
    assert whole["volume_ml"] == pytest.approx(volumetry.measurements.named("WT volume").value)


def test_numbers_and_table_say_the_same_and_surfaces_are_glb(volumetry, tmp_path):
    write_volumetry(volumetry, tmp_path)
    numbers = json.loads((tmp_path / "measurements.json").read_text(encoding="utf-8"))
    assert numbers == json.loads(json.dumps(volumetry_json(volumetry)))
    with (tmp_path / "measurements.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(numbers["values"]) + sum(
        len(lesion["values"]) for lesion in numbers["lesions"]
    )
    assert float(rows[0]["value"]) == pytest.approx(numbers["values"][0]["value"], rel=1e-5)
    assert (tmp_path / "surfaces.glb").read_bytes()[:4] == b"glTF"


def test_without_evidence_no_file_of_it_is_written_or_named(volumetry, tmp_path):
    said = write_volumetry(replace(volumetry, evidence=None), tmp_path)
    assert "evidence" not in said["files"]
    assert FUSED_EVIDENCE not in members(tmp_path)


def test_every_file_is_known_as_ours_so_that_it_may_be_replaced(volumetry, tmp_path):
    write_volumetry(volumetry, tmp_path)
    assert all(is_named_as_result(name) for name in members(tmp_path))
    assert is_result(tmp_path / "measurements.json")


def test_a_segmentation_alone_has_no_surfaces_and_no_evidence(volumetry, tmp_path):
    write_segmentation_only(volumetry, tmp_path)
    assert members(tmp_path) == [
        "measurements.csv", "measurements.json", "segmentation.nii.gz", "uncertainty.nii.gz",
    ]  # fmt: skip


def test_a_drawn_mask_has_no_uncertainty(volumetry, tmp_path):
    drawn = replace(volumetry.segmented, uncertainty=None, model=None)
    write_segmentation_only(replace(volumetry, segmented=drawn), tmp_path)
    assert "uncertainty.nii.gz" not in members(tmp_path)
    assert json.loads((tmp_path / "measurements.json").read_text())["model"] is None


def test_the_mark_of_a_result_is_written_last(volumetry, tmp_path):
    (tmp_path / "measurements.csv").mkdir()  # the disk refuses the table
    with pytest.raises(OSError, match=r"measurements\.csv"):
        write_segmentation_only(volumetry, tmp_path)
    assert not (tmp_path / "measurements.json").exists()


@pytest.fixture(scope="module")
def scattered(imported_phantom, truth_segmenter):
    """A tumor on the right; FLAIR was scanned in thick slices of another grid, in another pose."""
    made = make_case("glioblastoma", seed=32, spacing_mm=3.0, wish=Wish(side="right"))
    imported = imported_phantom(made)
    t1c = made.volumes["t1c"]
    pose = Rotation.from_euler("xyz", (4, -7, 12), degrees=True).as_matrix()
    to_reference = np.eye(4)
    to_reference[:3, :3], to_reference[:3, 3] = pose, (25, -40, 13)
    thick = np.diag([-2.0, -2.5, 6.0, 1.0])  # to the left, to the back, upward
    corner = t1c.to_mm(np.array(t1c.shape) - 1) + 10
    thick[:3, 3] = corner[0], corner[1], t1c.to_mm([0, 0, 0])[2] - 10
    flair = resample(made.volumes["flair"], Volume(np.zeros((95, 90, 32), np.float32), thick))
    prepared = Prepared(
        volumes={"t1c": t1c, "flair": flair},
        series={"t1c": "s-t1c", "flair": "s-flair"},
        reference="t1c",
        to_reference={"t1c": IDENTITY, "flair": Transform(to_reference)},
        brain=Volume(np.asarray(t1c.voxels) > 0, t1c.affine),
    )
    return examine_prepared(imported, prepared, truth_segmenter(made))


def test_labels_lie_on_every_sequence_where_it_was_scanned(scattered, tmp_path):
    said = write_volumetry(scattered, tmp_path, native=True)
    prepared = scattered.prepared
    tumor = Volume(np.asarray(scattered.segmented.segmentation.labels), prepared.grid.affine)
    center_mm = tumor.to_mm(np.argwhere(tumor.voxels > 0).mean(0))
    assert center_mm[0] > 10, "the tumor lies on the right"
    for role in ("t1c", "flair"):
        assert said["files"][f"segmentation_{role}"] == f"segmentation_{role}.nii.gz"
        written = nib.load(tmp_path / f"segmentation_{role}.nii.gz")
        own = prepared.native_grid(role)
        assert written.shape == own.shape
        assert written.get_data_dtype() == np.uint8
        np.testing.assert_allclose(written.affine, own.affine, atol=1e-3)
        labels = np.asanyarray(written.dataobj)
        there_mm = own.to_mm(np.argwhere(labels > 0).mean(0))
        back_mm = prepared.to_reference[role].carry(there_mm)
        np.testing.assert_allclose(back_mm, center_mm, atol=1.0)
        for label in (1, 2, 3):
            volume = (labels == label).sum() * np.prod(own.spacing_mm)
            truth = (tumor.voxels == label).sum() * 27.0
            assert volume == pytest.approx(truth, rel=0.15), (role, label)
    reference = nib.load(tmp_path / "segmentation.nii.gz")
    t1c = nib.load(tmp_path / "segmentation_t1c.nii.gz")
    np.testing.assert_array_equal(np.asanyarray(t1c.dataobj), np.asanyarray(reference.dataobj))


def test_what_is_named_for_native_grids_is_valid_and_known_as_ours(scattered, tmp_path):
    said = write_volumetry(scattered, tmp_path, native=True)
    assert sorted(said["files"].values()) == members(tmp_path)
    assert all(is_named_as_result(name) for name in members(tmp_path))
    schema = json.loads(SCHEMA.read_text())
    part = {**schema["$defs"]["volumetry"], "$defs": schema["$defs"]}
    jsonschema_rs.validator_for(part).validate(said)
