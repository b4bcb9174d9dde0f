"""Similar past cases: vectors with their origin, what is known of them, and what was found."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError, ConflictError
from neuroscope.records.arrays import read_only

VectorKind = Literal["slice", "lesion", "volume"]
LabelSource = Literal["reference", "reader", "model"]
UNIT_LENGTH_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class VectorSpace:
    """Which network and which preparation made a vector; vectors of two spaces never mix.

    Attributes
    ----------
    model, version, sha256
        The network.
    preparation
        How images are prepared for it and vectors are made from its answer.
    dimension
        Numbers in a vector.
    """

    model: str
    version: str
    sha256: str
    preparation: str
    dimension: int

    @property
    def title(self) -> str:
        """What a person calls it."""
        return f"{self.model} {self.version} ({self.sha256[:8]}, {self.preparation})"

    def require_same(self, other: "VectorSpace") -> None:
        """Refuse to compare vectors of two spaces.

        Raises
        ------
        ConflictError
            If the network or the preparation differs.
        """
        if self != other:
            raise ConflictError(
                f"The index holds vectors of {self.title}, these are of {other.title}.",
                fix="Make the index again: neuroscope index --rebuild.",
            )


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What is known of an image, to filter by and to compare; None where nobody knows.

    Attributes
    ----------
    label
        The class, by whom `label_source` says.
    grade, site, source
        As the user's table names them; `source` is where the image was made (scanner, hospital,
        data set), which no neighbor should be chosen by.
    date
        `YYYY-MM-DD`, shifted as all dates of the patient are.
    volume_ml
        Of the whole tumor.
    lesion_share
        Area of the evidence as a fraction of the prepared slice.
    lesion_row, lesion_column
        Its center, 0..1 from the top and the left of the prepared slice.
    lesion_brightness
        Its mean gray value minus that of the head; prepared gray values run from 0 to 1.
    """

    label: str | None = None
    label_source: LabelSource | None = None
    sequence: str | None = None
    plane: str | None = None
    age: float | None = None
    grade: str | None = None
    site: str | None = None
    source: str | None = None
    date: str | None = None
    volume_ml: float | None = None
    lesion_share: float | None = None
    lesion_row: float | None = None
    lesion_column: float | None = None
    lesion_brightness: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Give plain values for a JSON result or a row of a table."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Entry:
    """One vector's origin.

    Attributes
    ----------
    id
        Unique in an index; made from the case, so that writing it twice is harmless.
    case_id
        The study or the picture it belongs to.
    patient, group
        A query never finds its own patient, nor its leak group (cases known to share images).
    series_id, slice_index, name
        Where in the case; `slice_index` is -1 for a whole volume.
    """

    id: str
    kind: VectorKind
    case_id: str
    patient: str
    group: str
    series_id: str = ""
    slice_index: int = -1
    name: str = ""
    facts: CaseFacts = CaseFacts()

    def __post_init__(self) -> None:
        if self.kind not in get_args(VectorKind):
            raise BadInputError(
                f"There is no vector of kind {self.kind!r}.",
                fix=f"Use one of {', '.join(get_args(VectorKind))}.",
            )
        if not (self.id and self.case_id and self.patient and self.group):
            raise BadInputError(
                "A vector needs an id, a case, a patient and a leak group.",
                fix="Without a known patient let every case be its own patient.",
            )


@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """Vectors of unit length, shape `(n, dimension)`, and the origin of each."""

    space: VectorSpace
    entries: tuple[Entry, ...]
    vectors: NDArray[np.float32]

    def __post_init__(self) -> None:
        expected = (len(self.entries), self.space.dimension)
        if self.vectors.shape != expected:
            raise BadInputError(
                f"The vectors have shape {self.vectors.shape}, their origins ask for {expected}.",
                fix="Give one vector of the space's dimension for every entry.",
            )
        lengths = np.linalg.norm(self.vectors, axis=1)
        if not np.all(np.abs(lengths - 1) < UNIT_LENGTH_TOLERANCE):
            raise BadInputError(
                "A vector is not of length 1, or not finite.", fix="Divide it by its length."
            )
        object.__setattr__(self, "vectors", read_only(self.vectors))

    def of_kind(self, *kinds: VectorKind) -> "Embedded":
        """Keep the vectors of some kinds."""
        kept = [row for row, entry in enumerate(self.entries) if entry.kind in kinds]
        entries = tuple(self.entries[row] for row in kept)
        return Embedded(self.space, entries, self.vectors[kept])


