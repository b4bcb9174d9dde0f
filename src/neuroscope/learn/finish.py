"""Turn a trained network into release files: every number inference needs, chosen without test."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuroscope.learn.dataset import SliceSet
from neuroscope.learn.gate import close_gate
from neuroscope.learn.predict import Outputs, predict
from neuroscope.learn.scores import quick_scores
from neuroscope.models.calibration import fit_temperature
from neuroscope.models.classes import CLASS_NAMES, NO_TUMOR
from neuroscope.models.evidence import EvidenceNetwork
from neuroscope.models.outlier import fit_reference, save_reference
from neuroscope.models.weights import Sidecar, export_onnx, load_network, save_weights


def write_release(
    network: EvidenceNetwork, train: SliceSet, val: SliceSet, folder: Path
) -> Sidecar:
    """Write weights, sidecar, outlier reference and ONNX graph into a folder.

    Parameters
    ----------
    network
        Rounded to half precision first: every number below is measured on what is shipped.
    train
        Gives the scales of maps in volumes and the reference of ordinary embeddings.
    val
        Gives the gate, the temperature, the threshold of the map, and the ranks of the outlier
        distance.
    """
    save_weights(network, Sidecar(shape=network.shape), folder)
    shipped, steps = close_gate(load_network(folder), val)
    on_val, on_train = predict(shipped, val), predict(shipped, train)
    offset, scale = volume_constants(on_train, train)
    sidecar = Sidecar(
        shape=shipped.shape,
        temperature=round(fit_temperature(on_val.logits, val.labels), 4),
        evidence_threshold=quick_scores(on_val, val)["threshold"],
        volume_offset=offset,
        volume_scale=scale,
        head_fraction_range=_head_fractions(train),
        notes={"gate": steps},
    )
    save_weights(shipped, sidecar, folder)
    save_reference(fit_reference(on_train.embedding, on_val.embedding), folder)
    export_onnx(folder)
    return sidecar


def volume_constants(
    outputs: Outputs, slices: SliceSet
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Give the constants that make maps of different slices comparable, one pair per class.

    Returns
    -------
    tuple[tuple[float, ...], tuple[float, ...]]
        The 95th percentile of a class's contributions on slices without tumor, and the 99.5th on
        slices of the class; a volume shows ``relu(map - first) / second``, never scaled per slice.
    """
    offset, scale = [], []
    for label in range(len(CLASS_NAMES)):
        other = slices.labels == (0 if label == NO_TUMOR else NO_TUMOR)
        offset.append(_percentile(outputs.evidence[other, label], 95.0))
        scale.append(_percentile(outputs.evidence[slices.labels == label, label], 99.5))
    return tuple(offset), tuple(scale)


def _percentile(values: NDArray[np.float32], rank: float) -> float:
    return round(float(np.percentile(values, rank)), 8) if values.size else 0.0


def _head_fractions(slices: SliceSet) -> tuple[float, float]:
    """Give the range that holds 99.8 % of the heads' shares of their pictures."""
    low, high = np.percentile(slices.head_fractions, (0.1, 99.9))
    return round(float(low), 4), round(float(high), 4)
