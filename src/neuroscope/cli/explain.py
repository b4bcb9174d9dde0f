"""`neuroscope explain`: one answer explained by several methods, side by side."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuroscope.cli.analyze import read_given
from neuroscope.cli.console import bar, bars, say, tell
from neuroscope.cli.outputs import check_folder, result_folder
from neuroscope.errors import BadInputError, extra
from neuroscope.records.explanationmethod import METHODS, method_named
from neuroscope.records.prediction import TUMOR_CLASSES
from neuroscope.settings import RESEARCH_USE, read_settings

if TYPE_CHECKING:
    from neuroscope.cli.explained import Wanted

# At once, and lost when the network forgets what it learned (weights/forgetting.json): no map that
# outlives the knowledge it is said to explain is drawn unless it is asked for by name.
QUICK = "evidence,gradcam,gradcam++,layercam"


def explain(
    path: Annotated[
        Path, typer.Argument(help="A PNG, JPEG, NIfTI or DICOM file, a folder of them, or a zip.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="New or empty folder for the maps.")],
    methods: Annotated[
        str,
        typer.Option(help=f"Names with commas, or 'all': {', '.join(m.name for m in METHODS)}."),
    ] = QUICK,
    target: Annotated[
        str | None,
        typer.Option(help=f"The class to explain: {', '.join(TUMOR_CLASSES)}; else the answer."),
    ] = None,
    index: Annotated[
        int | None,
        typer.Option("--slice", help="This slice of every series; else the one that decided most."),
    ] = None,
    tumor: Annotated[
        Path | None,
        typer.Option(
            help="Mask of the tumor of one plain picture (its size): replaced by plausible tissue."
        ),
    ] = None,
    weights: Annotated[
        Path | None, typer.Option(help="Folder of another version of the evidence network.")
    ] = None,
    in_space: Annotated[
        bool, typer.Option("--in-space", help="Also draw volumes in three dimensions (minutes).")
    ] = False,
    budget: Annotated[
        int | None, typer.Option(min=1, help="How often a method may ask the network.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of methods that draw at random.")] = 0,
) -> None:
    """Explain the answer of the network by several methods, and compare them.

    Writes for every slice a folder with METHOD.npy (float32, on the pixels of the slice) and
    side_by_side.png, and explanations.json with seconds, notes, the tests of every map and what
    could not be done. A map that fails a test is drawn gray.
    """
    wanted = _wanted(methods, target, index, tumor, in_space=in_space, budget=budget, seed=seed)
    if not path.exists():
        raise BadInputError(f"There is nothing at '{path}'.", fix="Check the path.")
    check_folder(out, overwrite=False)
    with extra("explain"):
        import safetensors  # noqa: F401
        import torch  # noqa: F401
    from neuroscope.cli.explained import write_explanations
    from neuroscope.models.inference import SHIPPED_WEIGHTS

    with bars() as progress:
        imported = read_given(path, progress=bar(progress, "Reading"))
        with result_folder(out) as folder:
            found = write_explanations(
                imported,
                weights or SHIPPED_WEIGHTS,
                wanted,
                folder,
                threads=read_settings().threads,
                progress=bar(progress, "Explaining"),
            )
    for item in found["slices"]:
        tell(f"{item['name']}: {item['target']} ({item['folder']})")
        for one in item["methods"]:
            agreement = one["agreement_with_evidence"]
            words = "" if agreement is None else f", agreement with the evidence {agreement:.2f}"
            tell(f"  {one['title']}: {one['seconds']:.1f} s{words}. {one['tests']}")
            for caution in one["cautions"]:
                say(f"    Caution: {caution}", style="yellow")
    for failed in found["not_done"]:
        say(f"Not done: {failed['what']}: {failed['problem']} {failed['fix']}", style="yellow")
    tell(f"Maps in {out}")
    say(RESEARCH_USE)


def _wanted(
    methods: str,
    target: str | None,
    index: int | None,
    tumor: Path | None,
    *,
    in_space: bool,
    budget: int | None,
    seed: int,
) -> "Wanted":
    from neuroscope.cli.explained import Wanted

    names = [name.strip() for name in methods.split(",") if name.strip()]
    if names == ["all"]:
        names = [method.name for method in METHODS]
    if not names:
        raise BadInputError("No method is named.", fix="Name one, for example --methods gradcam.")
    if target is not None and target not in TUMOR_CLASSES:
        raise BadInputError(
            f"There is no class '{target}'.", fix=f"Use one of {', '.join(TUMOR_CLASSES)}."
        )
    if tumor is not None and not tumor.is_file():
        raise BadInputError(f"There is no mask at '{tumor}'.", fix="Check the path.")
    return Wanted(
        methods=tuple(dict.fromkeys(method_named(name).name for name in names)),
        target=target,
        index=index,
        tumor=tumor,
        in_space=in_space,
        budget=budget,
        seed=seed,
    )
