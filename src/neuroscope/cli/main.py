"""`neuroscope`: the commands, and what their exit codes mean.

0 done, 1 our fault (a bug, a full disk, damaged weights), 2 bad input or usage, 130 interrupted.
Modules that take long to import are imported inside the commands: `--help` answers at once.
"""

import logging
import signal
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated

import typer

from neuroscope.cli import (
    analyze,
    annotations,
    audit,
    demo,
    doctor,
    evaluate,
    explain,
    learn_similar,
    models,
    phantom,
    retrain,
    segment,
    serve,
    similar,
    train,
    validate,
)
from neuroscope.cli.console import say, say_error, tell
from neuroscope.errors import BadInputError, ConflictError, NeuroscopeError, NotFoundError
from neuroscope.settings import RESEARCH_USE

DONE, OUR_FAULT, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130

app = typer.Typer(
    name="neuroscope",
    help=f"An open, explainable workbench for brain tumors on MRI.\n\n{RESEARCH_USE}",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
app.command("demo")(demo.demo)
app.command("serve")(serve.serve)
app.command("analyze")(analyze.analyze)
app.command("explain")(explain.explain)
app.command("segment")(segment.segment)
app.command("index")(similar.index)
app.command("similar")(similar.similar)
app.command("learn-similar")(learn_similar.learn_similar)
app.command("phantom")(phantom.phantom)
app.add_typer(train.app, name="train")
app.command("retrain", cls=retrain.Retrain)(retrain.retrain)
app.add_typer(evaluate.app, name="evaluate")
app.command("models")(models.models)
app.command("validate")(validate.validate)
app.add_typer(annotations.app, name="annotations")
app.add_typer(audit.app, name="audit")
app.command("doctor")(doctor.doctor)


def print_version(asked: bool) -> bool:
    """Print the version and stop, if it was asked for."""
    if asked:
        tell(f"neuroscope {version('neuroscope')}")
        raise typer.Exit
    return asked


@app.callback()
def options(
    show_version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", is_eager=True, callback=print_version),
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Show what the library logs, and tracebacks.")
    ] = False,
) -> None:
    """Read the options that stand before a command."""
    del show_version
    if verbose:
        logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    try:
        app(args=list(arguments), prog_name="neuroscope")
    except SystemExit as ended:
        return int(ended.code or 0)
    except KeyboardInterrupt:
        say("Interrupted. Nothing was left half written.")
        return INTERRUPTED
    except NeuroscopeError as error:
        say_error(error)
        return exit_code(error)
    except Exception as error:
        if "--verbose" in arguments:
            raise
        say(f"Error: something broke that should not: {type(error).__name__}.", style="bold red")
        say("Fix:   run `neuroscope --verbose ...` again and report what it prints.")
        return OUR_FAULT
    return DONE


def exit_code(error: NeuroscopeError) -> int:
    """Tell whose fault an error is."""
    asked_wrongly = isinstance(error, BadInputError | NotFoundError | ConflictError)
    return BAD_INPUT if asked_wrongly else OUR_FAULT


def main() -> None:
    """Run the command that was typed; a request to end is obeyed like Ctrl-C, with clearing up."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(run(sys.argv[1:]))
