"""Moved tissue carries its label and mask with it."""

import torch

from neuroscope.learn.augment import Batch
from neuroscope.learn.transplant import TransplantConfig, transplanted, without_transplants
from neuroscope.models.classes import NO_TUMOR

SIZE = 48
INSERT = TransplantConfig(insert_chance=1.0, remove_chance=0.0, sham_chance=0.0)
REMOVE = TransplantConfig(insert_chance=0.0, remove_chance=1.0, sham_chance=0.0)
SHAM = TransplantConfig(insert_chance=0.0, remove_chance=0.0, sham_chance=1.0)


def pair(*, known: float = 1.0, lopsided: bool = False) -> Batch:
    """One meningioma on the left and one slice without tumor, on textured heads."""
    texture = torch.rand(1, 1, SIZE, SIZE // 2, generator=torch.Generator().manual_seed(0)) * 0.2
    head = torch.zeros(2, 1, SIZE, SIZE)
    head[:, :, 8:42, 4:44] = 1
    mask = torch.zeros(2, 1, SIZE, SIZE)
    mask[0, 0, 20:28, 8:16] = 1
    gray = 0.3 + torch.cat([texture, texture.flip(-1)], -1)
    if lopsided:
        gray = gray * torch.linspace(-0.5, 1.5, SIZE).clamp(min=0.05)
    image = (gray * head * (1 - mask) + 0.9 * mask).clamp(0, 1)
    return Batch(image, head, mask, torch.full((2,), known), torch.tensor([1, NO_TUMOR]))


def moved(case: Batch, config: TransplantConfig) -> Batch:
    return transplanted(case, config=config, rng=torch.Generator().manual_seed(0))


def test_an_inserted_tumor_brings_label_mask_and_brightness():
    found = moved(pair(), INSERT)
    assert found.label.tolist() == [1, 1]
    assert torch.equal(found.mask[1], pair().mask[0])
    inside = found.image[1, 0, 23:25, 11:13].mean()
    assert inside > found.image[1, 0, 8:16, 4:44].mean() + 0.2


def test_a_covered_tumor_leaves_no_tumor():
    for lopsided in (False, True):
        found = moved(pair(lopsided=lopsided), REMOVE)
        assert found.label.tolist() == [NO_TUMOR, NO_TUMOR]
        assert found.mask.sum() == 0
        assert found.image[0, 0, 23:25, 11:13].max() < 0.75


def test_a_like_sided_head_is_healed_from_its_own_other_side():
    case = pair()
    found = moved(case, REMOVE)
    healed, other = found.image[0, 0, 23:25, 11:13], case.image[0, 0].flip(-1)[23:25, 11:13]
    assert torch.allclose(healed, other, atol=1e-5)


def test_healthy_tissue_that_is_covered_changes_nothing_but_pixels():
    case = pair()
    for seed in range(20):
        rng = torch.Generator().manual_seed(seed)
        found = transplanted(case, config=SHAM, rng=rng)
        assert torch.equal(found.label, case.label)
        assert torch.equal(found.mask, case.mask)
        if not torch.equal(found.image, case.image):
            tumor = case.mask[0] > 0
            assert (found.image[0][tumor] - case.image[0][tumor]).abs().mean() < 0.1
            return
    raise AssertionError("no seed covered anything")


def test_slices_without_known_masks_are_left_alone():
    case = pair(known=0.0)
    found = moved(case, TransplantConfig(insert_chance=1.0, remove_chance=1.0))
    assert torch.equal(found.image, case.image)
    assert torch.equal(found.label, case.label)


def test_an_outline_by_a_network_is_inserted_with_its_trust_and_never_covered():
    half = pair()
    half.has_mask[0] = 0.5
    assert moved(half, INSERT).has_mask.tolist() == [0.5, 0.5]
    assert moved(half, REMOVE).label.tolist() == [1, NO_TUMOR]


def test_without_transplants_every_slice_stays_as_it_is():
    case = pair()
    for seed in range(5):
        rng = torch.Generator().manual_seed(seed)
        found = transplanted(case, config=without_transplants(), rng=rng)
        assert torch.equal(found.image, case.image)
        assert torch.equal(found.label, case.label)
