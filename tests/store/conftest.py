"""Findings whose evidence is known, and drawings on the studies of `tests/conftest.py`."""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from neuroscope.records.analysis import SliceFinding
from neuroscope.records.annotation import Annotation
from neuroscope.records.heatmap import EvidenceCells
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.measurement import Measurement
from neuroscope.records.prediction import TUMOR_CLASSES, ModelRef, Prediction
from neuroscope.store.database import Store
from neuroscope.store.models import Verdict
from neuroscope.store.registration import NewModel
from neuroscope.store.studies import save_study

Draw = Callable[..., Annotation]


@pytest.fixture
def findings() -> Callable[[int], tuple[SliceFinding, ...]]:
    """Make findings of some slices; the evidence of each sums to its centered logits."""
    model = ModelRef("known", "1", "0" * 64)

    def make(number: int) -> tuple[SliceFinding, ...]:
        noise = np.random.default_rng(7)
        made = []
        for index in range(number):
            cells = noise.normal(0, 0.01, (4, 5, 5)).astype(np.float32)
            cells -= cells.mean(axis=0)
            p = noise.dirichlet(np.ones(4))
            made.append(
                SliceFinding(
                    index=index,
                    name=f"cut-{index:03}",
                    prediction=Prediction(
                        p_class=dict(zip(TUMOR_CLASSES, map(float, p), strict=True)),
                        model=model,
                        temperature=1.5,
                        outlier_score=0.25,
                        cautions=("Blurred.",),
                    ),
                    evidence=EvidenceCells(
                        contributions=cells,
                        logits=cells.sum(axis=(1, 2)),
                        classes=TUMOR_CLASSES,
                        cell_to_pixel=np.diag([4.0, 4.0, 1.0]),
                        image_shape=(64, 64),
                    ),
                )
            )
        return tuple(made)

    return make


@pytest.fixture
def volume(store: Store, volume_study: ImportedStudy) -> str:
    """Id of a stored study of one volume, series 70fa: 48 x 56 x 12 voxels of 1 x 1 x 4 mm."""
    return save_study(store, volume_study).study_id


@pytest.fixture
def pictures(store: Store, picture_study: Callable[..., ImportedStudy]) -> str:
    """Id of a stored study of three plain pictures, series 5e71e5, 64 x 64 pixels."""
    return save_study(store, picture_study(3)).study_id


@pytest.fixture
def contour() -> Draw:
    """Draw a triangle on the volume."""
    return _contour


@pytest.fixture
def stroke() -> Draw:
    """Draw a stroke on a plain picture."""
    return _stroke


@pytest.fixture
def mask() -> Draw:
    """Paint a mask on the volume."""
    return _mask


@pytest.fixture
def trained(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Make what `register` takes from a training run: another seed, other weights."""

    def make(
        parent: str,
        *,
        seed: int = 7,
        verdict: Verdict | None = "promote",
        certificate: Mapping[str, Any] | None = MappingProxyType({"energy": [0.4, 0.7]}),
    ) -> dict[str, Any]:
        folder = tmp_path / f"run-{seed}-{secrets.token_hex(4)}"
        folder.mkdir()
        content = f"weights of seed {seed}".encode()
        (folder / "evidence.safetensors").write_bytes(content)
        (folder / "evidence.json").write_text('{"name": "evidence"}')
        if verdict is None:
            certificate = None
        elif certificate is not None:
            certificate = {"verdict": verdict, **certificate}
        new = NewModel(
            model=ModelRef("evidence", f"1+{seed}", hashlib.sha256(content).hexdigest()),
            parent=parent,
            config={"epsilon": 0.05},
            seed=seed,
            data_manifest_sha256="c" * 64,
            annotation_head="d" * 64,
            metrics=(Measurement("energy", 0.7, "1", how="mean", source="held out"),),
            certificate=certificate,
            verdict=verdict,
        )
        return {"new": new, "folder": folder}

    return make


def _contour(annotation_id: str = "a-1", *, author: str = "ann", by_mm: float = 0.0) -> Annotation:
    """Draw a triangle on the volume, moved to the right."""
    return Annotation(
        id=annotation_id,
        series_id="70fa",
        kind="evidence",
        shape="contour",
        points_mm=np.array(
            [[10 + by_mm, 12, 24], [30 + by_mm, 12, 24], [12 + by_mm, 40, 24]], np.float64
        ),
        author=author,
        reason="Ring of contrast.",
        model=ModelRef("evidence", "1", "a" * 64),
    )


def _stroke(
    annotation_id: str = "s-1", *, author: str = "ann", slice_index: int = 1, column: float = 20.0
) -> Annotation:
    """Draw a stroke on a plain picture."""
    return Annotation(
        id=annotation_id,
        series_id="5e71e5",
        kind="not_evidence",
        shape="stroke",
        points_mm=np.array([[column, 30.0, 0.0], [column + 4, 33.0, 0.0]]),
        author=author,
        radius_mm=2.5,
        slice_index=slice_index,
    )


def _mask(annotation_id: str = "m-1", *, author: str = "ann") -> Annotation:
    """Paint a small mask on the volume; left and right, front and back differ."""
    box = np.zeros((3, 4, 2), bool)
    box[0, 1, 0] = box[2, 3, 1] = box[2, 0, 0] = True
    affine = np.diag([1.0, 1.0, 4.0, 1.0])
    affine[:3, 3] = [20, 25, 4 * 5]
    return Annotation(
        id=annotation_id,
        series_id="70fa",
        kind="tumor",
        shape="mask",
        points_mm=np.zeros((0, 3)),
        author=author,
        mask=box,
        mask_affine=affine,
    )
