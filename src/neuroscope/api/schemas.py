"""What travels over HTTP. The OpenAPI document and the page's client are made from these."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from neuroscope.api.doubt_schema import DoubtOut
from neuroscope.api.passport_schema import MapTestsOut
from neuroscope.records.study import Role
from neuroscope.records.volume import Plane

JobState = Literal["queued", "running", "done", "failed", "canceled"]
JobKind = Literal["import", "analyze", "promote", "rollback", "train", "index", "explain"]
StudyStatus = Literal["new", "queued", "running", "analyzed", "failed", "canceled"]
ClassLabel = Literal["glioma", "meningioma", "pituitary", "notumor"]
EXAMPLE_TIME = "2026-01-15T09:30:00Z"
EXAMPLE_P = {"glioma": 0.91, "meningioma": 0.06, "pituitary": 0.02, "notumor": 0.01}


class Out(BaseModel):
    """Something we answer; it never changes once made."""

    model_config = ConfigDict(
        frozen=True, from_attributes=True, json_schema_serialization_defaults_required=True
    )


class HealthOut(Out):
    """The server runs."""

    status: Literal["ok"] = "ok"
    version: str = Field(examples=["0.1.0"])


class ModelOut(Out):
    """Which weights spoke."""

    name: str = Field(examples=["evidence"])
    version: str = Field(examples=["1"])
    sha256: str = Field(examples=["9f2c" * 16])


class MetricOut(Out):
    """One measured number of a model card."""

    name: str
    value: float
    unit: str
    how: str
    source: str
    interval: tuple[float, float] | None = None


class ModelCardOut(Out):
    """What a model is for, what it was trained on, how it did and where it fails."""

    model: ModelOut
    intended_use: str
    training_data: dict[str, str] = Field(description="Name of the data set and its license.")
    split: str
    metrics: list[MetricOut]
    known_failures: list[str]
    trained_on: str


class FileIn(BaseModel):
    """A file that will be sent."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=1024)] = Field(
        description="Its name, for a folder with the path inside it; never used as a path here.",
        examples=["case/t1c.nii.gz"],
    )
    size: int = Field(ge=0, le=2**50, examples=[1048576], description="In bytes.")


class UploadIn(BaseModel):
    """The files of one study, before their bytes are sent."""

    files: list[FileIn] = Field(min_length=1, max_length=20_000)


class UploadFileOut(Out):
    """How much of a file has arrived."""

    index: int = Field(ge=0, examples=[0])
    name: str = Field(examples=["case/t1c.nii.gz"])
    size: int = Field(ge=0, examples=[1048576])
    received: int = Field(ge=0, examples=[524288])


class UploadOut(Out):
    """An upload: send every file from its `received` on, then complete it."""

    id: str = Field(examples=["b6f0c2d4e8a14f60"])
    created: datetime = Field(examples=[EXAMPLE_TIME])
    state: Literal["open", "complete"]
    job_id: str | None = None
    files: list[UploadFileOut]


class ReceivedOut(Out):
    """How many bytes of the file the server now holds safely."""

    received: int = Field(ge=0, examples=[1048576])
    size: int = Field(ge=0, examples=[1048576])


class JobProblemOut(Out):
    """Why a job failed and how to mend it."""

    title: str = Field(examples=["The input could not be read"])
    detail: str = Field(examples=["No image was found in the upload."])
    fix: str = Field(examples=["Upload PNG, JPEG, NIfTI or DICOM files."])


class JobOut(Out):
    """Work in the queue, and how far it has come."""

    id: str = Field(examples=["5c1d7a90e3b24c1f"])
    kind: JobKind
    state: JobState
    progress: float = Field(ge=0, le=1, examples=[0.4])
    message: str = Field(examples=["Analyzing slice 120 of 300"])
    study_id: str | None = Field(default=None, examples=["3f9ac0d1"])
    upload_id: str | None = None
    analysis_id: str | None = None
    model_id: str | None = Field(
        default=None,
        description="The model to promote, to go back from, or to try on the study.",
    )
    duplicate: bool = Field(
        default=False, description="The uploaded study was here already: `study_id` names it."
    )
    problem: JobProblemOut | None = None
    created: datetime = Field(examples=[EXAMPLE_TIME])
    updated: datetime = Field(examples=[EXAMPLE_TIME])


