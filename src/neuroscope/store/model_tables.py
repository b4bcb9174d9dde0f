"""The tables of models: trainings and the versions that they, or we, made."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from neuroscope.store.tables import Id, Json, Table, now


class TrainingRow(Table):
    """A training; it has the id of its job, which says how far it has come."""

    __tablename__ = "training_runs"

    id: Mapped[str] = mapped_column(Id, ForeignKey("jobs.id"), primary_key=True)
    name: Mapped[str]
    group_id: Mapped[str | None] = mapped_column(Id, index=True)
    created: Mapped[datetime] = mapped_column(default=now)
    config: Mapped[Json]
    annotation_ids: Mapped[list[Any] | None]
    annotation_head: Mapped[str | None] = mapped_column(String(64))
    manifest: Mapped[Json | None]
    cautions: Mapped[list[Any]]
    outcome: Mapped[Json | None]
    model_id: Mapped[str | None] = mapped_column(Id)
    verdict: Mapped[str | None] = mapped_column(String(16))
    tracking: Mapped[Json | None]


class TrainingPointRow(Table):
    """What a training looked like after some steps."""

    __tablename__ = "training_points"

    run_id: Mapped[str] = mapped_column(
        Id, ForeignKey("training_runs.id", ondelete="CASCADE"), primary_key=True
    )
    step: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[Json]


class ModelRow(Table):
    """A version of a model; of one name at most one version is active."""

    __tablename__ = "models"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    version: Mapped[str] = mapped_column(String(64))
    parent: Mapped[str | None] = mapped_column(Id, ForeignKey("models.id"))
    displaced: Mapped[str | None] = mapped_column(Id, ForeignKey("models.id"))
    created: Mapped[datetime] = mapped_column(default=now)
    weights_sha256: Mapped[str] = mapped_column(String(64))
    is_shipped: Mapped[bool]
    files: Mapped[Json]
    data_manifest_sha256: Mapped[str | None] = mapped_column(String(64))
    annotation_head: Mapped[str | None] = mapped_column(String(64))
    config: Mapped[Json]
    seed: Mapped[int | None]
    metrics: Mapped[list[Any]]
    certificate: Mapped[Json | None]
    verdict: Mapped[str | None] = mapped_column(String(16))
    canaries: Mapped[Json | None]
    status: Mapped[str] = mapped_column(String(16), index=True)

    __table_args__ = (
        Index(
            "ux_models_active",
            "name",
            unique=True,
            sqlite_where=text("status = 'active'"),
            postgresql_where=text("status = 'active'"),
        ),
    )
