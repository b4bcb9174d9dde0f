"""What the API says of the audit trail and of the versions of models."""

from datetime import datetime
from typing import Any

from pydantic import Field

from neuroscope.api.schemas import EXAMPLE_TIME, MetricOut, ModelOut, Out
from neuroscope.store.models import Status, Verdict

EXAMPLE_HASH = "9f2c" * 16


class EventOut(Out):
    """What happened; events are never changed."""

    seq: int = Field(ge=1, examples=[12])
    ts_utc: str = Field(examples=["2026-01-15T09:30:00.000000+00:00"])
    actor: str = Field(examples=["Dr. Müller"])
    action: str = Field(examples=["annotation.edit"])
    object_id: str = Field(examples=["9b2f6c1e4d7a4b3c8e5f"])
    parent_version: int | None = Field(examples=[1])
    payload: str = Field(
        description="Canonical JSON, as it was sealed.", examples=['{"kind":"evidence"}']
    )
    payload_hash: str = Field(examples=[EXAMPLE_HASH])
    prev_hash: str = Field(examples=[EXAMPLE_HASH])
    hash: str = Field(examples=[EXAMPLE_HASH])


class EventsOut(Out):
    """A page of the audit trail, newest first."""

    events: list[EventOut]
    total: int = Field(ge=0, description="How many match, on all pages.", examples=[1])
    next_before: int | None = Field(
        description="Send it as `before` to get the next page.", examples=[12]
    )


class BrokenOut(Out):
    """The first event that is not what it was."""

    seq: int = Field(ge=1, examples=[7])
    why: str = Field(examples=["Its seal does not fit what it says."])


class VerificationOut(Out):
    """Whether the trail is whole, and whether the tables are what it led to."""

    is_whole: bool
    events: int = Field(ge=0, description="How many were found whole.", examples=[12])
    head: str = Field(description="Hash of the last of them.", examples=[EXAMPLE_HASH])
    broken: BrokenOut | None
    differences: list[str] = Field(
        description="Where what is stored is not what the trail tells; not looked for if it is "
        "broken.",
        examples=[["The annotation 9b2f differs from the trail in: head."]],
    )


class RegisteredModelOut(Out):
    """A version of a model, where it comes from and whether it is active."""

    id: str = Field(examples=["5c1d7a90e3b24c1f"])
    model: ModelOut
    status: Status
    parent: str | None = Field(description="The version it was trained from.")
    displaced: str | None = Field(description="The version to which one can go back from it.")
    created: datetime = Field(examples=[EXAMPLE_TIME])
    is_shipped: bool = Field(description="It came with the package.")
    verdict: Verdict | None = Field(description="What its certificate concludes.")
    data_manifest_sha256: str | None = Field(examples=[EXAMPLE_HASH])
    annotation_head: str | None = Field(
        description="Head of the audit trail when it read the annotations.", examples=[EXAMPLE_HASH]
    )
    seed: int | None = Field(examples=[0])
    has_canaries: bool = Field(description="One can prove that it still answers as it did.")
    metrics: list[MetricOut]
    config: dict[str, Any] = Field(examples=[{"epsilon": 0.05}])
    certificate: dict[str, Any] | None = Field(examples=[{"verdict": "promote"}])
    files: dict[str, str] = Field(
        description="SHA-256 of every file of its weights.",
        examples=[{"evidence.onnx": EXAMPLE_HASH}],
    )


class RegisteredModelsOut(Out):
    """Versions of models, newest first."""

    versions: list[RegisteredModelOut]


class StaleResultOut(Out):
    """A study whose newest analysis was made by a version that is active no more."""

    study_id: str = Field(examples=["3f9ac0d1"])
    analysis_id: str = Field(examples=["77aa01b2c3d4e5f6"])
    model: ModelOut


class StaleResultsOut(Out):
    """Studies to analyze again."""

    results: list[StaleResultOut]
