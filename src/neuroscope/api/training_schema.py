"""What the API says of the readers' own answers and of trainings."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from neuroscope.api.annotation_schema import IdIn
from neuroscope.api.passport_schema import PassportOut
from neuroscope.api.registry_schema import EXAMPLE_HASH
from neuroscope.api.schemas import (
    EXAMPLE_TIME,
    ClassLabel,
    JobProblemOut,
    JobState,
    Out,
)
from neuroscope.records.training import (
    LOSSES,
    MOST_EPSILON,
    MOST_POLISH,
    MOST_STEPS,
    Loss,
    Source,
    Tier,
    TrainingConfig,
)
from neuroscope.records.volume import Plane
from neuroscope.store.models import Verdict

USUAL = TrainingConfig()
NAME = r"^[^\x00-\x1f\x7f]*$"
EXAMPLE_BY_CLASS = {"glioma": 12, "meningioma": 9, "pituitary": 4, "notumor": 0}
EXAMPLE_NATS = {"glioma": 0.21, "meningioma": 0.34, "pituitary": 0.12, "notumor": 0.18}
Epsilon = Annotated[float, Field(ge=0, le=MOST_EPSILON, allow_inf_nan=False)]


class ReaderLabelIn(BaseModel):
    """A reader's own answer: what an image shows, whatever the model says."""

    label: ClassLabel | None = Field(description="null takes the answer back.", examples=["glioma"])
    slice_index: int | None = Field(
        default=None,
        ge=0,
        le=10_000_000,
        description="Which picture of a series of pictures; without it, all of the series.",
    )


class ReaderLabelOut(Out):
    """What one reader says an image shows."""

    study_id: str = Field(examples=["3f9ac0d1"])
    series_id: str = Field(examples=["a1b2c3d4"])
    slice_index: int | None = Field(description="null: all of the series.", examples=[3])
    label: ClassLabel | None
    reader: str = Field(examples=["Dr. Müller"])
    created: datetime = Field(examples=[EXAMPLE_TIME])
    after_hand_in: bool = Field(
        default=False, description="The reading was handed in with another answer, which stays."
    )


class ReaderLabelsOut(Out):
    """What readers say of a series and its pictures; in a blind reading, only your own."""

    labels: list[ReaderLabelOut]


class CountOut(Out):
    """How much there is to learn from."""

    slices: int = Field(ge=0, examples=[25])
    patients: int = Field(ge=0, examples=[9])
    by_class: dict[str, int] = Field(examples=[EXAMPLE_BY_CLASS])


class MarkedSliceOut(Out):
    """A slice that somebody drew on, and whether it can be learned from."""

    study_id: str = Field(examples=["3f9ac0d1"])
    pseudonym: str = Field(examples=["NS-7Q2K4D"])
    series_id: str = Field(examples=["a1b2c3d4"])
    name: str = Field(examples=["axial 40"])
    plane: Plane | None = Field(description="Of a slice of a volume.")
    index: int = Field(ge=0, description="Of the picture, or of the layer of voxels.", examples=[3])
    label: ClassLabel | None = Field(description="What its readers say it shows.")
    left_out: str | None = Field(
        description="Why it cannot be learned from.", examples=["Nobody said what it shows."]
    )
    annotation_ids: list[str] = Field(examples=[["9b2f6c1e4d7a4b3c8e5f"]])
    readers: list[str] = Field(examples=[["Dr. Müller"]])
    is_stale: bool = Field(description="Drawn against a model that is active no more.")
    is_locked: bool = Field(description="Its patient is kept for the certificate.")


class OptionOut(Out):
    """Something that can be chosen."""

    name: str = Field(examples=["energy"])
    about: str = Field(examples=[LOSSES["energy"]])


class TrainingConfigOut(Out):
    """How a network is trained again."""

    loss: Loss
    tier: Tier
    epsilon: float = Field(
        description="By how many nats the cross-entropy of a class may rise.",
        examples=[USUAL.epsilon],
    )
    steps: int = Field(examples=[USUAL.steps])
    seed: int = Field(examples=[USUAL.seed])
    polish: int | None = Field(
        default=None,
        description="Evaluations of everything after the steps; null leaves it to the tier.",
    )
    swap_ignored: bool = Field(
        default=False, description="Replace on replayed slices too what marks agree to ignore."
    )


class UnavailableOut(Out):
    """Why nothing can be trained here, and how to mend it."""

    problem: str = Field(examples=["Training needs torch, which is not installed."])
    fix: str = Field(examples=["Run in your clone: make setup"])


