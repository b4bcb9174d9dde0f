"""What a person sees in the terminal: words, warnings and progress bars.

Results go to standard output, everything else to standard error. Bars are drawn in a terminal only.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from neuroscope.errors import NeuroscopeError
from neuroscope.records.progress import Progress as Report


def out() -> Console:
    """Give the console of standard output."""
    return Console(highlight=False)


def err() -> Console:
    """Give the console of standard error."""
    return Console(stderr=True, highlight=False)


def say(text: str, *, style: str = "") -> None:
    """Write one line for a person to standard error; brackets in it are no markup."""
    err().print(Text(text, style=style), soft_wrap=True)


def tell(text: str) -> None:
    """Write one line of the result to standard output."""
    out().print(Text(text), soft_wrap=True)


def say_error(error: NeuroscopeError) -> None:
    """Write what is wrong, and how to mend it."""
    err().print(Text.assemble(("Error: ", "bold red"), error.problem), soft_wrap=True)
    err().print(Text.assemble(("Fix:   ", "bold"), error.fix), soft_wrap=True)


@contextmanager
def bars() -> Iterator[Progress]:
    """Draw progress bars on standard error until the block ends; none if it is no terminal."""
    console = err()
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        yield progress


def bar(progress: Progress, description: str) -> Report:
    """Add a bar and return the function that moves it (fraction done, 0..1)."""
    task = progress.add_task(description, total=1.0)

    def report(fraction: float) -> None:
        progress.update(task, completed=fraction)

    return report
