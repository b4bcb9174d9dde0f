"""`neuroscope audit log`: what happened here, is the tale whole, and a note of it elsewhere."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuroscope.cli.audit_data import audit_data
from neuroscope.cli.audit_model import audit_model
from neuroscope.cli.console import say, tell
from neuroscope.errors import BadInputError, StorageError
from neuroscope.settings import read_settings

if TYPE_CHECKING:
    from neuroscope.store.audit import Verification
    from neuroscope.store.database import Store

app = typer.Typer(
    no_args_is_help=True, help="Audit the store's trail, a set of pictures, or a model."
)


app.command("data")(audit_data)
app.command("model")(audit_model)


@app.callback()
def audit() -> None:
    """Audit the store's trail, a set of pictures, or a model."""


@app.command("log")
def log(
    verify: Annotated[
        bool, typer.Option("--verify", help="Check every seal, and that the tables agree.")
    ] = False,
    anchor: Annotated[
        Path | None, typer.Option(help="Write a signed note of how far the trail goes.")
    ] = None,
    check: Annotated[
        Path | None, typer.Option(help="Compare the trail with such a note.", dir_okay=False)
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(help="File with the secret that signs; made if it is not there."),
    ] = None,
    object_id: Annotated[
        str | None, typer.Option("--object", help="Only what happened to this id.")
    ] = None,
    last: Annotated[int, typer.Option(help="How many events to list.", min=1, max=10_000)] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the newest events of the audit trail; check, anchor or compare it."""
    if anchor is not None and check is not None:
        raise BadInputError(
            "--anchor writes a note and --check reads one.", fix="Use one of them at a time."
        )
    from neuroscope.store.database import open_store

    settings = read_settings()
    key_path = settings.home / "anchor.key" if key is None else key
    store = open_store(settings)
    try:
        if anchor is not None:
            _anchor(store, anchor, key_path, as_json=as_json)
        elif check is not None:
            _check(store, check, key_path, as_json=as_json)
        elif verify:
            _require_whole(store, as_json=as_json)
        else:
            _list(store, object_id, last, as_json=as_json)
    finally:
        store.close()


def _list(store: "Store", object_id: str | None, last: int, *, as_json: bool) -> None:
    from neuroscope.store.audit import list_events

    found, total = list_events(store, object_id=object_id, limit=last)
    if as_json:
        tell(json.dumps([asdict(event) for event in reversed(found)], indent=2))
        return
    for event in reversed(found):
        tell(
            f"{event.seq:>6}  {event.ts_utc[:19]}Z  {event.action:<20} {event.object_id}  "
            f"by {event.actor}"
        )
    say(f"{len(found)} of {total} events.")


def _anchor(store: "Store", path: Path, key: Path, *, as_json: bool) -> None:
    from neuroscope.store.audit_anchor import make_anchor, read_or_make_anchor_key, write_anchor

    _require_whole(store, as_json=False, silently=True)
    made = make_anchor(store, read_or_make_anchor_key(key))
    write_anchor(path, made)
    if as_json:
        tell(json.dumps(asdict(made), indent=2))
        return
    tell(f"Anchored event {made.seq}, hash {made.hash}.")
    say(f"Keep {path.name} and the key {key.name} away from this machine, and from each other.")


def _check(store: "Store", path: Path, key: Path, *, as_json: bool) -> None:
    from neuroscope.store.audit_anchor import fault_of, read_anchor, read_or_make_anchor_key

    anchor = read_anchor(path)
    if not key.is_file():
        raise BadInputError(
            f"The key {key.name} is not there.", fix="Name the key that signed the anchor: --key"
        )
    found = _require_whole(store, as_json=False, silently=True)
    fault = fault_of(store, anchor, read_or_make_anchor_key(key))
    if as_json:
        tell(json.dumps({"anchor": asdict(anchor), "events": found.events, "fault": fault}))
    if fault is not None:
        raise StorageError(fault, fix="Restore the database from a backup, and find out who.")
    if not as_json:
        tell(f"All {anchor.seq} anchored events are there, and {found.events - anchor.seq} more.")


def _require_whole(store: "Store", *, as_json: bool, silently: bool = False) -> "Verification":
    """Check the chain and the tables; say what was found; refuse if anything is wrong."""
    from neuroscope.store.audit import verify
    from neuroscope.store.audit_replay import differences

    found = verify(store)
    apart = differences(store) if found.is_whole else ()
    if as_json:
        tell(json.dumps({**asdict(found), "is_whole": found.is_whole, "differences": apart}))
    if found.broken is not None:
        raise StorageError(
            f"The audit trail is broken at event {found.broken.seq}: {found.broken.why}",
            fix="Restore the database from a backup made before, and find out who.",
        )
    if apart:
        more = f" And {len(apart) - 3} more." if len(apart) > 3 else ""
        raise StorageError(
            f"What is stored is not what the trail tells. {' '.join(apart[:3])}{more}",
            fix="Restore the database from a backup, and find out who changed it.",
        )
    if not (as_json or silently):
        tell(f"All {found.events} events are whole. Head: {found.head}")
    return found
