"""What the API says of how a map did in its tests."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from neuroscope.records.passport import BoundFrom, Outcome, Rule, TestName


class _Out(BaseModel):
    """Something we answer; it never changes once made."""

    model_config = ConfigDict(
        frozen=True, from_attributes=True, json_schema_serialization_defaults_required=True
    )


class MapTestsOut(_Out):
    """How the map of the answer did, in short."""

    outcome: Outcome = Field(description="`failed` if it failed any test: it is shown gray.")
    passed: int = Field(ge=0, examples=[5])
    failed: list[TestName] = []


class MapTestOut(_Out):
    """One test of one map."""

    name: TestName
    claim: str = Field(
        description="The sentence that holds if it was passed.",
        examples=["A little noise in the image leaves the map as it is."],
    )
    outcome: Outcome
    value: float | None = Field(examples=[0.93])
    bound: float | None = Field(examples=[0.62])
    rule: Rule = Field(description="`value` must be so to pass.")
    bound_from: BoundFrom = Field(
        description="`validation`: measured with these weights; `fixed`: given by arithmetic or "
        "the literature; `default`: taken over from other weights."
    )
    interval: tuple[float, float] | None = None
    reason: str = Field(description="Why it was not assessed, or what the number means.")
    details: dict[str, float] = Field(examples=[{"soft_dice": 0.93, "spearman": 0.97}])


class PassportOut(_Out):
    """The tests of the map of one class."""

    target: str = Field(examples=["glioma"])
    method: str = Field(examples=["evidence"])
    outcome: Outcome
    sentence: str = Field(examples=["This map passed 5 of 5 tests."])
    tests: list[MapTestOut]


class PassportsOut(_Out):
    """The tests of the maps of a slice or of a volume, one entry for each class."""

    kind: Literal["slice", "volume"]
    passports: list[PassportOut] = Field(description="Empty if the maps were not tested (yet).")
