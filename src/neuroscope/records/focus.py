"""Where in a picture the evidence for an answer lies: one row of the focus table."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal, get_args

from neuroscope.errors import BadInputError

Region = Literal["tumor", "peritumoral", "brain", "skull", "border", "background", "text"]
TumorFrom = Literal["reader", "predicted", "none", "not known"]
Quadrant = Literal[
    "right, reasonable", "right, unreasonable", "wrong, reasonable", "wrong, unreasonable"
]
Flag = Literal[
    "right for the wrong reason",
    "evidence off the brain",
    "no evidence",
    "follows a tag",
    "stays without the tumor",
    "mask on another grid",
]

REGIONS: tuple[Region, ...] = get_args(Region)
DELTAS = ("tumor_out", "tumor_only", "skull_strip", "background", "border_crop", "text_tag")
NEAR_ENOUGH = 0.5  # share of the evidence on and around the tumor from which it is reasonable
ENRICHED = 2.0  # or log2 of the enrichment of the tumor: four times what its area would get
SUM_TOLERANCE = 1e-6
READER_COLUMNS = ("verdict", "notes")  # empty here; filled by who reads
COLUMNS: tuple[str, ...] = (
    "image_id", "patient_id", "split", "model_id", "true", "predicted", "p", "correct",
    "tumor_from", *(f"f_{name}" for name in REGIONS), *(f"e_{name}" for name in REGIONS),
    *(f"area_{name}" for name in REGIONS), "dominant", "peak", "peak_row", "peak_column",
    "mass_removed", "quadrant", *(f"d_{name}" for name in DELTAS), "flags", *READER_COLUMNS,
)  # fmt: skip

Numbers = tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FocusRow:
    """One picture, one model; numbers of regions stand in the order of `REGIONS`.

    Attributes
    ----------
    p
        Probability of the predicted class.
    tumor_from
        Who outlined the tumor; ``none`` where the label says that there is none. An outline is
        never made from the map that is judged.
    fractions
        Share of the positive evidence in every region; they sum to 1. None for a region that is
        not known, and for all where there is no evidence.
    enrichment
        log2 of the share of the evidence over the share of the area; None without area.
    areas
        Share of the picture.
    dominant
        Region with more than 0.4 of the evidence, else ``diffuse``, or ``no evidence``.
    peak, peak_at
        Region and pixel (row, column) of the largest evidence.
    mass_removed
        Share of the evidence that a mask of the brain would take away.
    deltas
        For every test of `DELTAS` that was run: by how much the logit of the predicted class falls,
        minus the same for its sham.
    """

    image_id: str
    patient_id: str
    split: str
    model_id: str
    true: str | None
    predicted: str
    p: float
    tumor_from: TumorFrom
    fractions: Numbers
    enrichment: Numbers
    areas: tuple[float, ...]
    dominant: str
    peak: Region | None
    peak_at: tuple[int, int] | None
    mass_removed: float | None
    deltas: Mapping[str, float] = field(default_factory=dict)
    flags: tuple[Flag, ...] = ()

    def __post_init__(self) -> None:
        if {len(self.fractions), len(self.enrichment), len(self.areas)} != {len(REGIONS)}:
            raise BadInputError(
                f"There are {len(self.fractions)} shares of evidence.",
                fix=f"Give one for each of {', '.join(REGIONS)}.",
            )
        known = [share for share in self.fractions if share is not None]
        if known and abs(sum(known) - 1) > SUM_TOLERANCE:
            raise BadInputError(
                f"The shares of the evidence sum to {sum(known):.6f}.",
                fix="Divide by the evidence in all regions.",
            )
        unknown = set(self.deltas) - set(DELTAS)
        if unknown:
            raise BadInputError(
                f"There is no test {min(unknown)!r}.", fix=f"Use {', '.join(DELTAS)}."
            )
        object.__setattr__(self, "deltas", MappingProxyType(dict(self.deltas)))

    @property
    def correct(self) -> bool | None:
        """Whether the answer is the label; None without one."""
        return None if self.true is None else self.true == self.predicted

    @property
    def on_tumor(self) -> float | None:
        """Share of the evidence on and around the tumor; None where it is not known."""
        tumor, around = self.fractions[:2]
        return None if tumor is None or around is None else tumor + around

    @property
    def reasonable(self) -> bool | None:
        """Whether the evidence lies on the tumor, or is dense there; None where none is known."""
        share = self.on_tumor
        if share is None:
            return None
        dense = self.enrichment[0]
        return share >= NEAR_ENOUGH or (dense is not None and dense >= ENRICHED)

    @property
    def quadrant(self) -> Quadrant | None:
        """Right or wrong, reasonable or not (Gao et al. 2022); None where either is not known."""
        if self.correct is None or self.reasonable is None:
            return None
        if self.correct:
            return "right, reasonable" if self.reasonable else "right, unreasonable"
        return "wrong, reasonable" if self.reasonable else "wrong, unreasonable"

    def flagged(self, *, mask_problem: bool, off_brain: float) -> "FocusRow":
        """Add the flags that follow from the map itself."""
        found: list[Flag] = []
        if self.quadrant == "right, unreasonable" and self.tumor_from != "none":
            found.append("right for the wrong reason")
        if self.mass_removed is not None and self.mass_removed > off_brain:
            found.append("evidence off the brain")
        if self.dominant == "no evidence":
            found.append("no evidence")
        if mask_problem:
            found.append("mask on another grid")
        return replace(self, flags=tuple(found))

    def as_cells(self) -> dict[str, str]:
        """Give the row of ``focus.csv``, an empty cell for what is not known."""
        row, column = self.peak_at if self.peak_at is not None else (None, None)
        cells: dict[str, object] = {
            **{name: getattr(self, name) for name in _PLAIN},
            "p": f"{self.p:.4f}",
            "correct": None if self.correct is None else ("yes" if self.correct else "no"),
            **_by_region("f_", self.fractions, 7),
            **_by_region("e_", self.enrichment, 3),
            **_by_region("area_", self.areas, 6),
            "peak_row": row,
            "peak_column": column,
            "mass_removed": _printed(self.mass_removed, 6),
            "quadrant": self.quadrant,
            **{f"d_{name}": _printed(self.deltas.get(name), 4) for name in DELTAS},
            "flags": "; ".join(self.flags),
        }
        return {name: "" if (cell := cells.get(name)) is None else str(cell) for name in COLUMNS}


_PLAIN = (
    "image_id", "patient_id", "split", "model_id", "true", "predicted", "tumor_from", "dominant",
    "peak",
)  # fmt: skip


def row_of(cells: Mapping[str, str]) -> FocusRow:
    """Read what `FocusRow.as_cells` gave.

    Raises
    ------
    BadInputError
        If a column is missing, or holds what it cannot.
    """
    needed = [name for name in COLUMNS if name not in READER_COLUMNS]
    missing = [name for name in needed if cells.get(name) is None]
    if missing:
        raise BadInputError(
            f"The table lacks the column {missing[0]!r}.",
            fix="Give focus.csv as `neuroscope audit model` writes it.",
        )
    try:
        return _parsed(cells)
    except ValueError as error:
        raise BadInputError(
            f"The row of {cells['image_id']!r} holds what is no number.",
            fix="Write focus.csv anew: neuroscope audit model.",
        ) from error


def _parsed(cells: Mapping[str, str]) -> FocusRow:
    if cells["tumor_from"] not in get_args(TumorFrom):
        raise ValueError(cells["tumor_from"])
    at = [_number(cells[name]) for name in ("peak_row", "peak_column")]
    deltas = {name: _number(cells[f"d_{name}"]) for name in DELTAS}
    flags = [word for word in cells["flags"].split("; ") if word]
    if cells["peak"] not in ("", *REGIONS) or not set(flags) <= set(get_args(Flag)):
        raise ValueError(cells["flags"])
    return FocusRow(
        **{name: cells[name] for name in _PLAIN if name not in {"true", "peak"}},  # type: ignore[arg-type]
        true=cells["true"] or None,
        p=float(cells["p"]),
        fractions=_rescaled(tuple(_number(cells[f"f_{name}"]) for name in REGIONS)),
        enrichment=tuple(_number(cells[f"e_{name}"]) for name in REGIONS),
        areas=tuple(float(cells[f"area_{name}"]) for name in REGIONS),
        peak=cells["peak"] or None,  # type: ignore[arg-type]
        peak_at=None if at[0] is None or at[1] is None else (int(at[0]), int(at[1])),
        mass_removed=_number(cells["mass_removed"]),
        deltas={name: value for name, value in deltas.items() if value is not None},
        flags=tuple(flags),  # type: ignore[arg-type]
    )


def _rescaled(shares: Numbers) -> Numbers:
    """Undo the rounding of the cells, where it is only that."""
    total = sum(share for share in shares if share is not None)
    if abs(total - 1) > len(shares) * 1e-6:
        return shares
    return tuple(None if share is None else share / total for share in shares)


def _by_region(start: str, values: Numbers, digits: int) -> dict[str, str | None]:
    pairs = zip(REGIONS, values, strict=True)
    return {f"{start}{name}": _printed(value, digits) for name, value in pairs}


def _printed(value: float | None, digits: int) -> str | None:
    return None if value is None or not math.isfinite(value) else f"{value:.{digits}f}"


def _number(cell: str) -> float | None:
    return float(cell) if cell else None
