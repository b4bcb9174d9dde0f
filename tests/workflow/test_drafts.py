from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from neuroscope.errors import BadInputError, GeometryMismatchError, NotFoundError
from neuroscope.records.annotation import Annotation
from neuroscope.records.heatmap import Heatmap
from neuroscope.records.outline import signed_area
from neuroscope.store.blobs import write_array
from neuroscope.store.database import Store, insert_once
from neuroscope.store.evidence import save_evidence
from neuroscope.store.explanation_tables import VolumetryRow
from neuroscope.store.result_rows import folder_of
from neuroscope.store.results import read_analysis
from neuroscope.store.studies import read_study
from neuroscope.workflow.drafts import (
    fill,
    picture_evidence,
    segmented_region,
    volume_evidence,
)

AnalyzedAs = Callable[..., str]
Draw = Callable[..., Annotation]


def test_contours_are_filled_in_between_two_slices(store: Store, volume: str, square: Draw) -> None:
    first, second = square("a", author="ann"), square("b", author="ann", right=18.0, mm=40.0)
    layers, plane = fill(store, volume, "70fa", [first], [second])
    assert plane == "axial"
    assert [layer.layer for layer in layers] == [7, 8, 9]
    middle = layers[1].contours[0][0]
    assert middle[:, 2] == pytest.approx(32.0)
    assert middle[:, :2].mean(0) == pytest.approx([18.5, 24.5], abs=0.3)


def test_pictures_are_not_filled_between(store: Store, pictures: str, square: Draw) -> None:
    shapes = [[square("a", author="ann", slice_index=n)] for n in (0, 2)]
    with pytest.raises(BadInputError, match="plain pictures"):
        fill(store, pictures, "5e71e5", *shapes)


def test_evidence_on_a_picture_is_drawn_around_where_it_lies(
    store: Store, pictures: str, analyzed_as: AnalyzedAs
) -> None:
    analysis = read_analysis(store, analyzed_as(store, pictures, "5e71e5", 3))
    found = picture_evidence(store, analysis, "5e71e5", 0, None)
    assert (found.of, found.kind, found.plane) == ("glioma", "evidence", None)
    assert found.threshold == pytest.approx(0.3 * 0.75)
    ((outline,),) = found.contours
    # Centers of cells lie 4 pixels apart, from 1.5 on; the map falls from 0.75 to 0 between two.
    assert outline[:, 0].min() == pytest.approx(37.5 - 2.8, abs=0.05)
    assert outline[:, 0].max() == pytest.approx(49.5 + 2.8, abs=0.05)
    assert outline[:, 1].min() == pytest.approx(9.5 - 2.8, abs=0.05)
    assert outline[:, 1].max() == pytest.approx(21.5 + 2.8, abs=0.05)
    against = picture_evidence(store, analysis, "5e71e5", 0, "meningioma")
    assert against.contours == ()
    with pytest.raises(NotFoundError):
        picture_evidence(store, analysis, "5e71e5", 7, None)


@pytest.fixture
def ball_map(store: Store, volume: str, analyzed_as: AnalyzedAs) -> str:
    """An analysis of the volume whose evidence is a ball of 12 mm around (14, 30, 24) mm."""
    analysis_id = analyzed_as(store, volume, "70fa", 12, axis=2)
    i, j, k = np.mgrid[:48, :56, :12]
    distance = np.sqrt((i - 14) ** 2 + (j - 30) ** 2 + (4 * k - 24) ** 2)
    values = (0.3 + 0.02 * (12 - distance)).astype(np.float32)
    heatmap = Heatmap(values, "evidence", "glioma", scale=1.0, threshold=0.3)
    save_evidence(store, analysis_id, "70fa", heatmap)
    return analysis_id


@pytest.mark.parametrize(
    ("plane", "at", "radius", "axes"),
    [
        (None, (0.0, 0.0, 24.0), 12.0, (0, 1)),
        ("axial", (0.0, 0.0, 32.0), np.sqrt(80), (0, 1)),
        ("coronal", (0.0, 36.0, 0.0), np.sqrt(108), (0, 2)),
        ("sagittal", (14.0, 0.0, 0.0), 12.0, (1, 2)),
    ],
)
def test_evidence_in_a_volume_is_drawn_around_in_every_plane(
    store: Store,
    volume: str,
    ball_map: str,
    plane: str | None,
    at: tuple[float, float, float],
    radius: float,
    axes: tuple[int, int],
) -> None:
    series = read_study(store, volume).require_series("70fa")
    analysis = read_analysis(store, ball_map)
    found = volume_evidence(store, analysis, series, at, plane=plane)  # type: ignore[arg-type]
    assert (found.of, found.plane) == ("glioma", plane or "axial")
    ((outline,),) = found.contours
    area = abs(signed_area(outline[:, list(axes)]))
    assert area == pytest.approx(np.pi * radius**2, rel=0.05)
    center = np.array([14.0, 30.0, 24.0])
    middle = (outline.min(0) + outline.max(0)) / 2
    assert middle[list(axes)] == pytest.approx(center[list(axes)], abs=0.5)


