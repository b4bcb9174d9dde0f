"""What was typed after `neuroscope phantom`, and what of it cannot go together."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from neuroscope.errors import BadInputError

USUAL_SEQUENCES = "t1,t1c,t2,flair"
NOT_MR = frozenset({"ct", "ctc"})
SIDES = ("left", "right")


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
    atrophy: float | None
    field: float | None
    clinical: bool
    timepoints: int
    interval_days: int | None
    law: str | None
    doubling_days: float | None
    side: str | None
    core_ml: float | None
    edema_ml: float | None
    lesions: int | None
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


def refuse_what_would_be_dropped(asked: Asked) -> None:
    """Refuse options that would have no effect beside the others, and a side there is not.

    Raises
    ------
    BadInputError
        Naming the option.
    """
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
    if asked.side is not None and asked.side not in SIDES:
        raise BadInputError(
            f"There is no side {asked.side}.", fix="Choose left or right, as the patient has them."
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