class ReplaySourceOut(Out):
    """Where slices come from that are replayed, so that nothing is forgotten."""

    source: Source
    about: str = Field(examples=["Labeled slices of this store."])
    slices: int | None = Field(
        ge=0, description="null: counted when the training starts.", examples=[25]
    )


class TrainingChoicesOut(Out):
    """What can be trained from, and how."""

    available: bool
    problem: UnavailableOut | None
    annotated: CountOut = Field(description="Slices that a training would learn from.")
    held_out: CountOut = Field(description="Annotated slices kept for the certificate.")
    replay: list[ReplaySourceOut]
    slices: list[MarkedSliceOut] = Field(description="Every slice that somebody drew on.")
    losses: list[OptionOut]
    tiers: list[OptionOut]
    defaults: TrainingConfigOut
    cautions: list[str] = Field(examples=[["2 annotated slices are left out."]])


class TrainingIn(BaseModel):
    """A training that somebody asks for."""

    name: Annotated[str, StringConstraints(max_length=80, pattern=NAME)] = Field(
        default="", description="To find it again.", examples=["First readings"]
    )
    loss: Loss = USUAL.loss
    tier: Tier = USUAL.tier
    epsilon: Epsilon = USUAL.epsilon
    steps: int = Field(default=USUAL.steps, ge=1, le=MOST_STEPS)
    seed: int = Field(default=USUAL.seed, ge=0, le=2**31 - 1)
    polish: int | None = Field(
        default=None,
        ge=0,
        le=MOST_POLISH,
        description="Evaluations of everything after the steps, until the weights come to rest; "
        "null leaves it to the tier.",
    )
    swap_ignored: bool = Field(
        default=False, description="Replace on replayed slices too what most marks agree to ignore."
    )
    epsilons: list[Epsilon] | None = Field(
        default=None,
        min_length=1,
        max_length=6,
        description="A run for each instead of `epsilon`: what more room for the classes buys.",
        examples=[[0.02, 0.05, 0.1, 0.3]],
    )
    annotation_ids: list[IdIn] | None = Field(
        default=None, max_length=5000, description="Use only these; all that count without it."
    )


class TrainingPointOut(Out):
    """What a training looked like after some steps; by class where classes have a bound."""

    step: int = Field(ge=0, examples=[10])
    loss: float | None = Field(
        description="Of the reasons, on the slices that are trained on.", examples=[0.42]
    )
    held_out_loss: float | None = Field(
        description="The same on patients held out of the steps.", examples=[0.45]
    )
    cross_entropy: dict[str, float] = Field(
        description="Mean by class on replayed slices, nats.", examples=[EXAMPLE_NATS]
    )
    violation: dict[str, float] = Field(
        description="Cross-entropy beyond what is allowed; at most 0 keeps the bound.",
        examples=[{"glioma": -0.04, "meningioma": 0.01, "pituitary": -0.05, "notumor": -0.05}],
    )
    held_out_violation: dict[str, float | None] = Field(
        description="The same on replayed patients held out; null where a class has none.",
        examples=[{"glioma": -0.02, "meningioma": None, "pituitary": -0.05, "notumor": -0.05}],
    )
    multipliers: dict[str, float] = Field(
        description="What holding each bound costs.",
        examples=[{"glioma": 0.0, "meningioma": 0.4, "pituitary": 0.0, "notumor": 0.0}],
    )
    penalty: float = Field(description="Weight of the squared violations.", examples=[1.0])
    energy: float | None = Field(
        description="Share of the positive evidence on 'look here', on slices trained on; null "
        "where it is measured on held-out patients alone.",
        examples=[0.61],
    )
    held_out_energy: float | None = Field(
        description="The same on patients held out.", examples=[0.55]
    )
    held_out_accuracy: float | None = Field(
        description="Balanced accuracy on replayed patients held out.", examples=[0.93]
    )
    feasible: bool = Field(description="All bounds are kept: these weights could be returned.")


class SourceCountOut(CountOut):
    """How much comes from one source."""

    source: Source


class ManifestOut(Out):
    """What a training learns from and is tested on; no patient is in both."""

    sha256: str = Field(
        description="Of the slices, marks and labels themselves.", examples=[EXAMPLE_HASH]
    )
    annotated: CountOut
    replay: list[SourceCountOut]
    held_out: CountOut = Field(description="Annotated slices for the certificate.")
    answers: list[SourceCountOut] = Field(
        description="Labeled slices on which the certificate measures answers."
    )