class JobsOut(Out):
    """The newest jobs first."""

    jobs: list[JobOut]


class PredictionOut(Out):
    """Calibrated probabilities; they sum to 1."""

    label: str = Field(examples=["glioma"])
    name: str = Field(examples=["Glioma"], description="The label in words.")
    p_label: float = Field(ge=0, le=1, examples=[0.91])
    p_class: dict[str, float] = Field(examples=[EXAMPLE_P])
    outlier_score: float | None = Field(
        default=None, description="0 typical for the model, above 1 unlike anything it has seen."
    )
    conformal_set: list[str] = []
    doubt: DoubtOut | None = Field(default=None, description="Null if it was not assessed.")
    cautions: list[str] = []


class HeadlineOut(PredictionOut):
    """The answer of the series that speaks for its study, and all doubts about it."""

    series_id: str


class StudyRowOut(Out):
    """One row of the worklist."""

    id: str = Field(examples=["3f9ac0d1"])
    pseudonym: str = Field(examples=["NS-7Q2K4D"])
    created: datetime = Field(examples=[EXAMPLE_TIME])
    status: StudyStatus
    headline: HeadlineOut | None = None
    cautions: list[str] = []
    series_count: int = Field(ge=0, examples=[4])
    slice_count: int = Field(ge=0, examples=[620])
    job: JobOut | None = Field(default=None, description="The newest job of this study.")


class WorklistOut(Out):
    """A page of the worklist, newest first."""

    studies: list[StudyRowOut]
    total: int = Field(ge=0, description="How many match, on all pages.", examples=[1])
    next_cursor: str | None = Field(default=None, description="Send it back to get the next page.")


class SliceOut(Out):
    """A plain picture of a series."""

    index: int = Field(ge=0)
    name: str = Field(examples=["Te-gl_0010"])
    rows: int = Field(gt=0, examples=[512])
    columns: int = Field(gt=0, examples=[512])
    window: tuple[float, float] = Field(examples=[(0.0, 255.0)])
    plane: Plane | None = None
    position_mm: float | None = None
    affine: list[list[float]] | None = Field(
        default=None,
        description="4x4, (row, column, 0) to RAS+ millimeters, rows first; null for a picture "
        "without a place, whose positions are (column, row, 0) in pixels.",
    )
    cautions: list[str] = []


class SeriesOut(Out):
    """One acquisition: a volume, or a stack of plain slices."""

    id: str = Field(examples=["a1b2c3d4"])
    role: Role
    role_name: str = Field(examples=["T1 with contrast"])
    description: str = ""
    kind: Literal["volume", "slices"]
    shape: tuple[int, int, int] | None = Field(
        default=None,
        description="Voxels along i, j, k; null for slices.",
        examples=[(240, 240, 155)],
    )
    dtype: str | None = Field(default=None, examples=["int16"])
    affine: list[list[float]] | None = Field(
        default=None, description="4x4, voxel index to RAS+ millimeters, rows first."
    )
    spacing_mm: tuple[float, float, float] | None = None
    window: tuple[float, float] = Field(
        description="Gray values to show as black and as white.", examples=[(0.0, 900.0)]
    )
    acquisition: dict[str, Any] = Field(default={}, examples=[{"EchoTime": 92.0}])
    cautions: list[str] = []
    slices: list[SliceOut] = []


class UnreadableOut(Out):
    """A file of the upload that could not be used; the others were."""

    name: str
    problem: str
    fix: str


