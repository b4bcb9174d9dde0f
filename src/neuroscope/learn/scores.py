"""Score answers and maps: is the class right, do the contributions lie on the tumor."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from neuroscope.learn.dataset import FIGSHARE, FOUR_CLASS, SliceSet
from neuroscope.learn.predict import Outputs
from neuroscope.models.calibration import expected_calibration_error, probabilities
from neuroscope.models.classes import CLASS_NAMES, NO_TUMOR
from neuroscope.preprocess.slice_input import map_on_pixels
from neuroscope.statistics import Interval, balanced_accuracy, bootstrap_by_unit

THRESHOLDS = np.array([0.01, 0.02, 0.03, 0.04, *np.round(np.arange(0.05, 0.80, 0.05), 2)])


@dataclass(frozen=True, slots=True, eq=False)
class Localization:
    """How well n maps lie on n masks; every array has shape ``(n,)`` unless said."""

    pointing: NDArray[np.float64]  # 1 where the largest contribution lies on the tumor or within
    # one place of it
    strict_pointing: NDArray[np.float64]  # the same without tolerance
    mass: NDArray[np.float64]  # share of the positive contributions on the tumor
    iou: NDArray[np.float64]  # (n, thresholds), overlap of map > threshold * maximum


def localize(
    maps: list[NDArray[np.float32]], masks: list[NDArray[np.bool_]], *, tolerance: list[float]
) -> Localization:
    """Compare signed maps with masks on the same pixels.

    Parameters
    ----------
    maps, masks
        One pair per slice, each of one shape; masks are not empty.
    tolerance
        Pixels by which the largest contribution may miss the tumor: one place of the map.
    """
    rows = [
        _localize_one(image, mask, reach)
        for image, mask, reach in zip(maps, masks, tolerance, strict=True)
    ]
    table = np.array(rows, np.float64).reshape(len(rows), 3 + len(THRESHOLDS))
    return Localization(table[:, 0], table[:, 1], table[:, 2], table[:, 3:])


def _localize_one(
    image: NDArray[np.float32], mask: NDArray[np.bool_], reach: float
) -> tuple[float, ...]:
    positive = np.maximum(image, 0.0)
    peak = np.unravel_index(int(image.argmax()), image.shape)
    near = float(ndimage.distance_transform_edt(~mask)[peak])
    total = float(positive.sum())
    mass = float(positive[mask].sum()) / total if total > 0 else 0.0
    largest = float(positive.max())
    ious = []
    for threshold in THRESHOLDS:
        lit = positive > threshold * largest if largest > 0 else np.zeros_like(mask)
        ious.append(float((lit & mask).sum() / (lit | mask).sum()))
    return (float(near <= reach), float(near == 0), mass, *ious)


def quick_scores(outputs: Outputs, slices: SliceSet) -> dict[str, float]:
    """Sum up a validation pass in a few numbers, on the prepared grid."""
    figshare = slices.sources == FIGSHARE
    four = slices.sources == FOUR_CLASS
    shown = np.flatnonzero(figshare & slices.has_mask & (slices.labels != NO_TUMOR))
    size, places = slices.images.shape[-1], outputs.evidence.shape[-1]
    jump = size / places
    maps = map_on_pixels(
        outputs.of_predicted()[shown], np.eye(3), (size, size), offset=(jump - 1) / 2, jump=jump
    )
    masks = slices.masks[shown] > 127
    kept = np.flatnonzero(masks.any((1, 2)))
    found = localize(
        [maps[n] for n in kept], [masks[n] for n in kept], tolerance=[jump] * len(kept)
    )
    best = int(found.iou.mean(0).argmax())
    p_class = probabilities(outputs.logits, temperature=1.0)
    scores = {
        "four_class": balanced_accuracy(outputs.predicted[four], slices.labels[four]),
        "figshare": balanced_accuracy(outputs.predicted[figshare], slices.labels[figshare]),
        "pointing": float(found.pointing.mean()),
        "mass": float(found.mass.mean()),
        "iou": float(found.iou.mean(0)[best]),
        "threshold": float(THRESHOLDS[best]),
        "ece": expected_calibration_error(p_class, slices.labels),
        "nll": float(-np.log(p_class[np.arange(len(slices)), slices.labels] + 1e-12).mean()),
    }
    return {name: round(value, 4) for name, value in scores.items()}


def measure_answers(outputs: Outputs, slices: SliceSet, temperature: float) -> dict[str, Interval]:
    """Measure recalls, balanced accuracy and calibration per set, with intervals by unit.

    Parameters
    ----------
    temperature
        Chosen on validation.

    Returns
    -------
    dict[str, Interval]
        Keys ``<set>/balanced_accuracy``, ``<set>/recall/<class>``, ``<set>/ece``; an answer
        ``notumor`` on the three-class figshare set counts as wrong. Where a set lacks classes,
        ``<set>/balanced_accuracy_among_its_classes`` takes the best answer among those it has, as
        networks of three classes do. ``both/ece`` covers both sets.
    """
    p_class = probabilities(outputs.logits, temperature=temperature)
    found = {"both/ece": calibration_error(outputs, slices, temperature)}
    for source in (FOUR_CLASS, FIGSHARE):
        rows = np.flatnonzero(slices.sources == source)
        labels, guess, units = slices.labels[rows], outputs.predicted[rows], slices.units[rows]
        p_rows = p_class[rows]
        found[f"{source}/balanced_accuracy"] = bootstrap_by_unit(
            lambda at, g=guess, y=labels: balanced_accuracy(g[at], y[at]),  # type: ignore[misc]
            units,
            strata=labels,
        )
        own_classes = np.unique(labels)
        if len(own_classes) < len(CLASS_NAMES):
            among = own_classes[p_rows[:, own_classes].argmax(1)]
            found[f"{source}/balanced_accuracy_among_its_classes"] = bootstrap_by_unit(
                lambda at, g=among, y=labels: balanced_accuracy(g[at], y[at]),  # type: ignore[misc]
                units,
                strata=labels,
            )
        found[f"{source}/ece"] = bootstrap_by_unit(
            lambda at, p=p_rows, y=labels: expected_calibration_error(p[at], y[at]),  # type: ignore[misc]
            units,
            strata=labels,
        )
        for label in own_classes:
            own = np.flatnonzero(labels == label)
            hit = (guess[own] == label).astype(float)
            found[f"{source}/recall/{CLASS_NAMES[label]}"] = bootstrap_by_unit(
                lambda at, h=hit: float(h[at].mean()),  # type: ignore[misc]
                units[own],
            )
    return found


def calibration_error(outputs: Outputs, slices: SliceSet, temperature: float) -> Interval:
    """Measure the expected calibration error over both sets, with its interval by unit."""
    p_class = probabilities(outputs.logits, temperature=temperature)
    return bootstrap_by_unit(
        lambda at: expected_calibration_error(p_class[at], slices.labels[at]),
        slices.units,
        strata=slices.labels,
    )
