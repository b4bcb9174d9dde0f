"""Close the gate of a trained network as far as validation allows.

A gate trained with soft targets stays ajar around a lesion, and the many places that are slightly
open draw evidence away from it. Subtracting a constant from the gate logit, and lowering the floor
under the gate, takes weight from those places; the pooling stays what it was, so the map is still
the decision. Both constants are chosen on validation slices: of all candidates that answer as well
as the trained network, the one whose evidence lies most on the tumor.
"""

from dataclasses import replace
from itertools import product

import torch

from neuroscope.learn.dataset import SliceSet
from neuroscope.learn.predict import predict
from neuroscope.learn.scores import quick_scores
from neuroscope.models.calibration import fit_temperature, probabilities
from neuroscope.models.evidence import GATE_FLOOR, EvidenceNetwork

SHIFTS = (0.0, 1.0, 1.5, 2.0, 2.5)
FLOORS = (GATE_FLOOR, 1e-4, 1e-5)
WORSE_BY = 0.002  # of the mean of both balanced accuracies: a rounding, not a price
LIKELIHOOD_WORSE_BY = 0.10  # relative, of the negative log-likelihood after calibration


def close_gate(network: EvidenceNetwork, val: SliceSet) -> tuple[EvidenceNetwork, str]:
    """Choose how far the gate is closed; a network without sigmoid gate is returned as it is.

    Returns
    -------
    tuple[EvidenceNetwork, str]
        The changed network, and what was chosen, in words for the sidecar.
    """
    if network.shape.pooling != "sigmoid":
        return network, "as trained"
    tried = {
        (shift, floor): _scores(_closed(network, shift, floor), val)
        for shift, floor in product(SHIFTS, FLOORS)
    }
    trained = tried[0.0, GATE_FLOOR]
    good = [
        candidate
        for candidate, scores in tried.items()
        if scores["accuracy"] >= trained["accuracy"] - WORSE_BY
        and scores["likelihood"] <= trained["likelihood"] * (1 + LIKELIHOOD_WORSE_BY)
    ]
    best = max(good, key=lambda candidate: tried[candidate]["mass"])
    words = (
        f"logit shifted by -{best[0]}, floor {best[1]}: relevance mass on validation "
        f"{trained['mass']:.3f} -> {tried[best]['mass']:.3f}, mean balanced accuracy "
        f"{trained['accuracy']:.4f} -> {tried[best]['accuracy']:.4f}"
    )
    return _closed(network, *best), words


def _closed(network: EvidenceNetwork, shift: float, floor: float) -> EvidenceNetwork:
    closed = EvidenceNetwork(replace(network.shape, gate_floor=floor))
    closed.load_state_dict(network.state_dict())
    with torch.no_grad():
        assert closed.gate.bias is not None  # noqa: S101 - made with one
        closed.gate.bias -= shift
    return closed.eval()


def _scores(network: EvidenceNetwork, val: SliceSet) -> dict[str, float]:
    outputs = predict(network, val)
    scores = quick_scores(outputs, val)
    p_class = probabilities(outputs.logits, temperature=fit_temperature(outputs.logits, val.labels))
    p_true = p_class[range(len(val)), val.labels]
    return {
        "accuracy": (scores["four_class"] + scores["figshare"]) / 2,
        "likelihood": float(-torch.from_numpy(p_true).clamp_min(1e-12).log().mean()),
        "mass": scores["mass"],
    }
