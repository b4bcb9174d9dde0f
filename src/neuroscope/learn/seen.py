"""What a loaded engine says of many prepared pictures, as it says it when a study is analyzed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.learn.dataset import SliceSet
from neuroscope.models.doubt import Assessed, assess
from neuroscope.models.inference import EvidenceEngine
from neuroscope.models.plausibility import Plausibility, plausibility
from neuroscope.preprocess.slice_input import prepare_slice

CHUNK = 64


@dataclass(frozen=True, slots=True, eq=False)
class PreparedPictures:
    """Pictures as the network sees them; row n of every array is picture n."""

    images: NDArray[np.uint8]  # (n, size, size), 255 is gray value 1
    heads: NDArray[np.bool_]  # (n, size, size)
    head_fractions: NDArray[np.float64]  # (n,)
    units: NDArray[Any]  # (n,)

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Logits ``(n, classes)`` and embeddings ``(n, d)``."""

    logits: NDArray[np.float32]
    embedding: NDArray[np.float32]


def of_slices(slices: SliceSet) -> PreparedPictures:
    """Take slices of the development sets as pictures."""
    return PreparedPictures(slices.images, slices.heads, slices.head_fractions, slices.units)


def prepared(
    pictures: Iterable[NDArray[np.floating]], units: Iterable[str], *, size: int
) -> PreparedPictures:
    """Prepare pictures of gray values, each ``(rows, columns)``."""
    ready = [prepare_slice(pixels, size=size) for pixels in pictures]
    return PreparedPictures(
        np.stack([np.round(item.image * 255).astype(np.uint8) for item in ready]),
        np.stack([item.head for item in ready]),
        np.array([item.head_fraction for item in ready]),
        np.array(list(units)),
    )


def seen(engine: EvidenceEngine, images: NDArray[np.uint8]) -> Seen:
    """Run pictures ``(n, size, size)``; their evidence is not kept."""
    logits, embedding = [], []
    for start in range(0, len(images), CHUNK):
        batch = images[start : start + CHUNK, None].astype(np.float32) / np.float32(255)
        answer = engine.run(batch)
        logits.append(answer.logits)
        embedding.append(answer.embedding)
    return Seen(np.concatenate(logits), np.concatenate(embedding))


def judged(
    engine: EvidenceEngine, pictures: PreparedPictures, found: Seen
) -> list[tuple[Assessed, Plausibility]]:
    """Say of every picture what an analysis would: its doubt, and the cautions that abstain."""
    assessed = assess(found.logits, found.embedding, engine.doubt)
    judgments = []
    for start in range(0, len(pictures), CHUNK):
        rows = range(start, min(start + CHUNK, len(pictures)))
        images = pictures.images[rows.start : rows.stop].astype(np.float32) / np.float32(255)
        for row, image, pose in zip(rows, images, engine.poses(images[:, None]), strict=True):
            gates = plausibility(
                image,
                pictures.heads[row],
                float(pictures.head_fractions[row]),
                found.embedding[row],
                reference=engine.reference,
                pose=pose,
                bounds=engine.spec.head_fraction,
                assessed=assessed[row].score,
            )
            judgments.append((assessed[row], gates))
    return judgments
