"""Moved tumors carry their label and mask with them."""

import torch

from neuroscope.learn.augment import Batch
from neuroscope.learn.transplant import TransplantConfig, transplanted
from neuroscope.models.classes import NO_TUMOR

SIZE = 48


def pair(*, known: bool = True) -> Batch:
    """One meningioma and one slice without tumor."""
    head = torch.ones(2, 1, SIZE, SIZE)
    mask = torch.zeros(2, 1, SIZE, SIZE)
    mask[0, 0, 18:30, 18:30] = 1
    image = 0.3 * head + 0.6 * mask
    label = torch.tensor([1, NO_TUMOR])
    return Batch(image, head, mask, torch.full((2,), float(known)), label)


def swapped(case: Batch, config: TransplantConfig) -> Batch:
    """Draw until the two slices are each other's partners."""
    for seed in range(50):
        rng = torch.Generator().manual_seed(seed)
        if torch.randperm(2, generator=rng).tolist() == [1, 0]:
            return transplanted(case, config=config, rng=torch.Generator().manual_seed(seed))
    raise AssertionError("no seed swaps two slices")


def test_an_inserted_tumor_brings_label_mask_and_brightness():
    found = swapped(pair(), TransplantConfig(insert_chance=1.0, remove_chance=0.0))
    assert found.label.tolist() == [1, 1]
    assert torch.equal(found.mask[1], pair().mask[0])
    inside = found.image[1, 0, 22:26, 22:26].mean()
    assert inside > found.image[1, 0, :8].mean() + 0.2


def test_a_covered_tumor_leaves_no_tumor():
    found = swapped(pair(), TransplantConfig(insert_chance=0.0, remove_chance=1.0))
    assert found.label.tolist() == [NO_TUMOR, NO_TUMOR]
    assert found.mask.sum() == 0
    assert found.image[0, 0, 22:26, 22:26].max() < 0.6


def test_slices_without_known_masks_are_left_alone():
    case = pair(known=False)
    found = swapped(case, TransplantConfig(insert_chance=1.0, remove_chance=1.0))
    assert torch.equal(found.image, case.image)
    assert torch.equal(found.label, case.label)
