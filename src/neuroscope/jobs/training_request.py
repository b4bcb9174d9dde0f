"""Ask for a training: what it needs, and what it shall do. Light: nothing heavy is imported."""

from collections.abc import Sequence
from dataclasses import asdict
from importlib.util import find_spec

from neuroscope.errors import BadInputError, ConflictError
from neuroscope.records.training import TrainingConfig
from neuroscope.store.database import Store
from neuroscope.store.jobs import Job, add_job
from neuroscope.store.models import EVIDENCE, active_model
from neuroscope.store.training import add_run
from neuroscope.store.training_material import read_material

PACKAGES = ("torch", "safetensors", "onnx", "onnxscript")
SET_UP = "Run in your clone: make setup"


def missing_for_training() -> str | None:
    """Name a package that training needs and that is not installed; nothing is imported."""
    return next((name for name in PACKAGES if find_spec(name) is None), None)


def require_something_to_learn(store: Store, annotation_ids: Sequence[str] | None) -> None:
    """Refuse a training without a slice that it could learn from.

    Raises
    ------
    BadInputError
        With the reasons why the annotated slices do not count.
    """
    only = None if annotation_ids is None else frozenset(annotation_ids)
    marked = read_material(store, only).marked
    if any(one.label is not None and not one.is_locked for one in marked):
        return
    reasons = sorted({one.left_out for one in marked if one.left_out is not None})
    if any(one.label is not None for one in marked):
        reasons.append("All patients are kept aside for the certificate.")
    raise BadInputError(
        f"There is nothing to learn from: {len(marked)} slices are annotated. {' '.join(reasons)}",
        fix="Mark on slices of several patients what matters, and say what each slice shows.",
    )


def note_training(
    store: Store,
    config: TrainingConfig,
    *,
    name: str,
    actor: str,
    group_id: str | None = None,
    annotation_ids: Sequence[str] | None = None,
) -> Job:
    """Note a training of the network that is active now; the caller sees to it that it is done.

    Raises
    ------
    ConflictError
        If no network is registered.
    """
    parent = active_model(store, EVIDENCE)
    if parent is None:
        raise ConflictError("No network is registered.", fix="Run: neuroscope doctor")
    with store.transaction() as session:
        job = add_job(session, "train", actor=actor)
        add_run(
            session,
            job,
            name=name,
            config={**asdict(config), "parent": parent.id},
            group_id=group_id,
            annotation_ids=annotation_ids,
        )
    return job
