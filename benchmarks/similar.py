"""Measure whether similar cases are of the same kind, on slices nobody trained on.

Queries are the test slices of the split, the gallery its training slices. A query never finds its
own leak group: its unit of the split, and all that is a copy of, or alike to, a slice of the group
in any turn or mirroring, chained. Rankings: the shipped vectors, raw pixels, a network of random
weights, chance; and on 1 slice in 24 a DINO network, of the folder given, else DINOv2 of random
weights as a control.
"""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from measuring import Answer, Row, write
from neuroscope.learn.dataset import SliceSet, load_slices, read_gray
from neuroscope.models.classes import CLASS_NAMES
from neuroscope.models.dino_places import load_dino
from neuroscope.models.evidence import EvidenceNetwork
from neuroscope.models.inference import EvidenceEngine, load_engine
from neuroscope.models.pooled_places import load_places_engine
from neuroscope.records.dataaudit import Picture
from neuroscope.reliability.dataset.duplicates import find_duplicates
from neuroscope.reliability.dataset.groups import groups_of
from neuroscope.reliability.dataset.looks import Look, look_at
from neuroscope.retrieve.embed import make_embedder
from neuroscope.settings import read_settings
from neuroscope.statistics import Interval, bootstrap_by_unit

HITS = 10
PIXELS = 40  # a side, of what the raw-pixel rival compares
BATCH = 64
EVERY = 24  # of the slices, for DINO: it takes a quarter of a second for each
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


def dino(slices: SliceSet, folder: Path) -> Float32:
    """Embed with a DINO network from a folder, as `neuroscope similar --embedder` does."""
    network = load_dino(folder, load_places_engine())
    return _unit(np.concatenate([network.run(batch).embedding for batch in _batches(slices)]))


def random_dino(folder: Path) -> Path:
    """Write a DINOv2 network (ViT-S/14) of random weights: the control, not a rival."""
    from transformers import Dinov2Config, Dinov2Model

    torch.manual_seed(0)
    config = Dinov2Config(hidden_size=384, num_hidden_layers=12, num_attention_heads=6)
    Dinov2Model(config).save_pretrained(folder)
    return folder


def leak_groups(root: Path, slices: SliceSet) -> NDArray[np.int64]:
    """Give the number of the group that a slice must not find, shape `(n,)`."""

    def look(name: str) -> Look:
        return look_at(read_gray(root / name).astype(np.uint8))

    with ThreadPoolExecutor(2) as pool:
        looks = list(pool.map(look, slices.names))
    pictures = [
        Picture(name, group=str(unit))
        for name, unit in zip(slices.names, slices.units, strict=True)
    ]
    return groups_of(pictures, find_duplicates(looks))


def ranked(
    vectors: Float32, slices: SliceSet, groups: NDArray[np.int64], *, shuffled: bool = False
) -> Scores:
    """Rank the gallery for every query; give average precision, hits and sources for each."""
    asking, known = slices.splits == "test", slices.splits == "train"
    cosines = vectors[asking] @ vectors[known].T
    if shuffled:
        cosines = np.random.default_rng(0).random(cosines.shape, np.float32)
    own = groups[asking][:, None] == groups[known][None]
    order = np.argsort(-np.where(own, -np.inf, cosines), axis=1)
    other = ~np.take_along_axis(own, order, 1)
    relevant = (slices.labels[known][order] == slices.labels[asking][:, None]) & other
    hits = np.cumsum(relevant, 1) / np.arange(1, relevant.shape[1] + 1)
    same = (slices.sources[known][order] == slices.sources[asking][:, None]) & other
    discounts = 1 / np.log2(np.arange(2, HITS + 2))
    return {
        "mAP": (hits * relevant).sum(1) / relevant.sum(1),
        "P@10": relevant[:, :HITS].mean(1),
        "nDCG@10": relevant[:, :HITS] @ discounts / discounts.sum(),
        "same source": same[:, :HITS].mean(1),
        "same source base": same.sum(1) / other.sum(1),
    }


def macro(
    values: NDArray[np.float64], labels: NDArray[np.int64], groups: NDArray[np.int64]
) -> Interval:
    """Average over the classes, with an interval by leak group."""

    def average(rows: NDArray[np.int64]) -> float:
        kept, of = values[rows], labels[rows]
        return float(np.mean([kept[of == c].mean() for c in np.unique(of)]))

    return bootstrap_by_unit(average, groups, strata=labels, resamples=500)


def _batches(slices: SliceSet) -> list[Float32]:
    return [
        slices.images[start : start + BATCH].astype(np.float32)[:, None] / np.float32(255)
        for start in range(0, len(slices), BATCH)
    ]


