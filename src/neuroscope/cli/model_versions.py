"""`neuroscope models versions, register, promote, roll-back`: the registry from the terminal."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.table import Table

from neuroscope.cli.console import out, say, tell
from neuroscope.errors import BadInputError, NotFoundError
from neuroscope.settings import Settings, read_settings
from neuroscope.store.database import Store, open_store
from neuroscope.store.models import RegisteredModel, list_models
from neuroscope.store.registration import note_shipped


def show_versions(*, as_json: bool) -> None:
    """List all versions in the store, newest first."""
    with _opened() as (store, _):
        found = list_models(store)
    if as_json:
        tell(json.dumps([_plain(one) for one in found], indent=2))
        return
    table = Table("Id", "Model", "Version", "Status", "Certificate", "Trained from", box=None)
    for one in found:
        table.add_row(
            one.id, one.model.name, one.model.version, one.status, one.verdict or "none",
            one.parent or "",
        )  # fmt: skip
    out().print(table)


def register_version(folder: Path, *, as_json: bool) -> None:
    """Register the weights that a certified retraining wrote."""
    from neuroscope.workflow.register_folder import register_folder

    if not folder.is_dir():
        raise BadInputError(f"There is no folder '{folder}'.", fix="Name the folder of a run.")
    with _opened() as (store, settings):
        made = register_folder(store, folder, actor=settings.reader)
    _said(made, f"registered as {made.id}: {made.status}", as_json=as_json)
    if made.verdict == "promote":
        say(f"Next: neuroscope models promote {made.id}")


def promote_version(model_id: str, *, as_json: bool) -> None:
    """Make a candidate the active version, if its certificate says so."""
    from neuroscope.jobs.active_model import promote_here

    with _opened() as (store, settings):
        made = promote_here(
            store, _whole(store, model_id), actor=settings.reader, threads=settings.threads
        )
    _said(made, "is active", as_json=as_json)
    say("Answers of the version before are stale now: recompute them on the page Models.")


def roll_back_version(name: str, *, as_json: bool) -> None:
    """Go back to the version of a model that the active one displaced."""
    from neuroscope.jobs.active_model import roll_back_here

    with _opened() as (store, settings):
        made = roll_back_here(store, name, actor=settings.reader, threads=settings.threads)
    _said(made, "is active again", as_json=as_json)


@contextmanager
def _opened() -> Iterator[tuple[Store, Settings]]:
    settings = read_settings()
    store = open_store(settings)
    try:
        note_shipped(store)
        yield store, settings
    finally:
        store.close()


def _whole(store: Store, model_id: str) -> str:
    """Complete the beginning of an id, if there is but one version it can mean."""
    meant = [one.id for one in list_models(store) if one.id.startswith(model_id)]
    if len(meant) != 1:
        raise NotFoundError(
            f"'{model_id}' is the beginning of {len(meant)} ids of versions.",
            fix="Look at them with `neuroscope models versions`.",
        )
    return meant[0]


def _said(made: RegisteredModel, what: str, *, as_json: bool) -> None:
    if as_json:
        tell(json.dumps(_plain(made), indent=2))
    else:
        tell(f"{made.model.name} {made.model.version} {what}")


def _plain(one: RegisteredModel) -> dict[str, object]:
    return {
        "id": one.id,
        "name": one.model.name,
        "version": one.model.version,
        "sha256": one.model.sha256,
        "status": one.status,
        "verdict": one.verdict,
        "parent": one.parent,
        "displaced": one.displaced,
    }
