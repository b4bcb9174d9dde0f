"""`neuroscope evaluate`: measure a model on the test split and write its card."""

from pathlib import Path
from typing import Annotated

import typer

from neuroscope.cli.console import bar, bars, tell
from neuroscope.cli.train import data_folder
from neuroscope.errors import extra

app = typer.Typer(help="Evaluate models (needs the development data and the extra 'train').")


@app.callback()
def evaluate() -> None:
    """Evaluate models."""


@app.command("classifier")
def classifier(
    run: Annotated[Path, typer.Argument(help="Folder of a training run.")],
    data: Annotated[Path | None, typer.Option(help="Development data (NEUROSCOPE_DATA).")] = None,
) -> None:
    """Measure a trained classifier on the test split and write its model card."""
    folder = data_folder(data)
    with extra("train"):
        from neuroscope.learn.evaluate_classifier import evaluate_classifier
    with bars() as progress:
        card = evaluate_classifier(run, folder, bar(progress, "Evaluating"))
    tell(f"Card: {card}")