def _unit(vectors: NDArray[np.floating]) -> Float32:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def _row(name: str, found: Interval, target: str = "") -> Row:
    return Row(name, found.value, "", found.n, found.low, found.high, target)


def rows_of(scores: dict[str, Scores], slices: SliceSet, groups: NDArray[np.int64]) -> list[Row]:
    """Write down every ranking, and by how much the first is ahead of the others."""
    asking = slices.splits == "test"
    labels, own = slices.labels[asking], groups[asking]
    first, *rivals = scores
    rows = []
    for name, of in scores.items():
        target = ">= 0.90" if name == "evidence network" else ""
        rows.append(_row(f"{name}: macro mAP", macro(of["mAP"], labels, own)))
        rows.append(_row(f"{name}: macro P@10", macro(of["P@10"], labels, own), target))
        rows.append(_row(f"{name}: macro nDCG@10", macro(of["nDCG@10"], labels, own)))
        rows.append(_row(f"{name}: same source among 10", macro(of["same source"], labels, own)))
    for rival in rivals:
        for measure in ("mAP", "P@10", "nDCG@10"):
            gain = macro(scores[first][measure] - scores[rival][measure], labels, own)
            rows.append(_row(f"{first} minus {rival}: {measure}", gain, "interval > 0"))
    return rows


def main() -> None:
    """Measure and write `results/similar.json`; an argument names a folder of DINO weights."""
    load = os.getloadavg()[0]
    data = read_settings().data
    if data is None:
        sys.exit("needs the private development data: set NEUROSCOPE_DATA")
    engine = load_engine()
    slices = load_slices(Path(data), splits=("train", "test"), size=engine.spec.size)
    groups = leak_groups(Path(data), slices)
    known, asking = slices.splits == "train", slices.splits == "test"
    vectors = shipped(slices, engine)
    rivals = {
        "evidence network": vectors,
        "raw pixels": raw_pixels(slices, known),
        "random weights (control)": random_weights(slices, known),
    }
    scores = {name: ranked(of, slices, groups) for name, of in rivals.items()}
    scores["random ranking"] = ranked(vectors, slices, groups, shuffled=True)
    rows = rows_of(scores, slices, groups)
    labels, own = slices.labels[asking], groups[asking]
    for number, name in enumerate(CLASS_NAMES):
        of = labels == number
        hits = scores["evidence network"]["P@10"][of]
        rows.append(_row(f"P@10, {name}", macro(hits, labels[of], own[of])))
    base = macro(scores["evidence network"]["same source base"], labels, own)
    rows.append(_row("same source among the whole gallery", base))
    some = np.arange(len(slices)) % EVERY == 0
    few, few_groups = slices.select(some), groups[some]
    with TemporaryDirectory() as folder:
        given = Path(sys.argv[1]) if len(sys.argv) > 1 else random_dino(Path(folder))
        name = "DINO" if len(sys.argv) > 1 else "DINOv2 ViT-S/14, random weights (control)"
        beside = {
            f"evidence network, 1 slice in {EVERY}": ranked(vectors[some], few, few_groups),
            f"{name}, 1 slice in {EVERY}": ranked(dino(few, given), few, few_groups),
        }
    rows += rows_of(beside, few, few_groups)
    linked = np.isin(own, groups[known])
    notes = [
        (
            f"{asking.sum():,} test queries in {len(np.unique(own))} leak groups, {known.sum():,} "
            f"training slices as gallery, the query's own group left out: {linked.sum():,} queries "
            f"have some of theirs in the gallery; the largest has {np.bincount(groups).max()} "
            "slices. Beside the value stand the ends of its 95 % interval (groups drawn within "
            "classes, 500 times)."
        ),
        (
            "The gallery is what the network was trained on, but for slices with a copy among the "
            f"queries; the queries it never saw. Network {engine.model.sha256[:8]}."
        ),
        (
            f"DINO: {(few.splits == 'test').sum()} queries, {(few.splits == 'train').sum():,} "
            "slices as gallery. No weights of DINO could be had here; random weights are a control."
        ),
        (
            "Healthy heads come from other sources than tumors, so part of the agreement may be "
            "the source: read the same-source rows."
        ),
    ]
    for one in rows:
        print(f"{one.name:65s} {one.value:.4f} [{one.least:.4f}, {one.most:.4f}]")
    print(*notes, sep="\n")
    write(Answer("Are similar cases of the same kind?", rows, notes), "similar", load)


if __name__ == "__main__":
    main()