class OutcomeOut(Out):
    """What a training gave."""

    status: str = Field(
        description="`feasible`, `feasible, not stationary`, or `infeasible`: then the weights are "
        "those of before and no version is registered.",
        examples=["feasible"],
    )
    step: int = Field(description="After which the weights were kept.", examples=[80])
    weights_sha256: str = Field(examples=[EXAMPLE_HASH])
    manifest_sha256: str = Field(
        description="Of weights, slices, marks and settings: on one thread the same manifest "
        "gives the same weights.",
        examples=[EXAMPLE_HASH],
    )
    kkt_residual: float | None = Field(
        description="How far the weights are from the conditions of optimality.", examples=[0.02]
    )
    seconds: float = Field(examples=[58.0])
    threads: int = Field(ge=1, examples=[2])


class TrackingOut(Out):
    """Where a training is logged in MLflow."""

    uri: str = Field(examples=["sqlite:///~/.neuroscope/mlflow.db"])
    experiment: str = Field(examples=["neuroscope"])
    run_id: str = Field(examples=["0123456789abcdef0123456789abcdef"])


class TrainingRunOut(Out):
    """A training: what was asked, how it goes, and what came of it."""

    id: str = Field(description="Also of its job.", examples=["5c1d7a90e3b24c1f"])
    name: str = Field(examples=["First readings"])
    group_id: str | None = Field(description="Shared by the runs of one trade-off.")
    state: JobState
    progress: float = Field(ge=0, le=1, examples=[0.4])
    message: str = Field(examples=["Step 40 of 90"])
    problem: JobProblemOut | None
    attempt: int = Field(ge=1, examples=[1])
    actor: str | None = Field(description="Who asked for it.", examples=["Dr. Müller"])
    created: datetime = Field(examples=[EXAMPLE_TIME])
    updated: datetime = Field(examples=[EXAMPLE_TIME])
    config: TrainingConfigOut
    annotation_ids: list[str] | None = Field(description="null: all that counted.")
    annotation_head: str | None = Field(
        description="Head of the audit trail when the annotations were read.",
        examples=[EXAMPLE_HASH],
    )
    manifest: ManifestOut | None = Field(description="null until the slices are gathered.")
    cautions: list[str]
    points: list[TrainingPointOut] = Field(description="In the order of the steps.")
    outcome: OutcomeOut | None
    model_id: str | None = Field(description="The version that was registered.")
    verdict: Verdict | None = Field(description="What its certificate concludes.")
    tracking: TrackingOut | None
    has_previews: bool = Field(description="Maps can be fetched.")


class TrainingRunsOut(Out):
    """Trainings, newest first."""

    runs: list[TrainingRunOut]


class PreviewOut(Out):
    """The map of one annotated slice, before the training and now.

    Numbers travel as base64 of rows after rows: maps as little-endian float32, the others as uint8.
    """

    name: str = Field(examples=["NS-7Q2K4D, axial 40"])
    label: ClassLabel = Field(description="The class the evidence speaks for.")
    size: int = Field(gt=0, description="Pixels a side of `picture`.", examples=[160])
    cells: int = Field(gt=0, description="Places a side of the maps.", examples=[40])
    picture: str = Field(description="The slice as the network sees it, uint8.")
    before: str = Field(description="Signed evidence in logit per cell, float32.")
    now: str = Field(description="The same with the present weights.")
    evidence: str = Field(description="Cells marked 'look here', uint8, 255 is all of the cell.")
    not_evidence: str = Field(description="Cells marked 'ignore this', uint8.")
    tests_before: PassportOut | None = Field(
        description="How the map of before did in its tests, made when the training has ended. A "
        "map that failed one is shown gray. Null until then."
    )
    tests_now: PassportOut | None = Field(description="The same for the map with present weights.")


class PreviewsOut(Out):
    """Maps of the first annotated slices; `step` counts up to the end."""

    step: int = Field(ge=0, description="After which `now` was computed.", examples=[40])
    scale: float = Field(description="The largest |value| of all maps shown.", examples=[0.05])
    hidden: int = Field(ge=0, description="Slices of series that you read blind; left out.")
    previews: list[PreviewOut]


LiveKind = Literal["run", "point", "progress"]


class LiveOut(Out):
    """A message of the live stream: the whole run at first and at every change of state."""

    kind: LiveKind
    run: TrainingRunOut | None = Field(default=None, description="For `run`.")
    point: TrainingPointOut | None = Field(default=None, description="For `point`: a new one.")
    progress: float | None = Field(default=None, description="For `progress`.", examples=[0.4])
    message: str | None = Field(default=None, description="For `progress`.", examples=["Step 40"])
