"""What the API says of a certificate; the members are those of `records/certificate.py`."""

from typing import Any

from pydantic import ConfigDict, Field

from neuroscope.api.passport_schema import PassportOut
from neuroscope.api.schemas import Out
from neuroscope.records.certificate import Better, Rival, Verdict


class ScoreOut(Out):
    """A number with its 95 % interval over patients; null where there was nothing to measure."""

    value: float | None = Field(examples=[0.71])
    low: float | None = Field(examples=[0.64])
    high: float | None = Field(examples=[0.78])
    n: int = Field(ge=0, description="Slices.", examples=[48])
    patients: int = Field(ge=0, examples=[24])


class MetricRowOut(Out):
    """One quantity of all four networks."""

    metric: str = Field(examples=["evidence_energy"])
    name: str = Field(description="In words.", examples=["Evidence inside the marks"])
    unit: str = Field(description="`1` for a share.", examples=["1"])
    better: Better
    before: ScoreOut
    after: ScoreOut
    control_classification: ScoreOut
    control_other_masks: ScoreOut


class DifferenceOut(Out):
    """The retrained network minus a rival, on the same slices."""

    metric: str = Field(examples=["evidence_energy"])
    against: Rival
    difference: ScoreOut
    p: float | None = Field(description="Of the permutation test by patient.")
    p_adjusted: float | None = Field(description="After Holm, over all tests of the certificate.")


class ConditionOut(Out):
    """One demand of the rule, and whether it was met; null where too little was there to tell."""

    name: str = Field(examples=["Evidence inside the marks rises"])
    demand: str
    found: str
    holds: bool | None


class ClassCountOut(Out):
    """How much was held out of one class."""

    label: str = Field(examples=["glioma"])
    annotated_slices: int
    annotated_patients: int
    answer_slices: int
    answer_patients: int


class NegativeFlipOut(Out):
    """A slice that was answered right before and wrong after."""

    unit: str = Field(description="Patient, or what stands for one.")
    index: int = Field(description="Among the labeled slices held out.", examples=[17])
    label: str
    before: str
    after: str


class CertificateOut(Out):
    """The verdict on a retrained network, with all it rests on."""

    model_config = ConfigDict(populate_by_name=True)

    format: str = Field(alias="schema", examples=["neuroscope.certificate/1"])
    verdict: Verdict = Field(description="`insufficient`: too few were held out; it is no pass.")
    reasons: list[str] = Field(examples=[["More of its evidence lies inside the marks."]])
    conditions: list[ConditionOut]
    rows: list[MetricRowOut]
    tests: list[DifferenceOut]
    counts: list[ClassCountOut]
    negative_flips: list[NegativeFlipOut]
    positive_flips: int = Field(ge=0, description="Wrong before and right after.")
    status: str = Field(description="Of the training: whether its bounds were kept.")
    step: int = Field(ge=0, description="After which the weights were kept.")
    controls: dict[str, str]
    hashes: dict[str, str]
    settings: dict[str, Any]
    seed: int
    cautions: list[str]
    rule: int = Field(description="Version of the rule.")
    attempt: int = Field(
        ge=1, description="How often these patients were asked to replace this version."
    )
    asked_before: int = Field(ge=0, description="Other networks these patients were asked about.")
    level: float = Field(description="Chance of a promotion by luck that the attempt may spend.")
    unmoved: list[Rival] = Field(description="Controls that stayed the network of before.")


class FlipPictureOut(NegativeFlipOut):
    """A negative flip with its pictures, base64 of row after row."""

    size: int = Field(gt=0, description="Pixels a side of `picture`.", examples=[160])
    cells: int = Field(gt=0, description="Places a side of the maps.", examples=[40])
    picture: str = Field(description="The slice as the network sees it, uint8.")
    map_before: str = Field(
        description="Signed evidence for the class answered before, little-endian float32."
    )
    map_after: str = Field(description="The same for the class answered after.")
    tests_before: PassportOut | None = Field(
        description="How the map of before did in its tests; one that failed is shown gray. "
        "Null in certificates of earlier versions."
    )
    tests_after: PassportOut | None = Field(description="The same for the map after.")


class FlipsOut(Out):
    """The pictures of the negative flips; not all, if there are many."""

    flips: list[FlipPictureOut]
