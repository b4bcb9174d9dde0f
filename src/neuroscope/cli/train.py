"""`neuroscope train`: make weights from the development data."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, cast, get_args

import typer

from neuroscope.cli.console import bar, bars, say, tell
from neuroscope.cli.learning_options import (
    CopiesFolder,
    DataFolder,
    ResumedFolder,
    RunFolder,
    Seed,
    Steps,
    Threads,
    Weights,
)
from neuroscope.errors import BadInputError, extra
from neuroscope.settings import read_settings

app = typer.Typer(help="Train models (needs the development data and the extra 'train').")


def data_folder(given: Path | None) -> Path:
    """Find the development data: what was given, else NEUROSCOPE_DATA.

    Raises
    ------
    BadInputError
        If neither names a folder.
    """
    folder = given or read_settings().data
    if folder is None or not folder.is_dir():
        raise BadInputError(
            "There is no folder of development data.",
            fix="Set NEUROSCOPE_DATA, or name the folder with --data.",
        )
    return folder


@app.callback()
def train() -> None:
    """Train models."""


@app.command("classifier")
def classifier(
    out: ResumedFolder = None,
    data: DataFolder = None,
    architecture: Annotated[
        str, typer.Option(help="evidence, or a baseline: resnet18, efficientnet_b0, resnet50.")
    ] = "evidence",
    epochs: Annotated[int | None, typer.Option(help="Passes over the data.", min=1)] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="Peak of the learning rate (lower with a teacher).")
    ] = None,
    input_size: Annotated[
        int | None, typer.Option(help="Side of the slices in pixels: multiples of 32.", min=32)
    ] = None,
    phantoms: Annotated[
        int | None, typer.Option(help="Synthetic heads mixed in; 0 leaves them out.", min=0)
    ] = None,
    teacher: Annotated[
        Path | None,
        typer.Option(help="Earlier weights: start from them, let them outline unmarked tumors."),
    ] = None,
    vary: Annotated[
        bool, typer.Option("--vary/--no-vary", help="Vary geometry and gray values.")
    ] = True,
    balance: Annotated[
        bool, typer.Option("--balance/--no-balance", help="Draw rare sets and classes more often.")
    ] = True,
    transplant: Annotated[
        bool,
        typer.Option("--transplant/--no-transplant", help="Move tumors into slices without one."),
    ] = True,
    threads: Threads = None,
    seed: Seed = 0,
) -> None:
    """Train the evidence network, or a baseline by the same recipe."""
    folder = data_folder(data)
    with extra("train"):
        from neuroscope.learn.augment import without_variation
        from neuroscope.learn.train_classifier import Architecture, TrainConfig, train_classifier
        from neuroscope.learn.transplant import without_transplants

    if architecture not in get_args(Architecture):
        raise BadInputError(
            f"There is no architecture '{architecture}'.",
            fix=f"Use one of {', '.join(get_args(Architecture))}.",
        )
    usual = TrainConfig()
    size = input_size or usual.shape.input_size
    if size % 32:
        raise BadInputError(
            f"Slices of {size} pixels cannot be halved five times.",
            fix=f"Give {size // 32 * 32} or {size // 32 * 32 + 32}.",
        )
    config = TrainConfig(
        architecture=cast("Architecture", architecture),
        shape=replace(usual.shape, input_size=size),
        epochs=epochs or usual.epochs,
        learning_rate=learning_rate or usual.learning_rate,
        augment=usual.augment if vary else without_variation(),
        balance=balance,
        transplant=usual.transplant if transplant else without_transplants(),
        phantoms=usual.phantoms if phantoms is None else replace(usual.phantoms, cases=phantoms),
        threads=threads or usual.threads,
        seed=seed,
    )
    left_out = {"unvaried": not vary, "unbalanced": not balance, "unmoved": not transplant}
    parts = (architecture, *(name for name, is_so in left_out.items() if is_so))
    target = out or Path("runs") / f"{'-'.join(parts)}-seed{seed}"
    say(f"Training {architecture} for {config.epochs} epochs into {target}. Ctrl-C pauses the run.")
    with bars() as progress:
        train_classifier(config, folder, target, bar(progress, "Training"), teacher=teacher)
    tell(f"Trained: {target}")
    say(f"Next: neuroscope evaluate classifier {target}")


@app.command("pose")
def pose(
    out: RunFolder = None,
    data: DataFolder = None,
    steps: Steps = None,
    seed: Seed = 0,
) -> None:
    """Train the check for turned, inverted and foreign pictures (minutes, one thread)."""
    folder = data_folder(data)
    with extra("train"):
        from neuroscope.learn.train_pose import PoseConfig, train_pose

    config = PoseConfig(steps=steps or PoseConfig().steps, seed=seed)
    target = out or Path("runs") / f"pose-seed{seed}"
    with bars() as progress:
        train_pose(config, folder, target, bar(progress, "Training"))
    tell(f"Trained: {target}")
    say(f"Next: neuroscope evaluate pose {target}")


@app.command("plane")
def plane(
    labels: Annotated[
        Path, typer.Argument(help="CSV file with the columns set, file, split and plane.")
    ],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder of the run.")] = None,
    data: Annotated[Path | None, typer.Option(help="Development data (NEUROSCOPE_DATA).")] = None,
    steps: Annotated[int | None, typer.Option(help="Steps of training.", min=1)] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same weights.", min=0)] = 0,
) -> None:
    """Train what tells axial, coronal and sagittal slices apart (minutes, one thread)."""
    folder = data_folder(data)
    with extra("train"):
        from neuroscope.learn.train_plane import PlaneConfig, train_plane

    config = PlaneConfig(steps=steps or PlaneConfig().steps, seed=seed)
    target = out or Path("runs") / f"plane-seed{seed}"
    with bars() as progress:
        train_plane(config, folder, labels, target, bar(progress, "Training"))
    tell(f"Trained: {target}")


@app.command("segmenter")
def segmenter(
    out: ResumedFolder = None,
    data: Annotated[
        Path | None, typer.Option(help="Development data, for real outlines (NEUROSCOPE_DATA).")
    ] = None,
    cases: Annotated[int | None, typer.Option(help="Synthetic studies.", min=1)] = None,
    steps: Steps = None,
    start: Annotated[
        Path | None, typer.Option(help="Folder of released weights to begin from.")
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(help="Peak of the learning rate (lower with a start).")
    ] = None,
    threads: Threads = None,
    seed: Seed = 0,
) -> None:
    """Train the segmenter on synthetic studies (an hour or two); needs no patient data."""
    folder = data or read_settings().data
    with extra("train"):
        from neuroscope.learn.release_segmenter import train_and_release
        from neuroscope.learn.train_segmenter import SegmenterConfig

    usual = SegmenterConfig()
    config = SegmenterConfig(
        cases=cases or usual.cases,
        steps=steps or usual.steps,
        learning_rate=learning_rate or usual.learning_rate,
        threads=threads or usual.threads,
        seed=seed,
    )
    target = out or Path("runs") / f"segmenter-seed{seed}"
    say(f"Training for {config.steps} steps into {target}. Ctrl-C pauses the run.")
    with bars() as progress:
        train_and_release(config, target, bar(progress, "Training"), data=folder, start=start)
    tell(f"Trained: {target}")
    say(f"Next: neuroscope evaluate segmenter {target}")


@app.command("volume-evidence")
def volume_evidence(
    run: Weights = None,
    cases: Annotated[int | None, typer.Option(help="Phantoms for the scales.", min=4)] = None,
    validation: Annotated[int | None, typer.Option(help="Phantoms for the extent.", min=4)] = None,
) -> None:
    """Compute the constants of volume evidence for trained weights (minutes; needs no data)."""
    with extra("train"):
        from neuroscope.learn.fit_volume_constants import ConstantsConfig, fit_volume_constants
    from neuroscope.models.inference import SHIPPED_WEIGHTS, load_engine
    from neuroscope.models.volume_constants import save_volume_constants
    from neuroscope.workflow.evidence import slices_of_axes

    folder = run or SHIPPED_WEIGHTS
    engine = load_engine(weights=folder)
    usual = ConstantsConfig()
    config = ConstantsConfig(
        fit_cases=cases or usual.fit_cases, validation_cases=validation or usual.validation_cases
    )
    with bars() as progress:
        constants = fit_volume_constants(
            lambda volume: slices_of_axes(volume, engine),
            engine.spec,
            engine.model.sha256,
            config,
            bar(progress, "Volumes"),
        )
    notes = {"made_from": "phantom brains, T1 with contrast", **asdict(config)}
    tell(f"Constants: {save_volume_constants(constants, folder, notes=notes)}")


@app.command("volume-allowance")
def volume_allowance(
    run: Weights = None,
) -> None:
    """Measure how far healthy heads look like a tumor in a volume (minutes; needs no data)."""
    with extra("train"):
        from neuroscope.learn.fit_volume_allowance import fit_volume_allowance
        from neuroscope.models.weights import note_allowance
    from neuroscope.models.inference import SHIPPED_WEIGHTS, load_engine
    from neuroscope.workflow.volume_margins import volume_margins

    folder = run or SHIPPED_WEIGHTS
    engine = load_engine(weights=folder)
    with bars() as progress:
        found = fit_volume_allowance(
            lambda volumes: volume_margins(volumes, engine), progress=bar(progress, "Healthy heads")
        )
    tell(f"Allowance of {found[0]} and {found[1]} logits: {note_allowance(found, folder)}")


@app.command("doubt")
def doubt(
    run: Weights = None,
    data: DataFolder = None,
    score: Annotated[str, typer.Option(help="How sets are made: lac, aps or raps.")] = "lac",
    spread: Annotated[str, typer.Option(help="Whose disagreement: heads or dropout.")] = "heads",
    sensitivity: Annotated[
        float, typer.Option(help="Share of tumors that the threshold shall find for certain.")
    ] = 0.95,
    cache: CopiesFolder = Path("runs"),
) -> None:
    """Fit what tells how far answers can be doubted: sets, outliers, heads, threshold (minutes)."""
    folder = data_folder(data)
    with extra("train"):
        from neuroscope.learn.fit_doubt import DoubtConfig, Spread, fit_doubt
    from neuroscope.models.conformal import ScoreName
    from neuroscope.models.inference import SHIPPED_WEIGHTS

    for value, known in ((score, get_args(ScoreName)), (spread, get_args(Spread))):
        if value not in known:
            raise BadInputError(f"There is no '{value}'.", fix=f"Use one of {', '.join(known)}.")
    if not 0.5 <= sensitivity < 1:
        raise BadInputError(f"The sensitivity is {sensitivity}.", fix="Use 0.5 or more, below 1.")
    config = DoubtConfig(
        score=cast("ScoreName", score), spread=cast("Spread", spread), sensitivity=sensitivity
    )
    with bars() as progress:
        path, fitted = fit_doubt(
            run or SHIPPED_WEIGHTS, folder, config, cache=cache, progress=bar(progress, "Fitting")
        )
    tell(f"Doubt: {path}")
    tell(fitted.facts["threshold"]["sentence"])
    say("Next: neuroscope evaluate doubt")


@app.command("brain")
def brain(
    out: RunFolder = None,
    heads: Annotated[int | None, typer.Option(help="Synthetic heads.", min=20)] = None,
    steps: Steps = None,
    seed: Seed = 0,
) -> None:
    """Train the brain extractor on synthetic heads (under an hour); needs no patient data."""
    with extra("train"):
        from neuroscope.learn.train_brain import BrainConfig, train_brain

    usual = BrainConfig()
    config = BrainConfig(heads=heads or usual.heads, steps=steps or usual.steps, seed=seed)
    target = out or Path("runs") / f"brain-seed{seed}"
    with bars() as progress:
        train_brain(config, target, bar(progress, "Training"))
    tell(f"Trained: {target}")
    say(f"Next: neuroscope evaluate brain {target}")


@app.command("nnunet")
def nnunet(
    cohort: Annotated[
        Path,
        typer.Argument(help="Folder with a folder per case: t1, t1c, t2, flair, segmentation."),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the run.")],
    name: Annotated[str, typer.Option(help="Name of the model.")] = "Cohort",
    configuration: Annotated[str, typer.Option(help="3d_fullres, 3d_lowres or 2d.")] = "3d_fullres",
    folds: Annotated[str, typer.Option(help="Some of 0,1,2,3,4, or all.")] = "0",
    trainer: Annotated[
        str, typer.Option(help="Class that trains, such as nnUNetTrainer_100epochs.")
    ] = "nnUNetTrainer",
    device: Annotated[str, typer.Option(help="cuda, cpu or mps.")] = "cuda",
    processes: Annotated[int, typer.Option(help="That work at the same time.", min=1)] = 2,
    labels: Annotated[
        str, typer.Option(help="Scheme of all labels: 2023, 2018, post, 2013, msd or ped.")
    ] = "",
) -> None:
    """Train nnU-Net v2 on a cohort: convert, plan, preprocess, train, register (extra nnunet)."""
    with extra("train"):
        from neuroscope.learn.train_nnunet import NnunetConfig, train_nnunet
    from neuroscope.workflow.volumes import load_extractor

    config = NnunetConfig(
        name=name,
        configuration=configuration,
        folds=tuple(fold.strip() for fold in folds.split(",")),
        trainer=trainer,
        device=device,
        processes=processes,
        labels=labels,
    )
    say(f"nnU-Net plans and trains into {out}; what it says goes to nnunet.log there.")
    with bars() as progress:
        settings = read_settings()
        trained = train_nnunet(
            config,
            cohort,
            out,
            bar(progress, "Training"),
            limits=settings.limits,
            extract_brain=load_extractor(settings),
        )
    for caution in trained.cautions:
        say(f"Caution: {caution}", style="yellow")
    tell(f"Trained: {trained.folder.path}")
    say(f"Next: neuroscope segment STUDY --out DIR --backend nnunet --weights "
        f"{trained.folder.path}")  # fmt: skip
