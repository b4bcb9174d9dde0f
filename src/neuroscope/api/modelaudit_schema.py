"""What the API says of audits of models; the same JSON that `neuroscope audit model` writes."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from neuroscope.api.schemas import EXAMPLE_TIME, Out
from neuroscope.records.modelaudit import SCHEMA

Text = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$")]
Number = Annotated[float | None, Field(allow_inf_nan=False)]
Numbers = Annotated[list[Number], Field(max_length=1000)]
MOST_MODELS = 20


class Part(BaseModel):
    """A part of an audit, sent and received alike; what a later version adds is left out."""


class AuditIntervalOut(Part):
    """A number with its 95 % interval; null where it could not be computed."""

    value: Number = Field(examples=[0.87])
    low: Number = Field(examples=[0.81])
    high: Number = Field(examples=[0.92])
    n: int = Field(ge=0, le=2**53, examples=[900])
    units: int = Field(ge=0, le=2**53, description="Patients, or groups.", examples=[233])
    few_units: bool = Field(description="Fewer than 20: no verdict may rest on it.")


class MeasureOut(Part):
    """One number of one model."""

    section: Text = Field(examples=["accuracy"])
    name: Text = Field(examples=["accuracy"])
    unit: Text = Field(examples=["share"])
    better: Literal["higher", "lower"] | None = None
    how: Text = Field(description="What was done.")
    interval: AuditIntervalOut


class CurveOut(Part):
    """How a number changes with another; `low` and `high` may be empty."""

    section: Text = Field(examples=["robustness"])
    name: Text = Field(examples=["noise"])
    x_name: Text
    y_name: Text
    x: Numbers
    y: Numbers
    low: Numbers = []
    high: Numbers = []
    area: AuditIntervalOut | None = None


class AuditTableOut(Part):
    """Counts that belong together."""

    section: Text
    title: Text = Field(examples=["Where the evidence lies"])
    note: Text
    columns: list[Text] = Field(max_length=100)
    rows: list[Annotated[list[Text], Field(max_length=100)]] = Field(max_length=2000)


class FlagOut(Part):
    """A decision by a rule that was written down before."""

    name: Text = Field(examples=["follows a tag"])
    state: Literal["flagged", "clear", "insufficient"]
    value: Number
    threshold: Number
    rule: Text
    why: Text


class ModelSheetOut(Part):
    """All that was found of one model."""

    name: Text = Field(examples=["evidence"])
    model_id: Text = Field(examples=["9f2c9f2c9f2c"])
    kind: Text
    input_size: int = Field(ge=0, le=2**31)
    temperature: Number
    notes: list[Text] = Field(default=[], max_length=200)
    measures: list[MeasureOut] = Field(default=[], max_length=1000)
    curves: list[CurveOut] = Field(default=[], max_length=500)
    tables: list[AuditTableOut] = Field(default=[], max_length=200)
    flags: list[FlagOut] = Field(default=[], max_length=200)


class AuditUnreadableOut(Part):
    """A picture that could not be read, and why."""

    name: Text = Field(examples=["set/slice_17.png"])
    problem: Text
    fix: Text


class AuditedSetOut(Part):
    """The pictures of an audit."""

    name: Text
    pictures: int = Field(ge=0, le=2**53)
    patients: int = Field(ge=0, le=2**53)
    grouped_by: Text = Field(description="What stands for a patient.")
    by_class: dict[str, int] = Field(default={}, examples=[{"glioma": 300}])
    with_mask: int = Field(default=0, ge=0, le=2**53)
    unreadable: list[AuditUnreadableOut] = Field(default=[], max_length=10_000)


class AuditComparisonOut(Part):
    """The same number of two models on the same pictures."""

    measure: Text
    section: Text
    first: Text
    second: Text
    difference: AuditIntervalOut = Field(description="First minus second.")
    p: Number
    p_adjusted: Number = Field(description="After Holm, over all comparisons.")
    verdict: Text


class NotDoneOut(Part):
    """A part that could not be run; `model` is empty for all."""

    part: Text = Field(examples=["localization"])
    why: Text
    model: Text = ""


class ModelAuditContent(Part):
    """`model-audit.json`."""

    model_config = ConfigDict(serialize_by_alias=True)

    schema_name: Literal["neuroscope/model-audit/1"] = Field(alias="schema", examples=[SCHEMA])
    data: AuditedSetOut
    models: list[ModelSheetOut] = Field(min_length=1, max_length=MOST_MODELS)
    comparisons: list[AuditComparisonOut] = Field(max_length=2000)
    answer: list[Text] = Field(
        max_length=50, description="Does high accuracy mean clinical understanding? In sentences."
    )
    not_done: list[NotDoneOut] = Field(max_length=500)
    cautions: list[Text] = Field(max_length=500)


class ModelAuditOut(Out):
    """An audit, and who brought it."""

    id: str = Field(examples=["9b2f6c1e4d7a4b3c"])
    created: datetime = Field(examples=[EXAMPLE_TIME])
    brought_by: str
    content: ModelAuditContent


class ModelAuditRowOut(Out):
    """An audit in short."""

    id: str = Field(examples=["9b2f6c1e4d7a4b3c"])
    created: datetime = Field(examples=[EXAMPLE_TIME])
    brought_by: str
    data: str = Field(description="Name of the set of pictures.")
    models: list[str] = Field(examples=[["evidence", "ResNet-18"]])


class ModelAuditsOut(Out):
    """All audits, newest first."""

    audits: list[ModelAuditRowOut]
