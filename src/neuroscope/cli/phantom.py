"""`neuroscope phantom`: synthetic studies whose truth is known."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuroscope.cli.console import bar, bars, tell
from neuroscope.errors import BadInputError
from neuroscope.records.progress import Progress

if TYPE_CHECKING:
    from neuroscope.phantom.lesions.lesion import Wish
    from neuroscope.phantom.scanner.options import ScannerOptions
    from neuroscope.phantom.series import SeriesPlan

USUAL_SEQUENCES = "t1,t1c,t2,flair"
USUAL_INTERVAL_DAYS = 60
NOT_MR = frozenset({"ct", "ctc"})
WITHOUT_RATE = ("stable", "pseudo-progression")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was typed; None where an option was left out."""

    kind: str
    out: Path
    seed: int
    dicom: bool
    slices: bool
    spacing: float
    slice_mm: float | None
    sequences: str | None
    head: bool
    ct: bool
    field: float | None
    clinical: bool
    timepoints: int
    interval_days: int | None
    law: str | None
    doubling_days: float | None
    shape: Path | None
    displacement: bool
    labels: str | None

    @property
    def is_series(self) -> bool:
        """Whether more than one study, or a course, was asked for."""
        return self.timepoints > 1 or self.law is not None

    @property
    def named(self) -> tuple[str, ...]:
        """The sequences, in the order they were typed."""
        usual = "t1c" if self.slices else USUAL_SEQUENCES
        text = usual if self.sequences is None else self.sequences
        named = tuple(name.strip() for name in text.split(",") if name.strip())
        return (*named, "ct") if self.ct and "ct" not in named else named


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
        slice_mm=slice_mm, sequences=sequences, head=head, ct=ct, field=field, clinical=clinical,
        timepoints=timepoints, interval_days=interval_days, law=law, doubling_days=doubling_days,
        shape=shape, displacement=displacement, labels=labels,
    )  # fmt: skip
    _refuse_what_would_be_dropped(asked)
    with bars() as progress:
        tell_done = bar(progress, f"Making {kind}")
        if asked.is_series:
            written = _write_series(asked, tell_done)
        else:
            written = _write_study(asked, tell_done)
    tell(f"{written}: written to {out}")


def _refuse_what_would_be_dropped(asked: Asked) -> None:
    """Refuse options that would have no effect beside the others."""
    if asked.slices:
        _refuse_beside_slices(asked)
    visits: Mapping[str, bool] = {
        "--interval-days": asked.interval_days is not None and asked.timepoints == 1,
        "--doubling-days": asked.doubling_days is not None and not asked.is_series,
    }
    if any(visits.values()):
        raise BadInputError(
            f"{_listed(visits)} was given for a single visit, which it cannot change.",
            fix="Add --timepoints 2 or more, or leave it out.",
        )
    if asked.field is not None and set(asked.named) <= NOT_MR:
        raise BadInputError(
            "--field was given, and no MR sequence is made.",
            fix="Leave --field out, or name an MR sequence in --sequences.",
        )


def _refuse_beside_slices(asked: Asked) -> None:
    others: Mapping[str, bool] = {
        "--dicom": asked.dicom,
        "--timepoints": asked.timepoints > 1,
        "--law": asked.law is not None,
        "--displacement": asked.displacement,
        "--labels": asked.labels is not None,
    }
    if any(others.values()):
        raise BadInputError(
            f"--slices makes pictures alone, and {_listed(others)} was given too.",
            fix="Make the study twice, once with --slices alone.",
        )
    if len(asked.named) > 1:
        raise BadInputError(
            f"--slices shows one sequence, and {', '.join(asked.named)} were asked for.",
            fix="Name one, as in --sequences t1c, or run it once for each.",
        )


def _listed(given: Mapping[str, bool]) -> str:
    return " and ".join(name for name, is_given in given.items() if is_given)


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

    return Wish() if asked.shape is None else Wish(shape=read_shape(asked.shape))


def _scanner(asked: Asked, visit: int = 0) -> "ScannerOptions":
    """Give the scanner of a visit: in clinics every visit has its own."""
    from neuroscope.phantom.scanner.options import ScannerOptions, clinical_options

    drawn = ScannerOptions()
    if asked.clinical:
        drawn = clinical_options(asked.seed, asked.named, session=visit)
    return drawn if asked.field is None else replace(drawn, field_t=asked.field)
