"""Options and arguments that several commands of training and evaluation share."""

from pathlib import Path
from typing import Annotated

import typer

DataFolder = Annotated[Path | None, typer.Option(help="Development data (NEUROSCOPE_DATA).")]
CopiesFolder = Annotated[Path, typer.Option(help="Folder that remembers which slices are copies.")]
Weights = Annotated[
    Path | None, typer.Argument(help="Folder of the weights; the shipped ones if absent.")
]
CardFolder = Annotated[
    Path | None, typer.Option("--out", "-o", help="Folder for the card; that of the weights.")
]
Split = Annotated[str, typer.Option(help="test, or val while developing.")]
RunFolder = Annotated[Path | None, typer.Option("--out", "-o", help="Folder of the run.")]
ResumedFolder = Annotated[
    Path | None, typer.Option("--out", "-o", help="Folder of the run; resumed if it exists.")
]
Steps = Annotated[int | None, typer.Option(help="Steps of training.", min=1)]
Threads = Annotated[int | None, typer.Option(help="Threads of the CPU.", min=1)]
Seed = Annotated[int, typer.Option(help="The same seed gives the same weights.", min=0)]
