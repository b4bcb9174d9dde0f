"""A tiny segmenter, and small studies with a bright block: to one side, so that mirrors differ."""

import numpy as np
import pytest
import torch

from neuroscope.learn.corrections.cases import EditedCase
from neuroscope.learn.segmentation_cases import StoredCase, decoded
from neuroscope.learn.train_segmenter import region_terms, regions_of
from neuroscope.models.unet import UNet, UNetShape

SIDES = (32, 16, 16)


def block_study(number: int, *, kind: str = "glioblastoma", bright: int = 220) -> StoredCase:
    """A study whose tumor is bright in contrast T1; "none" has no tumor."""
    rng = np.random.default_rng(number)
    images = rng.integers(90, 110, (4, *SIDES)).astype(np.uint8)
    labels = np.zeros(SIDES, np.uint8)
    if kind != "none":
        at = 2 + number % 4
        labels[at : at + 9, 3:12, 3:12] = 2
        labels[at + 2 : at + 6, 5:10, 5:10] = 3
        images[3][labels > 0] = 180
        images[1][labels == 3] = bright
    return StoredCase(kind, images, labels)


@pytest.fixture
def study():
    return block_study


@pytest.fixture
def edited():
    """Studies of so many patients."""
    return lambda n: tuple(EditedCase(f"patient {i}", block_study(i)) for i in range(n))


@pytest.fixture
def synthetic():
    """Synthetic studies, each sixth without tumor."""
    return lambda n: tuple(
        block_study(100 + i, kind="none" if i % 6 == 5 else "meningioma") for i in range(n)
    )


@pytest.fixture(scope="session")
def learned() -> UNet:
    """A tiny segmenter that has begun to see the blocks."""
    torch.manual_seed(0)
    network = UNet(UNetShape(widths=(4, 4, 6, 6, 8), heads=2, head_width=4))
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-2)
    cases = [block_study(50 + n) for n in range(6)]
    images = torch.from_numpy(np.stack([decoded(case.images) for case in cases]))
    regions = regions_of(torch.from_numpy(np.stack([case.labels for case in cases])))
    for _ in range(25):
        entropy, overlap = region_terms(network(images), regions)
        optimizer.zero_grad()
        (entropy + overlap).mean().backward()
        optimizer.step()
    return network.eval()


@pytest.fixture
def network(learned: UNet) -> UNet:
    copy = UNet(learned.shape)
    copy.load_state_dict(learned.state_dict())
    return copy.eval()


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
