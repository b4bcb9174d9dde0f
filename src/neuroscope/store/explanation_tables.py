"""The tables of what explains a finding: evidence, maps and their tests, what lies in space."""

from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from neuroscope.store.tables import Id, Json, Table


class EvidenceRow(Table):
    """Signed evidence for one class over one volume."""

    __tablename__ = "evidence"

    analysis_id: Mapped[str] = mapped_column(
        Id, ForeignKey("analyses.id", ondelete="CASCADE"), primary_key=True
    )
    series_id: Mapped[str] = mapped_column(Id, primary_key=True)
    target: Mapped[str] = mapped_column(String(32), primary_key=True)
    array: Mapped[Json]
    step: Mapped[float]


class PassportRow(Table):
    """How the maps of a slice did in their tests; `index` is -1 for that of a whole volume.

    `outcome`, `passed` and `failed` repeat in short what `content` says of the map of the answer.
    """

    __tablename__ = "passports"

    analysis_id: Mapped[str] = mapped_column(
        Id, ForeignKey("analyses.id", ondelete="CASCADE"), primary_key=True
    )
    series_id: Mapped[str] = mapped_column(Id, primary_key=True)
    index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    outcome: Mapped[str] = mapped_column(String(16))
    passed: Mapped[int]
    failed: Mapped[list[Any]]
    content: Mapped[list[Any]]


class SliceExplanationRow(Table):
    """A map of an explanation method for one slice; without `maps` its job is not done."""

    __tablename__ = "slice_explanations"

    analysis_id: Mapped[str] = mapped_column(
        Id, ForeignKey("analyses.id", ondelete="CASCADE"), primary_key=True
    )
    series_id: Mapped[str] = mapped_column(Id, primary_key=True)
    index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    target: Mapped[str] = mapped_column(String(32), primary_key=True)
    method: Mapped[str] = mapped_column(String(32), primary_key=True)
    job_id: Mapped[str] = mapped_column(Id, index=True)
    seconds: Mapped[float | None]
    agreement: Mapped[float | None]
    content: Mapped[Json | None]
    maps: Mapped[Json | None]


class VolumetryRow(Table):
    """What was found in space: labels, doubt, evidence, surfaces and every number."""

    __tablename__ = "volumetry"

    analysis_id: Mapped[str] = mapped_column(
        Id, ForeignKey("analyses.id", ondelete="CASCADE"), primary_key=True
    )
    content: Mapped[Json]
    labels: Mapped[Json]
    uncertainty: Mapped[Json | None]
    evidence: Mapped[Json | None]
    surfaces: Mapped[Json]
