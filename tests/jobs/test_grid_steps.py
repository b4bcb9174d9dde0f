from collections.abc import Callable

import numpy as np
import pytest
from sqlalchemy import select

from neuroscope.jobs import grid_steps
from neuroscope.jobs.grid_steps import look_closer
from neuroscope.jobs.steps import StudyWork
from neuroscope.preprocess.orient import SliceSource, slices_of
from neuroscope.records.annotation import Annotation
from neuroscope.records.arrays import Array
from neuroscope.records.imported import ImportedStudy
from neuroscope.store import jobs, slice_focus, studies
from neuroscope.store.annotations import create
from neuroscope.store.blobs import write_array
from neuroscope.store.database import Store
from neuroscope.store.explanation_tables import VolumetryRow
from neuroscope.store.validation_tables import SliceFocusRow

PICTURES, VOLUME = "5e71e5", "70fa"


def concluded(work: StudyWork, imported: ImportedStudy) -> str:
    """Analyze a study up to its first answer; give the analysis."""
    study_id = studies.save_study(work.store, imported).study_id
    with work.store.transaction() as session:
        job_id = jobs.add_job(session, "analyze", study_id=study_id).id
    plan = work.begin(job_id, study_id)
    for chunk in plan.chunks:
        work.run_chunk(job_id, plan, chunk)
    work.conclude(job_id, plan)
    return plan.analysis_id


def sources_of(imported: ImportedStudy) -> dict[str, SliceSource]:
    return {
        series.id: slices_of(imported.volumes.get(series.id) or imported.slices[series.id])
        for series in imported.study.series
    }


def segment(store: Store, analysis_id: str, imported: ImportedStudy, labels: Array) -> None:
    """Store labels as if the volume had been segmented into them."""
    folder = studies.study_folder(store, imported.study.id)
    row = VolumetryRow(
        analysis_id=analysis_id,
        content={"reference": {"series_id": VOLUME}},
        labels=write_array(folder, labels, order="F").to_json(),
        surfaces={"sha256": "0" * 64, "size": 0},
    )
    with store.transaction() as session:
        session.add(row)


def seen(store: Store, analysis_id: str) -> dict[int, SliceFocusRow]:
    query = select(SliceFocusRow).where(SliceFocusRow.analysis_id == analysis_id)
    with store.reading() as session:
        return {row.index: row for row in session.scalars(query)}


def test_the_first_answer_waits_for_no_picture(
    work: StudyWork, picture_study: Callable[..., ImportedStudy]
) -> None:
    imported = picture_study(3)
    analysis_id = concluded(work, imported)
    assert all(row.picture is None for row in seen(work.store, analysis_id).values())
    told: list[float] = []
    look_closer(work.store, analysis_id, sources_of(imported), progress=told.append)
    rows = seen(work.store, analysis_id)
    assert sorted(rows) == [0, 1, 2]
    assert all(row.picture and row.focus for row in rows.values())
    assert told[-1] == 1.0


def test_a_look_that_was_killed_goes_on_where_it_stopped(
    work: StudyWork,
    picture_study: Callable[..., ImportedStudy],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    imported = picture_study(5)
    analysis_id = concluded(work, imported)
    monkeypatch.setattr(grid_steps, "SAVE_EVERY", 2)

    def killed(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        look_closer(work.store, analysis_id, sources_of(imported), progress=killed)
    assert slice_focus.unseen(work.store, analysis_id, PICTURES) == {2, 3, 4}
    before = seen(work.store, analysis_id)[0].picture
    told: list[float] = []
    look_closer(work.store, analysis_id, sources_of(imported), progress=told.append)
    assert slice_focus.unseen(work.store, analysis_id, PICTURES) == frozenset()
    assert seen(work.store, analysis_id)[0].picture == before
    assert told == [pytest.approx(2 / 3), 1.0]  # only what was left


def test_a_segmentation_shows_the_tumor_on_the_slices_it_crosses(
    work: StudyWork, volume_study: ImportedStudy
) -> None:
    analysis_id = concluded(work, volume_study)
    labels = np.zeros((48, 56, 12), np.uint8)
    labels[14:20, 30:40, 5:8] = 3
    segment(work.store, analysis_id, volume_study, labels)
    look_closer(work.store, analysis_id, sources_of(volume_study))
    rows = seen(work.store, analysis_id)
    shares = {index: row.tumor_share or 0.0 for index, row in rows.items()}
    assert [index for index, share in shares.items() if share > 0] == [5, 6, 7]
    assert {(row.focus or {})["tumor_from"] for row in rows.values()} == {"predicted"}


def test_a_segmentation_on_another_grid_is_no_tumor(
    work: StudyWork, volume_study: ImportedStudy
) -> None:
    analysis_id = concluded(work, volume_study)
    segment(work.store, analysis_id, volume_study, np.full((48, 56, 6), 3, np.uint8))
    look_closer(work.store, analysis_id, sources_of(volume_study))
    rows = seen(work.store, analysis_id).values()
    assert {(row.focus or {})["tumor_from"] for row in rows} == {"not known"}


def test_what_a_reader_drew_is_the_tumor(
    work: StudyWork, picture_study: Callable[..., ImportedStudy]
) -> None:
    imported = picture_study(2)
    analysis_id = concluded(work, imported)
    drawn = Annotation(
        id="mark",
        series_id=PICTURES,
        kind="tumor",
        shape="contour",
        points_mm=np.array([[20.0, 30, 0], [40, 30, 0], [40, 44, 0], [20, 44, 0]]),
        author="ann",
        slice_index=1,
    )
    create(work.store, imported.study.id, drawn)
    look_closer(work.store, analysis_id, sources_of(imported))
    rows = seen(work.store, analysis_id)
    assert [(rows[n].focus or {})["tumor_from"] for n in (0, 1)] == ["not known", "reader"]
    # From the center of its first pixel to that of its last, less the corners, a quarter covered.
    assert rows[1].tumor_share == pytest.approx((21 * 15 - 4) / 64**2)
