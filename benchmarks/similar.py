"""Measure whether similar cases are of the same kind, on slices nobody trained on.

Queries are the test slices of the leak-aware split, the gallery its training slices; a query never
finds its own unit. Rankings: the shipped vectors, raw pixels, a network of random weights, chance.
"""

import os
import sys
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from measuring import Answer, Row, write
from neuroscope.learn.dataset import SliceSet, load_slices
from neuroscope.models.classes import CLASS_NAMES
from neuroscope.models.evidence import EvidenceNetwork
from neuroscope.models.inference import EvidenceEngine, load_engine
from neuroscope.retrieve.embed import make_embedder
from neuroscope.settings import read_settings
from neuroscope.statistics import Interval, bootstrap_by_unit

HITS = 10
PIXELS = 40  # a side, of what the raw-pixel rival compares
BATCH = 64
Float32 = NDArray[np.float32]
Scores = dict[str, NDArray[np.float64]]


def shipped(slices: SliceSet, engine: EvidenceEngine) -> Float32:
    """Embed with the shipped weights, as `neuroscope similar` does."""
    mean = make_embedder(engine).mean
    return _unit(np.concatenate([engine.run(batch).embedding for batch in _batches(slices)]) - mean)


def raw_pixels(slices: SliceSet, train: NDArray[np.bool_]) -> Float32:
    """Compare prepared gray values, averaged down, their mean over the gallery taken off."""
    box = Image.Resampling.BOX
    small = np.stack(
        [
            np.asarray(Image.fromarray(image).resize((PIXELS, PIXELS), box), np.float32).ravel()
            for image in slices.images
        ]
    )
    return _unit(small - small[train].mean(0))


def random_weights(slices: SliceSet, train: NDArray[np.bool_]) -> Float32:
    """Embed with the same network before any training: the control, not a rival."""
    torch.manual_seed(0)
    network = EvidenceNetwork().eval()
    with torch.inference_mode():
        parts = [network(torch.from_numpy(batch)).embedding.numpy() for batch in _batches(slices)]
    embedding = np.concatenate(parts)
    return _unit(embedding - embedding[train].mean(0))


def ranked(vectors: Float32, slices: SliceSet, *, shuffled: bool = False) -> Scores:
    """Rank the gallery for every query; give average precision, hits and sources for each."""
    asking, known = slices.splits == "test", slices.splits == "train"
    cosines = vectors[asking] @ vectors[known].T
    if shuffled:
        cosines = np.random.default_rng(0).random(cosines.shape, np.float32)
    own = slices.units[asking][:, None] == slices.units[known][None]
    order = np.argsort(-np.where(own, -np.inf, cosines), axis=1)
    relevant = slices.labels[known][order] == slices.labels[asking][:, None]
    relevant &= ~np.take_along_axis(own, order, 1)
    hits = np.cumsum(relevant, 1) / np.arange(1, relevant.shape[1] + 1)
    same = slices.sources[known][order] == slices.sources[asking][:, None]
    return {
        "mAP": (hits * relevant).sum(1) / relevant.sum(1),
        "P@10": relevant[:, :HITS].mean(1),
        "same source": same[:, :HITS].mean(1),
        "same source base": same.mean(1),
    }


def macro(
    values: NDArray[np.float64], labels: NDArray[np.int64], units: NDArray[np.str_]
) -> Interval:
    """Average over the classes, with an interval by unit."""

    def average(rows: NDArray[np.int64]) -> float:
        kept, of = values[rows], labels[rows]
        return float(np.mean([kept[of == c].mean() for c in np.unique(of)]))

    return bootstrap_by_unit(average, units, strata=labels, resamples=500)


def _batches(slices: SliceSet) -> list[Float32]:
    return [
        slices.images[start : start + BATCH].astype(np.float32)[:, None] / np.float32(255)
        for start in range(0, len(slices), BATCH)
    ]


def _unit(vectors: NDArray[np.floating]) -> Float32:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def _row(name: str, found: Interval, target: str = "") -> Row:
    return Row(name, found.value, "", found.n, found.low, found.high, target)


def main() -> None:
    """Measure and write `results/similar.json`."""
    load = os.getloadavg()[0]
    data = read_settings().data
    if data is None:
        sys.exit("needs the private development data: set NEUROSCOPE_DATA")
    engine = load_engine()
    slices = load_slices(Path(data), splits=("train", "test"), size=engine.spec.size)
    known, asking = slices.splits == "train", slices.splits == "test"
    vectors = shipped(slices, engine)
    scores = {
        "evidence network": ranked(vectors, slices),
        "raw pixels": ranked(raw_pixels(slices, known), slices),
        "random weights (control)": ranked(random_weights(slices, known), slices),
        "random ranking": ranked(vectors, slices, shuffled=True),
    }
    labels, units = slices.labels[asking], slices.units[asking]
    ours = scores["evidence network"]
    rows = []
    for name, of in scores.items():
        target = ">= 0.90" if of is ours else ""
        rows.append(_row(f"{name}: macro mAP", macro(of["mAP"], labels, units)))
        rows.append(_row(f"{name}: macro P@10", macro(of["P@10"], labels, units), target))
        rows.append(_row(f"{name}: same source among 10", macro(of["same source"], labels, units)))
    for rival in list(scores)[1:]:
        for measure in ("mAP", "P@10"):
            gain = macro(ours[measure] - scores[rival][measure], labels, units)
            rows.append(_row(f"evidence network minus {rival}: {measure}", gain, "interval > 0"))
    for number, name in enumerate(CLASS_NAMES):
        own = labels == number
        rows.append(_row(f"P@10, {name}", macro(ours["P@10"][own], labels[own], units[own])))
    base = macro(ours["same source base"], labels, units)
    rows.append(_row("same source among the whole gallery", base))
    notes = [
        (
            f"{asking.sum():,} test queries in {len(np.unique(units))} units, {known.sum():,} "
            "training slices as gallery, the query's own unit left out. Beside the value stand the "
            "ends of its 95 % interval (units drawn within classes, 500 times)."
        ),
        (
            "The gallery is what the network was trained on, the queries are not. DINO was not "
            "measured: no weights could be had here."
        ),
        (
            "Healthy heads come from other sources than tumors, so part of the agreement may be "
            "the source: read the same-source rows."
        ),
    ]
    for one in rows:
        print(f"{one.name:55s} {one.value:.4f} [{one.least:.4f}, {one.most:.4f}]")
    write(Answer("Are similar cases of the same kind?", rows, notes), "similar", load)


if __name__ == "__main__":
    main()