def test_a_point_beside_the_volume_and_a_class_without_a_map_are_refused(
    store: Store, volume: str, ball_map: str
) -> None:
    series = read_study(store, volume).require_series("70fa")
    analysis = read_analysis(store, ball_map)
    with pytest.raises(BadInputError, match="outside the volume"):
        volume_evidence(store, analysis, series, (0.0, 0.0, 60.0))
    with pytest.raises(NotFoundError, match="no evidence volume"):
        volume_evidence(store, analysis, series, (0.0, 0.0, 24.0), target="pituitary")


def put_labels(store: Store, analysis_id: str, *, to_reference: np.ndarray, name: str) -> None:
    """Store a segmentation on a finer grid: a core inside edema, in a box that no mirror keeps."""
    labels = np.zeros((60, 70, 30), np.uint8)
    labels[10:30, 20:32, 8:20] = 2
    labels[12:20, 22:30, 10:18] = 3
    folder = folder_of(store, analysis_id)
    content = {
        "reference": {"affine_ras_mm": np.diag([1.0, 1.0, 2.0, 1.0]).tolist()},
        "sequences": [{"series_id": name, "to_reference": to_reference.tolist()}],
        "labels": [{"value": 2, "code": "ED"}, {"value": 3, "code": "ET"}],
        "model": {"name": "segmenter", "version": "1", "sha256": "e" * 64},
    }
    values = {
        "analysis_id": analysis_id,
        "content": content,
        "labels": write_array(folder, labels, order="F").to_json(),
        "surfaces": {"sha256": "0" * 64, "size": 0},
    }
    with store.transaction() as session:
        insert_once(session, VolumetryRow, [values])


def test_a_region_is_drawn_around_on_a_series_of_another_grid(
    store: Store, volume: str, ball_map: str
) -> None:
    put_labels(store, ball_map, to_reference=np.eye(4), name="70fa")
    series = read_study(store, volume).require_series("70fa")
    analysis = read_analysis(store, ball_map)
    whole = segmented_region(store, analysis, series, (0.0, 0.0, 28.0))
    ((outline,),) = whole.contours
    assert (whole.kind, whole.of, whole.model and whole.model.name) == ("tumor", "WT", "segmenter")
    assert outline.min(0) == pytest.approx([9.5, 19.5, 28.0], abs=0.01)
    assert outline.max(0) == pytest.approx([29.5, 31.5, 28.0], abs=0.01)
    core = segmented_region(store, analysis, series, (0.0, 0.0, 28.0), region="ET")
    ((inner,),) = core.contours
    assert inner.max(0)[:2] == pytest.approx([19.5, 29.5], abs=0.01)
    beside = segmented_region(store, analysis, series, (0.0, 0.0, 8.0))
    assert beside.contours == ()


def test_a_region_follows_the_motion_between_series(
    store: Store, volume: str, ball_map: str
) -> None:
    moved = np.eye(4)
    moved[:3, 3] = [4.0, -6.0, 0.0]  # from this series to the reference
    put_labels(store, ball_map, to_reference=moved, name="70fa")
    series = read_study(store, volume).require_series("70fa")
    found = segmented_region(store, read_analysis(store, ball_map), series, (0.0, 0.0, 28.0))
    ((outline,),) = found.contours
    assert outline.min(0) == pytest.approx([5.5, 25.5, 28.0], abs=0.01)


def test_a_region_is_not_taken_over_to_a_series_that_was_not_aligned(
    store: Store, volume: str, ball_map: str
) -> None:
    put_labels(store, ball_map, to_reference=np.eye(4), name="other")
    series = read_study(store, volume).require_series("70fa")
    with pytest.raises(BadInputError, match="not aligned"):
        segmented_region(store, read_analysis(store, ball_map), series, (0.0, 0.0, 28.0))


def test_shapes_of_two_planes_are_not_filled_between(
    store: Store, volume: str, square: Draw
) -> None:
    first = square("a", author="ann")
    upright = np.array([[10, 30, 12], [30, 30, 12], [30, 30, 30]], np.float64)
    second = replace(square("b", author="ann"), points_mm=upright)
    with pytest.raises(GeometryMismatchError, match="several planes"):
        fill(store, volume, "70fa", [first], [second])
