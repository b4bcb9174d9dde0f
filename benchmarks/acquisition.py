"""Ask whether choosing slices beats drawing them at random, and whether the queue finds errors.

The private slices of validation and test, which the shipped network was not trained on, are passed
through it once. For every seed their units (leak groups, which stand for patients) are halved: one
half is the pool to choose from, the other is held out. A linear head on the embeddings learns from
10, 20, ... 100 chosen slices; what counts is the area under its balanced accuracy. The embeddings
lie in the temporary folder and nowhere else. `--quick` tries two seeds and writes nothing.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from measuring import Answer, Row, row, write
from neuroscope.explain.location import locate
from neuroscope.learn.dataset import FIGSHARE, SliceSet, load_slices, manifest_sha256
from neuroscope.learn.reasons.acquire import queue
from neuroscope.learn.reasons.attention import Attention, suspicion_of
from neuroscope.learn.reasons.candidates import (
    SHARES,
    Candidates,
    Known,
    QueueConfig,
    Rule,
)
from neuroscope.learn.reasons.diversity import standardized
from neuroscope.models.calibration import probabilities
from neuroscope.models.classes import CLASS_NAMES, NO_TUMOR
from neuroscope.models.inference import EvidenceEngine, load_engine
from neuroscope.settings import read_settings
from neuroscope.statistics import balanced_accuracy, mean_by_unit

SEEDS = 20
BATCH = 10
LABELS = tuple(range(BATCH, 101, BATCH))  # 60 labels already answer as well as 200
SHRINKAGE = 0.1  # of the head; scikit-learn's C
ENSEMBLE = 5
CHUNK = 64
NECK = 64  # the logits of the shipped network are linear in so many numbers of its embedding
OFF = 0.5  # more than half of the evidence off the tumor: right for the wrong reason

Numbers = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What the shipped network says of every slice."""

    slices: SliceSet
    logits: NDArray[np.float32]
    contributions: NDArray[np.float32]
    embedding: Numbers
    temperature: float


@dataclass(frozen=True, slots=True)
class Strategy:
    """How slices are chosen; without limits neither near-duplicates nor patients are looked at."""

    name: str
    shares: dict[Rule, float]
    every_random: int = 10**6
    limits: bool = True
    own_start: bool = False  # the first batch too, else at random with limits

    def config(self, seed: int) -> QueueConfig:
        """Give the queue's settings for one batch."""
        return QueueConfig(
            number=BATCH, shares=self.shares, every_random=self.every_random, seed=seed,
            per_patient=2 if self.limits else 10**6, same_above=0.95 if self.limits else 2.0,
        )  # fmt: skip


PLAIN = Strategy("at random", {"margin": 1.0}, every_random=1, limits=False, own_start=True)
LIMITED = Strategy("at random, no near-duplicates", {"margin": 1.0}, every_random=1)
STRATEGIES = (
    PLAIN,
    LIMITED,
    Strategy("margin", {"margin": 1.0}),
    Strategy("entropy", {"entropy": 1.0}),
    Strategy("BALD, 5 heads", {"bald": 1.0}),
    Strategy("BADGE", {"badge": 1.0}),
    Strategy("k-center", {"k_center": 1.0}),
    Strategy("TypiClust", {"typical": 1.0}, own_start=True),
    Strategy("the queue as shipped", dict(SHARES), every_random=10, own_start=True),
)


def seen_by(engine: EvidenceEngine, data: Path) -> Seen:
    """Pass validation and test through the network, or read what an earlier run kept."""
    slices = load_slices(data, splits=["val", "test"], size=engine.spec.size)
    name = f"neuroscope-acquisition-{engine.model.sha256[:12]}-{manifest_sha256(data)[:12]}.npz"
    kept = Path(tempfile.gettempdir()) / name
    if not kept.is_file():
        parts = [
            engine.run(np.asarray(slices.images[at : at + CHUNK, None] / np.float32(255)))
            for at in range(0, len(slices), CHUNK)
        ]
        np.savez(
            kept,
            logits=np.concatenate([part.logits for part in parts]),
            evidence=np.concatenate([part.evidence for part in parts]),
            embedding=np.concatenate([part.embedding for part in parts]),
        )
    with np.load(kept) as stored:
        return Seen(
            slices,
            stored["logits"],
            stored["evidence"],
            stored["embedding"].astype(np.float64),
            engine.spec.temperature,
        )


