"""Findings whose evidence is known."""

from collections.abc import Callable

import numpy as np
import pytest

from neuroscope.records.analysis import SliceFinding
from neuroscope.records.heatmap import EvidenceCells
from neuroscope.records.prediction import TUMOR_CLASSES, ModelRef, Prediction


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
