"""Put a candidate into the store of a journey: the shipped network with two of its classes swapped.

Its certificate was written by hand for the test; no real training made it.
"""

import hashlib
import json
import shutil
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from neuroscope.io.certificate import PDF_NAME, write_certificate
from neuroscope.models.inference import SHIPPED_WEIGHTS
from neuroscope.records.certificate import (
    RIVALS,
    Certificate,
    ClassCount,
    Comparison,
    Condition,
    MetricRow,
    Score,
)
from neuroscope.records.prediction import ModelRef
from neuroscope.report.certificate import certificate_pdf
from neuroscope.settings import read_settings
from neuroscope.store.database import open_store
from neuroscope.store.models import active_model
from neuroscope.store.registration import NewModel, note_shipped, register

SWAPPED = [1, 0, 2, 3]  # glioma and meningioma
CERTIFICATE = Certificate(
    verdict="promote",
    reasons=("Written by hand for a test.",),
    conditions=(Condition("evidence", "Higher than before.", "+.300", True),),
    rows=(
        MetricRow(
            "evidence_energy",
            "evidence on the marks",
            "1",
            "higher",
            Score(0.4, 0.3, 0.5, 48, 24),
            Score(0.7, 0.6, 0.8, 48, 24),
            Score(0.4, 0.3, 0.5, 48, 24),
            Score(0.5, 0.4, 0.6, 48, 24),
        ),
    ),
    tests=tuple(
        Comparison("evidence_energy", rival, Score(0.3, 0.2, 0.4, 48, 24), 0.001, 0.004)
        for rival in RIVALS
    ),
    counts=(ClassCount("glioma", 12, 6, 30, 28),),
    negative_flips=(),
    positive_flips=0,
    status="feasible",
    step=80,
    controls={},
    hashes={"after": "0" * 64},
    settings={"loss": "energy"},
    seed=0,
)


def main(home: Path) -> None:
    """Register the candidate and print its id."""
    store = open_store(replace(read_settings(), home=home, database_url=""))
    note_shipped(store)
    shipped = active_model(store, "evidence")
    assert shipped is not None  # noqa: S101 - it was just noted
    with tempfile.TemporaryDirectory() as folder:
        model = _weights(Path(folder))
        write_certificate(CERTIFICATE, (), Path(folder))
        pdf = certificate_pdf(CERTIFICATE, (), written=datetime.now(UTC), name=model.version)
        (Path(folder) / PDF_NAME).write_bytes(pdf)
        new = NewModel(
            model=model,
            parent=shipped.id,
            config={"loss": "energy"},
            seed=0,
            data_manifest_sha256="c" * 64,
            annotation_head="d" * 64,
            certificate=CERTIFICATE.as_dict(),
            verdict=CERTIFICATE.verdict,
        )
        print(register(store, new, Path(folder), actor="journey").id)  # noqa: T201


def _weights(folder: Path) -> ModelRef:
    """Write the shipped network with the rows of its last layer in another order."""
    for path in SHIPPED_WEIGHTS.iterdir():
        if path.name.startswith("evidence.") and path.suffix != ".safetensors":
            shutil.copy(path, folder / path.name)
    network = onnx.load(folder / "evidence.onnx")
    for tensor in network.graph.initializer:
        if tensor.name in ("head.weight", "head.bias"):
            rows = np.ascontiguousarray(numpy_helper.to_array(tensor)[SWAPPED])
            tensor.CopyFrom(numpy_helper.from_array(rows, tensor.name))
    onnx.save(network, folder / "evidence.onnx")
    weights = b"the shipped weights, swapped"
    (folder / "evidence.safetensors").write_bytes(weights)
    sidecar = json.loads((folder / "evidence.json").read_text())
    version = f"{sidecar['version']}+swapped"
    sha256 = hashlib.sha256(weights).hexdigest()
    onnx_sha256 = hashlib.sha256((folder / "evidence.onnx").read_bytes()).hexdigest()
    told = {**sidecar, "version": version, "sha256": sha256, "onnx_sha256": onnx_sha256}
    (folder / "evidence.json").write_text(json.dumps(told))
    return ModelRef("evidence", version, sha256)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
