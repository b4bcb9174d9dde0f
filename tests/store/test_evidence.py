from collections.abc import Callable

import numpy as np
import pytest

from neuroscope.errors import NotFoundError
from neuroscope.records.analysis import SeriesFinding, SliceFinding
from neuroscope.records.evidencespec import EvidenceSpec
from neuroscope.records.heatmap import Heatmap
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.prediction import TUMOR_CLASSES
from neuroscope.store import evidence, results, studies
from neuroscope.store.blobs import read_array
from neuroscope.store.database import Store

Findings = Callable[[int], tuple[SliceFinding, ...]]
SPEC = EvidenceSpec(
    classes=TUMOR_CLASSES,
    size=160,
    cell_offset=1.5,
    cell_jump=4.0,
    temperature=1.5,
    threshold=0.3,
    floor=(0.01,) * 4,
    scale=(0.4096,) * 4,  # one step of the int16 volume is then 0.0001
)


@pytest.fixture
def found(
    store: Store, picture_study: Callable[..., ImportedStudy], findings: Findings
) -> tuple[SliceFinding, ...]:
    study_id = studies.save_study(store, picture_study(3)).study_id
    found = findings(3)
    results.start_analysis(store, "run", study_id, found[0].prediction.model, SPEC)
    results.add_findings(store, "run", "5e71e5", found[:2])
    results.add_findings(store, "run", "5e71e5", found[2:])
    results.save_series(store, "run", SeriesFinding("5e71e5", found))
    return found


def test_the_exact_evidence_comes_back(store: Store, found: tuple[SliceFinding, ...]) -> None:
    analysis = evidence.load_analysis(store, "run")
    (series,) = analysis.series
    for was, now in zip(found, series.slices, strict=True):
        np.testing.assert_array_equal(now.evidence.contributions, was.evidence.contributions)
        np.testing.assert_array_equal(now.evidence.logits, was.evidence.logits)
        np.testing.assert_array_equal(now.evidence.cell_to_pixel, was.evidence.cell_to_pixel)
        assert now.evidence.image_shape == was.evidence.image_shape
        assert now.prediction == was.prediction


def test_one_slice_is_fetched_alone(store: Store, found: tuple[SliceFinding, ...]) -> None:
    cells = evidence.load_cells(store, "run", "5e71e5", 2)
    np.testing.assert_array_equal(cells.contributions, found[2].evidence.contributions)
    with pytest.raises(NotFoundError):
        evidence.load_cells(store, "run", "5e71e5", 3)


@pytest.mark.usefixtures("found")
def test_a_volume_is_kept_on_the_fixed_scale(store: Store) -> None:
    values = np.array([[[0.0, 0.00012, -0.4096, 99.0]]], dtype=np.float32)
    heatmap = Heatmap(values, "evidence", "glioma", scale=0.4096, threshold=0.1)
    for _ in range(2):  # a second writing changes nothing
        evidence.save_evidence(store, "run", "5e71e5", heatmap)
    analysis = results.read_analysis(store, "run")
    blob = analysis.require_series("5e71e5").evidence["glioma"]
    assert results.read_series(store, "run", "5e71e5") == analysis.require_series("5e71e5")
    with pytest.raises(NotFoundError):
        results.read_series(store, "run", "ab5e17")
    steps = read_array(studies.study_folder(store, analysis.study_id), blob)
    assert analysis.step == pytest.approx(0.0001)
    assert steps.ravel().tolist() == [0, 1, -4096, 32767]
