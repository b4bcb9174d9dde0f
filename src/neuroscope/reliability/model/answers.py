"""How often a model is right, and how honest its probabilities are."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from neuroscope.models.calibration import brier_score, expected_calibration_error
from neuroscope.records.modelaudit import Measure, Table
from neuroscope.reliability.audited import probabilities_of
from neuroscope.reliability.averages import RESAMPLES, mean_by_patient
from neuroscope.reliability.model.material import Material, Part, cannot
from neuroscope.statistics import Interval, balanced_accuracy, bootstrap_by_unit

NO_LABELS = "No picture bears a label that the model knows."


def accuracy(material: Material) -> Part:
    """Measure balanced accuracy, the recall of every class, and count confusions."""
    rows = material.known
    if not len(rows):
        return cannot("Accuracy", NO_LABELS, material)
    labels, guess = material.pictured.labels[rows], material.said.predicted[rows]
    patients = material.pictured.patients[rows]
    classes = material.model.classes
    present = np.unique(labels)
    whole = _bootstrapped(material, lambda at: balanced_accuracy(guess[at], labels[at]))
    how = "share right, averaged over the classes of the set"
    measures = [Measure("accuracy", "balanced accuracy", whole, "share", how, "higher")]
    for label in present.tolist():
        own = labels == label
        right = (guess[own] == label).astype(np.float64)
        measures.append(
            Measure(
                "accuracy",
                f"recall of {classes[label]}",
                mean_by_patient(right, patients[own], seed=material.seed),
                "share",
                f"share of {classes[label]} that was called so",
                "higher",
            )
        )
    counts = np.zeros((len(classes), len(classes)), np.int64)
    np.add.at(counts, (labels, guess), 1)
    lines = tuple(
        (classes[n], *(str(count) for count in counts[n].tolist())) for n in present.tolist()
    )
    table = Table("accuracy", "Confusions", "Rows: label. Columns: answer.", ("", *classes), lines)
    if len(present) < 2:
        why = "The set has one class; being right there says nothing about others."
        only = cannot("Accuracy over classes", why, material).not_done
        return Part(tuple(measures), tables=(table,), not_done=only)
    return Part(tuple(measures), tables=(table,))


def calibration(material: Material) -> Part:
    """Measure how far confidence lies from accuracy."""
    rows = material.known
    if not len(rows):
        return cannot("Calibration", NO_LABELS, material)
    p_class = probabilities_of(material.said, material.model.temperature)[rows]
    labels = material.pictured.labels[rows]
    error = _bootstrapped(material, lambda at: expected_calibration_error(p_class[at], labels[at]))
    brier = _bootstrapped(material, lambda at: brier_score(p_class[at], labels[at]))
    scaled = f"probabilities at temperature {material.model.temperature:.2f}"
    return Part(
        (
            Measure(
                "calibration",
                "expected calibration error",
                error,
                "share",
                f"mean gap between confidence and accuracy, 15 bins of equal mass; {scaled}",
                "lower",
            ),
            Measure(
                "calibration",
                "Brier score",
                brier,
                "",
                f"mean squared distance to the truth, 0 best, 2 worst; {scaled}",
                "lower",
            ),
        )
    )


def _bootstrapped(material: Material, statistic: Callable[[NDArray[np.int64]], float]) -> Interval:
    rows = material.known
    return bootstrap_by_unit(
        statistic,
        material.pictured.patients[rows],
        strata=material.pictured.labels[rows],
        resamples=RESAMPLES,
        seed=material.seed,
    )
