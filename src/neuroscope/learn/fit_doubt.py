"""Fit what tells how far answers can be doubted, for one set of weights (about two minutes).

Everything promised is calibrated on validation slices without a copy in training, group by group.
Validation slices with a copy only say in which units each test of unlikeness is measured.
"""

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError
from neuroscope.learn.dataset import SliceSet, load_slices, manifest_sha256
from neuroscope.learn.leaks import find_leaks
from neuroscope.learn.linear_heads import Labeled, fit_heads, with_temperature
from neuroscope.learn.seen import Seen, seen
from neuroscope.models.calibration import probabilities
from neuroscope.models.classes import CLASS_NAMES, NO_TUMOR
from neuroscope.models.conformal import (
    ScoreName,
    ScoreRule,
    calibrate,
    kept_at,
    p_fits,
    ranks_of,
    scores_of,
)
from neuroscope.models.doubt import DoubtModel, save_doubt
from neuroscope.models.heads import Heads, dropped_heads
from neuroscope.models.inference import EvidenceEngine, load_engine
from neuroscope.models.unlike import Known, raw_tests, unusual
from neuroscope.records.evidencespec import EvidenceSpec
from neuroscope.records.prediction import ModelRef
from neuroscope.records.progress import Progress, ignore
from neuroscope.reliability.doubt.sensitivity import SensitivityThreshold, threshold_for

log = logging.getLogger(__name__)

Spread = Literal["heads", "dropout"]
Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtConfig:
    """All that decides a fit.

    Attributes
    ----------
    score
        How sets of classes are made (`models/conformal.py`).
    spread
        Whose disagreement is measured: heads fitted on drawn groups, or the one head with inputs
        left out.
    sensitivity
        Share of the tumors that the threshold shall find for certain.
    of_each
        Training slices of each set and class that stand for the ordinary.
    directions
        How many of them are kept as neighbors.
    """

    score: ScoreName = "lac"
    spread: Spread = "heads"
    sensitivity: float = 0.95
    of_each: int = 400
    directions: int = 1200
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0.5 <= self.sensitivity < 1:
            raise ValueError(f"sensitivity is {self.sensitivity}; it must be in .5..1, below 1.")
        if min(self.of_each, self.directions) < 20:
            raise ValueError("of_each and directions must be 20 or more.")


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """Slices of a part of the data, and what the network says of them."""

    slices: SliceSet
    seen: Seen

    @property
    def labeled(self) -> Labeled:
        """Their embeddings with classes and groups."""
        return Labeled(self.seen.embedding, self.slices.labels, self.slices.units)

    def select(self, rows: NDArray[np.bool_]) -> "Answered":
        """Keep some of them."""
        kept = Seen(self.seen.logits[rows], self.seen.embedding[rows])
        return Answered(self.slices.select(rows), kept)


def fit_doubt(
    weights: Path,
    data: Path,
    config: DoubtConfig,
    *,
    out: Path | None = None,
    cache: Path | None = None,
    progress: Progress = ignore,
) -> tuple[Path, DoubtModel]:
    """Fit, and write ``doubt.json`` and ``doubt.npz`` beside the weights.

    Parameters
    ----------
    weights
        Folder with the release files of the evidence network.
    data
        Folder with the split file and both slice sets.
    out
        Where to write, if not beside the weights.
    cache
        Folder in which the names of copies are kept for the next time.
    """
    engine = load_engine(weights=weights)
    leaks = find_leaks(data, keep=cache, progress=lambda done: progress(0.4 * done))
    train = answered(engine, data, "train", leave_out=leaks.train, most=config.of_each)
    progress(0.7)
    val = answered(engine, data, "val")
    progress(0.9)
    is_clean = ~np.isin(val.slices.names, list(leaks.val))
    model = fitted(
        engine.spec, engine.model, train, val.select(is_clean), val.select(~is_clean), config
    )
    facts = {**model.facts, "manifest_sha256": manifest_sha256(data)}
    path, _ = save_doubt(replace(model, facts=facts), out or weights)
    progress(1.0)
    return path, model


def answered(
    engine: EvidenceEngine,
    data: Path,
    split: str,
    *,
    leave_out: frozenset[str] = frozenset(),
    most: int | None = None,
) -> Answered:
    """Load slices of a split and run them."""
    size = engine.spec.size
    slices = load_slices(data, splits=[split], size=size, most=most, leave_out=leave_out)
    return Answered(slices, seen(engine, slices.images))


def fitted(
    spec: EvidenceSpec,
    model: ModelRef,
    train: Answered,
    clean: Answered,
    others: Answered,
    config: DoubtConfig,
) -> DoubtModel:
    """Fit all parts from what the network says.

    Parameters
    ----------
    train
        Ordinary slices, which the network learned from.
    clean
        Slices without a copy in training: every promise is calibrated on them alone.
    others
        Further slices, for what needs no promise; the clean ones if there are none.
    """
    _require_classes(clean)
    others = others if len(others.slices) else clean
    temperature = spec.temperature
    rule = _rule(config, others, temperature)
    p_class = probabilities(clean.seen.logits, temperature=temperature)
    labels, units = clean.slices.labels, clean.slices.units
    known = known_from(train, others, temperature, config)
    tests = raw_tests(clean.seen.embedding, clean.seen.logits, known, temperature=temperature)
    heads, how = _heads(spec, train, clean, config)
    threshold = _threshold(p_class, clean, config)
    return DoubtModel(
        weights_sha256=model.sha256,
        temperature=temperature,
        rule=rule,
        calibration=calibrate(scores_of(p_class, rule), labels, units),
        known=known,
        tests=tuple(ranks_of(tests[:, t], units) for t in range(tests.shape[1])),
        unusual=ranks_of(unusual(tests, known), units),
        heads=heads,
        tumor_threshold=threshold.threshold,
        sensitivity=config.sensitivity,
        facts={
            "calibrated_on": "validation slices without a copy in training, one slice of each "
            "group, averaged over all ways to draw them",
            "calibration": _counted(clean.slices),
            "ordinary": _counted(train.slices),
            "threshold": asdict(threshold) | {"sentence": threshold.sentence},
            "spread": how,
            "config": asdict(config),
        },
    )


