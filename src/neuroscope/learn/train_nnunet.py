"""Train nnU-Net v2 on a cohort by its own planning and training, and register what comes out."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

from neuroscope.errors import BadInputError, MissingExtraError, ModelError
from neuroscope.learn.nnunet_cohort import DATASET_NUMBER, RawDataset, write_raw
from neuroscope.models.nnunet_folder import CHECKPOINTS, OURS, NnunetFolder, read_nnunet_folder
from neuroscope.preprocess.label_scheme import SCHEMES
from neuroscope.preprocess.prepare import BrainExtractor
from neuroscope.records.progress import Progress, ignore
from neuroscope.settings import Limits

CONVERTED, PLANNED = 0.1, 0.25  # how far it has come
EPOCH = re.compile(r"Epoch (\d+)\s*$")
PLANS = "nnUNetPlans"
SPEAKING_LINES = 12  # of the log, in the message of an error
PLAN = (
    "from nnunetv2.experiment_planning.plan_and_preprocess_entrypoints import "
    "plan_and_preprocess_entry as run; run()"
)
TRAIN = "from nnunetv2.run.run_training import run_training_entry as run; run()"


@dataclass(frozen=True, slots=True, kw_only=True)
class NnunetConfig:
    """All that decides a run; written beside the model it made.

    Attributes
    ----------
    name
        Of the model.
    configuration
        Of nnU-Net: `3d_fullres`, `3d_lowres` or `2d`.
    folds
        Which of the five folds to train, or `all` cases in one.
    trainer
        Class of nnU-Net that trains; `nnUNetTrainer_100epochs` stops after a tenth of the usual.
    device
        `cuda`, `cpu` or `mps`.
    processes
        That work at the same time.
    labels
        Scheme of the labels of all cases, a key of `SCHEMES`; empty finds it.
    """

    name: str = "Cohort"
    configuration: str = "3d_fullres"
    folds: tuple[str, ...] = ("0",)
    trainer: str = "nnUNetTrainer"
    device: str = "cuda"
    processes: int = 2
    labels: str = ""

    def __post_init__(self) -> None:
        if self.configuration not in ("2d", "3d_lowres", "3d_fullres"):
            raise BadInputError(
                f"There is no configuration '{self.configuration}'.",
                fix="Use 3d_fullres, 3d_lowres or 2d.",
            )
        if not self.folds or not set(self.folds) <= {"0", "1", "2", "3", "4", "all"}:
            raise BadInputError(
                f"The folds are {', '.join(self.folds) or 'none'}.",
                fix="Use some of 0, 1, 2, 3, 4, or all.",
            )
        if self.labels and self.labels not in SCHEMES:
            raise BadInputError(
                f"There is no label scheme '{self.labels}'.",
                fix=f"Choose from {', '.join(SCHEMES)}.",
            )
        if self.device not in ("cuda", "cpu", "mps"):
            raise BadInputError(f"There is no device '{self.device}'.", fix="Use cuda, cpu or mps.")


@dataclass(frozen=True, slots=True, eq=False)
class TrainedNnunet:
    """The registered model and what was said of the cohort."""

    folder: NnunetFolder
    cautions: tuple[str, ...]


def train_nnunet(
    config: NnunetConfig,
    cohort: Path,
    out: Path,
    progress: Progress = ignore,
    *,
    limits: Limits | None = None,
    extract_brain: BrainExtractor | None = None,
) -> TrainedNnunet:
    """Convert, plan, preprocess, train and register; what is there already is not done again.

    Parameters
    ----------
    out
        Gets `raw/`, `preprocessed/`, `results/` (the folders of nnU-Net), `nnunet.log` and
        `model/`, which `neuroscope segment --backend nnunet --weights` runs.
    extract_brain
        Finds the brain of heads, as it will in use; None lays the template's mask over them.

    Raises
    ------
    BadInputError
        If the cohort is too small or its labels follow no known scheme, or several.
    MissingExtraError
        If nnU-Net is not installed.
    ModelError
        If nnU-Net fails; the message ends with what it said last.
    """
    if find_spec("nnunetv2") is None:
        raise MissingExtraError(
            "This needs the Python package 'nnunetv2', which is not installed.",
            fix="Run in your clone: pip install -c constraints.txt -e '.[nnunet]'",
        )
    raw = write_raw(
        cohort, out / "raw", name=config.name, limits=limits or Limits(), scheme=config.labels,
        extract_brain=extract_brain, progress=lambda done: progress(CONVERTED * done),
    )  # fmt: skip
    folders = {
        "nnUNet_raw": str(out / "raw"),
        "nnUNet_preprocessed": str(out / "preprocessed"),
        "nnUNet_results": str(out / "results"),
        "nnUNet_n_proc_DA": str(config.processes),
    }
    log = out / "nnunet.log"
    _run(PLAN, plan_arguments(config), folders, log)
    progress(PLANNED)
    share = (1 - PLANNED) / len(config.folds)
    for number, fold in enumerate(config.folds):
        start = PLANNED + share * number
        _run(TRAIN, train_arguments(config, fold), folders, log)
        progress(start + share)
    return TrainedNnunet(register(config, raw, out), raw.cautions)


def plan_arguments(config: NnunetConfig) -> list[str]:
    """Give the arguments of `nnUNetv2_plan_and_preprocess`."""
    number = str(config.processes)
    return ["-d", str(DATASET_NUMBER), "-c", config.configuration, "-np", number, "-npfp", number,
            "--verify_dataset_integrity", "--clean", "--no_pbar"]  # fmt: skip


def train_arguments(config: NnunetConfig, fold: str) -> list[str]:
    """Give the arguments of `nnUNetv2_train`."""
    return [str(DATASET_NUMBER), config.configuration, fold, "-tr", config.trainer,
            "-device", config.device]  # fmt: skip


def register(config: NnunetConfig, raw: RawDataset, out: Path) -> NnunetFolder:
    """Copy what inference needs to `out/model`, with a card of its own, and check it.

    Raises
    ------
    ModelError
        If the training left no checkpoint.
    """
    trained = (
        out / "results" / raw.folder.name / f"{config.trainer}__{PLANS}__{config.configuration}"
    )
    model = out / "model"
    shutil.rmtree(model, ignore_errors=True)
    model.mkdir(parents=True)
    digest = hashlib.sha256()
    try:
        for name in ("dataset.json", "plans.json"):
            shutil.copyfile(trained / name, model / name)
        for fold in config.folds:
            (model / f"fold_{fold}").mkdir()
            weights = trained / f"fold_{fold}" / CHECKPOINTS[0]
            shutil.copyfile(weights, model / f"fold_{fold}" / CHECKPOINTS[0])
            digest.update(weights.read_bytes())
    except OSError as error:
        raise ModelError(
            "nnU-Net ended without a final checkpoint.", fix="Read nnunet.log in the folder."
        ) from error
    card = {
        "name": f"nnU-Net {config.name}",
        "version": digest.hexdigest()[:8],
        "orientation": "RAS",
        "cases": len(raw.cases),
        "config": asdict(config),
    }
    (model / OURS).write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    return read_nnunet_folder(model)


def _run(code: str, arguments: Sequence[str], folders: Mapping[str, str], log: Path) -> None:
    """Run one command of nnU-Net in a process of its own; its output goes to the log."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        ended = subprocess.run(  # noqa: S603  (our own interpreter and code)
            [sys.executable, "-c", code, *arguments],
            env={**os.environ, **folders},
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if ended.returncode:
        last = log.read_text(encoding="utf-8", errors="replace").splitlines()[-SPEAKING_LINES:]
        raise ModelError(
            f"nnU-Net ended with {ended.returncode}: {' / '.join(last)}",
            fix="Read nnunet.log in the folder of the run.",
        )
