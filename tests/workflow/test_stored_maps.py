"""Stored labels on the own grid of each sequence."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from neuroscope.errors import NotFoundError
from neuroscope.io.glb import glb_bytes
from neuroscope.models.inference import load_engine
from neuroscope.phantom.case import make_case
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.preprocess.prepare import to_native
from neuroscope.preprocess.resample import resample
from neuroscope.records.prepared import Prepared
from neuroscope.records.transform import IDENTITY, Transform
from neuroscope.records.volume import Volume
from neuroscope.report.volumetry import volumetry_json
from neuroscope.store import results, studies
from neuroscope.store.volumetry import save_volumetry
from neuroscope.workflow.stored_maps import labels_where_scanned
from neuroscope.workflow.volumes import examine_prepared


@pytest.fixture(scope="module")
def scattered(imported_phantom, truth_segmenter):
    """A tumor on the right; FLAIR was scanned in thick slices of another grid, in another pose."""
    made = make_case("glioblastoma", seed=32, spacing_mm=4.0, wish=Wish(side="right"))
    imported = imported_phantom(made)
    ids = {series.role: series.id for series in imported.study.series}
    t1c = made.volumes["t1c"]
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", (4, -7, 12), degrees=True).as_matrix()
    matrix[:3, 3] = 25, -40, 13
    thick = np.diag([-2.1713, -2.3391, 6.2177, 1.0])  # to the left, to the back, upward
    corner = t1c.to_mm(np.array(t1c.shape) - 1) + 10
    thick[:3, 3] = corner[0], corner[1], t1c.to_mm([0, 0, 0])[2] - 10
    flair = resample(made.volumes["flair"], Volume(np.zeros((95, 90, 32), np.float32), thick))
    scanned = Volume(flair.voxels, np.linalg.inv(matrix) @ flair.affine)
    imported = replace(imported, volumes={**imported.volumes, ids["flair"]: scanned})
    prepared = Prepared(
        volumes={"t1c": t1c, "flair": flair},
        series={"t1c": ids["t1c"], "flair": ids["flair"]},
        reference="t1c",
        to_reference={"t1c": IDENTITY, "flair": Transform(matrix)},
        brain=Volume(np.asarray(t1c.voxels) > 0, t1c.affine),
    )
    return imported, examine_prepared(imported, prepared, truth_segmenter(made))


@pytest.fixture
def stored(store, scattered, known_weights):
    imported, found = scattered
    engine = load_engine(weights=known_weights, threads=1)
    study_id = studies.save_study(store, imported).study_id
    results.start_analysis(store, "a1", study_id, engine.model, engine.spec)
    content, surfaces = volumetry_json(found), glb_bytes(found.meshes)
    save_volumetry(store, "a1", found, content=content, surfaces=surfaces)
    return study_id


@pytest.mark.parametrize("role", ["t1c", "flair"])
def test_they_lie_where_the_sequence_was_scanned_as_the_command_writes_them(
    store, stored, scattered, role
):
    _, found = scattered
    kept = found.segmented.segmentation
    labels = Volume(np.asarray(kept.labels, np.uint8), kept.affine)
    wanted = to_native(found.prepared, labels, role)

    laid, affine = labels_where_scanned(store, stored, "a1", role)

    np.testing.assert_allclose(affine, wanted.affine, atol=1e-4)
    assert laid.dtype == np.uint8
    assert laid.shape == wanted.voxels.shape
    assert np.count_nonzero(laid) > 1000
    apart = np.count_nonzero(laid != wanted.voxels)
    assert apart < 0.002 * np.count_nonzero(wanted.voxels)


def test_a_sequence_that_was_not_there_has_no_labels(store, stored):
    with pytest.raises(NotFoundError, match="without t2") as error:
        labels_where_scanned(store, stored, "a1", "t2")
    assert "t1c, flair" in error.value.fix
