"""`neuroscope phantom`: synthetic studies whose truth is known."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from neuroscope.cli.console import bar, bars, tell
from neuroscope.errors import BadInputError


def phantom(
    kind: Annotated[str, typer.Option(help="glioblastoma, metastases, stroke, ...; none.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="A new or empty folder.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same head.", min=0)] = 0,
    dicom: Annotated[bool, typer.Option("--dicom", help="Also as DICOM series.")] = False,
    slices: Annotated[
        bool, typer.Option("--slices", help="Only PNG slices through the lesion, in three planes.")
    ] = False,
    spacing: Annotated[float, typer.Option(help="Between voxels, in mm (0.7 to 4).")] = 1.0,
    slice_mm: Annotated[
        float | None, typer.Option(help="Thickness of axial slices, in mm; as spacing if left out.")
    ] = None,
    sequences: Annotated[
        str,
        typer.Option(help="Comma separated, some of t1,t1c,t2,flair,dwi,adc,ct,ctc,random."),
    ] = "t1,t1c,t2,flair",
    head: Annotated[bool, typer.Option("--head", help="With skull, scalp and face.")] = False,
    ct: Annotated[bool, typer.Option("--ct", help="Also a CT; needs --head.")] = False,
    field: Annotated[
        float | None, typer.Option(help="Of the MR scanner, in tesla: 3 (usual) or 1.5.")
    ] = None,
    clinical: Annotated[
        bool,
        typer.Option(
            "--clinical",
            help="Each sequence in its own plane and thickness, some restless, ringing or missing.",
        ),
    ] = False,
    timepoints: Annotated[int, typer.Option(help="Number of visits.", min=1)] = 1,
    interval_days: Annotated[int, typer.Option(help="Days between visits.", min=1)] = 60,
    law: Annotated[
        str | None,
        typer.Option(
            help="How the lesion fares: exponential (usual), gompertz, shrink, stable, resection, "
            "new-lesion or pseudo-progression."
        ),
    ] = None,
    doubling_days: Annotated[
        float | None, typer.Option(help="In which its volume doubles; usual for the kind.")
    ] = None,
    shape: Annotated[
        Path | None,
        typer.Option(help="BraTS labels (NIfTI): a glioma takes this outline instead of growing."),
    ] = None,
    displacement: Annotated[
        bool, typer.Option("--displacement", help="Also how the lesion moved the brain, in mm.")
    ] = False,
) -> None:
    """Make a synthetic study with its ground truth. Nothing in it comes from a person."""
    from neuroscope.phantom.case import make_case
    from neuroscope.phantom.course import resolve_law
    from neuroscope.phantom.lesions.lesion import Wish
    from neuroscope.phantom.lesions.shape import read_shape
    from neuroscope.phantom.products import write_case, write_series
    from neuroscope.phantom.scanner.options import ScannerOptions, clinical_options
    from neuroscope.phantom.series import make_series, usual_plan
    from neuroscope.phantom.slices import write_slices

    serial = timepoints > 1 or law is not None
    if slices and (dicom or serial):
        raise BadInputError(
            "--slices was given with --dicom, --timepoints or --law.",
            fix="Make the study twice, once with --slices alone.",
        )
    named = tuple(name.strip() for name in sequences.split(",") if name.strip())
    named = (*named, "ct") if ct and "ct" not in named else named
    wish = Wish() if shape is None else Wish(shape=read_shape(shape))
    scanner = clinical_options(seed, named) if clinical else ScannerOptions()
    scanner = scanner if field is None else replace(scanner, field_t=field)
    with bars() as progress:
        tell_done = bar(progress, f"Making {kind}")
        if serial:
            plan = usual_plan(
                kind,
                timepoints=timepoints,
                interval_days=interval_days,
                law=None if law is None else resolve_law(law),
                doubling_days=doubling_days,
            )
            visits = make_series(
                kind,
                seed=seed,
                plan=plan,
                spacing_mm=spacing,
                slice_mm=slice_mm,
                sequences=named,
                head=head,
                scanner=scanner,
                wish=wish,
                progress=tell_done,
            )
            write_series(visits, plan, out, dicom=dicom, displacement=displacement)
            tell(f"{kind}, seed {seed}, {len(plan.days)} visits: written to {out}")
            return
        case = make_case(
            kind,
            seed=seed,
            spacing_mm=spacing,
            slice_mm=slice_mm,
            sequences=named,
            head=head,
            scanner=scanner,
            wish=wish,
            progress=tell_done,
        )
        if slices:
            write_slices(
                case, out, sequence="t1c" if "t1c" in case.volumes else next(iter(case.volumes))
            )
        else:
            write_case(case, out, dicom=dicom, displacement=displacement)
    tell(f"{case.kind}, seed {seed}: written to {out}")
