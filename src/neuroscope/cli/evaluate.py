"""`neuroscope evaluate`: measure a model on the test split and write its card."""

from pathlib import Path
from typing import Annotated

import typer

from neuroscope.cli.console import bar, bars, tell
from neuroscope.cli.train import data_folder
from neuroscope.errors import BadInputError, extra
from neuroscope.settings import read_settings

SPLITS = ("test", "val")
app = typer.Typer(help="Evaluate models (needs the development data and the extra 'train').")


@app.callback()
def evaluate() -> None:
    """Evaluate models."""


@app.command("classifier")
def classifier(
    run: Annotated[
        Path | None, typer.Argument(help="Folder of a training run; the shipped weights if absent.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Development data (NEUROSCOPE_DATA).")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for the card; that of the weights.")
    ] = None,
    baselines: Annotated[
        Path | None, typer.Option(help="Folder with a run of each baseline, to compare with.")
    ] = None,
    split: Annotated[str, typer.Option(help="test, or val while developing.")] = "test",
) -> None:
    """Measure a trained classifier on slices it has never seen and write its model card."""
    folder = data_folder(data)
    _require_split(split)
    with extra("train"):
        from neuroscope.learn.evaluate import evaluate_classifier
    from neuroscope.models.cards import SHIPPED

    weights = run or SHIPPED
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


@app.command("pose")
def pose(
    run: Annotated[
        Path | None, typer.Argument(help="Folder of a training run; the shipped weights if absent.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Development data (NEUROSCOPE_DATA).")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for the card; that of the weights.")
    ] = None,
    split: Annotated[str, typer.Option(help="test, or val while developing.")] = "test",
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


@app.command("segmenter")
def segmenter(
    run: Annotated[
        Path | None, typer.Argument(help="Folder of a training run; the shipped weights if absent.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Development data, for real studies (NEUROSCOPE_DATA).")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder for the card; that of the weights.")
    ] = None,
    cache: Annotated[Path, typer.Option(help="Folder for synthetic test studies.")] = Path("runs"),
) -> None:
    """Measure the segmenter on new synthetic and on real studies and write its model card."""
    settings = read_settings()
    with extra("train"):
        from neuroscope.learn.evaluate_segmenter import evaluate_segmenter
    from neuroscope.models.cards import SHIPPED

    weights = run or SHIPPED
    with bars() as progress:
        card = evaluate_segmenter(
            weights,
            out or weights,
            cache,
            data=data or settings.data,
            limits=settings.limits,
            progress=bar(progress, "Evaluating"),
        )
    tell(f"Card: {card}")


def _require_split(split: str) -> None:
    if split not in SPLITS:
        raise BadInputError(f"There is no split '{split}'.", fix=f"Use one of {', '.join(SPLITS)}.")
