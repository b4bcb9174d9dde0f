"""Audits of models: what high accuracy is worth."""

from fastapi import APIRouter

from neuroscope.api.deps import Id, ReaderDep, StoreDep
from neuroscope.api.modelaudit_schema import (
    ModelAuditContent,
    ModelAuditOut,
    ModelAuditRowOut,
    ModelAuditsOut,
)
from neuroscope.store import model_audits

router = APIRouter(prefix="/model-audits", tags=["models"])


@router.get("")
def list_model_audits(store: StoreDep) -> ModelAuditsOut:
    """List all audits in short, newest first."""
    return ModelAuditsOut(audits=[_row(one) for one in model_audits.list_model_audits(store)])


@router.post("", status_code=201)
def bring_model_audit(body: ModelAuditContent, store: StoreDep, reader: ReaderDep) -> ModelAuditOut:
    """Keep `model-audit.json`, as `neuroscope audit model` writes it; the same one is kept once."""
    content = body.model_dump(mode="json", by_alias=True)
    return _answer(store, model_audits.save_model_audit(store, content, actor=reader))


@router.get("/{audit_id}")
def get_model_audit(audit_id: Id, store: StoreDep) -> ModelAuditOut:
    """Return an audit."""
    return _answer(store, audit_id)


def _answer(store: StoreDep, audit_id: str) -> ModelAuditOut:
    found = model_audits.read_model_audit(store, audit_id)
    return ModelAuditOut(
        id=found.id,
        created=found.created,
        brought_by=found.brought_by,
        content=ModelAuditContent.model_validate(found.content),
    )


def _row(found: model_audits.StoredAudit) -> ModelAuditRowOut:
    return ModelAuditRowOut(
        id=found.id,
        created=found.created,
        brought_by=found.brought_by,
        data=found.content["data"]["name"],
        models=[one["name"] for one in found.content["models"]],
    )
