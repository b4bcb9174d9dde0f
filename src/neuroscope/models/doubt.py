"""Read and apply what was measured beside the weights to tell how far their answers can be doubted.

`neuroscope train doubt` writes two files beside the weights: numbers for people (`doubt.json`) and
arrays (`doubt.npz`). They hold for exactly one hash of the weights. Without them nothing is
assessed, and nothing else changes.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.hashing import file_sha256
from neuroscope.models.calibration import probabilities
from neuroscope.models.classes import CLASS_NAMES, NO_TUMOR
from neuroscope.models.conformal import Ranks, ScoreRule, kept_at, p_fits, scores_of
from neuroscope.models.heads import Heads, entropy, mutual_information, p_heads
from neuroscope.models.unlike import TESTS, Known, raw_tests, score_between, unusual
from neuroscope.records.doubt import LEVELS, Doubt

log = logging.getLogger(__name__)

DOUBT_NAME = "doubt.json"
ARRAYS_NAME = "doubt.npz"
FORMAT = 1
NOT_FOR_VOLUMES = (
    "Which classes can be excluded was calibrated on single pictures; a volume and its slices are "
    "none, so it is not said here."
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DoubtModel:
    """All that was fitted for one set of weights.

    Attributes
    ----------
    weights_sha256
        The weights it belongs to.
    temperature
        The calibration of the network it was fitted with.
    calibration
        For each class, the ranks of its own slices under `rule`.
    known, tests, unusual
        What is ordinary, the ranks of each test alone, and of the largest of them.
    tumor_threshold, sensitivity
        See `Doubt`.
    facts
        What it was made from, for people.
    """

    weights_sha256: str
    temperature: float
    rule: ScoreRule
    calibration: tuple[Ranks, ...]
    known: Known
    tests: tuple[Ranks, ...]
    unusual: Ranks
    heads: Heads
    tumor_threshold: float | None
    sensitivity: float
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Assessed:
    """A doubt that does not yet know of other reasons to abstain, and an outlier score."""

    doubt: Doubt | None = None
    score: float | None = None


def assess(
    logits: NDArray[np.float32], embedding: NDArray[np.float32], model: DoubtModel | None
) -> tuple[Assessed, ...]:
    """Assess n single pictures; without a model, nothing is known of any.

    Parameters
    ----------
    logits, embedding
        Shape ``(n, classes)`` and ``(n, d)``.
    """
    if model is None:
        return (Assessed(),) * len(logits)
    p_class = probabilities(logits, temperature=model.temperature)
    fits = p_fits(scores_of(p_class, model.rule), model.calibration)
    tests = raw_tests(embedding, logits, model.known, temperature=model.temperature)
    far = unusual(tests, model.known)
    alone = np.stack([ranks.p(tests[:, t]) for t, ranks in enumerate(model.tests)], axis=1)
    together = model.unusual.p(far)
    asked = p_heads(model.heads, embedding)
    doubt_in_all, disagreed = entropy(asked.mean(0)), mutual_information(asked)
    scores = score_between(far, model.unusual)
    doubts = (
        Doubt(
            sets={level: _named(kept_at(fits[n], float(level))) for level in LEVELS},
            p_fits=_rounded(CLASS_NAMES, fits[n]),
            p_ordinary=round(float(together[n]), 6),
            p_tests=_rounded(TESTS, alone[n]),
            entropy=round(float(doubt_in_all[n]), 6),
            mutual_information=round(float(disagreed[n]), 6),
            p_tumor=float(1.0 - p_class[n, NO_TUMOR]),
            tumor_threshold=model.tumor_threshold,
            sensitivity=None if model.tumor_threshold is None else model.sensitivity,
        )
        for n in range(len(logits))
    )
    return tuple(Assessed(doubt, float(score)) for doubt, score in zip(doubts, scores, strict=True))


def of_picture(doubt: Doubt | None, cautions: Sequence[str]) -> Doubt | None:
    """Abstain on a picture for every caution about the picture itself."""
    return None if doubt is None else replace(doubt, abstains=tuple(cautions))


def of_cut(doubt: Doubt | None) -> Doubt | None:
    """Keep for a slice of a volume what holds there: how usual it looks, where heads disagree."""
    if doubt is None:
        return None
    return Doubt(
        sets={},
        p_fits={},
        p_ordinary=doubt.p_ordinary,
        p_tests=doubt.p_tests,
        entropy=doubt.entropy,
        mutual_information=doubt.mutual_information,
        not_assessed=NOT_FOR_VOLUMES,
    )


def of_volume(deciding: Sequence[Doubt | None]) -> Doubt | None:
    """Put the doubts of the slices that decided together: the middle one speaks.

    The network never abstains on a volume: how unusual its slices may look was not calibrated.
    """
    known = [doubt.p_ordinary for doubt in deciding if doubt is not None]
    shares = [p for p in known if p is not None]
    if not shares:
        return None
    middle = float(np.median(shares))
    return Doubt(sets={}, p_fits={}, p_ordinary=middle, not_assessed=NOT_FOR_VOLUMES)


def save_doubt(model: DoubtModel, folder: Path) -> tuple[Path, Path]:
    """Write both files beside the weights; give their paths."""
    arrays: dict[str, NDArray[Any]] = {
        "center": model.known.center,
        "spread": model.known.spread,
        "directions": model.known.directions.astype(np.float16),
        "class_means": model.known.class_means,
        "whitening": model.known.whitening,
        "heads_weight": model.heads.weight,
        "heads_bias": model.heads.bias,
        **_ranks_arrays("unusual", model.unusual),
    }
    for name, ranks in zip(CLASS_NAMES, model.calibration, strict=True):
        arrays |= _ranks_arrays(f"class_{name}", ranks)
    for name, ranks in zip(TESTS, model.tests, strict=True):
        arrays |= _ranks_arrays(f"test_{name}", ranks)
    stored = folder / ARRAYS_NAME
    np.savez_compressed(stored, **arrays)  # type: ignore[arg-type]
    said = {
        "format": FORMAT,
        "weights_sha256": model.weights_sha256,
        "arrays_sha256": file_sha256(stored),
        "class_names": list(CLASS_NAMES),
        "temperature": model.temperature,
        "rule": asdict(model.rule),
        "middle": model.known.middle.tolist(),
        "reach": model.known.reach.tolist(),
        "heads_temperature": model.heads.temperature,
        "tumor_threshold": model.tumor_threshold,
        "sensitivity": model.sensitivity,
        "facts": dict(model.facts),
    }
    described = folder / DOUBT_NAME
    described.write_text(json.dumps(said, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    return described, stored


def load_doubt(folder: Path, weights_sha256: str) -> DoubtModel | None:
    """Read what was fitted for these weights; None, and a line in the log, if there is nothing.

    A damaged file is no reason not to analyze: what cannot be assessed is not.
    """
    if not (folder / DOUBT_NAME).is_file():
        return None
    try:
        said = json.loads((folder / DOUBT_NAME).read_text(encoding="utf-8"))
        if said["format"] != FORMAT or said["weights_sha256"] != weights_sha256:
            log.warning("%s belongs to other weights; doubt is not assessed", DOUBT_NAME)
            return None
        if said["arrays_sha256"] != file_sha256(folder / ARRAYS_NAME):
            log.warning("%s is not the file described; doubt is not assessed", ARRAYS_NAME)
            return None
        with np.load(folder / ARRAYS_NAME, allow_pickle=False) as stored:
            return _read(said, dict(stored))
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("%s is damaged (%s); doubt is not assessed", DOUBT_NAME, type(error).__name__)
        return None


def _read(said: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> DoubtModel:
    known = Known(
        center=arrays["center"],
        spread=arrays["spread"],
        directions=arrays["directions"].astype(np.float32),
        class_means=arrays["class_means"],
        whitening=arrays["whitening"],
        middle=np.array(said["middle"], np.float64),
        reach=np.array(said["reach"], np.float64),
    )
    return DoubtModel(
        weights_sha256=str(said["weights_sha256"]),
        temperature=float(said["temperature"]),
        rule=ScoreRule(**said["rule"]),
        calibration=tuple(_ranks(f"class_{name}", arrays) for name in CLASS_NAMES),
        known=known,
        tests=tuple(_ranks(f"test_{name}", arrays) for name in TESTS),
        unusual=_ranks("unusual", arrays),
        heads=Heads(arrays["heads_weight"], arrays["heads_bias"], float(said["heads_temperature"])),
        tumor_threshold=said["tumor_threshold"],
        sensitivity=float(said["sensitivity"]),
        facts=dict(said["facts"]),
    )


def _ranks_arrays(name: str, ranks: Ranks) -> dict[str, NDArray[Any]]:
    return {f"{name}_scores": ranks.scores, f"{name}_above": ranks.above}


def _ranks(name: str, arrays: Mapping[str, NDArray[Any]]) -> Ranks:
    return Ranks(arrays[f"{name}_scores"], arrays[f"{name}_above"])


def _named(kept: NDArray[np.bool_]) -> tuple[str, ...]:
    return tuple(name for name, is_kept in zip(CLASS_NAMES, kept, strict=True) if is_kept)


def _rounded(names: tuple[str, ...], values: NDArray[np.float64]) -> dict[str, float]:
    return {name: round(float(v), 6) for name, v in zip(names, values, strict=True)}
