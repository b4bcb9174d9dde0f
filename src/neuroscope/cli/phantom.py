"""`neuroscope phantom`: synthetic studies whose truth is known."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from neuroscope.cli.console import bar, bars, tell
from neuroscope.cli.phantom_asked import USUAL_SEQUENCES, Asked, refuse_what_would_be_dropped
from neuroscope.errors import BadInputError
from neuroscope.records.progress import Progress

if TYPE_CHECKING:
    from neuroscope.phantom.lesions.lesion import Side, Wish
    from neuroscope.phantom.scanner.options import ScannerOptions
    from neuroscope.phantom.series import SeriesPlan

USUAL_INTERVAL_DAYS = 60
WITHOUT_RATE = ("stable", "pseudo-progression")


def phantom(
    kind: Annotated[str, typer.Option(help="glioblastoma, metastases, stroke, ...; none.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="A new or empty folder.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same head.", min=0)] = 0,
    dicom: Annotated[bool, typer.Option("--dicom", help="Also as DICOM series.")] = False,
    slices: Annotated[
        bool,
        typer.Option(
            "--slices", help="Only PNG slices of one sequence through the lesion, in three planes."
        ),
    ] = False,
    spacing: Annotated[float, typer.Option(help="Between voxels, in mm (0.7 to 4).")] = 1.0,
    slice_mm: Annotated[
        float | None, typer.Option(help="Thickness of axial slices, in mm; as spacing if left out.")
    ] = None,
    sequences: Annotated[
        str | None,
        typer.Option(
            help="Comma separated, some of t1,t1c,t2,flair,dwi,adc,ct,ctc,random.",
            show_default=f"{USUAL_SEQUENCES}; t1c for --slices",
        ),
    ] = None,
    head: Annotated[bool, typer.Option("--head", help="With skull, scalp and face.")] = False,
    ct: Annotated[bool, typer.Option("--ct", help="Also a CT; needs --head.")] = False,
    atrophy: Annotated[
        float | None,
        typer.Option(
            help="Loss of brain tissue, 0 (young adult) to 1 (old).", show_default="by the seed"
        ),
    ] = None,
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
    interval_days: Annotated[
        int | None,
        typer.Option(help="Days between visits.", min=1, show_default=str(USUAL_INTERVAL_DAYS)),
    ] = None,
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
    side: Annotated[
        str | None, typer.Option(help="The patient's left or right.", show_default="by the seed")
    ] = None,
    core_ml: Annotated[
        float | None,
        typer.Option(
            help="Of each lesion without its edema, on the first day.", show_default="by the seed"
        ),
    ] = None,
    edema_ml: Annotated[
        float | None,
        typer.Option(help="Of the edema of each lesion.", show_default="by the seed"),
    ] = None,
    lesions: Annotated[
        int | None,
        typer.Option(
            help="Their number: metastases, ms and wmh have several.", show_default="by the seed"
        ),
    ] = None,
    shape: Annotated[
        Path | None,
        typer.Option(help="BraTS labels (NIfTI): a glioma takes this outline instead of growing."),
    ] = None,
    displacement: Annotated[
        bool, typer.Option("--displacement", help="Also how the lesion moved the brain, in mm.")
    ] = False,
    labels: Annotated[
        str | None,
        typer.Option(
            help="Numbers of the labels, with a table of regions in truth.json: brats2023, "
            "brats2024 (adds the resection cavity), brats2020, brats-ped or msd."
        ),
    ] = None,
) -> None:
    """Make a synthetic study with its ground truth. Nothing in it comes from a person."""
    asked = Asked(
        kind=kind, out=out, seed=seed, dicom=dicom, slices=slices, spacing=spacing,
        slice_mm=slice_mm, sequences=sequences, head=head, ct=ct, atrophy=atrophy, field=field,
        clinical=clinical, timepoints=timepoints, interval_days=interval_days, law=law,
        doubling_days=doubling_days, side=side, core_ml=core_ml, edema_ml=edema_ml,
        lesions=lesions, shape=shape, displacement=displacement, labels=labels,
    )  # fmt: skip
    refuse_what_would_be_dropped(asked)
    with bars() as progress:
        tell_done = bar(progress, f"Making {kind}")
        if asked.is_series:
            written = _write_series(asked, tell_done)
        else:
            written = _write_study(asked, tell_done)
    tell(f"{written}: written to {out}")


def _write_study(asked: Asked, progress: Progress) -> str:
    from neuroscope.phantom.case import make_case
    from neuroscope.phantom.products import write_case
    from neuroscope.phantom.relabel import relabel, resolve_scheme
    from neuroscope.phantom.slices import write_slices

    scheme = None if asked.labels is None else resolve_scheme(asked.labels)
    case = make_case(
        asked.kind,
        seed=asked.seed,
        spacing_mm=asked.spacing,
        slice_mm=asked.slice_mm,
        sequences=asked.named,
        head=asked.head,
        atrophy=asked.atrophy,
        scanner=_scanner(asked),
        wish=_wish(asked),
        progress=progress,
    )
    if asked.slices:
        write_slices(case, asked.out, sequence=next(iter(case.volumes)))
    else:
        case = case if scheme is None else relabel(case, scheme)
        write_case(case, asked.out, dicom=asked.dicom, displacement=asked.displacement)
    return f"{case.kind}, seed {asked.seed}"


def _write_series(asked: Asked, progress: Progress) -> str:
    from neuroscope.phantom.products import write_series
    from neuroscope.phantom.relabel import relabel, resolve_scheme
    from neuroscope.phantom.series import make_series

    plan = _plan(asked)
    scheme = None if asked.labels is None else resolve_scheme(asked.labels)
    visits = make_series(
        asked.kind,
        seed=asked.seed,
        plan=plan,
        spacing_mm=asked.spacing,
        slice_mm=asked.slice_mm,
        sequences=asked.named,
        head=asked.head,
        atrophy=asked.atrophy,
        scanner=partial(_scanner, asked) if asked.clinical else _scanner(asked),
        wish=_wish(asked),
        progress=progress,
    )
    if scheme is not None:
        visits = (relabel(visit, scheme) for visit in visits)
    write_series(visits, plan, asked.out, dicom=asked.dicom, displacement=asked.displacement)
    return f"{asked.kind}, seed {asked.seed}, {len(plan.days)} visits"


def _plan(asked: Asked) -> "SeriesPlan":
    from neuroscope.phantom.course import resolve_law
    from neuroscope.phantom.series import usual_plan

    plan = usual_plan(
        asked.kind,
        timepoints=asked.timepoints,
        interval_days=asked.interval_days or USUAL_INTERVAL_DAYS,
        law=None if asked.law is None else resolve_law(asked.law),
        doubling_days=asked.doubling_days,
    )
    if asked.doubling_days is not None and plan.course.law in WITHOUT_RATE:
        raise BadInputError(
            f"--doubling-days was given, and the law {plan.course.law} has no such time.",
            fix="Leave it out, or choose another --law and a kind that grows.",
        )
    return plan


def _wish(asked: Asked) -> "Wish":
    from neuroscope.phantom.lesions.lesion import Wish
    from neuroscope.phantom.lesions.shape import read_shape

    return Wish(
        side=cast("Side | None", asked.side),
        core_ml=asked.core_ml,
        edema_ml=asked.edema_ml,
        number=asked.lesions,
        shape=None if asked.shape is None else read_shape(asked.shape),
    )


def _scanner(asked: Asked, visit: int = 0) -> "ScannerOptions":
    """Give the scanner of a visit: in clinics every visit has its own."""
    from neuroscope.phantom.scanner.options import ScannerOptions, clinical_options

    drawn = ScannerOptions()
    if asked.clinical:
        drawn = clinical_options(asked.seed, asked.named, session=visit)
    return drawn if asked.field is None else replace(drawn, field_t=asked.field)
