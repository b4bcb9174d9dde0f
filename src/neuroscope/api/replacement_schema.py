"""What the API says of slices with a part replaced by plausible tissue."""

from pydantic import BaseModel, Field

from neuroscope.api.schemas import ClassLabel, JobOut, Out
from neuroscope.records.replaced import OutlinedBy, Region


class ReplacementIn(BaseModel):
    """What to replace, and for which class the score is followed."""

    region: Region = Field(
        examples=["tumor"],
        description="`tumor`: as a reader outlined it, else as segmented. `map`: where the "
        "evidence map of the class is above its threshold.",
    )
    target: ClassLabel


class ReplacementOut(Out):
    """What the score of a class loses without a part of the slice, or the job that finds out.

    Scores are logits above the mean class. Shams: as much tissue of the same shape, replaced
    elsewhere in the brain. All numbers are null until the job has ended well.
    """

    region: Region
    target: ClassLabel
    job: JobOut
    is_ready: bool = Field(description="The pictures can be fetched.")
    outlined_by: OutlinedBy | None = Field(
        examples=["reader"],
        description="A reader, a segmentation (`predicted`), or the map itself.",
    )
    before: float | None = Field(examples=[3.1], description="Score of the slice as it is.")
    after: float | None = Field(examples=[0.4], description="Score with the part replaced.")
    drop: float | None = Field(examples=[2.7])
    sham_drops: list[float] = Field(
        examples=[[0.1, -0.2, 0.3]], description="How far the score falls for each sham."
    )
    effect: float | None = Field(
        examples=[2.6], description="The drop beyond the median of the shams; null without any."
    )
    p_value: float | None = Field(
        examples=[0.11], description="Share of drops, this one counted, that are as large."
    )
    has_sham: bool = Field(description="A fourth picture shows the sham in the middle.")
    seconds: float | None = Field(description="The work took.")


class ReplacementsOut(Out):
    """What was replaced on a slice, for one class."""

    target: ClassLabel
    replacements: list[ReplacementOut]
