"""`neuroscope validate`: a labeled set into the workbench, to be browsed under Validation."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuroscope.cli.console import bar, bars, say, tell
from neuroscope.settings import RESEARCH_USE, read_settings

if TYPE_CHECKING:
    from neuroscope.workflow.labeled_set import Brought

LEARNT_FROM = (
    "These answers and outlines count like those of readers, also where a network learns. Keep a "
    "test set in an installation of its own (NEUROSCOPE_HOME) if it shall stay one."
)


def validate(
    given: Annotated[
        Path,
        typer.Argument(
            metavar="SET",
            help="Folder with a sub-folder for each class, or a CSV file that lists pictures.",
        ),
    ],
    split: Annotated[
        str | None, typer.Option(help="Only this part of the set: test, for example.")
    ] = None,
) -> None:
    """Bring a labeled set of pictures into the workbench, to browse it under Validation.

    Its labels become answers, its masks outlines of tumors, a study for each patient. The pictures
    are analyzed by the worker of `neuroscope serve`.
    """
    from neuroscope.jobs.queue import JobQueue
    from neuroscope.store.database import open_store
    from neuroscope.store.results import newest_finished
    from neuroscope.workflow.labeled_set import bring_labeled_set

    settings = read_settings()
    store = open_store(settings)
    try:
        with bars() as progress:
            found = bring_labeled_set(
                store, given, limits=settings.limits, split=split, progress=bar(progress, "Storing")
            )
        queue = JobQueue(store, settings)
        try:
            fresh = [one for one in found.studies if newest_finished(store, one) is None]
            for study_id in fresh:
                queue.put_analysis(study_id)
        finally:
            queue.close()
    finally:
        store.close()
    _summarize(found, waiting=len(fresh))


def _summarize(found: "Brought", *, waiting: int) -> None:
    tell(
        f"Pictures: {found.pictures}, of them {found.labeled} with an answer and {found.outlined} "
        f"with an outline, by '{found.by}'. Studies: {len(found.studies)}."
    )
    for label, number in sorted(found.unknown.items()):
        say(f"Without an answer: {number}, as '{label}' is no class.", style="yellow")
    for caution in found.cautions:
        say(f"Caution: {caution}", style="yellow")
    for one in found.refused:
        say(f"Not used: {one.name}: {one.problem} {one.fix}", style="yellow")
    if waiting:
        tell(f"Waiting to be analyzed: {waiting}. Run neuroscope serve and open Validation.")
    else:
        tell("All of them were analyzed before: open Validation in neuroscope serve.")
    say(LEARNT_FROM)
    say(RESEARCH_USE)
