"""Whether a model is wrong where it is unsure: errors if the least sure answers are left out."""

import numpy as np
from numpy.typing import NDArray

from neuroscope.records.modelaudit import Curve, Measure
from neuroscope.reliability.audited import probabilities_of
from neuroscope.reliability.averages import RESAMPLES
from neuroscope.reliability.doubt.calibration import classwise_error
from neuroscope.reliability.doubt.selective import risk_coverage
from neuroscope.reliability.model.material import Material, Part, cannot
from neuroscope.statistics import bootstrap_by_unit

COVERAGES = (0.8, 0.9)
POINTS = 21


def doubt(material: Material) -> Part:
    """Give the error rate of the surest answers, and the risk over coverage."""
    rows = material.known
    if not len(rows):
        return cannot("Doubt", "No picture bears a label that the model knows.", material)
    p_class = probabilities_of(material.said, material.model.temperature)[rows]
    labels, patients = material.pictured.labels[rows], material.pictured.patients[rows]
    confidence = p_class.max(1)
    right = np.asarray(p_class.argmax(1) == labels)
    measures = []
    for coverage in COVERAGES:

        def risk(at: NDArray[np.int64], share: float = coverage) -> float:
            return risk_coverage(confidence[at], right[at]).risk_at(share)

        measures.append(
            Measure(
                "doubt",
                f"wrong among the surest {coverage:.0%}",
                bootstrap_by_unit(risk, patients, resamples=RESAMPLES, seed=material.seed),
                "share",
                "error rate where the least sure answers are left to a person",
                "lower",
            )
        )
    measures.append(
        Measure(
            "doubt",
            "calibration error of the classes",
            bootstrap_by_unit(
                lambda at: float(np.nanmean(classwise_error(p_class[at], labels[at]))),
                patients,
                strata=labels,
                resamples=RESAMPLES // 5,
                seed=material.seed,
            ),
            "share",
            "the gap between probability and frequency, class by class, averaged",
            "lower",
        )
    )
    whole = risk_coverage(confidence, right)
    shares = np.linspace(1 / POINTS, 1, POINTS)
    curve = Curve(
        "doubt",
        "errors among the surest answers",
        "share of the pictures that is answered",
        "share wrong",
        tuple(shares.tolist()),
        tuple(whole.risk_at(float(share)) for share in shares),
    )
    return Part(tuple(measures), (curve,))
