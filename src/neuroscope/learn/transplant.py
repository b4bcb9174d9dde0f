"""Move tissue between slices, so that nothing but the tumor tells tumor from no tumor.

The slices without tumor come from other scanners, sequences and planes than those with: a network
can learn the source instead of the disease. Three changes break that tie. A tumor is put into a
slice that has none (the label becomes the tumor's); a tumor is covered with tissue (the label
becomes notumor), where possible of the other side of the same head, else of the most similar slice;
and healthy tissue is covered in the same way, which changes nothing. All leave the same blended
rim, so the rim tells nothing.
"""

from dataclasses import dataclass, fields

import torch
from torch import Generator, Tensor
from torch.nn import functional

from neuroscope.learn.augment import Batch
from neuroscope.models.classes import NO_TUMOR

RIM = 9  # pixels over which the two slices are blended
COARSE = 16  # places a side on which slices are compared
SYMMETRIC = 0.85  # correlation with its mirror image above which a head shows two like sides
SPREAD = 0.2  # of the noise on similarities: not always the same partner
FITTING = 0.9  # of a region must lie in the head


@dataclass(frozen=True, slots=True, kw_only=True)
class TransplantConfig:
    """How often eligible slices are changed."""

    insert_chance: float = 0.2
    remove_chance: float = 0.2
    sham_chance: float = 0.15


def without_transplants() -> TransplantConfig:
    """Switch every part off, to measure what moving tissue adds."""
    return TransplantConfig(**{part.name: 0.0 for part in fields(TransplantConfig)})


def transplanted(batch: Batch, *, config: TransplantConfig, rng: Generator) -> Batch:
    """Insert tumors into some slices, cover those of some, and cover healthy tissue of some."""
    n = len(batch.label)
    dice = torch.rand(n, generator=rng)
    lesion = (batch.mask.amax((1, 2, 3)) > 0.5) & (batch.has_mask > 0)
    empty = (batch.label == NO_TUMOR) & (batch.has_mask > 0)
    likeness = _likeness(batch, rng)
    region, image = batch.mask.flatten(1), batch.image
    inside = region @ batch.head.flatten(1).T >= FITTING * region.sum(1, keepdim=True)
    apart = region @ region.T == 0

    giver = _best(likeness, lesion[None, :] & inside.T)
    insert = empty & (giver >= 0) & (dice < config.insert_chance)

    sided = _symmetry(batch) > SYMMETRIC
    sided &= (batch.mask * batch.mask.flip(-1)).sum((1, 2, 3)) == 0
    healer = _best(likeness, (batch.has_mask > 0)[None, :] & apart & inside)
    remove = lesion & (batch.has_mask == 1) & (dice < config.remove_chance)
    remove &= sided | (healer >= 0)

    turned = batch.mask.flip(-1)
    model = torch.randperm(n, generator=rng)
    flat = turned[model].flatten(1)
    sham = lesion[model] & (batch.has_mask > 0) & ~insert & ~remove
    sham &= (dice > 1 - config.sham_chance) & ((flat * region).sum(1) == 0)
    sham &= (flat * batch.head.flatten(1)).sum(1) >= FITTING * flat.sum(1)
    sham &= (turned * batch.mask).sum((1, 2, 3))[model] == 0

    four = (-1, 1, 1, 1)
    partner = torch.where(insert, giver, torch.where(remove, healer, model)).clamp(min=0)
    donor = torch.where((remove & sided).view(four), image.flip(-1), image[partner])
    donor = donor * _gray_ratio(batch, torch.where(remove & sided, torch.arange(n), partner))
    place = torch.where(insert.view(four), batch.mask[partner], batch.mask)
    place = torch.where(sham.view(four), turned[model], place)
    blend = softened(place) * (insert | remove | sham).view(four).float()
    added = batch.mask[partner] * batch.head
    mask = torch.where(insert.view(four), added, batch.mask * (~remove).view(four).float())
    return Batch(
        image=(image * (1 - blend) + donor * blend).clamp(0.0, 1.0),
        head=batch.head,
        mask=mask,
        has_mask=torch.where(insert, batch.has_mask[partner], batch.has_mask),
        label=torch.where(insert, batch.label[partner], torch.where(remove, NO_TUMOR, batch.label)),
    )


def softened(region: Tensor) -> Tensor:
    """Widen regions ``(n, 1, rows, columns)`` by half a rim and blur them, for blending."""
    wide = functional.max_pool2d(region, 2 * (RIM // 2) + 1, 1, RIM // 2)
    return functional.avg_pool2d(wide, RIM, 1, RIM // 2)


def _likeness(batch: Batch, rng: Generator) -> Tensor:
    """Correlate all pairs of slices, coarsely, and add noise; a slice is not its own partner."""
    coarse = _standard(batch.image)
    likeness = coarse @ coarse.T + SPREAD * torch.randn(len(coarse), len(coarse), generator=rng)
    return likeness.fill_diagonal_(-torch.inf)


def _symmetry(batch: Batch) -> Tensor:
    return (_standard(batch.image) * _standard(batch.image.flip(-1))).sum(1)


def _standard(image: Tensor) -> Tensor:
    coarse = functional.adaptive_avg_pool2d(image, COARSE).flatten(1)
    coarse = coarse - coarse.mean(1, keepdim=True)
    return functional.normalize(coarse, dim=1)


def _best(likeness: Tensor, eligible: Tensor) -> Tensor:
    """Give every row its most similar eligible partner; -1 where there is none."""
    best, partner = likeness.masked_fill(~eligible, -torch.inf).max(1)
    return torch.where(best > -torch.inf, partner, -1)


def _gray_ratio(batch: Batch, giver: Tensor) -> Tensor:
    """Match the mean gray value of the giver's head to that of the slice it gives to."""
    mean = (batch.image * batch.head).sum((1, 2, 3)) / (batch.head.sum((1, 2, 3)) + 1)
    return ((mean + 0.02) / (mean[giver] + 0.02)).clamp(0.5, 2.0).view(-1, 1, 1, 1)
