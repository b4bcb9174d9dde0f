"""The constants of the evidence network that the code around it needs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError


@dataclass(frozen=True, slots=True)
class EvidenceSpec:
    """What the weights were trained with; read from the file beside them.

    Attributes
    ----------
    classes
        Names in the order of the outputs.
    size
        Side of the square input in pixels.
    cell_offset, cell_jump
        Cell `i` of the evidence grid is centered at input pixel `cell_offset + i * cell_jump`
        (pixel centers are integers).
    temperature
        Divides the logits before the softmax; fitted on validation data.
    threshold
        Chosen on validation data: a place belongs to the finding where it holds more than this
        fraction of the largest evidence of its slice.
    floor, scale
        For every class, in logits per cell, constants of the validation data: what slices without
        that tumor rarely exceed, and the strong evidence at which a display saturates.
    head_fraction
        Least and largest part of the picture that the head took in training.
    linear
        The logits are linear in so many first numbers of the embedding; in all of them if None.
    allowance
        What the margin of a tumor over `notumor` reaches in 95 % of healthy heads, in logits: on T1
        with contrast, and on other series. 0 if it was not measured.
    """

    classes: tuple[str, ...]
    size: int
    cell_offset: float
    cell_jump: float
    temperature: float
    threshold: float
    floor: tuple[float, ...]
    scale: tuple[float, ...]
    head_fraction: tuple[float, float] = (0.0, 1.0)
    linear: int | None = None
    allowance: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        if not {len(self.floor), len(self.scale)} == {len(self.classes)}:
            raise BadInputError(
                f"There are {len(self.classes)} classes, {len(self.floor)} floors and "
                f"{len(self.scale)} scales.",
                fix="Give one of each for every class.",
            )
        positive = (self.size, self.cell_jump, self.temperature, *self.scale)
        if not min(positive) > 0:
            raise BadInputError(
                "The size, cell jump, temperature and scales of the network must be above 0; "
                f"they are {positive}.",
                fix="Repair evidence.json.",
            )

    @property
    def cells(self) -> int:
        """Cells along each side of the evidence grid."""
        return int((self.size - 1 - self.cell_offset) // self.cell_jump) + 1

    def allowance_for(self, role: str) -> float:
        """Give the margin that healthy heads reach on a kind of series."""
        return self.allowance[0 if role == "t1c" else 1]

    def scale_of(self, target: str) -> float:
        """Give the evidence at which the display of a class saturates."""
        return self.scale[self.classes.index(target)]

    def floor_of(self, target: str) -> float:
        """Give the evidence for a class that slices without it rarely exceed."""
        return self.floor[self.classes.index(target)]

    @property
    def cell_to_input(self) -> NDArray[np.float64]:
        """The matrix `(3, 3)` from `(row, column, 1)` of a cell to its center in the input."""
        return np.array(
            [
                [self.cell_jump, 0.0, self.cell_offset],
                [0.0, self.cell_jump, self.cell_offset],
                [0.0, 0.0, 1.0],
            ]
        )
