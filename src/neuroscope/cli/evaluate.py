"""`neuroscope evaluate`: measure a model on the test split and write its card."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from neuroscope.cli.console import bar, bars, say, tell
from neuroscope.cli.learning_options import CardFolder, CopiesFolder, DataFolder, Split, Weights
from neuroscope.cli.train import data_folder
from neuroscope.errors import BadInputError, StorageError, extra
from neuroscope.settings import read_settings

if TYPE_CHECKING:
    from neuroscope.measure.agreement import Agreement, Challenge

SPLITS = ("test", "val")
AGREEMENT = (
    "case", "region", "dice", "hd95_mm", "surface_dice", "lesion_dice", "lesion_hd95_mm", "ml",
    "reference_ml", "lesions_found", "lesions_missed", "lesions_false",
)  # fmt: skip
app = typer.Typer(help="Evaluate models (needs the development data and the extra 'train').")


@app.callback()
def evaluate() -> None:
    """Evaluate models."""


@app.command("classifier")
def classifier(
    run: Weights = None,
    data: DataFolder = None,
    out: CardFolder = None,
    baselines: Annotated[
        Path | None, typer.Option(help="Folder with a run of each baseline, to compare with.")
    ] = None,
    split: Split = "test",
    only_copies: Annotated[
        bool,
        typer.Option(
            "--only-copies", help="Keep the card; add test slices without a copy in training."
        ),
    ] = False,
) -> None:
    """Measure a trained classifier on slices it has never seen and write its model card."""
    folder = data_folder(data)
    _require_split(split)
    with extra("train"):
        from neuroscope.learn.evaluate import evaluate_classifier
        from neuroscope.learn.remembered import amend_card
    from neuroscope.models.cards import SHIPPED

    weights = run or SHIPPED
    if only_copies:
        with bars() as progress:
            told = bar(progress, "Looking for copies")
            card = amend_card(weights, folder, out or weights, progress=told)
        tell(f"Card: {card}")
        return
    with bars() as progress:
        card = evaluate_classifier(
            weights,
            folder,
            out or weights,
            split=split,
            runs=baselines,
            progress=bar(progress, "Evaluating"),
        )
    tell(f"Card: {card}")


@app.command("doubt")
def doubt(
    run: Weights = None,
    data: DataFolder = None,
    out: CardFolder = None,
    split: Split = "test",
    cache: CopiesFolder = Path("runs"),
) -> None:
    """Measure sets, outliers, probabilities and abstention; add them to the card."""
    folder = data_folder(data)
    _require_split(split)
    with extra("train"):
        from neuroscope.learn.evaluate_doubt import evaluate_doubt
    from neuroscope.models.cards import SHIPPED

    weights = run or SHIPPED
    with bars() as progress:
        card = evaluate_doubt(
            weights,
            folder,
            out or weights,
            split=split,
            cache=cache,
            progress=bar(progress, "Evaluating"),
        )
    tell(f"Card: {card}")


@app.command("pose")
def pose(
    run: Weights = None,
    data: DataFolder = None,
    out: CardFolder = None,
    split: Split = "test",
) -> None:
    """Measure the check for turned, inverted and foreign pictures, and write its model card."""
    folder = data_folder(data)
    _require_split(split)
    with extra("train"):
        from neuroscope.learn.evaluate_pose import evaluate_pose
    from neuroscope.models.cards import SHIPPED

    weights = run or SHIPPED
    with bars() as progress:
        progressing = bar(progress, "Evaluating")
        card = evaluate_pose(weights, folder, out or weights, split=split, progress=progressing)
    tell(f"Card: {card}")


@app.command("plane")
def plane(
    labels: Annotated[
        Path, typer.Argument(help="CSV file with the columns set, file, split, unit and plane.")
    ],
    run: Annotated[Path | None, typer.Option("--weights", help="Folder of weights.")] = None,
    data: DataFolder = None,
    out: CardFolder = None,
    split: Split = "test",
) -> None:
    """Measure what tells planes apart, and write its model card."""
    folder = data_folder(data)
    _require_split(split)
    with extra("train"):
        from neuroscope.learn.evaluate_plane import evaluate_plane
    from neuroscope.models.cards import SHIPPED

    weights = run or SHIPPED
    with bars() as progress:
        card = evaluate_plane(
            weights,
            folder,
            labels,
            out or weights,
            split=split,
            progress=bar(progress, "Evaluating"),
        )
    tell(f"Card: {card}")


@app.command("segmenter")
def segmenter(
    run: Weights = None,
    data: Annotated[
        Path | None, typer.Option(help="Development data, for real studies (NEUROSCOPE_DATA).")
    ] = None,
    out: CardFolder = None,
    cache: Annotated[Path, typer.Option(help="Folder for synthetic test studies.")] = Path("runs"),
    cases: Annotated[int | None, typer.Option(help="Synthetic test studies.", min=10)] = None,
) -> None:
    """Measure the segmenter on new synthetic and on real studies and write its model card."""
    settings = read_settings()
    with extra("train"):
        from neuroscope.learn.evaluate_segmenter import TEST_CASES, evaluate_segmenter
    from neuroscope.models.cards import SHIPPED

    weights = run or SHIPPED
    with bars() as progress:
        card = evaluate_segmenter(
            weights,
            out or weights,
            cache,
            data=data or settings.data,
            limits=settings.limits,
            cases=cases or TEST_CASES,
            progress=bar(progress, "Evaluating"),
        )
    tell(f"Card: {card}")


@app.command("brain")
def brain(
    run: Weights = None,
    out: CardFolder = None,
) -> None:
    """Measure the brain extractor on new synthetic heads and write its model card."""
    with extra("train"):
        from neuroscope.learn.evaluate_brain import evaluate_brain
    from neuroscope.models.cards import SHIPPED

    weights = run or SHIPPED
    with bars() as progress:
        card = evaluate_brain(weights, out or weights, progress=bar(progress, "Evaluating"))
    tell(f"Card: {card}")


@app.command("passport")
def passport(
    run: Weights = None,
    data: DataFolder = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for passport.json; of the weights.")
    ] = None,
    most: Annotated[
        int, typer.Option(min=10, help="Validation slices of each set and class, at most.")
    ] = 40,
    label_steps: Annotated[
        int, typer.Option(min=0, help="Steps of training on random labels; 0 leaves it out.")
    ] = 600,
) -> None:
    """Measure the tests of maps on validation slices and write their bounds, passport.json."""
    folder = data_folder(data)
    with extra("train"):
        from neuroscope.learn.evaluate_passport import evaluate_passport
        from neuroscope.learn.random_labels import RandomLabelConfig
    from neuroscope.models.cards import SHIPPED

    weights = run or SHIPPED
    with bars() as progress:
        written = evaluate_passport(
            weights,
            folder,
            out or weights,
            most=most,
            random_labels=RandomLabelConfig(steps=label_steps) if label_steps else None,
            progress=bar(progress, "Testing maps"),
        )
    tell(f"Bounds: {written}")


@app.command("forgetting")
def forgetting(
    run: Weights = None,
    data: DataFolder = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Folder for forgetting.json; of the weights."),
    ] = None,
    most: Annotated[
        int, typer.Option(min=1, help="Validation slices of each set and class, at most.")
    ] = 2,
) -> None:
    """Measure whether maps of every method change when the network forgets, forgetting.json."""
    folder = data_folder(data)
    with extra("train"):
        from neuroscope.learn.evaluate_forgetting import evaluate_forgetting
    from neuroscope.models.cards import SHIPPED

    weights = run or SHIPPED
    with bars() as progress:
        written = evaluate_forgetting(
            weights, folder, out or weights, most=most, progress=bar(progress, "Forgetting")
        )
    tell(f"Record: {written}")


@app.command("segmentation")
def segmentation(
    found: Annotated[
        Path, typer.Argument(help="A label file (NIfTI), or a folder of them or of our results.")
    ],
    truth: Annotated[Path, typer.Option(help="The reference: a file, or a folder of files.")],
    challenge: Annotated[
        str, typer.Option(help="Whose rule of lesions applies: GLI, MEN, MET, PED or SSA.")
    ] = "GLI",
    labels: Annotated[
        str,
        typer.Option(
            help="Scheme of the labels of all references: 2023, 2018, post, 2013, msd or ped; "
            "found if absent."
        ),
    ] = "",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="CSV file to write, one row per region.")
    ] = None,
) -> None:
    """Compare segmentations with references: Dice, HD95, and lesion by lesion as BraTS does."""
    from neuroscope.measure.agreement import RULES
    from neuroscope.workflow.compare_labels import compare_segmentations

    if challenge not in RULES:
        raise BadInputError(
            f"There is no challenge '{challenge}'.",
            fix=f"Use one of {', '.join(RULES)}.",
        )
    rows = []
    compared = compare_segmentations(
        found,
        truth,
        challenge=cast("Challenge", challenge),
        scheme=labels,
        limits=read_settings().limits,
    )
    for case in compared:
        for caution in case.cautions:
            say(f"Caution: {case.case}: {caution}", style="yellow")
        rows += [_agreement_row(case.case, region) for region in case.regions]
    for row in rows:
        tell("  ".join(f"{name} {value}" for name, value in zip(AGREEMENT, row, strict=True)))
    for number, name in enumerate(AGREEMENT[2:4], start=2):
        for region in dict.fromkeys(row[1] for row in rows):
            values = [float(row[number]) for row in rows if row[1] == region]
            tell(f"mean {name} of {region}: {sum(values) / len(values):.4f}, n = {len(values)}")
    if out is not None:
        _write_agreement(rows, out)


def _write_agreement(rows: list[tuple[str, ...]], path: Path) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([AGREEMENT, *rows])
    except OSError as error:
        raise StorageError(
            f"The table cannot be written ({error.strerror}).",
            fix="Name a file in a folder that you may write to.",
        ) from error


def _agreement_row(case: str, region: "Agreement") -> tuple[str, ...]:
    lesions = region.lesions
    numbers = (
        region.dice,
        region.hd95_mm,
        region.surface_dice,
        lesions.dice,
        lesions.hd95_mm,
        region.volume_ml,
        region.reference_ml,
    )
    counted = (lesions.found, lesions.missed, lesions.false)
    return (case, region.region, *(f"{n:.4f}" for n in numbers), *map(str, counted))


def _require_split(split: str) -> None:
    if split not in SPLITS:
        raise BadInputError(f"There is no split '{split}'.", fix=f"Use one of {', '.join(SPLITS)}.")
