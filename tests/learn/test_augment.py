"""Augmentation keeps image, head and mask together, and repeats with its seed."""

import torch

from neuroscope.learn.augment import AugmentConfig, Batch, augmented, without_variation

STILL = without_variation()


def batch(n: int = 6, size: int = 64) -> Batch:
    rng = torch.Generator().manual_seed(0)
    head = torch.zeros(n, 1, size, size)
    head[:, :, 8:56, 8:56] = 1
    mask = torch.zeros(n, 1, size, size)
    mask[:, :, 20:32, 24:40] = 1
    image = (0.2 + 0.1 * torch.rand(n, 1, size, size, generator=rng)) * head + 0.5 * mask
    return Batch(image, head, mask, torch.ones(n), torch.arange(n) % 4)


def test_same_seed_same_batch():
    first, second = (
        augmented(batch(), size=48, config=AugmentConfig(), rng=torch.Generator().manual_seed(7))
        for _ in range(2)
    )
    assert torch.equal(first.image, second.image)
    assert torch.equal(first.mask, second.mask)


def test_values_stay_in_range_and_the_background_stays_empty():
    rng = torch.Generator().manual_seed(1)
    for _ in range(5):
        found = augmented(batch(), size=64, config=AugmentConfig(), rng=rng)
        assert found.image.min() >= 0
        assert found.image.max() <= 1
        assert found.image[found.head <= 0.5].abs().max() == 0


def test_the_mask_follows_the_tumor():
    geometry = AugmentConfig(
        gamma=0.0, gain=0.0, bias_field=0.0, noise=0.0, blur_chance=0.0, jpeg_chance=0.0,
        strip_chance=0.0, cutout_chance=0.0, sharpen_chance=0.0,
    )  # fmt: skip
    found = augmented(batch(), size=64, config=geometry, rng=torch.Generator().manual_seed(3))
    bright = found.image > 0.5
    assert ((found.mask > 0.5) == bright).float().mean() > 0.985


def test_skull_stripping_never_takes_the_tumor():
    strip = AugmentConfig(
        strip_chance=1.0, rotation_deg=0.0, zoom=0.0, stretch=0.0, shift=0.0, flip=0.0
    )
    case = batch()
    case.mask[:, :, 8:14, 20:30] = 1  # at the rim of the head
    found = augmented(case, size=64, config=strip, rng=torch.Generator().manual_seed(2))
    assert found.head[found.mask > 0.5].min() > 0
    assert found.head.sum() < case.head.sum()


def test_no_strength_no_change():
    case = batch()
    found = augmented(case, size=64, config=STILL, rng=torch.Generator().manual_seed(0))
    lifted = (found.image - case.image).abs()  # a lift of the gray values remains
    assert lifted.max() < 0.2
    assert torch.allclose(found.mask, case.mask, atol=1e-5)
