"""Prediction over batches is prediction of each slice."""

from pathlib import Path

import numpy as np
import torch

from neuroscope.learn.dataset import load_slices
from neuroscope.learn.predict import predict
from neuroscope.models.evidence import EvidenceNetwork, EvidenceShape


def test_order_and_batches_do_not_matter(disc_folder: Path):
    torch.manual_seed(0)
    net = EvidenceNetwork(EvidenceShape(widths=(8, 12, 16), neck=8, input_size=32))
    slices = load_slices(disc_folder, splits=["train", "val", "test"], size=32)
    whole = predict(net, slices)
    last = predict(net, slices.select(np.array([len(slices) - 1, 0])))
    assert np.abs(last.logits - whole.logits[[-1, 0]]).max() < 1e-5
    assert np.abs(last.of_predicted() - whole.of_predicted()[[-1, 0]]).max() < 1e-5