def known_from(train: Answered, others: Answered, temperature: float, config: DoubtConfig) -> Known:
    """Describe ordinary embeddings, and the usual spread of each test on slices of their own."""
    from sklearn.covariance import ledoit_wolf

    embedding = train.seen.embedding
    center, spread = embedding.mean(0), embedding.std(0) + np.float32(1e-6)
    scaled = (embedding - center) / spread
    labels = train.slices.labels
    present = np.unique(labels)
    means = np.stack([scaled[labels == k].mean(0) for k in present])
    around = scaled - means[np.searchsorted(present, labels)]
    covariance, _ = ledoit_wolf(around)
    values, vectors = np.linalg.eigh(covariance)
    length = np.linalg.norm(scaled, axis=1, keepdims=True)
    kept = _spread_out(labels, config)
    known = Known(
        center=center.astype(np.float32),
        spread=spread.astype(np.float32),
        # Rounded as they are stored, so that what is calibrated here is what is used.
        directions=(scaled / length)[kept].astype(np.float16).astype(np.float32),
        class_means=means.astype(np.float32),
        whitening=(vectors / np.sqrt(np.maximum(values, 1e-8))).astype(np.float32),
        middle=np.zeros(3),
        reach=np.ones(3),
    )
    seen_ = others.seen
    tests = raw_tests(seen_.embedding, seen_.logits, known, temperature=temperature)
    middle = np.median(tests, axis=0)
    reach = np.maximum(np.quantile(tests, 0.9, axis=0) - middle, 1e-6)
    return replace(known, middle=middle, reach=reach)


def _spread_out(labels: NDArray[np.int64], config: DoubtConfig) -> NDArray[np.int64]:
    """Choose rows evenly over every class."""
    share = config.directions // len(np.unique(labels))
    chosen = []
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        chosen.append(own[np.linspace(0, len(own) - 1, min(share, len(own))).round().astype(int)])
    return np.concatenate(chosen)


def _rule(config: DoubtConfig, others: Answered, temperature: float) -> ScoreRule:
    """For RAPS, choose penalty and free ranks by the size of the sets, on slices of their own."""
    if config.score != "raps":
        return ScoreRule(name=config.score)
    p_class = probabilities(others.seen.logits, temperature=temperature)
    labels, units = others.slices.labels, others.slices.units

    def mean_size(rule: ScoreRule) -> float:
        scores = scores_of(p_class, rule)
        fits = p_fits(scores, calibrate(scores, labels, units))
        return float(kept_at(fits, 90.0).sum(1).mean())

    tried = [
        ScoreRule(name="raps", penalty=penalty, free=free)
        for penalty in (0.01, 0.1, 1.0)
        for free in (1, 2)
    ]
    return min(tried, key=mean_size)


def _heads(
    spec: EvidenceSpec, train: Answered, clean: Answered, config: DoubtConfig
) -> tuple[Heads, Mapping[str, Any]]:
    fitted_heads, penalty = fit_heads(train.labeled, clean.labeled, seed=config.seed)
    if config.spread == "heads":
        return fitted_heads, {
            "kind": "heads", "number": len(fitted_heads.bias), "penalty": penalty,
        }  # fmt: skip
    weight, bias = own_head(train.seen, spec.linear)
    dropped = dropped_heads(weight, bias, temperature=spec.temperature, seed=config.seed)
    return with_temperature(dropped, clean.labeled), {
        "kind": "dropout",
        "number": len(dropped.bias),
    }


def own_head(found: Seen, linear: int | None) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Recover the network's own head from what it says: its logits are linear in the embedding."""
    seen_part = found.embedding[:, :linear].astype(np.float64)
    design = np.column_stack([seen_part, np.ones(len(seen_part))])
    solved, *_ = np.linalg.lstsq(design, found.logits.astype(np.float64), rcond=None)
    return solved[:-1].T.astype(np.float32), solved[-1].astype(np.float32)


def _threshold(p_class: Float64, clean: Answered, config: DoubtConfig) -> SensitivityThreshold:
    is_tumor = clean.slices.labels != NO_TUMOR
    return threshold_for(
        1.0 - p_class[is_tumor, NO_TUMOR],
        clean.slices.units[is_tumor],
        target=config.sensitivity,
    )


def _require_classes(clean: Answered) -> None:
    missing = [n for k, n in enumerate(CLASS_NAMES) if not (clean.slices.labels == k).any()]
    if missing:
        raise BadInputError(
            f"No slice to calibrate on shows {', '.join(missing)}.",
            fix="Give validation slices of every class without a copy in training.",
        )


def _counted(slices: SliceSet) -> dict[str, dict[str, int]]:
    return {
        name: {
            "slices": int((slices.labels == k).sum()),
            "groups": len(np.unique(slices.units[slices.labels == k])),
        }
        for k, name in enumerate(CLASS_NAMES)
    }
