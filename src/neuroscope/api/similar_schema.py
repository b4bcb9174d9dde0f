"""What the API says of similar past cases."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints, model_validator

from neuroscope.api.annotation_schema import EXAMPLE_POINTS, IdIn, Ring
from neuroscope.api.schemas import Out
from neuroscope.errors import BadInputError

LabelSource = Literal["reference", "reader", "model"]
EntryId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_/.-]{1,300}$")]
EXAMPLE_ENTRY = "3f9ac0d1/a1b2c3d4/12/slice0"


class SimilarIn(BaseModel):
    """What is asked about: nothing for the whole study, a slice of it, or a region on a slice."""

    series_id: IdIn | None = None
    slice_index: int | None = Field(
        default=None, ge=0, le=10_000_000, description="One slice of the series, from 0."
    )
    annotation_id: IdIn | None = Field(
        default=None, description="What a reader drew on the series: lesions like it are found."
    )
    points_mm: Ring | None = Field(
        default=None,
        min_length=3,
        description="Corners of a region, as of a contour among the annotations.",
        examples=[EXAMPLE_POINTS[0]],
    )
    filter: Annotated[str, StringConstraints(max_length=500)] = Field(
        default="", examples=["class=glioma age=40..60 plane=axial"]
    )
    most: int = Field(default=10, ge=1, le=50, description="How many cases.")

    @model_validator(mode="after")
    def _names_its_series(self) -> "SimilarIn":
        about = (self.slice_index, self.annotation_id, self.points_mm)
        if self.series_id is None and any(one is not None for one in about):
            raise ValueError("name the series as well")
        return self

    @property
    def scope(self) -> str:
        """Name the question, for what readers judge of its answers.

        Raises
        ------
        BadInputError
            If a region was drawn for this question alone: nobody could name it again.
        """
        if self.points_mm is not None:
            raise BadInputError(
                "Cases that are like a region of the moment cannot be judged.",
                fix="Store the region as an annotation, and ask with its id.",
            )
        about = self.annotation_id or self.slice_index
        return "" if about is None else f"{self.series_id}/{about}"


class WhyIn(SimilarIn):
    """Which two vectors shall be taken apart; both ids stand in the answer."""

    query_entry_id: EntryId = Field(examples=[EXAMPLE_ENTRY])
    entry_id: EntryId = Field(examples=[EXAMPLE_ENTRY])


class JudgmentIn(SimilarIn):
    """What a reader says of one case that was found."""

    case_id: IdIn
    is_relevant: bool | None = Field(description="null takes the judgment back.")


class JudgmentOut(Out):
    """What a reader says of one case."""

    case_id: str = Field(examples=["3f9ac0d1"])
    is_relevant: bool


class JudgmentsOut(Out):
    """All that the reader says of one question."""

    judgments: list[JudgmentOut]


class ComparedOut(Out):
    """One feature of both, side by side."""

    feature: str = Field(examples=["place"])
    query: str | float | None = Field(examples=["upper left (0.31, 0.28)"])
    match: str | float | None = Field(examples=["upper left (0.29, 0.30)"])
    is_alike: bool


class CaseFactsOut(Out):
    """What is known of a past case; what is missing nobody knows."""

    label: str | None = Field(default=None, examples=["meningioma"])
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


class NeighborOut(Out):
    """A past case that is similar."""

    rank: int = Field(ge=1)
    case_id: str = Field(examples=["3f9ac0d1"])
    pseudonym: str | None = Field(description="Of a study in the store; null for other cases.")
    score: float = Field(description="Of the whole case, at most 1.", examples=[0.93])
    best_cosine: float
    kind: Literal["slice", "lesion", "volume"]
    entry_id: str = Field(examples=[EXAMPLE_ENTRY])
    query_entry_id: str = Field(examples=[EXAMPLE_ENTRY])
    series_id: str
    slice_index: int = Field(ge=-1)
    name: str
    query_name: str
    facts: CaseFactsOut
    compared: list[ComparedOut] = Field(description="Those alike first.")
    cautions: list[str]


class VoteOut(Out):
    """What the ten nearest cases turned out to be, and how often such votes are right."""

    label: str | None
    shares: dict[str, float]
    labeled: int = Field(ge=0, examples=[10])
    p_right: float | None
    p_right_interval: tuple[float, float] | None
    p_right_cases: int = Field(ge=0)


class SimilarOut(Out):
    """The past cases most like what was asked about. A reading aid, not used for diagnosis."""

    model: str = Field(description="Whose vectors were compared.", examples=["evidence 1"])
    searched_vectors: int = Field(ge=0)
    excluded_vectors: int = Field(
        ge=0, description="Of other cases of the patient, and of those that share images."
    )
    predicted: str | None
    p_predicted: float | None
    vote: VoteOut
    is_disputed: bool = Field(description="The neighbors and the network name different classes.")
    reordered_by: list[Literal["marks", "judgments"]] = Field(
        description="What moved the order: your marks, or what all readers' judgments taught."
    )
    same_source: float | None
    base_same_source: float | None
    neighbors: list[NeighborOut]
    judgments: list[JudgmentOut] = Field(description="What you said of cases of this question.")
    cautions: list[str]


class WhyOut(Out):
    """Why two slices are similar: each map lies on its picture, and sums to the score."""

    score: float
    completeness_error: float = Field(description="By how much the sums miss the score.")
    rows: int = Field(examples=[40])
    columns: int = Field(examples=[40])
    query_map: str = Field(description="Base64 of little-endian float32, row after row.")
    match_map: str
    size: int = Field(description="Side of both pictures in pixels.", examples=[160])
    query_picture: str = Field(description="Base64 of one byte a pixel, row after row.")
    match_picture: str


class IndexStateOut(Out):
    """Whether similar cases can be searched, and if not, why and what mends it."""

    state: Literal["ready", "empty", "missing", "stale", "damaged"]
    vectors: int = Field(ge=0, examples=[1200])
    space: str | None = Field(description="Whose vectors it holds.")
    active: str = Field(description="The network that is active.")
    problem: str | None
    fix: str | None
    is_renewed: bool = Field(description="Its vectors are being made again.")


class MapPointOut(Out):
    """One slice on the map of the cohort."""

    x: float
    y: float
    case_id: str = Field(examples=["9b2f6c1e4d7a4b3c"])
    series_id: str
    slice_index: int
    name: str
    label: str | None
    label_source: LabelSource | None
    sequence: str | None
    source: str | None


class CohortMapOut(Out):
    """All slices of the index on a plane: like lies beside like."""

    points: list[MapPointOut]
    explained: list[float] = Field(description="Shares of the variance along x and y.")
    total: int = Field(ge=0, description="Slices of the index, of which these are some or all.")


def similar_out(
    answer: dict[str, Any], *, judgments: list[JudgmentOut], pseudonyms: Mapping[str, str]
) -> SimilarOut:
    """Make of an answer of the worker what travels on.

    Parameters
    ----------
    pseudonyms
        Of the cases that are studies of the store.
    """
    space = answer["space"]
    neighbors = [one | {"pseudonym": pseudonyms.get(one["case_id"])} for one in answer["neighbors"]]
    return SimilarOut.model_validate(
        answer
        | {
            "model": f"{space['model']} {space['version']}",
            "neighbors": neighbors,
            "judgments": judgments,
        }
    )