def halves(units: NDArray[np.str_], seed: int) -> tuple[Rows, Rows]:
    """Halve the slices by unit: rows of the pool, rows held out."""
    names = np.unique(units)
    drawn = np.random.default_rng(seed).permutation(names)[: len(names) // 2]
    inside = np.isin(units, drawn)
    return np.flatnonzero(inside), np.flatnonzero(~inside)


def fitted(features: Numbers, labels: Rows) -> Callable[[Numbers], Numbers]:
    """Fit a linear head; classes without a label get probability 0."""
    present = np.unique(labels)
    if len(present) < 2:
        only = np.eye(len(CLASS_NAMES))[present[0]]
        return lambda asked: np.tile(only, (len(asked), 1))
    head = LogisticRegression(C=SHRINKAGE, max_iter=300).fit(features, labels)

    def p_class(asked: Numbers) -> Numbers:
        found = np.zeros((len(asked), len(CLASS_NAMES)))
        found[:, present] = head.predict_proba(asked)
        return found

    return p_class


def curve(
    strategy: Strategy, features: Numbers, seen: Seen, attention: Attention, seed: int
) -> list[float]:
    """Give the balanced accuracy on held-out units after every batch of labels."""
    labels, units = seen.slices.labels, seen.slices.units
    pool, held_out = halves(units, seed)
    rng = np.random.default_rng(seed)
    chosen: Rows = np.zeros(0, np.int64)
    accuracy = []
    for batch, _ in enumerate(LABELS):
        rest = np.setdiff1d(pool, chosen)
        heads = _heads(features, labels, chosen, rest, strategy, rng)
        start = strategy if batch or strategy.own_start else LIMITED
        counts = tuple(int((labels[chosen] == c).sum()) for c in range(len(CLASS_NAMES)))
        known = Known(
            features[chosen] if start.limits else features[:0],
            counts if len(start.shares) > 1 else None,  # one rule alone is tried as it is
        )
        asked = Candidates(
            heads, features[rest], units[rest], CLASS_NAMES, attention=_part(attention, rest)
        )
        picked = queue(asked, start.config(1000 * seed + batch), known=known)
        chosen = np.concatenate([chosen, rest[[c.row for c in picked]]])
        said = fitted(features[chosen], labels[chosen])(features[held_out]).argmax(1)
        accuracy.append(balanced_accuracy(said, labels[held_out]))
    return accuracy


def _heads(
    features: Numbers,
    labels: Rows,
    chosen: Rows,
    rest: Rows,
    strategy: Strategy,
    rng: np.random.Generator,
) -> Numbers:
    """Give what heads that learned so far say of the rest, shape ``(heads, n, classes)``."""
    if not len(chosen):
        return np.full((1, len(rest), len(CLASS_NAMES)), 1 / len(CLASS_NAMES))
    samples = [chosen]
    if "bald" in strategy.shares:
        samples = [rng.choice(chosen, len(chosen)) for _ in range(ENSEMBLE)]
    return np.stack([fitted(features[own], labels[own])(features[rest]) for own in samples])


def _part(attention: Attention, rows: Rows) -> Attention:
    return Attention(
        attention.outside[rows], attention.scatter[rows], attention.outlined[rows],
        attention.ranks[rows], attention.suspicion[rows],
    )  # fmt: skip


def learning_rows(seen: Seen, attention: Attention, seeds: int) -> list[Row]:
    """Compare the areas under the learning curves of all strategies over the same seeds."""
    features = standardized(seen.embedding, seen.embedding)
    areas: dict[str, list[float]] = {strategy.name: [] for strategy in STRATEGIES}
    for seed in range(seeds):
        for strategy in STRATEGIES:
            found = curve(strategy, features, seen, attention, seed)
            areas[strategy.name].append(float(np.mean(found)))
        print(f"seed {seed}:", {name: round(own[-1], 4) for name, own in areas.items()}, flush=True)
    return area_rows(areas)


def area_rows(areas: dict[str, list[float]]) -> list[Row]:
    """Set areas by strategy, each a value for every seed, beside those of plain chance."""
    rows = [row(f"area, {name}", own, "") for name, own in areas.items()]
    for name, own in areas.items():
        if name != PLAIN.name:
            gain = mean_by_unit(np.array(own) - np.array(areas[PLAIN.name]))
            title = f"{name}: area above that at random, with 95 % interval over seeds"
            rows.append(Row(title, gain.value, "(mean)", gain.n, gain.low, gain.high, "above 0"))
    return rows


def error_rows(seen: Seen, attention: Attention, seeds: int) -> list[Row]:
    """Count wrong answers of the shipped network among the first 100 the queue asks for."""
    slices = seen.slices
    wrong = seen.logits.argmax(1) != slices.labels
    p_class = probabilities(seen.logits, temperature=seen.temperature)
    asked = Candidates(
        p_class[None], seen.embedding, slices.units, CLASS_NAMES, NECK, attention=attention
    )
    shares: dict[str, list[float]] = {"rules": [], "chance": []}
    for seed in range(seeds):
        found = queue(asked, QueueConfig(number=100, seed=seed))
        at = {
            "rules": [c.row for c in found if c.rule != "random"],
            "chance": [c.row for c in found if c.rule == "random"],
        }
        for name, own in at.items():
            shares[name].append(float(wrong[own].mean()))
    share = float(wrong.mean())
    rows = [Row("wrong answers, all slices", share, "of slices", 1, share, share)]
    for name, title in (("rules", "chosen by the queue's rules"), ("chance", "drawn at random")):
        mean = mean_by_unit(np.array(shares[name]))
        title = f"wrong answers among the queue's 100, {title}"
        rows.append(Row(title, mean.value, "of slices (mean)", seeds, mean.low, mean.high))
    return rows


def attention_rows(seen: Seen) -> list[Row]:
    """Ask whether suspicion, which knows no outline, finds evidence that lies off the tumor."""
    slices, rows = seen.slices, []
    for split in ("val", "test"):
        own = slices.splits == split
        part = slices.select(own)
        maps, answers = seen.contributions[own], seen.contributions[own].sum((2, 3)).argmax(1)
        blind = suspicion_of(locate(maps, part.heads), answers)
        told = suspicion_of(locate(maps, part.heads, part.masks > 127), answers)
        right = seen.logits[own].argmax(1) == part.labels
        judged = np.flatnonzero(
            told.outlined & right & (part.labels != NO_TUMOR) & (part.sources == FIGSHARE)
        )
        off = told.outside[judged] > OFF
        top = np.argsort(-blind.suspicion[judged], kind="stable")[: len(judged) // 10]
        area = float(roc_auc_score(off, blind.suspicion[judged]))
        n = len(judged)
        for name, value, unit in (
            ("most evidence off the tumor, all right answers", float(off.mean()), "of slices"),
            ("the same, the most suspicious tenth", float(off[top].mean()), "of slices"),
            ("the same, area under the ROC curve of suspicion", area, ""),
        ):
            rows.append(Row(f"{split}: {name}", value, unit, n, value, value))
    return rows


def main() -> None:
    """Simulate and write `results/acquisition.json`."""
    quick = "--quick" in sys.argv[1:]
    load = os.getloadavg()[0]
    data = read_settings().data
    if data is None:
        sys.exit("needs the private development data: set NEUROSCOPE_DATA")
    engine = load_engine(threads=1)
    seen = seen_by(engine, data)
    attention = suspicion_of(
        locate(seen.contributions, seen.slices.heads), seen.contributions.sum((2, 3)).argmax(1)
    )
    seeds = 2 if quick else SEEDS
    rows = [
        *attention_rows(seen),
        *error_rows(seen, attention, seeds),
        *learning_rows(seen, attention, seeds),
    ]
    for item in rows:
        print(f"{item.name}: {item.value:.4f} {item.unit} ({item.least:.4f}..{item.most:.4f})")
    units = len(np.unique(seen.slices.units))
    notes = [
        f"Weights {engine.model.sha256[:12]}; {len(seen.slices)} slices of {units} units, halved.",
        "A linear head on the embeddings learns from 10, 20 .. 100 labels.",
        "Area: its mean balanced accuracy on held-out units.",
        "The first 10 are drawn at random, for TypiClust and the queue by their own rules.",
        "Intervals over seeds hold for these slices; they say nothing of other hospitals.",
        "Suspicion averages the ranks of its two parts because that did best on val.",
    ]
    if not quick:
        question = "Does choosing slices beat drawing them at random?"
        write(Answer(question, rows, notes), "acquisition", load)


if __name__ == "__main__":
    main()
