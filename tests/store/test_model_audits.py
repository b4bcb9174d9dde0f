import pytest

from neuroscope.errors import BadInputError, NotFoundError
from neuroscope.records.modelaudit import AuditedSet, ModelAudit, ModelSheet
from neuroscope.store.audit import list_events
from neuroscope.store.database import Store
from neuroscope.store.model_audits import list_model_audits, read_model_audit, save_model_audit

SHEET = ModelSheet(
    name="evidence", model_id="a" * 12, kind="evidence", input_size=160, temperature=1.3
)
AUDIT = ModelAudit(
    data=AuditedSet(name="test slices", pictures=9, patients=3, grouped_by="patient"),
    models=(SHEET,),
    comparisons=(),
    answer=("Too few patients to tell.",),
    not_done=(),
    cautions=(),
).as_dict()


def test_an_audit_is_kept_once_with_an_event(store: Store) -> None:
    first = save_model_audit(store, AUDIT, actor="ann")
    assert save_model_audit(store, AUDIT, actor="bob") == first
    later = save_model_audit(store, AUDIT | {"cautions": ["One."]}, actor="bob")
    assert [one.id for one in list_model_audits(store)] == [later, first]
    assert read_model_audit(store, first).content == AUDIT
    events, total = list_events(store, action="modelaudit")
    assert (total, events[0].facts["models"]) == (2, ["a" * 12])


@pytest.mark.parametrize(
    ("part", "why"),
    [
        ({"schema": "neuroscope/model-audit/9"}, "model-audit/9"),
        ({"models": []}, "no model"),
        ({"answer": "yes"}, "lacks a part"),
        ({"models": [{"name": "x"}]}, "no model"),
        ({"data": {"pictures": float("nan")}}, "no number"),
    ],
)
def test_what_is_no_audit_is_refused(store: Store, part: dict[str, object], why: str) -> None:
    with pytest.raises(BadInputError, match=why):
        save_model_audit(store, AUDIT | part, actor="ann")
    assert list_model_audits(store) == ()


def test_an_audit_that_is_not_there(store: Store) -> None:
    with pytest.raises(NotFoundError):
        read_model_audit(store, "none")
