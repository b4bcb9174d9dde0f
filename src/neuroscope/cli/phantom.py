"""`neuroscope phantom`: synthetic studies whose truth is known."""

from pathlib import Path
from typing import Annotated

import typer

from neuroscope.cli.console import bar, bars, tell
from neuroscope.errors import BadInputError

FORMATS = ("nifti", "dicom", "slices")


def phantom(
    kind: Annotated[str, typer.Argument(help="glioma, meningioma, pituitary or none.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="A new or empty folder.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same head.", min=0)] = 0,
    form: Annotated[
        str, typer.Option("--format", help="nifti, dicom (series only) or slices (PNG).")
    ] = "nifti",
    spacing: Annotated[float, typer.Option(help="Between voxels, in mm (0.7 to 4).")] = 1.0,
    slice_mm: Annotated[
        float | None, typer.Option(help="Thickness of axial slices, in mm; as spacing if left out.")
    ] = None,
    sequences: Annotated[
        str, typer.Option(help="Comma separated, some of t1,t1c,t2,flair.")
    ] = "t1,t1c,t2,flair",
    head: Annotated[bool, typer.Option("--head", help="With skull, scalp and face.")] = False,
) -> None:
    """Make a synthetic study with its ground truth. Nothing in it comes from a person."""
    from neuroscope.phantom.case import make_case
    from neuroscope.phantom.products import write_case, write_dicom
    from neuroscope.phantom.slices import write_slices

    if form not in FORMATS:
        raise BadInputError(
            f"There is no format '{form}'.", fix=f"Use one of {', '.join(FORMATS)}."
        )
    named = tuple(name.strip() for name in sequences.split(",") if name.strip())
    with bars() as progress:
        case = make_case(
            kind,
            seed=seed,
            spacing_mm=spacing,
            slice_mm=slice_mm,
            sequences=named,
            head=head,
            progress=bar(progress, f"Making {kind}"),
        )
        if form == "nifti":
            write_case(case, out)
        elif form == "dicom":
            write_dicom(case, out)
        else:
            write_slices(case, out)
    tell(f"{case.kind}, seed {seed}: written to {out}")
