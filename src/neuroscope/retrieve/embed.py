"""Turn slices, lesions and volumes into vectors of the evidence network, in its one pass.

A vector is the embedding minus the mean embedding of the training slices, at unit length, so that
the cosine of two vectors is one product. The embedding is a sum over places; so is every vector
here, and `why` can say exactly what each place brings to a similarity.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neuroscope.errors import BadInputError
from neuroscope.models.calibration import probabilities
from neuroscope.models.dino_places import DinoPlaces, load_dino
from neuroscope.models.inference import SHIPPED_WEIGHTS, EvidenceEngine
from neuroscope.models.pooled_places import PlacesEngine, PooledPlaces, load_places_engine
from neuroscope.preprocess.slice_input import PreparedSlice
from neuroscope.records.evidencespec import EvidenceSpec
from neuroscope.records.similar import CaseFacts, VectorSpace

PREPARATION = "slices-centered-1"  # raise the number whenever a vector would come out otherwise
DINO_PREPARATION = "patch-mean-1"
MOST_LESIONS = 3
LEAST_OF_EVIDENCE = 0.10  # of the slice's evidence; smaller components are no lesion of their own
HEALTHY = "notumor"

Float32 = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Embedder:
    """All that vectors of one space are made with.

    Attributes
    ----------
    mean
        Taken off every embedding, shape `(dimension,)`.
    """

    space: VectorSpace
    spec: EvidenceSpec
    places: PlacesEngine | DinoPlaces
    mean: Float32


@dataclass(frozen=True, slots=True, eq=False)
class SeenSlice:
    """One slice, or one lesion of it, as the network saw it.

    Attributes
    ----------
    margin
        Largest tumor logit minus that of a healthy head.
    places, mean
        What `vector` is made of: the sum over the places minus the mean, at unit length.
    coverage
        Shape `(rows, columns)` of the finest places, 0..1: how much each counts; None for all.
    """

    vector: Float32
    label: str
    p_label: float
    margin: float
    facts: CaseFacts
    places: PooledPlaces
    mean: Float32
    coverage: Float32 | None = None

    @property
    def dense(self) -> Float32:
        """Shape `(dimension, rows, columns)`: what each place brings to the vector, unscaled."""
        return dense_places(self.places, self.mean, self.coverage)


def make_embedder(
    engine: EvidenceEngine, *, threads: int = 0, weights: Path = SHIPPED_WEIGHTS
) -> Embedder:
    """Prepare to embed with the network of an engine.

    Parameters
    ----------
    weights
        The folder the engine was loaded from.
    """
    places = load_places_engine(threads=threads, weights=weights)
    size = engine.spec.size
    blank = places.run(np.zeros((1, 1, size, size), np.float32))
    dimension = blank.embedding.shape[1]
    mean = np.zeros(dimension, np.float32)
    if engine.reference is not None:
        mean = np.asarray(engine.reference.mean, np.float32)
    model = engine.model
    space = VectorSpace(model.name, model.version, model.sha256, f"{PREPARATION}-{size}", dimension)
    return Embedder(space, engine.spec, places, mean)


def make_dino_embedder(
    engine: EvidenceEngine, folder: Path, *, threads: int = 0, weights: Path = SHIPPED_WEIGHTS
) -> Embedder:
    """Prepare to embed with a DINO network from a folder; classes and lesions stay the engine's.

    Raises
    ------
    BadInputError, ModelError
        As `load_dino`.
    """
    evidence = load_places_engine(threads=threads, weights=weights)
    dino = load_dino(folder, evidence)
    name, model = dino.model.name, dino.model
    prepared = f"{DINO_PREPARATION}-{engine.spec.size}-{engine.model.sha256[:8]}"
    dimension = dino.shape.dimension
    space = VectorSpace(name, model.version, model.sha256, prepared, dimension)
    return Embedder(space, engine.spec, dino, np.zeros(dimension, np.float32))


def see(slices: Sequence[PreparedSlice], embedder: Embedder) -> tuple[SeenSlice, ...]:
    """Run prepared slices; the result of one does not depend on the others."""
    return tuple(_seen(item, embedder) for item in slices)


def _seen(item: PreparedSlice, embedder: Embedder) -> SeenSlice:
    places = embedder.places.run(item.image[None, None])
    p_class = probabilities(places.logits, temperature=embedder.spec.temperature)[0]
    classes = embedder.spec.classes
    best = int(p_class.argmax())
    facts = CaseFacts()
    if classes[best] != HEALTHY:
        facts = _looks(item, _evidence_mask(places, embedder.spec), embedder.spec)
    return SeenSlice(
        vector=unit(places.embedding[0] - embedder.mean),
        label=classes[best],
        p_label=float(p_class[best]),
        margin=_margin(places.logits[0], classes),
        facts=facts,
        places=places,
        mean=embedder.mean,
    )


def lesions_of(item: PreparedSlice, seen: SeenSlice, embedder: Embedder) -> tuple[SeenSlice, ...]:
    """Take the lesions of a slice apart: connected places of the evidence for its tumor.

    Returns
    -------
    tuple[SeenSlice, ...]
        At most three, largest evidence first; none where the network sees a healthy head.
    """
    if seen.label == HEALTHY:
        return ()
    numbered, _ = ndimage.label(_evidence_mask(seen.places, embedder.spec))
    evidence = seen.places.evidence[0, embedder.spec.classes.index(seen.label)]
    strength = np.bincount(numbered.ravel(), np.maximum(evidence, 0).ravel())
    strength[0] = 0.0
    order = [n for n in np.argsort(-strength) if strength[n] >= LEAST_OF_EVIDENCE * strength.sum()]
    return tuple(
        _of_region(item, seen, embedder, (numbered == n).astype(np.float32))
        for n in order[:MOST_LESIONS]
        if n
    )


def region_of(
    item: PreparedSlice, seen: SeenSlice, embedder: Embedder, region: NDArray[np.bool_]
) -> SeenSlice:
    """Embed a region that someone drew on a slice.

    Parameters
    ----------
    region
        True inside, on the pixels of the prepared slice, shape `(size, size)`.

    Raises
    ------
    BadInputError
        If the region is empty, or lies outside the head.
    """
    if region.shape != item.image.shape:
        raise BadInputError(
            f"The region has shape {region.shape}, the slice {item.image.shape}.",
            fix="Draw it on the prepared slice.",
        )
    cells = embedder.spec.cells
    inside = (region & item.head).astype(np.float32)
    step = region.shape[0] // cells
    coverage = inside.reshape(cells, step, cells, step).mean((1, 3))
    if not coverage.any():
        raise BadInputError(
            "The region is empty or lies outside the head.", fix="Draw it on the brain."
        )
    return _of_region(item, seen, embedder, coverage)


def volume_vector(seen: Sequence[SeenSlice], *, most: int = 8) -> Float32:
    """Sum a volume up: its slices that look most like a tumor, weighted by how much they do."""
    ordered = sorted(seen, key=lambda one: -one.margin)[:most]
    margins = np.array([one.margin for one in ordered])
    weights = np.exp(margins - margins.max())
    return unit(np.asarray(sum(w * o.vector for w, o in zip(weights, ordered, strict=True))))


def dense_places(places: PooledPlaces, mean: Float32, coverage: Float32 | None = None) -> Float32:
    """Lay what every place brings on the finest grid, the mean taken off.

    The mean is taken off in proportion to what a place brings, so that an empty place stays empty.
    With a coverage, only covered places count, and are scaled to what the whole slice brings.

    Returns
    -------
    NDArray[np.float32]
        Shape `(dimension, rows, columns)`; its sum over the places is the centered embedding.
    """
    finest = places.evidence.shape[2]
    parts, start = [], 0
    for block in places.blocks:
        values = np.asarray(block[0], np.float64)
        channels, rows, _ = values.shape
        mass = np.abs(values).sum(0)
        total = mass.sum()
        if coverage is not None:
            share = coverage.reshape(rows, finest // rows, rows, finest // rows).mean((1, 3))
            values, mass = values * share, mass * share
            values *= total / max(mass.sum(), 1e-12)
        mass = mass if mass.sum() > 0 else np.ones_like(mass)
        centered = values - mean[start : start + channels, None, None] * (mass / mass.sum())
        step = finest // rows
        parts.append(np.repeat(np.repeat(centered, step, 1), step, 2) / step**2)
        start += channels
    return np.concatenate(parts).astype(np.float32)


def unit(vector: NDArray[np.floating]) -> Float32:
    """Bring a vector to length 1.

    Raises
    ------
    BadInputError
        If it is 0 or not finite: the image says nothing.
    """
    length = float(np.linalg.norm(vector))
    if not 1e-9 < length < np.inf:
        raise BadInputError(
            "The network sees nothing in this image that could be compared.",
            fix="Give an image that shows a head.",
        )
    return np.asarray(vector / length, np.float32)


def _of_region(
    item: PreparedSlice, seen: SeenSlice, embedder: Embedder, coverage: Float32
) -> SeenSlice:
    dense = dense_places(seen.places, embedder.mean, coverage)
    return replace(
        seen,
        vector=unit(dense.sum((1, 2), dtype=np.float64)),
        coverage=coverage,
        facts=_looks(item, coverage > 0, embedder.spec),
    )


def _margin(logits: Float32, classes: Sequence[str]) -> float:
    if HEALTHY not in classes:
        return float(logits.max())
    healthy = classes.index(HEALTHY)
    return float(np.delete(logits, healthy).max() - logits[healthy])


def _evidence_mask(places: PooledPlaces, spec: EvidenceSpec) -> NDArray[np.bool_]:
    """Mark the places whose evidence for the predicted class belongs to the finding."""
    evidence = places.evidence[0, int(places.logits[0].argmax())]
    return np.asarray(evidence > spec.threshold * max(float(evidence.max()), 1e-12))


def _looks(item: PreparedSlice, mask: NDArray[np.bool_], spec: EvidenceSpec) -> CaseFacts:
    """Measure size, place and brightness of some places on the prepared slice."""
    rows, columns = np.nonzero(mask)
    if not len(rows):
        return CaseFacts()
    step = item.image.shape[0] // spec.cells
    pixels = np.repeat(np.repeat(mask, step, 0), step, 1) & item.head
    brightness = None
    if pixels.any() and item.head.any():
        brightness = round(float(item.image[pixels].mean() - item.image[item.head].mean()), 4)
    return CaseFacts(
        lesion_share=round(float(mask.mean()), 4),
        lesion_row=round(float((rows.mean() + 0.5) / spec.cells), 4),
        lesion_column=round(float((columns.mean() + 0.5) / spec.cells), 4),
        lesion_brightness=brightness,
    )
