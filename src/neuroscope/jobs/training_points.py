"""What a page sees of a training while it lasts: its points, and maps before and now."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from neuroscope.learn.reasons.cases import Cases
from neuroscope.learn.reasons.run import SHOWN, Look
from neuroscope.models.classes import CLASS_NAMES
from neuroscope.models.evidence import EvidenceNetwork
from neuroscope.records.passport import PassportRules
from neuroscope.store.training_files import Previews
from neuroscope.workflow.tested_maps import evidence_passport, rules_for_retrained
from neuroscope.workflow.training_cases import TrainingCases


def point_of(look: Look, classes: Sequence[str]) -> Mapping[str, Any]:
    """Give a look at a training as plain values; what is no number is None."""
    is_held_out = math.isfinite(look.reasons_held_out)
    return {
        "step": look.step,
        "loss": _finite(look.reasons),
        "held_out_loss": _finite(look.reasons_held_out),
        "cross_entropy": dict(zip(classes, look.class_losses, strict=True)),
        "violation": dict(zip(classes, look.violations, strict=True)),
        "held_out_violation": dict(
            zip(classes, map(_finite, look.violations_held_out), strict=True)
        ),
        "multipliers": dict(zip(classes, look.multipliers, strict=True)),
        "penalty": look.penalty,
        "energy": None if is_held_out else _finite(look.energy),
        "held_out_energy": _finite(look.energy) if is_held_out else None,
        "held_out_accuracy": _finite(look.accuracy),
        "feasible": look.feasible,
    }


def constrained(cases: TrainingCases) -> tuple[str, ...]:
    """Name the classes that have a bound, in the order of the network."""
    return tuple(CLASS_NAMES[int(c)] for c in np.unique(cases.replay.labels))


def first_previews(network: EvidenceNetwork, cases: TrainingCases) -> Previews:
    """Show the first annotated slices with the maps of before."""
    rows = np.flatnonzero(cases.annotated.masks.weight.numpy() > 0)[:SHOWN]
    shown = cases.annotated.select(rows)
    pixels = torch.from_numpy(shown.cases.images)[:, None].float() / 255
    with torch.inference_mode():
        evidence = network(pixels).evidence
        maps = evidence[torch.arange(len(rows)), torch.from_numpy(shown.cases.labels)].numpy()
    return Previews(
        step=0,
        names=np.array([cases.names[row] for row in rows]),
        places=np.array([cases.places[row] for row in rows]),
        labels=np.array([CLASS_NAMES[int(c)] for c in shown.cases.labels]),
        pictures=shown.cases.images,
        before=maps,
        now=maps,
        evidence=_bytes(shown.masks.evidence.numpy()),
        not_evidence=_bytes(shown.masks.not_evidence.numpy()),
        tests_before=np.full(len(rows), ""),
        tests_now=np.full(len(rows), ""),
    )


def tested_previews(
    previews: Previews,
    cases: TrainingCases,
    before: EvidenceNetwork,
    now: EvidenceNetwork,
    rules: PassportRules,
) -> Previews:
    """Test the maps of a training that has ended, those of before and those of its result.

    Parameters
    ----------
    rules
        Of the network before.
    """
    rows = np.flatnonzero(cases.annotated.masks.weight.numpy() > 0)[: len(previews.names)]
    shown = cases.annotated.select(rows).cases
    fresh = rules_for_retrained(rules)
    return replace(
        previews,
        tests_before=np.array([_tested(before, shown, row, rules) for row in range(len(rows))]),
        tests_now=np.array([_tested(now, shown, row, fresh) for row in range(len(rows))]),
    )


def _tested(network: EvidenceNetwork, shown: Cases, row: int, rules: PassportRules) -> str:
    """Test the map of one slice, and write its passport as JSON."""
    image = shown.images[row].astype(np.float32) / 255
    found = evidence_passport(network, image, CLASS_NAMES[int(shown.labels[row])], rules)
    return json.dumps(found.as_dict())


def _bytes(shares: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.asarray(np.round(shares * 255), np.uint8)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
