"""What the tiles of the grid draw: small pictures and the evidence for the answer, in one go."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from neuroscope.records.arrays import Array
from neuroscope.records.sliceview import PICTURE_SIDE
from neuroscope.store.blobs import ArrayBlob, read_array
from neuroscope.store.database import Store
from neuroscope.store.result_rows import spec_of
from neuroscope.store.studies import study_folder
from neuroscope.store.tables import AnalysisRow, SliceFindingRow
from neuroscope.store.validation_tables import SliceFocusRow

FULL = 127  # a byte of evidence at which the display saturates


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """A slice as the grid draws it.

    Attributes
    ----------
    picture
        Gray values `(PICTURE_SIDE, PICTURE_SIDE)`; None if the slice was analyzed before pictures
        were kept.
    evidence
        For the answer, signed, `(rows, columns)` of the cells; 127 is where the display saturates.
    box
        Top, left, height and width of the evidence in pixels of the picture.
    """

    id: int
    picture: NDArray[np.uint8] | None
    evidence: NDArray[np.int8]
    box: tuple[float, float, float, float]


def read_tiles(store: Store, ids: Sequence[int]) -> tuple[Tile, ...]:
    """Return tiles in the order asked for; those that are gone are left out."""
    focus, finding = SliceFocusRow, SliceFindingRow
    is_same = (
        (finding.analysis_id == focus.analysis_id)
        & (finding.series_id == focus.series_id)
        & (finding.index == focus.index)
    )
    query = (
        select(focus, finding, AnalysisRow)
        .join(finding, is_same)
        .join(AnalysisRow, AnalysisRow.id == focus.analysis_id)
        .where(focus.id.in_(ids))
    )
    with store.reading() as session:
        found = {row[0].id: row for row in session.execute(query)}
    chunks: dict[tuple[str, str], Array] = {}

    def chunk(study_id: str, stored: dict[str, Any]) -> Array:
        key = study_id, stored["sha256"]
        if key not in chunks:
            chunks[key] = read_array(study_folder(store, study_id), ArrayBlob.from_json(stored))
        return chunks[key]

    tiles = []
    for row, said, analysis in (found[one] for one in ids if one in found):
        picture = None
        if row.picture is not None and row.picture_position is not None:
            picture = chunk(analysis.study_id, row.picture)[row.picture_position]
        cells = chunk(analysis.study_id, said.cells)[said.cells_position]
        tiles.append(_tile(row, said, analysis, picture, cells))
    return tuple(tiles)


def placed(shape: tuple[int, int]) -> tuple[float, float, float]:
    """Say how a slice lies in its picture: pixels a pixel, and where its first row and column lie.

    Examples
    --------
    >>> placed((192, 96))
    (0.5, 0.0, 24.0)
    """
    scale = PICTURE_SIDE / max(shape)
    top, left = ((PICTURE_SIDE - n * scale) / 2 for n in shape)
    return scale, top, left


def _tile(
    row: SliceFocusRow,
    said: SliceFindingRow,
    analysis: AnalysisRow,
    picture: Array | None,
    cells: Array,
) -> Tile:
    spec = spec_of(analysis)
    of_answer = np.asarray(cells[spec.classes.index(row.predicted)], np.float32)
    steps = np.rint(of_answer * (FULL / spec.scale_of(row.predicted)))
    return Tile(
        id=row.id,
        picture=None if picture is None else np.asarray(picture, np.uint8),
        evidence=np.asarray(np.clip(steps, -FULL, FULL), np.int8),
        box=_box(said, of_answer.shape),
    )


def _box(said: SliceFindingRow, cells: tuple[int, ...]) -> tuple[float, float, float, float]:
    """Place the outer edges of the cells in the picture."""
    scale, *start = placed((said.image_rows, said.image_columns))
    edges = []
    for line in range(2):
        step, first = said.cell_to_pixel[line][line], said.cell_to_pixel[line][2]
        edge = first - step / 2 + 0.5  # from the center of the first cell to the edge, in pixels
        edges.append((start[line] + edge * scale, step * cells[line] * scale))
    (top, height), (left, width) = edges
    return top, left, height, width
