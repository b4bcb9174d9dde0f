"""A training from the store, on a network so small that it takes seconds: it really trains."""

import errno
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch

from neuroscope.jobs import training_steps, training_teller
from neuroscope.jobs.training import train
from neuroscope.learn.reasons.checkpoint import load
from neuroscope.models.weights import load_network
from neuroscope.records.certificate import Certificate
from neuroscope.records.passport import passport_from
from neuroscope.records.training import TrainingConfig
from neuroscope.settings import Settings
from neuroscope.store import jobs, training
from neuroscope.store.audit import list_events
from neuroscope.store.audit_replay import differences
from neuroscope.store.database import Store
from neuroscope.store.labeled_slices import is_locked
from neuroscope.store.models import RegisteredModel, active_model, list_models, read_model
from neuroscope.store.training_files import read_previews, run_folder
from neuroscope.workflow.training_cases import Replay

ON_SQLITE = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
FEW = Replay(each=1, answers=0, phantoms=1)
CONFIG = TrainingConfig(steps=12, epsilon=1.0)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture
def quiet(settings: Settings) -> Settings:
    """Settings without a log elsewhere, on one thread."""
    return replace(settings, threads=1, mlflow="off")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the graph and the PDF, which take longer than all the rest."""
    release = "neuroscope.learn.reasons.release"
    monkeypatch.setattr(f"{release}.export_onnx", lambda folder: folder)
    monkeypatch.setattr(f"{release}.graph_parity", lambda *_: 0.0)
    monkeypatch.setattr(
        "neuroscope.workflow.certified_release.certificate_pdf", lambda *_, **__: b"%PDF"
    )


def asked(store: Store, parent: str, config: TrainingConfig = CONFIG, **options: object) -> str:
    """Note a training as the queue does."""
    with store.transaction() as session:
        job = jobs.add_job(session, "train", actor="ann")
        facts = {
            "loss": config.loss,
            "tier": config.tier,
            "epsilon": config.epsilon,
            "steps": config.steps,
            "seed": config.seed,
            "parent": parent,
        }
        training.add_run(session, job, name="first", config=facts, **options)  # type: ignore[arg-type]
    return job.id


def test_a_training_registers_a_certified_version(
    store: Store, quiet: Settings, tiny: RegisteredModel, readings: tuple[str, ...]
) -> None:
    run_id = asked(store, tiny.id)
    train(store, quiet, run_id, replay=FEW)

    run = training.read_run(store, run_id)
    assert run.job.state == "done", run.job.problem
    assert run.outcome is not None
    assert run.outcome["status"] != "infeasible"
    assert [point["step"] for point in run.points] == [0, 10, 12]
    assert set(run.points[0]["cross_entropy"]) == {"glioma", "meningioma", "pituitary", "notumor"}

    assert run.model_id is not None
    model = read_model(store, run.model_id)
    assert model.parent == tiny.id
    assert model.verdict == run.verdict == "insufficient"  # of so few patients nothing is shown
    assert model.annotation_head == run.annotation_head
    assert model.status == "candidate"
    assert active_model(store, "evidence") == tiny
    certificate = Certificate.from_dict(json.loads(json.dumps(dict(model.certificate or {}))))
    assert certificate.verdict == model.verdict
    assert {"certificate.json", "certificate.pdf", "evidence.onnx"} <= set(model.files)
    weights = load_network(store.models / model.id).state_dict()
    before = load_network(store.models / tiny.id).state_dict()
    assert any(not torch.equal(weights[name], before[name]) for name in weights)

    assert run.manifest is not None
    marked = sum(run.manifest[side]["slices"] for side in ("annotated", "held_out"))
    assert marked == 2 * 3 * len(readings) // 4  # those with a tumor
    assert differences(store) == ()
    assert [path.name for path in run_folder(store, run_id).iterdir()] == ["previews.npz"]
    shown = read_previews(store, run_id)
    assert shown.step == 12
    assert not any(is_locked(str(name).partition(",")[0]) for name in shown.names)
    assert (shown.before != shown.now).any()
    for one in (*shown.tests_before, *shown.tests_now):
        tests = {test.name: test for test in passport_from(json.loads(one)).tests}
        assert tests["repeatability"].outcome != "not assessed"
    (event,), _ = list_events(store, object_id=run_id, limit=1)
    assert (event.action, event.actor) == ("training.finish", "ann")


@ON_SQLITE
@pytest.mark.usefixtures("quick")
def test_the_same_manifest_gives_the_same_weights_on_one_thread(
    store: Store, quiet: Settings, tiny: RegisteredModel, readings: tuple[str, ...]
) -> None:
    found = []
    for _ in range(2):
        run_id = asked(store, tiny.id)
        train(store, quiet, run_id, replay=FEW)
        outcome = training.read_run(store, run_id).outcome
        assert outcome is not None
        found.append((outcome["manifest_sha256"], outcome["weights_sha256"]))
    assert found[0] == found[1]
    other = asked(store, tiny.id, replace(CONFIG, seed=1))
    train(store, quiet, other, replay=FEW)
    outcome = training.read_run(store, other).outcome
    assert outcome is not None
    assert outcome["manifest_sha256"] != found[0][0]
    assert outcome["weights_sha256"] != found[0][1]


@ON_SQLITE
@pytest.mark.usefixtures("quick")
def test_a_stopped_training_goes_on_to_the_weights_of_one_that_was_not(
    store: Store,
    quiet: Settings,
    tiny: RegisteredModel,
    readings: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(training_teller, "TELL_EVERY_S", 0.0)  # it looks at every step
    whole = asked(store, tiny.id)
    train(store, quiet, whole, replay=FEW)

    run_id = asked(store, tiny.id)

    def stop_after_a_look() -> None:
        job = jobs.read_job(store, run_id)
        looks = {point["step"] for point in training.read_run(store, run_id).points}
        if looks - {0} and job.state == "running":  # the look before the first step is told too
            jobs.cancel_job(store, run_id)

    train(store, quiet, run_id, replay=FEW, check=stop_after_a_look)
    assert jobs.read_job(store, run_id).state == "canceled"
    state = load(run_folder(store, run_id) / "retrain.safetensors", _manifest(store, whole))
    assert state is not None
    assert state.facts["done"] == 10
    train(store, quiet, run_id, replay=FEW)  # it is not resumed by itself
    assert training.read_run(store, run_id).outcome is None

    jobs.retry_job(store, run_id)
    train(store, quiet, run_id, replay=FEW)
    one, other = (training.read_run(store, name) for name in (whole, run_id))
    assert one.outcome is not None
    assert other.outcome is not None
    assert one.outcome["weights_sha256"] == other.outcome["weights_sha256"]
    assert one.points == other.points


@ON_SQLITE
@pytest.mark.usefixtures("quick")
def test_a_full_disk_leaves_the_old_model_and_the_training_can_go_on(
    store: Store,
    quiet: Settings,
    tiny: RegisteredModel,
    readings: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    versions = len(list_models(store))
    run_id = asked(store, tiny.id)
    with monkeypatch.context() as patched:
        patched.setattr("neuroscope.store.registration.shutil.copyfile", full)
        train(store, quiet, run_id, replay=FEW)
    run = training.read_run(store, run_id)
    assert run.job.state == "failed"
    assert run.job.problem is not None
    assert "disk is full" in run.job.problem.detail
    assert active_model(store, "evidence") == tiny
    assert len(list_models(store)) == versions

    jobs.retry_job(store, run_id)
    train(store, quiet, run_id, replay=FEW)
    assert training.read_run(store, run_id).job.state == "done"


@ON_SQLITE
@pytest.mark.usefixtures("quick")
def test_a_kill_after_the_registration_registers_once(
    store: Store,
    quiet: Settings,
    tiny: RegisteredModel,
    readings: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Killed(BaseException):
        pass

    def kill(*_: object, **__: object) -> None:
        raise Killed

    run_id = asked(store, tiny.id)
    with monkeypatch.context() as patched:
        patched.setattr(training_steps.training, "end_run", kill)
        with pytest.raises(Killed):
            train(store, quiet, run_id, replay=FEW)
    registered = [m for m in list_models(store) if m.config.get("training") == run_id]
    assert len(registered) == 1
    train(store, quiet, run_id, replay=FEW)
    run = training.read_run(store, run_id)
    assert run.job.state == "done"
    assert run.model_id == registered[0].id
    assert [m.id for m in list_models(store) if m.config.get("training") == run_id] == [
        run.model_id
    ]


@ON_SQLITE
@pytest.mark.usefixtures("quick")
def test_runs_of_a_trade_off_share_their_slices(
    store: Store, quiet: Settings, tiny: RegisteredModel, readings: tuple[str, ...]
) -> None:
    first, second = (
        asked(store, tiny.id, replace(CONFIG, epsilon=epsilon), group_id="both")
        for epsilon in (0.5, 2.0)
    )
    train(store, quiet, first, replay=FEW)
    from neuroscope.store.reader_labels import set_label

    for study_id in readings:  # whatever readers say meanwhile
        set_label(store, study_id, "5e71e5", slice_index=None, label="notumor", reader="ann")
    train(store, quiet, second, replay=FEW)
    one, other = (training.read_run(store, name) for name in (first, second))
    assert other.job.state == "done", other.job.problem
    assert one.manifest == other.manifest
    assert not run_folder(store, "both").exists()


@ON_SQLITE
@pytest.mark.usefixtures("quick")
def test_a_bound_that_nothing_keeps_registers_nothing(
    store: Store, quiet: Settings, tiny: RegisteredModel, readings: tuple[str, ...]
) -> None:
    versions = len(list_models(store))
    run_id = asked(store, tiny.id, TrainingConfig(loss="energy", tier="full", epsilon=0.0, steps=1))
    train(store, quiet, run_id, replay=FEW)
    run = training.read_run(store, run_id)
    assert run.job.state == "done", run.job.problem
    assert run.outcome is not None
    if run.outcome["status"] == "infeasible":
        assert (run.model_id, run.verdict) == (None, None)
        assert len(list_models(store)) == versions
        assert "bound" in run.job.message


def test_without_anything_to_learn_from_the_job_says_why(
    store: Store, quiet: Settings, tiny: RegisteredModel
) -> None:
    run_id = asked(store, tiny.id)
    train(store, quiet, run_id, replay=FEW)
    job = jobs.read_job(store, run_id)
    assert job.state == "failed"
    assert job.problem is not None
    assert job.problem.title == "The training stopped"
    assert "No annotated slice" in job.problem.detail


def _manifest(store: Store, run_id: str) -> str:
    outcome = training.read_run(store, run_id).outcome
    assert outcome is not None
    return str(outcome["manifest_sha256"])
