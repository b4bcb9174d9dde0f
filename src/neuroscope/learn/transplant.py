"""Move tumors between slices, so that nothing but the tumor tells tumor from no tumor.

The slices without tumor come from other scanners, sequences and planes than those with: a network
can learn the source instead of the disease. Two changes break that tie. A tumor is put into a slice
that has none (the label becomes the tumor's), and a tumor is covered with tissue of another slice
(the label becomes notumor). Both leave the same blended rim, so the rim tells nothing.
"""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor
from torch.nn import functional

from neuroscope.learn.augment import Batch
from neuroscope.models.classes import NO_TUMOR

RIM = 9  # pixels over which the two slices are blended


@dataclass(frozen=True, slots=True, kw_only=True)
class TransplantConfig:
    """How often eligible slices are changed."""

    insert_chance: float = 0.2
    remove_chance: float = 0.1


def transplanted(batch: Batch, *, config: TransplantConfig, rng: Generator) -> Batch:
    """Insert tumors into some slices without, and cover those of some slices with."""
    n = len(batch.label)
    partner = torch.randperm(n, generator=rng)
    dice = torch.rand(n, generator=rng)
    lesion = (batch.mask.amax((1, 2, 3)) > 0.5) & (batch.has_mask > 0)
    empty = (batch.label == NO_TUMOR) & (batch.has_mask > 0)
    insert = empty & lesion[partner] & (dice < config.insert_chance)
    insert &= _fits(batch.mask[partner], batch.head)
    remove = lesion & (batch.has_mask[partner] > 0) & (dice < config.remove_chance)
    remove &= (batch.mask * batch.mask[partner]).sum((1, 2, 3)) == 0
    remove &= _fits(batch.mask, batch.head[partner])
    changed = (insert | remove).float().view(-1, 1, 1, 1)
    region = torch.where(insert.view(-1, 1, 1, 1), batch.mask[partner], batch.mask)
    blend = softened(region) * changed
    donor = batch.image[partner] * _gray_ratio(batch, partner)
    added = insert.float().view(-1, 1, 1, 1)
    return Batch(
        image=(batch.image * (1 - blend) + donor * blend).clamp(0.0, 1.0),
        head=batch.head,
        mask=batch.mask * (1 - changed) + batch.mask[partner] * batch.head * added,
        has_mask=batch.has_mask,
        label=torch.where(insert, batch.label[partner], torch.where(remove, NO_TUMOR, batch.label)),
    )


def _fits(region: Tensor, head: Tensor) -> Tensor:
    """Say which regions lie in the head to nine tenths."""
    return (region * head).sum((1, 2, 3)) >= 0.9 * region.sum((1, 2, 3))


def softened(region: Tensor) -> Tensor:
    """Widen regions ``(n, 1, rows, columns)`` by half a rim and blur them, for blending."""
    wide = functional.max_pool2d(region, 2 * (RIM // 2) + 1, 1, RIM // 2)
    return functional.avg_pool2d(wide, RIM, 1, RIM // 2)


def _gray_ratio(batch: Batch, partner: Tensor) -> Tensor:
    total = (batch.image * batch.head).sum((1, 2, 3)) / (batch.head.sum((1, 2, 3)) + 1)
    return ((total + 0.02) / (total[partner] + 0.02)).clamp(0.5, 2.0).view(-1, 1, 1, 1)
