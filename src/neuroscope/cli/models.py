"""`neuroscope models`: which models are installed, what they can do, whether they are intact."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from neuroscope.cli.console import out, say, tell
from neuroscope.errors import BadInputError, ModelError

if TYPE_CHECKING:
    from neuroscope.records.modelcard import ModelCard


def models(
    action: Annotated[
        str,
        typer.Argument(
            help="list, show NAME, verify; versions, register FOLDER, promote ID, roll-back [NAME]."
        ),
    ] = "list",
    name: Annotated[
        str | None, typer.Argument(help="Name of the model, folder or id of a version.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the installed models, show the card of one, or verify the hashes of all weights.

    A card says what a model is for, what it was trained on, how it did and where it fails.

    In the store: list its versions, register weights that were retrained with a certificate,
    promote a candidate whose certificate says so, and go back. This holds for the evidence network
    and for the segmenter; to go back from a segmenter, name it: roll-back segmenter.
    """
    from neuroscope.cli import model_versions

    if action == "list":
        _list(as_json=as_json)
    elif action == "show" and name is not None:
        _show(name, as_json=as_json)
    elif action == "verify":
        _verify()
    elif action == "versions":
        model_versions.show_versions(as_json=as_json)
    elif action == "register" and name is not None:
        model_versions.register_version(Path(name), as_json=as_json)
    elif action == "promote" and name is not None:
        model_versions.promote_version(name, as_json=as_json)
    elif action == "roll-back":
        model_versions.roll_back_version(name or "evidence", as_json=as_json)
    else:
        raise BadInputError(
            f"'neuroscope models {action}' is not a whole command.",
            fix="Use: neuroscope models show NAME | verify | versions | register FOLDER | "
            "promote ID | roll-back [NAME]",
        )


def _list(*, as_json: bool) -> None:
    from neuroscope.models.cards import read_cards

    cards = read_cards()
    if as_json:
        tell(json.dumps([_plain(card) for card in cards], indent=2))
        return
    if not cards:
        say("No model card is installed. Run: neuroscope doctor", style="yellow")
        return
    table = Table("Model", "Version", "Weights (SHA-256)", "Intended use", box=None)
    for card in cards:
        table.add_row(
            card.model.name, card.model.version, card.model.sha256[:16], card.intended_use
        )
    out().print(table)


def _show(name: str, *, as_json: bool) -> None:
    from neuroscope.models.cards import require_card

    card = require_card(name)
    if as_json:
        tell(json.dumps(_plain(card), indent=2))
        return
    tell(f"{card.model.name} {card.model.version}")
    tell(f"SHA-256 {card.model.sha256}")
    tell(f"Intended use: {card.intended_use}")
    tell(f"Split: {card.split}")
    tell(f"Trained: {card.trained_on}")
    for data, license_name in card.training_data.items():
        tell(f"Data: {data} ({license_name})")
    out().print(_metrics(card))
    for failure in card.known_failures:
        tell(f"Known failure: {failure}")


def _verify() -> None:
    from neuroscope.models.cards import damaged_files

    damaged = damaged_files()
    if damaged:
        raise ModelError("; ".join(damaged) + ".", fix="Install neuroscope again.")
    tell("All weights are intact.")


def _metrics(card: "ModelCard") -> Table:
    table = Table("Result", "Value", "95 % interval", "Measured on", "How", box=None)
    for metric in card.metrics:
        low_high = (
            f"{metric.interval[0]:.3g} to {metric.interval[1]:.3g}" if metric.interval else ""
        )
        unit = "" if metric.unit == "1" else f" {metric.unit}"
        table.add_row(metric.name, f"{metric.value:.4g}{unit}", low_high, metric.source, metric.how)
    return table


def _plain(card: "ModelCard") -> dict[str, object]:
    return {
        "model": asdict(card.model),
        "intended_use": card.intended_use,
        "training_data": dict(card.training_data),
        "split": card.split,
        "metrics": [asdict(metric) for metric in card.metrics],
        "known_failures": list(card.known_failures),
        "trained_on": card.trained_on,
    }
