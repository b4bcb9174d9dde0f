"""`neuroscope learn-similar`: let readers' judgments decide which past cases come first."""

import json
from typing import Annotated

import typer

from neuroscope.cli.console import tell
from neuroscope.settings import read_settings


def learn_similar(
    forget: Annotated[bool, typer.Option("--forget", help="Go back to the plain order.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")] = False,
) -> None:
    """Learn from "relevant" and "not relevant" how similar cases are ordered in this installation.

    What was learned is used only if it orders cases better for patients it was not learned from.
    It never touches a prediction, nor the vote of the neighbors.
    """
    from neuroscope.store.database import open_store
    from neuroscope.workflow.index_home import open_index, write_metric
    from neuroscope.workflow.learn_similar import learn_from_judgments

    settings = read_settings()
    home = settings.home / "similar"
    store = open_store(settings)
    try:
        if forget:
            write_metric(home, None, {})
            tell("Similar cases are ordered by the plain cosine.")
            return
        index = open_index(home, store, None, vectors=settings.vectors)
        try:
            taught = learn_from_judgments(home, store, index)
        finally:
            index.close()
    finally:
        store.close()
    learned = taught.learned
    if as_json:
        told = {
            "schema": "neuroscope/learned-similar/1",
            "accepted": learned.metric is not None,
            "judgments": learned.judgments,
            "unused": taught.unused,
            "queries": learned.queries,
            "patients": learned.patients,
            "gain": learned.compared.difference.as_dict() if learned.compared else None,
            "why": learned.why,
        }
        tell(json.dumps(told, indent=2))
        return
    tell(learned.why)
    if taught.unused:
        tell(f"{taught.unused} judged pairs could not be used.")
