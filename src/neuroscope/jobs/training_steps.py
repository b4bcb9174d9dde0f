"""The parts of a training: slices, steps, certificate, registration; any may be done again."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from neuroscope.errors import BadInputError, ModelError
from neuroscope.jobs.training_points import (
    constrained,
    first_previews,
    point_of,
    tested_previews,
)
from neuroscope.jobs.training_teller import Teller
from neuroscope.learn.reasons.retrain import PREVIEW_STEPS, Retrained, retrain
from neuroscope.learn.reasons.run import Look, RetrainConfig
from neuroscope.models.cards import SHIPPED
from neuroscope.models.evidence import EvidenceNetwork
from neuroscope.models.passport_rules import load_passport_rules
from neuroscope.models.weights import load_network, read_sidecar
from neuroscope.records.progress import Progress
from neuroscope.store import jobs, training
from neuroscope.store.database import Store
from neuroscope.store.models import (
    EVIDENCE,
    RegisteredModel,
    list_models,
    read_model,
    weights_folder,
)
from neuroscope.store.registration import NewModel, register
from neuroscope.store.tables import now
from neuroscope.store.training import TrainingRun
from neuroscope.store.training_files import (
    CASES_NAME,
    has_previews,
    run_folder,
    shared_folder,
    write_previews,
)
from neuroscope.workflow.certified_release import Release, certified_release
from neuroscope.workflow.kept_cases import cases_sha256, load_cases, save_cases
from neuroscope.workflow.training_cases import Replay, TrainingCases, gather_cases

GONE = "The slices that this training learned from are there no more: a study was deleted."
# How far a training has come (0..1) when each part of it begins.
GATHER, TRAIN, CERTIFY, REGISTER = 0.0, 0.15, 0.55, 0.97


@dataclass(frozen=True, slots=True, eq=False)
class Base:
    """The network that is trained again."""

    model: RegisteredModel
    folder: Path
    network: EvidenceNetwork

    @property
    def size(self) -> int:
        """Pixels a side of its slices."""
        return self.network.shape.input_size

    @property
    def cells(self) -> int:
        """Places a side of its maps."""
        return self.size // int(self.network.centers.jump)


def train_and_register(
    store: Store, run: TrainingRun, tell: Teller, *, replay: Replay, actor: str
) -> None:
    """Gather the slices, train, certify and register; what was done before a kill is kept.

    Raises
    ------
    CanceledError
        If somebody stopped the training.
    BadInputError, ModelError, StorageError
        If it cannot be done.
    """
    known = _registered(store, run.id)
    base = _base(store, run)
    config = RetrainConfig(
        loss=run.config["loss"],
        tier=run.config["tier"],
        epsilon=run.config["epsilon"],
        steps=run.config["steps"],
        seed=run.config["seed"],
        polish=run.config.get("polish"),
        swap_ignored=bool(run.config.get("swap_ignored", False)),
    )
    tell.part(GATHER, TRAIN, "Gathering the slices (synthetic heads take minutes the first time)")
    cases = _cases(store, run, base, replay, tell)
    manifest = {**cases.manifest, "sha256": cases_sha256(cases)}
    training.note_material(
        store,
        run.id,
        annotation_head=cases.head,
        manifest=manifest,
        cautions=cases.cautions,
        actor=actor,
    )
    found = _retrained(store, run, base, cases, config, tell)
    outcome = {
        "status": found.status,
        "step": found.step,
        "weights_sha256": found.weights_sha256,
        "manifest_sha256": found.manifest_sha256,
        "kkt_residual": found.kkt.residual,
        "seconds": round(found.seconds, 1),
        "threads": torch.get_num_threads(),
    }
    if found.step == 0:  # the weights are those of before: there is nothing to register
        training.end_run(store, run.id, outcome=outcome, model_id=None, verdict=None, actor=actor)
        return
    if known is None:
        tell.part(CERTIFY, REGISTER, "Certifying on patients that were held out")
        release = _released(store, run, base, found, cases, config, tell, actor=actor)
        tell.part(REGISTER, 1.0, "Registering")
        tell(0.0)
        known = register(
            store,
            _new_model(run, base, release, manifest["sha256"], cases.head),
            run_folder(store, run.id) / "release",
            actor=actor,
        )
    training.end_run(
        store,
        run.id,
        outcome={**outcome, "weights_sha256": known.model.sha256},
        model_id=known.id,
        verdict=known.verdict,
        actor=actor,
    )


def _base(store: Store, run: TrainingRun) -> Base:
    """Load the network that was active when the training was asked for."""
    model = read_model(store, run.config["parent"])
    folder = weights_folder(store, model) or SHIPPED
    if read_sidecar(folder)["sha256"] != model.model.sha256:
        raise ModelError(
            f"The weights of version {model.model.version} are no longer there.",
            fix="Start a new training, from the model that is active now.",
        )
    return Base(model, folder, load_network(folder))


def _cases(
    store: Store, run: TrainingRun, base: Base, replay: Replay, progress: Progress
) -> TrainingCases:
    """Gather the slices, once for all runs of a trade-off, and however often a run goes on."""
    path = run_folder(store, run.group_id or run.id) / CASES_NAME
    kept = load_cases(path)
    if kept is not None and run.annotation_head in (None, kept.head):
        return kept
    cases = gather_cases(
        store,
        size=base.size,
        cells=base.cells,
        shared=shared_folder(store),
        only=run.annotation_ids,
        replay=replay,
        progress=progress,
    )
    if run.manifest is not None and run.manifest["sha256"] != cases_sha256(cases):
        raise BadInputError(GONE, fix="Start a new training.")
    save_cases(cases, path)
    return cases


def _retrained(
    store: Store,
    run: TrainingRun,
    base: Base,
    cases: TrainingCases,
    config: RetrainConfig,
    tell: Teller,
) -> Retrained:
    classes = constrained(cases)
    previews = first_previews(base.network, cases)

    def show(maps: NDArray[np.float32], step: int) -> None:
        is_wanted = jobs.read_job(store, run.id).state in jobs.ACTIVE  # else a study may be gone
        if len(maps) and is_wanted:  # classification alone has no maps to watch
            ours = maps[: len(previews.names)]
            write_previews(store, run.id, replace(previews, now=ours, step=step))

    def watch(look: Look, maps: NDArray[np.float32]) -> bool:
        training.add_point(store, run.id, look.step, point_of(look, classes))
        tell.message = f"Step {look.step} of {config.steps}"
        show(maps, look.step)
        return True

    tell.part(TRAIN, CERTIFY, f"Step 0 of {config.steps}")
    found = retrain(
        base.network,
        cases.annotated,
        cases.replay,
        config,
        tell,
        watch=watch,
        preview=lambda maps: show(maps, min(PREVIEW_STEPS, config.steps)),
        keep=run_folder(store, run.id),
    )
    for look in found.history:  # the first look, and any whose note was lost with a kill
        training.add_point(store, run.id, look.step, point_of(look, classes))
    if has_previews(store, run.id):
        tell.message = "Testing the maps"
        rules = load_passport_rules(base.model.model, weights=base.folder)
        ended = replace(previews, now=first_previews(found.network, cases).before, step=found.step)
        ended = tested_previews(ended, cases, base.network, found.network, rules)
        if jobs.read_job(store, run.id).state in jobs.ACTIVE:
            write_previews(store, run.id, ended)
    return found


def _released(
    store: Store,
    run: TrainingRun,
    base: Base,
    found: Retrained,
    cases: TrainingCases,
    config: RetrainConfig,
    progress: Progress,
    *,
    actor: str,
) -> Release:
    folder = run_folder(store, run.id) / "release"
    shutil.rmtree(folder, ignore_errors=True)  # of an attempt that was killed
    folder.mkdir(mode=0o700, parents=True)
    return certified_release(
        base.network,
        found,
        cases,
        config,
        store=store,
        actor=actor,
        base=base.folder,
        folder=folder,
        written=now(),
        progress=progress,
    )


def _new_model(
    run: TrainingRun, base: Base, release: Release, data_sha256: str, head: str
) -> NewModel:
    return NewModel(
        model=release.model,
        parent=base.model.id,
        config={**run.config, "training": run.id, "name": run.name},
        seed=int(run.config["seed"]),
        data_manifest_sha256=data_sha256,
        annotation_head=head,
        metrics=release.metrics,
        certificate=release.certificate.as_dict(),
        verdict=release.certificate.verdict,
    )


def _registered(store: Store, run_id: str) -> RegisteredModel | None:
    """Find the version that this very training registered before it was killed."""
    ours = (m for m in list_models(store, name=EVIDENCE) if m.config.get("training") == run_id)
    return next(ours, None)
