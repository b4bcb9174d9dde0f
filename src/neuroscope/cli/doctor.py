"""`neuroscope doctor`: is everything here that is needed, and if not, how to mend it."""

import json
import os
import platform
import shutil
import socket
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.markup import escape
from rich.table import Table

from neuroscope.cli.console import out, tell
from neuroscope.errors import NeuroscopeError
from neuroscope.settings import Settings, read_settings

State = Literal["ok", "warning", "problem"]
LEAST_FREE_GB = 2.0
STYLES = {"ok": "green", "warning": "yellow", "problem": "bold red"}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; `fix` is empty if it is well."""

    name: str
    state: State
    found: str
    fix: str = ""


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check this installation and say how to mend what is wrong. Ends with 1 if something is."""
    settings = read_settings()
    checks = [check(settings) for check in CHECKS]
    if as_json:
        tell(json.dumps([asdict(check) for check in checks], indent=2))
    else:
        _show(checks)
    if any(check.state == "problem" for check in checks):
        raise typer.Exit(1)


def _show(checks: list[Check]) -> None:
    table = Table("", "Check", "Found", "How to mend", box=None)
    for check in checks:
        state = f"[{STYLES[check.state]}]{check.state}[/]"
        table.add_row(state, *map(escape, (check.name, check.found, check.fix)))
    out().print(table)


def check_python(settings: Settings) -> Check:
    """Check the version of Python."""
    del settings
    found = platform.python_version()
    if found.startswith("3.11."):
        return Check("Python", "ok", found)
    return Check("Python", "problem", found, "Use Python 3.11.")


def check_packages(settings: Settings) -> Check:
    """Check that all packages that the server and the command line need are installed."""
    del settings
    needed = [line for line in requires("neuroscope") or [] if "extra ==" not in line]
    names = [line.split(";")[0].split("[")[0].strip("<>=!~ ") for line in needed]
    missing = [name for name in names if not _is_installed(name)]
    if missing:
        fix = "Run: make demo (or pip install -c constraints.txt -e .)"
        return Check("Packages", "problem", f"missing: {', '.join(missing)}", fix)
    return Check("Packages", "ok", f"{len(names)} installed")


def check_training_packages(settings: Settings) -> Check:
    """Look for the packages that only training and evaluation need; without them all is well."""
    del settings
    if _is_installed("torch"):
        return Check("Training packages", "ok", f"torch {version('torch')}")
    return Check("Training packages", "ok", "none; train and evaluate need: make setup")


def check_weights(settings: Settings) -> Check:
    """Check that the weights are there, intact, and described by a card."""
    del settings
    from neuroscope.models.cards import damaged_files, read_cards

    damaged = damaged_files()
    if damaged:
        fix = "Install neuroscope again, or run: neuroscope train classifier"
        return Check("Weights", "problem", "; ".join(damaged), fix)
    cards = read_cards()
    if not cards:
        fix = "Run: neuroscope evaluate classifier"
        return Check("Weights", "warning", "intact, but without a model card", fix)
    named = ", ".join(f"{card.model.name} {card.model.version}" for card in cards)
    return Check("Weights", "ok", f"intact: {named}")


def check_engine(settings: Settings) -> Check:
    """Check that the network loads and runs."""
    from neuroscope.models.inference import load_engine

    try:
        engine = load_engine(threads=settings.threads)
    except NeuroscopeError as error:
        return Check("Inference", "problem", error.problem, error.fix)
    size = engine.spec.size
    return Check("Inference", "ok", f"{engine.backend}, {size} x {size} pixels")


def check_segmenter(settings: Settings) -> Check:
    """Check that the segmenter of the workbench loads, ours or the one the settings name."""
    from neuroscope.models.brought_segmenter import load_brought_segmenter
    from neuroscope.models.unet_segmenter import load_segmenter

    try:
        if settings.segmenter is None:
            own = load_segmenter(threads=settings.threads).model
            return Check("Segmenter", "ok", f"our own, version {own.version}")
        load_brought_segmenter(settings.segmenter, threads=settings.threads)
    except NeuroscopeError as error:
        return Check("Segmenter", "problem", error.problem, error.fix)
    return Check("Segmenter", "ok", f"NEUROSCOPE_SEGMENTER: '{settings.segmenter.name}' loads")


def check_report(settings: Settings) -> Check:
    """Check that reports can be printed, which needs a library of the system."""
    del settings
    from neuroscope.report.render import load_weasyprint

    try:
        load_weasyprint()
    except NeuroscopeError as error:
        return Check("Reports", "problem", error.problem, error.fix)
    return Check("Reports", "ok", f"weasyprint {version('weasyprint')}")


def check_store(settings: Settings) -> Check:
    """Check that the folder of the store can be written."""
    home = settings.home
    existing = next(folder for folder in (home, *home.parents) if folder.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        fix = "Set NEUROSCOPE_HOME to a folder that you may write to."
        return Check("Store", "problem", f"{home} cannot be written", fix)
    state = "exists" if home.exists() else "will be made"
    return Check("Store", "ok", f"{home} ({state})")


def check_database(settings: Settings) -> Check:
    """Check that the database answers; a store that was never used has none yet."""
    kind = settings.resolved_database_url.split(":", 1)[0]
    if not settings.database_url and not (settings.home / "neuroscope.db").exists():
        return Check("Database", "ok", f"{kind}, made at the first start")
    from sqlalchemy import text
    from sqlalchemy.exc import SQLAlchemyError

    from neuroscope.store.database import open_engine

    try:
        engine = open_engine(settings.resolved_database_url)
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        engine.dispose()
    except (SQLAlchemyError, NeuroscopeError) as error:
        fix = "Start the database, or check NEUROSCOPE_DATABASE_URL."
        return Check("Database", "problem", f"{kind}: {type(error).__name__}", fix)
    return Check("Database", "ok", f"{kind} answers")


def check_disk(settings: Settings) -> Check:
    """Check the free space where the store lies."""
    home = settings.home
    existing = next(folder for folder in (home, *home.parents) if folder.exists())
    free_gb = shutil.disk_usage(existing).free / 1e9
    if free_gb < LEAST_FREE_GB:
        fix = "Free some space, or set NEUROSCOPE_HOME to another disk."
        return Check("Disk", "warning", f"{free_gb:.1f} GB free", fix)
    return Check("Disk", "ok", f"{free_gb:.0f} GB free")


def check_port(settings: Settings) -> Check:
    """Check that the port of the server is free."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            fix = "If Neuroscope already runs this is right; else use --port or NEUROSCOPE_PORT."
            found = f"{settings.host}:{settings.port}: {error.strerror}"
            return Check("Port", "warning", found, fix)
    return Check("Port", "ok", f"{settings.host}:{settings.port} is free")


def check_page(settings: Settings) -> Check:
    """Check that the page for the browser has been built."""
    del settings
    if (Path(str(files("neuroscope"))) / "web" / "index.html").is_file():
        return Check("Page", "ok", "built")
    return Check("Page", "warning", "not built; the API works without it", "Run: make web")


def _is_installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


CHECKS: tuple[Callable[[Settings], Check], ...] = (
    check_python,
    check_packages,
    check_training_packages,
    check_weights,
    check_engine,
    check_segmenter,
    check_report,
    check_store,
    check_database,
    check_disk,
    check_port,
    check_page,
)