@dataclass(frozen=True, slots=True)
class Hit:
    """A vector that was found, and its cosine with the query's."""

    entry: Entry
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class WhySimilar:
    """Where the similarity of two slices comes from.

    Attributes
    ----------
    score
        The cosine of the two vectors.
    query_map, match_map
        Shape `(rows, columns)` over the places of each slice; each sums to `score`.
    pairs
        Shape `(places, places)`: what each coarse place of the query brings together with each of
        the match, row-major over `pair_grid`; sums to `score`.
    pair_grid
        Rows and columns of the coarse places.
    """

    score: float
    query_map: NDArray[np.float32]
    match_map: NDArray[np.float32]
    pairs: NDArray[np.float32]
    pair_grid: tuple[int, int]

    def __post_init__(self) -> None:
        for name in ("query_map", "match_map", "pairs"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def completeness_error(self) -> float:
        """Largest gap between the score and what the places sum to (near 0)."""
        parts = (self.query_map, self.match_map, self.pairs)
        return max(abs(float(part.sum(dtype=np.float64)) - self.score) for part in parts)

    def strongest_pairs(self, number: int) -> tuple[tuple[int, int, float], ...]:
        """Name the pairs of places that bring most, as (query place, match place, share)."""
        order = np.argsort(self.pairs, axis=None)[::-1][:number]
        rows, columns = np.unravel_index(order, self.pairs.shape)
        return tuple(
            (int(q), int(m), float(self.pairs[q, m])) for q, m in zip(rows, columns, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Compared:
    """One feature of query and neighbor, side by side, in words and numbers."""

    feature: str
    query: str | float | None
    match: str | float | None
    is_alike: bool


@dataclass(frozen=True, slots=True, eq=False)
class Neighbor:
    """A past case that is similar, and why.

    Attributes
    ----------
    score
        Of the whole case: mean over the query's vectors of the best cosine (MaxSim).
    best
        The vector of the case that lies closest to any vector of the query.
    query_entry
        That vector of the query.
    compared
        Features both have, those that match first.
    why
        None where the images of the neighbor are not at hand.
    """

    case_id: str
    score: float
    best: Hit
    query_entry: Entry
    compared: tuple[Compared, ...] = ()
    why: WhySimilar | None = None
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Vote:
    """What the neighbors turned out to be.

    Attributes
    ----------
    shares
        Of the classes among the neighbors, weighted by similarity; they sum to 1. Empty if no
        neighbor has a label.
    labeled
        How many neighbors have one that the network itself did not give.
    p_right
        How often a vote as clear as this one was right among the cases of the index, with its
        95 % interval; None where too few labeled cases tell.
    """

    shares: Mapping[str, float]
    labeled: int
    p_right: float | None = None
    p_right_low: float | None = None
    p_right_high: float | None = None
    p_right_cases: int = 0

    @property
    def label(self) -> str | None:
        """The class with the largest share."""
        return max(self.shares, key=self.shares.__getitem__) if self.shares else None


@dataclass(frozen=True, slots=True, eq=False)
class Similar:
    """The answer to one question for similar cases.

    Attributes
    ----------
    same_source
        Share of the neighbors made where the query was made; None if that is not known.
    base_same_source
        The same share among all cases that could have been found.
    predicted
        The class the network gives the query.
    reordered_by
        What decided on the order besides the plain cosine: "marks" of the reader, "judgments" that
        a metric was learned from. The vote is of the plain order.
    """

    space: VectorSpace
    neighbors: tuple[Neighbor, ...]
    vote: Vote
    searched: int
    excluded: int
    predicted: str | None = None
    p_predicted: float | None = None
    same_source: float | None = None
    base_same_source: float | None = None
    cautions: tuple[str, ...] = ()
    reordered_by: tuple[Literal["marks", "judgments"], ...] = ()

    @property
    def is_disputed(self) -> bool:
        """Whether the neighbors say another class than the network."""
        both = (self.predicted, self.vote.label)
        return None not in both and self.predicted != self.vote.label
