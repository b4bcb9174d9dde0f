"""Why two slices are similar: their score, taken apart exactly over the places of both."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError
from neuroscope.records.similar import CaseFacts, Compared, WhySimilar
from neuroscope.retrieve.embed import SeenSlice

PAIR_CELLS = 10  # coarse places a side; 100 x 100 pairs
# What two lesions may differ by and still be called alike.
SIZE_RATIO = 1.5
DISTANCE = 0.15  # of the side of the prepared slice
BRIGHTNESS = 0.10  # of the gray range
AGE_YEARS = 10.0


def why_similar(query: SeenSlice, match: SeenSlice) -> WhySimilar:
    """Take the cosine of two slices apart.

    Both vectors are sums over places, so their product is a sum over pairs of places: no
    approximation and no gradient. A map of one slice is the pairs summed over the other.

    Raises
    ------
    BadInputError
        If the two are of different spaces.
    """
    if query.dense.shape != match.dense.shape:
        raise BadInputError(
            "The two slices were seen by different networks.", fix="Embed both with the same one."
        )
    ours, theirs = _scaled(query), _scaled(match)
    to_match = ours.sum((1, 2)), theirs.sum((1, 2))
    pairs = _coarse(ours).T @ _coarse(theirs)
    return WhySimilar(
        score=float(to_match[0] @ to_match[1]),
        query_map=np.einsum("dij,d->ij", ours, to_match[1]).astype(np.float32),
        match_map=np.einsum("dij,d->ij", theirs, to_match[0]).astype(np.float32),
        pairs=pairs.astype(np.float32),
        pair_grid=(PAIR_CELLS, PAIR_CELLS),
    )


def compared(query: CaseFacts, match: CaseFacts) -> tuple[Compared, ...]:
    """Set features side by side that both have, those that are alike first."""
    rows = [
        *_words(query, match),
        *_numbers(query, match),
        *_place(query, match),
    ]
    return tuple(sorted(rows, key=lambda row: not row.is_alike))


def _words(query: CaseFacts, match: CaseFacts) -> Sequence[Compared]:
    names = ("label", "sequence", "plane", "grade", "site", "source")
    both = ((name, getattr(query, name), getattr(match, name)) for name in names)
    return [Compared(n, q, m, q == m) for n, q, m in both if q is not None and m is not None]


def _numbers(query: CaseFacts, match: CaseFacts) -> Sequence[Compared]:
    rows = []
    for name in ("volume_ml", "lesion_share"):
        q, m = getattr(query, name), getattr(match, name)
        if q and m:
            rows.append(Compared(name, q, m, max(q, m) <= SIZE_RATIO * min(q, m)))
    for name, tolerance in (("lesion_brightness", BRIGHTNESS), ("age", AGE_YEARS)):
        q, m = getattr(query, name), getattr(match, name)
        if q is not None and m is not None:
            rows.append(Compared(name, q, m, abs(q - m) <= tolerance))
    return rows


def _place(query: CaseFacts, match: CaseFacts) -> Sequence[Compared]:
    """Compare where the lesions lie, as seen on the screen."""
    places = (query.lesion_row, query.lesion_column, match.lesion_row, match.lesion_column)
    if None in places:
        return []
    q_row, q_column, m_row, m_column = (float(value) for value in places if value is not None)
    near = float(np.hypot(q_row - m_row, q_column - m_column)) <= DISTANCE
    return [Compared("place", _named(q_row, q_column), _named(m_row, m_column), near)]


def _named(row: float, column: float) -> str:
    """Name a place on the screen, with how far down and across it lies."""
    height = "upper" if row < 0.4 else "lower" if row > 0.6 else "middle"
    side = "left" if column < 0.4 else "right" if column > 0.6 else "center"
    return f"{height} {side} ({row:.2f}, {column:.2f})"


def _scaled(seen: SeenSlice) -> NDArray[np.float64]:
    dense = np.asarray(seen.dense, np.float64)
    return dense / np.linalg.norm(dense.sum((1, 2)))


def _coarse(dense: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum neighboring places: `(dimension, rows, columns)` to `(dimension, coarse places)`."""
    dimension, rows, columns = dense.shape
    down, across = rows // PAIR_CELLS, columns // PAIR_CELLS
    blocks = dense.reshape(dimension, PAIR_CELLS, down, PAIR_CELLS, across)
    return np.asarray(blocks.sum((2, 4)).reshape(dimension, -1))
