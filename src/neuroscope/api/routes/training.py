"""The reader's own answers, and trainings that learn from them and from what was drawn."""

import asyncio
from contextlib import suppress

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from fastapi.concurrency import run_in_threadpool

from neuroscope.api.deps import Id, QueueDep, ReaderDep, SettingsDep, StoreDep
from neuroscope.api.training_schema import (
    LiveOut,
    PreviewsOut,
    ReaderLabelIn,
    ReaderLabelOut,
    ReaderLabelsOut,
    TrainingChoicesOut,
    TrainingIn,
    TrainingRunOut,
    TrainingRunsOut,
)
from neuroscope.api.training_views import choices_out, point_out, previews_out, run_out
from neuroscope.errors import NeuroscopeError, NotFoundError
from neuroscope.records.training import TrainingConfig
from neuroscope.store import reader_labels, training, training_files
from neuroscope.store.assignments import read_blind
from neuroscope.store.database import Store
from neuroscope.store.jobs import ACTIVE
from neuroscope.store.training_material import read_material

router = APIRouter(tags=["training"])
SERIES = "/studies/{study_id}/series/{series_id}"
LOOK_EVERY_S = 0.4
NO_SUCH_RUN = 4404  # close codes from 4000 on are ours to give a meaning


@router.put(SERIES + "/label")
def set_label(
    study_id: Id, series_id: Id, body: ReaderLabelIn, store: StoreDep, reader: ReaderDep
) -> ReaderLabelOut:
    """Note what you say an image shows: this is what a network learns it to be."""
    said = reader_labels.set_label(
        store,
        study_id,
        series_id,
        slice_index=body.slice_index,
        label=body.label,
        reader=reader,
    )
    return ReaderLabelOut.model_validate(said)


@router.get(SERIES + "/labels")
def list_labels(study_id: Id, series_id: Id, store: StoreDep, reader: ReaderDep) -> ReaderLabelsOut:
    """List what readers say of a series and its pictures; in a blind reading, only your own."""
    found = reader_labels.list_labels(store, study_id, series_id, reader=reader)
    return ReaderLabelsOut(labels=[ReaderLabelOut.model_validate(one) for one in found])


@router.get("/training/choices")
def get_training_choices(
    store: StoreDep, settings: SettingsDep, reader: ReaderDep
) -> TrainingChoicesOut:
    """Say what there is to learn from, what can be chosen, and what is missing.

    Slices of series that you read blind are left out, which a caution says.
    """
    return choices_out(
        read_material(store),
        hidden=read_blind(store, reader),
        with_development=settings.data is not None,
    )


@router.post("/training", status_code=202)
def start_training(
    body: TrainingIn, store: StoreDep, queue: QueueDep, reader: ReaderDep
) -> TrainingRunsOut:
    """Queue a training; with `epsilons`, one run for each, which share a `group_id`."""
    configs = [
        TrainingConfig(
            loss=body.loss,
            tier=body.tier,
            epsilon=epsilon,
            steps=body.steps,
            seed=body.seed,
            polish=body.polish,
            swap_ignored=body.swap_ignored,
        )
        for epsilon in dict.fromkeys(body.epsilons or [body.epsilon])
    ]
    jobs = queue.put_training(
        configs, name=body.name, actor=reader, annotation_ids=body.annotation_ids
    )
    return TrainingRunsOut(runs=[_run(store, job.id) for job in jobs])


@router.get("/training")
def list_trainings(store: StoreDep) -> TrainingRunsOut:
    """List the newest 100 trainings with their points, to compare them."""
    return TrainingRunsOut(
        runs=[
            run_out(run, has_previews=training_files.has_previews(store, run.id))
            for run in training.list_runs(store)
        ]
    )


@router.get("/training/{run_id}")
def get_training(run_id: Id, store: StoreDep) -> TrainingRunOut:
    """Return a training: how it goes, its points, and what came of it."""
    return _run(store, run_id)


@router.post("/training/{run_id}/stop")
def stop_training(
    run_id: Id, store: StoreDep, queue: QueueDep, reader: ReaderDep
) -> TrainingRunOut:
    """Stop a training before its next step; its state is kept."""
    training.read_run(store, run_id)
    queue.cancel(run_id, actor=reader)
    return _run(store, run_id)


@router.post("/training/{run_id}/resume", status_code=202)
def resume_training(
    run_id: Id, store: StoreDep, queue: QueueDep, reader: ReaderDep
) -> TrainingRunOut:
    """Let a stopped or failed training go on where its state was last written."""
    training.read_run(store, run_id)
    queue.retry(run_id, actor=reader)
    return _run(store, run_id)


@router.get("/training/{run_id}/previews")
def get_training_previews(run_id: Id, store: StoreDep, reader: ReaderDep) -> PreviewsOut:
    """Send the maps of the first annotated slices, before the training and now.

    Slices of series that you read blind are left out, because they show what others drew.
    """
    training.read_run(store, run_id)
    found = training_files.read_previews(store, run_id)
    return previews_out(found, hidden=read_blind(store, reader))


@router.websocket("/training/{run_id}/live")
async def watch_training(websocket: WebSocket, run_id: str) -> None:
    """Send a training as it stands, then every new point and change, until it has ended."""
    store: Store = websocket.app.state.store
    await websocket.accept()
    watch = asyncio.create_task(_until_left(websocket))
    try:
        await _tell(websocket, store, run_id, watch)
        if not watch.done():
            await websocket.close()
    except NotFoundError as error:
        await websocket.close(NO_SUCH_RUN, error.problem)
    except NeuroscopeError as error:
        await websocket.close(1011, error.problem)
    finally:
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch


async def _tell(
    websocket: WebSocket, store: Store, run_id: str, watch: "asyncio.Task[None]"
) -> None:
    run = await run_in_threadpool(training.read_run, store, run_id)
    await _send(websocket, await _whole(store, run))
    while run.job.state in ACTIVE and not watch.done():
        await asyncio.wait([watch], timeout=LOOK_EVERY_S)
        before, run = run, await run_in_threadpool(training.read_run, store, run_id)
        for point in run.points[len(before.points) :]:
            await _send(websocket, LiveOut(kind="point", point=point_out(point)))
        if _state(run) != _state(before):
            await _send(websocket, await _whole(store, run))
        elif (run.job.progress, run.job.message) != (before.job.progress, before.job.message):
            told = LiveOut(kind="progress", progress=run.job.progress, message=run.job.message)
            await _send(websocket, told)


def _state(run: training.TrainingRun) -> tuple[object, ...]:
    """Name all that changes seldom."""
    return run.job.state, run.job.attempt, run.manifest, run.cautions, run.outcome, run.model_id


async def _whole(store: Store, run: training.TrainingRun) -> LiveOut:
    shown = await run_in_threadpool(training_files.has_previews, store, run.id)
    return LiveOut(kind="run", run=run_out(run, has_previews=shown))


async def _send(websocket: WebSocket, message: LiveOut) -> None:
    with suppress(WebSocketDisconnect, RuntimeError):  # nobody listens any more
        await websocket.send_text(message.model_dump_json(exclude_none=message.kind != "run"))


async def _until_left(websocket: WebSocket) -> None:
    with suppress(WebSocketDisconnect):
        while True:
            await websocket.receive_text()


def _run(store: Store, run_id: str) -> TrainingRunOut:
    run = training.read_run(store, run_id)
    return run_out(run, has_previews=training_files.has_previews(store, run_id))
