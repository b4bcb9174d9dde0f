"""A tiny network and slices whose class is told by a bright square, and by a dot in the corner."""

import copy

import numpy as np
import pytest
import torch

from neuroscope.learn.reasons.cases import Annotated, Cases
from neuroscope.learn.reasons.cells import cell_masks
from neuroscope.models.evidence import EvidenceNetwork, EvidenceShape, Pooling

SIDE = 32
CELLS = SIDE // 4
PLACES = {0: (8, 20), 1: (20, 8), 3: (16, 16)}  # upper left corner of the square, by class


def tiny_network(pooling: Pooling = "sigmoid", *, adapter: int = 0) -> EvidenceNetwork:
    """A network whose norms have seen something and whose residual blocks are open."""
    torch.manual_seed(4)
    shape = EvidenceShape(
        widths=(4, 6, 8), neck=4, pooling=pooling, input_size=SIDE, adapter=adapter
    )
    network = EvidenceNetwork(shape)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.weight.data.uniform_(0.5, 1.5)
    return network.eval()


def square_cases(n: int, *, seed: int = 0) -> Cases:
    """Slices of three classes, each a unit of its own."""
    rng = np.random.default_rng(seed)
    labels = np.array([(0, 1, 3)[i % 3] for i in range(n)], np.int64)
    images = rng.integers(30, 70, (n, SIDE, SIDE)).astype(np.uint8)
    for image, label in zip(images, labels, strict=True):
        row, column = PLACES[int(label)]
        image[row : row + 6, column : column + 6] = 220
        image[:4, 4 * label : 4 * label + 4] = 250
    return Cases(images, labels, np.array([f"u{seed}.{i}" for i in range(n)]))


def marked_cases(n: int, *, seed: int = 1, weight: float = 1.0) -> Annotated:
    """The same with the square marked as evidence and the upper rows as none."""
    cases = square_cases(n, seed=seed)
    evidence = torch.zeros(n, SIDE, SIDE)
    for plane, label in zip(evidence, cases.labels, strict=True):
        row, column = PLACES[int(label)]
        plane[row : row + 6, column : column + 6] = 1
    ignored = torch.zeros(n, SIDE, SIDE)
    ignored[:, :4, :16] = 1
    masks = cell_masks(evidence, ignored, cells=CELLS, weight=torch.full((n,), weight))
    return Annotated(cases, masks)


@pytest.fixture
def build():
    return tiny_network


@pytest.fixture
def replayed():
    return square_cases


@pytest.fixture
def marked():
    return marked_cases


@pytest.fixture(scope="session")
def learned() -> EvidenceNetwork:
    """A tiny network that has begun to tell the squares apart, by the corner or by the square."""
    network = tiny_network().train()
    cases = square_cases(24, seed=3)
    images = torch.from_numpy(cases.images)[:, None].float() / 255
    labels = torch.from_numpy(cases.labels)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
    for _ in range(20):
        loss = torch.nn.functional.cross_entropy(network(images).logits, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return network.eval()


@pytest.fixture
def network(learned: EvidenceNetwork) -> EvidenceNetwork:
    return copy.deepcopy(learned)


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