class StudyOut(Out):
    """A study with its series; the pixels are fetched apart."""

    id: str = Field(examples=["3f9ac0d1"])
    pseudonym: str = Field(examples=["NS-7Q2K4D"])
    created: datetime = Field(examples=[EXAMPLE_TIME])
    status: StudyStatus
    headline: HeadlineOut | None = None
    cautions: list[str] = []
    unreadable: list[UnreadableOut] = []
    series: list[SeriesOut]
    job: JobOut | None = None
    analysis_id: str | None = Field(default=None, description="The newest finished analysis.")
    is_stale: bool = Field(
        default=False,
        description="Another version of the model has become active since that analysis.",
    )
    has_mask: bool = Field(
        default=False, description="A segmentation that a reader gave holds for the study."
    )


class EvidenceScaleOut(Out):
    """How to read and show evidence; constants of the model, the same for every image."""

    method: str = Field(default="evidence")
    unit: str = Field(default="logit per cell")
    scale: dict[str, float] = Field(
        description="For every class, the value at which the display saturates.",
        examples=[{"glioma": 0.05, "meningioma": 0.05, "pituitary": 0.06, "notumor": 0.03}],
    )
    floor: dict[str, float] = Field(
        description="For every class, what slices without it rarely exceed.",
        examples=[{"glioma": 0.01, "meningioma": 0.01, "pituitary": 0.01, "notumor": 0.01}],
    )
    threshold: float = Field(
        description="A place belongs to the finding where its evidence is above this fraction of "
        "the largest of its slice (of `scale` for a volume), and above `floor`.",
        examples=[0.3],
    )
    step: float = Field(
        description="Evidence volumes are int16: multiply by this to get `unit`.",
        examples=[0.0001],
    )


class SliceFindingOut(Out):
    """What the model says of one slice."""

    index: int = Field(ge=0)
    name: str
    label: str
    p_class: dict[str, float] = Field(examples=[EXAMPLE_P])
    outlier_score: float | None = None
    doubt: DoubtOut | None = None
    completeness_error: float = Field(
        description="Largest gap between the summed map and the (centered) logits.",
        examples=[1e-6],
    )
    map_tests: MapTestsOut | None = Field(
        default=None, description="How the map of the answer did; null until it is tested."
    )
    cautions: list[str] = []


class SeriesFindingOut(Out):
    """What the model says of one series."""

    series_id: str
    axis: int | None = Field(default=None, description="Voxel axis a volume was cut along.")
    plane: Plane | None = None
    decision: PredictionOut | None = Field(
        default=None, description="For a volume; plain slices stand for themselves."
    )
    decided_by: list[int] = Field(default=[], description="Slices that decided, strongest first.")
    not_run: list[int] = Field(default=[], description="Slices that hold no head.")
    evidence_targets: list[str] = Field(
        default=[], description="Classes for which an evidence volume can be fetched."
    )
    map_tests: MapTestsOut | None = Field(
        default=None, description="How the map of the decision over a volume did."
    )
    cautions: list[str] = []
    slices: list[SliceFindingOut]


class AnalysisOut(Out):
    """All findings of one study by one model."""

    id: str = Field(examples=["77aa01b2c3d4e5f6"])
    study_id: str = Field(examples=["3f9ac0d1"])
    created: datetime = Field(examples=[EXAMPLE_TIME])
    finished: datetime | None = None
    state: Literal["running", "done"]
    model: ModelOut
    temperature: float = Field(examples=[1.3], description="Calibration applied to the logits.")
    evidence: EvidenceScaleOut
    series: list[SeriesFindingOut]
    cautions: list[str] = []
    unreadable: list[UnreadableOut] = Field(
        default=[], description="Files and pictures that could not be analyzed."
    )
    headline_series: str | None = Field(
        default=None, description="The series that speaks for the study; its answer is listed."
    )
    is_stale: bool = Field(
        default=False, description="Another version of the model has become active since."
    )
    is_trial: bool = Field(
        default=False,
        description="Made with a named version to compare: it does not speak for the study.",
    )
    has_report: bool = False
    has_volumetry: bool = Field(
        default=False, description="Whether labels, measurements and surfaces are there."
    )
