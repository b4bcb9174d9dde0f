"""How doubt travels over HTTP."""

from typing import Literal, cast

from pydantic import BaseModel, ConfigDict, Field

from neuroscope.records.doubt import Doubt
from neuroscope.workflow.coverage_watch import CoverageWatch

MOST_EVIDENCE = 1e12  # more is no better, and JSON has no infinity


class DoubtOut(BaseModel):
    """How far an answer can be doubted."""

    model_config = ConfigDict(
        frozen=True, from_attributes=True, json_schema_serialization_defaults_required=True
    )

    sets: dict[Literal["80", "90", "95"], list[str]] = Field(
        description="For each level in percent, the classes that cannot be excluded; an empty "
        "list if no class fits as well as usual. No levels where the sets would not hold.",
        examples=[{"80": ["glioma"], "90": ["glioma"], "95": ["glioma", "meningioma"]}],
    )
    p_fits: dict[str, float] = Field(
        description="Share of calibration slices of each class that fit no better."
    )
    p_ordinary: float | None = Field(
        default=None,
        description="Share of ordinary slices at least as unusual; below 0.01 no answer is given.",
    )
    p_tests: dict[str, float] = Field(
        default={}, description="The same for each test: neighbors, distance, energy."
    )
    entropy: float | None = Field(default=None, description="Of several heads together, in nats.")
    mutual_information: float | None = Field(
        default=None, description="What the heads disagree on, in nats."
    )
    p_tumor: float | None = None
    tumor_threshold: float | None = Field(
        default=None, description="From this `p_tumor` on, a tumor is said to be there."
    )
    sensitivity: float | None = Field(
        default=None, description="Share of tumors that the threshold was proved to find."
    )
    abstains: list[str] = Field(
        default=[], description="Why the network should not be asked, each with what to do."
    )
    not_assessed: str = Field(default="", description="Why there are no sets.")


def doubt_out(doubt: Doubt | None) -> DoubtOut | None:
    """Answer with a doubt."""
    return None if doubt is None else DoubtOut.model_validate(doubt.as_dict())


class DriftOut(BaseModel):
    """Whether the sets of one level still hold what they promise."""

    model_config = ConfigDict(frozen=True)

    level: Literal["80", "90", "95"] = Field(examples=["90"])
    asked: int = Field(ge=0, description="Patients with a confirmed answer.")
    missed: int = Field(ge=0, description="Of them, those whose set did not hold it.")
    promised: float = Field(description="Share of misses that was promised.")
    p: float = Field(description="Chance of so many misses or more, if the promise holds.")
    evidence: float = Field(
        description="Gain of a bet against the promise, the largest so far; 100 raises the alarm."
    )
    verdict: Literal["insufficient", "holds", "alarm"]


class CoverageOut(BaseModel):
    """What readers have confirmed, against the sets of the active version."""

    model_config = ConfigDict(frozen=True)

    levels: list[DriftOut]
    disputed: int = Field(ge=0, description="Pictures that readers name differently.")
    without_sets: int = Field(
        ge=0, description="Pictures and volumes for which the active version gave no sets."
    )


def coverage_out(found: CoverageWatch) -> CoverageOut:
    """Answer with what is known of coverage."""
    return CoverageOut(
        levels=[
            DriftOut(
                level=cast("Literal['80', '90', '95']", level),
                asked=drift.asked,
                missed=drift.missed,
                promised=drift.promised,
                p=drift.p,
                evidence=min(drift.evidence, MOST_EVIDENCE),
                verdict=drift.verdict,
            )
            for level, drift in found.levels
        ],
        disputed=found.disputed,
        without_sets=found.without_sets,
    )
