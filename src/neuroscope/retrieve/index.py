"""What an index of vectors does: add, delete, search; and what all of them share.

Three keep the promise: `lance_index` in a folder, `pgvector_index` in PostgreSQL and `chroma_index`
on a server. A further one needs these methods and the tests in `tests/retrieve/test_index.py`,
which run on every index.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError
from neuroscope.records.similar import CaseFacts, Embedded, Entry, Hit, VectorSpace
from neuroscope.retrieve.conditions import Condition

FORMAT = 1  # of the tables; another number cannot be read
EXACT_UP_TO = 20_000  # vectors; below, every one is compared
MOST_HITS = 1_000
ENTRY_COLUMNS = tuple(f.name for f in fields(Entry) if f.name != "facts")
FACT_COLUMNS = tuple(f.name for f in fields(CaseFacts))
NUMBERS = frozenset(
    {
        "age",
        "volume_ml",
        "lesion_share",
        "lesion_row",
        "lesion_column",
        "lesion_brightness",
    }
)
REBUILD = "Make the index again: neuroscope index --rebuild."


@runtime_checkable
class VectorIndex(Protocol):
    """An open index; every vector in it is of one space."""

    space: VectorSpace

    def add(self, embedded: Embedded) -> None:
        """Keep vectors; when this returns, all of them are safe. An id known before is replaced.

        Raises
        ------
        ConflictError
            If they are of another space.
        """

    def delete(self, case_ids: Sequence[str]) -> None:
        """Forget all vectors of some cases; unknown cases are no error."""

    def search(
        self, vector: NDArray[np.float32], conditions: Sequence[Condition], *, most: int
    ) -> tuple[Hit, ...]:
        """Find the vectors with the largest cosine among those that fulfill all conditions.

        Parameters
        ----------
        vector
            Unit length, shape `(dimension,)`.
        most
            Number of hits, best first; fewer where fewer fulfill the conditions.
        """

    def nearest_cases(
        self, vectors: NDArray[np.float32], conditions: Sequence[Condition], *, most: int
    ) -> tuple[Mapping[str, float], ...]:
        """Name the cases of the nearest vectors of several queries at once.

        Parameters
        ----------
        vectors
            Unit length, shape `(n, dimension)`.
        most
            Hits of each query that are looked at.

        Returns
        -------
        tuple[Mapping[str, float], ...]
            For each query, the best cosine of every case among its hits.
        """

    def fetch(self, conditions: Sequence[Condition]) -> Embedded:
        """Give all vectors that fulfill the conditions, ordered by id."""

    def count(self, conditions: Sequence[Condition]) -> int:
        """Count the vectors that fulfill the conditions."""

    def settle(self) -> None:
        """After many additions: tidy up, and lay out what makes a large index fast."""

    def close(self) -> None:
        """Give back what the index holds."""


def check_query(vector: NDArray[np.float32], space: VectorSpace, most: int) -> None:
    """Refuse a vector that cannot be of this space.

    Raises
    ------
    BadInputError
        For another length or a number that is not finite, or too many hits.
    """
    if vector.shape != (space.dimension,) or not np.isfinite(vector).all():
        raise BadInputError(
            f"The query has shape {vector.shape}, or a number that is not finite.",
            fix=f"Give {space.dimension} finite numbers from the network of the index.",
        )
    if not 0 < most <= MOST_HITS:
        raise BadInputError(f"{most} hits were asked for.", fix=f"Ask for 1 to {MOST_HITS}.")


def best_of_each(hits: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Keep the best score of every case."""
    best: dict[str, float] = {}
    for case, score in hits:
        best[case] = max(best.get(case, score), score)
    return best


def as_row(entry: Entry) -> dict[str, Any]:
    """Lay an entry out as the columns of a table."""
    row = asdict(entry)
    facts: dict[str, Any] = row.pop("facts")
    return row | facts


def as_entry(row: Mapping[Any, Any]) -> Entry:
    """Read an entry back from the columns of a table."""
    facts = CaseFacts(**{name: row[name] for name in FACT_COLUMNS})
    return Entry(**{name: row[name] for name in ENTRY_COLUMNS}, facts=facts)
