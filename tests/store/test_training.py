import pytest

from neuroscope.errors import NotFoundError
from neuroscope.store import jobs, training
from neuroscope.store.audit import list_events
from neuroscope.store.database import Store


@pytest.fixture
def run_id(store: Store) -> str:
    return asked(store, "first")


def asked(store: Store, name: str, **options: object) -> str:
    with store.transaction() as session:
        job = jobs.add_job(session, "train", actor="ann")
        training.add_run(session, job, name=name, config={"epsilon": 0.05}, **options)  # type: ignore[arg-type]
    return job.id


def test_a_training_is_read_with_its_job(store: Store, run_id: str) -> None:
    other = asked(store, "second", group_id="both", annotation_ids=["a-1"])
    run = training.read_run(store, run_id)
    assert (run.name, run.job.state, run.points, run.annotation_ids) == (
        "first",
        "queued",
        (),
        None,
    )
    newest, _ = training.list_runs(store)
    assert (newest.id, newest.group_id, newest.annotation_ids) == (other, "both", ("a-1",))
    with pytest.raises(NotFoundError):
        training.read_run(store, "none")


def test_points_come_in_order_and_once(store: Store, run_id: str) -> None:
    for step in (20, 10, 20):
        training.add_point(store, run_id, step, {"step": step})
    assert [point["step"] for point in training.read_run(store, run_id).points] == [10, 20]


def test_the_beginning_and_the_end_are_events_and_noted_once(store: Store, run_id: str) -> None:
    for head in ("a" * 64, "b" * 64):
        training.note_material(
            store, run_id, annotation_head=head, manifest={"n": 1}, cautions=["Few."], actor="ann"
        )
    for verdict in ("promote", "refuse"):
        training.end_run(
            store,
            run_id,
            outcome={"status": "feasible"},
            model_id="m",
            verdict=verdict,  # type: ignore[arg-type]
            actor="ann",
        )
    run = training.read_run(store, run_id)
    assert (run.annotation_head, run.verdict, run.model_id) == ("a" * 64, "promote", "m")
    events, _ = list_events(store, object_id=run_id)
    assert [event.action for event in events] == [
        "training.finish",
        "training.start",
        "training.request",
    ]


def test_doubts_are_added_once(store: Store, run_id: str) -> None:
    for _ in range(2):
        training.add_caution(store, run_id, "Not logged.")
    training.note_tracking(store, run_id, {"run_id": "x"})
    run = training.read_run(store, run_id)
    assert (run.cautions, run.tracking) == (("Not logged.",), {"run_id": "x"})
