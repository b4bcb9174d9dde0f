"""Name, count and draw the answers that a retraining lost."""

import numpy as np
from numpy.typing import NDArray

from neuroscope.learn.reasons.cases import Cases
from neuroscope.learn.reasons.held_out_scores import Scores, answered
from neuroscope.models.classes import CLASS_NAMES
from neuroscope.models.evidence import EvidenceNetwork
from neuroscope.records.certificate import Certificate, FlipPicture, NegativeFlip

PICTURES = 12


def flips(before: Scores, after: Scores, answers: Cases) -> tuple[tuple[NegativeFlip, ...], int]:
    """List answers that were right and are wrong now, and count those the other way round."""
    was_right, is_right = before.predicted == answers.labels, after.predicted == answers.labels
    lost = tuple(
        NegativeFlip(
            unit=str(answers.units[row]),
            index=int(row),
            label=CLASS_NAMES[answers.labels[row]],
            before=CLASS_NAMES[before.predicted[row]],
            after=CLASS_NAMES[after.predicted[row]],
        )
        for row in np.flatnonzero(was_right & ~is_right)
    )
    return lost, int((~was_right & is_right).sum())


def flip_pictures(
    before: EvidenceNetwork,
    after: EvidenceNetwork,
    answers: Cases,
    certificate: Certificate,
    *,
    most: int = PICTURES,
) -> tuple[FlipPicture, ...]:
    """Give pictures and maps of the first negative flips of a certificate."""
    shown = certificate.negative_flips[:most]
    images = answers.images[np.array([flip.index for flip in shown], np.int64)]
    maps = [
        _maps_of(network, images, [getattr(flip, when) for flip in shown])
        for network, when in ((before, "before"), (after, "after"))
    ]
    return tuple(
        FlipPicture(flip, image.astype(np.float32) / 255, was, now)
        for flip, image, was, now in zip(shown, images, *maps, strict=True)
    )


def _maps_of(
    network: EvidenceNetwork, images: NDArray[np.uint8], labels: list[str]
) -> NDArray[np.float32]:
    evidence = answered(network, images).evidence.numpy()
    classes = [CLASS_NAMES.index(label) for label in labels]
    return np.asarray(evidence[np.arange(len(images)), classes])
