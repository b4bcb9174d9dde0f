"""Carry what a reader drew onto the places of the evidence network.

Marks are kept as vectors and drawn with soft edges on the pixels of the prepared slice; here those
pixels are averaged over the cell of every place. Place n covers the pixels around
``offset + n * jump`` (`models/evidence.py`), so with an offset of 1.5 and a jump of 4 the average
of 4 x 4 pixels is centered exactly where the evidence is.
"""

from dataclasses import dataclass, fields

import torch
from torch import Tensor
from torch.nn import functional

from neuroscope.errors import GeometryMismatchError

TINY = 0.05  # a lesion that covers less than this of any cell keeps its largest cell, as a whole
UNKNOWN_WEIGHT = 0.25  # what lies outside every mark: probably not evidence, but nobody said so


@dataclass(frozen=True, slots=True, eq=False)
class CellMasks:
    """What readers marked on n slices, at the places of the network."""

    evidence: Tensor  # (n, h, w) in 0..1, "look here", wider by one cell than what was drawn
    not_evidence: Tensor  # (n, h, w) in 0..1, "ignore this", without what is evidence
    unknown_weight: Tensor  # (n,), how much evidence on unmarked places counts against the slice
    weight: Tensor  # (n,), trust in the reader; 0 is a slice that nobody annotated

    def __len__(self) -> int:
        return len(self.weight)

    def select(self, rows: Tensor) -> "CellMasks":
        """Keep some slices, shape ``(m,)`` of row numbers."""
        return CellMasks(*(getattr(self, field.name)[rows] for field in fields(self)))

    def followed_by(self, others: "CellMasks") -> "CellMasks":
        """Append slices."""
        return CellMasks(
            *(
                torch.cat([getattr(self, field.name), getattr(others, field.name)])
                for field in fields(self)
            )
        )


def cell_masks(
    evidence: Tensor,
    not_evidence: Tensor,
    *,
    cells: int,
    only_this: Tensor | None = None,
    weight: Tensor | None = None,
) -> CellMasks:
    """Average marks over the cells of a ``cells`` x ``cells`` grid.

    Parameters
    ----------
    evidence, not_evidence
        Share of every pixel of the prepared slice that the marks cover, shape ``(n, side, side)``
        in 0..1; zero where nothing was drawn.
    only_this
        True where the reader ticked "nothing else matters", shape ``(n,)``.
    weight
        Trust in the readers of each slice, shape ``(n,)``; 1 when absent. Slices without any mark
        get 0, whatever is given.

    Raises
    ------
    GeometryMismatchError
        If the two kinds of marks differ in shape, or the pixels do not fall into whole cells.
    """
    if evidence.shape != not_evidence.shape or evidence.shape[-1] % cells:
        raise GeometryMismatchError(
            f"Marks of shape {tuple(evidence.shape)} and {tuple(not_evidence.shape)} do not fall "
            f"into {cells} x {cells} cells.",
            fix="Draw both on the pixels of the prepared slice of these weights.",
        )
    wanted = _widened(_rescued(_averaged(evidence, cells)))
    refused = _averaged(not_evidence, cells) * (1 - wanted)
    marked = (wanted.amax((1, 2)) > 0) | (refused.amax((1, 2)) > 0)
    given = torch.ones(len(marked)) if weight is None else weight.float()
    ticked = torch.zeros(len(marked), dtype=torch.bool) if only_this is None else only_this
    has_evidence = wanted.amax((1, 2)) > 0
    unknown = torch.where(ticked, 1.0, UNKNOWN_WEIGHT) * has_evidence
    return CellMasks(wanted, refused, unknown, given * marked)


def _averaged(cover: Tensor, cells: int) -> Tensor:
    return functional.adaptive_avg_pool2d(cover.float()[:, None], cells)[:, 0]


def _rescued(share: Tensor) -> Tensor:
    """Keep the largest cell of a lesion so small that no cell would count."""
    peak = share.amax((1, 2), keepdim=True)
    tiny = (peak > 0) & (peak < TINY)
    return torch.where(tiny, (share >= peak).float(), share)


def _widened(share: Tensor) -> Tensor:
    return functional.max_pool2d(share[:, None], 3, stride=1, padding=1)[:, 0]
