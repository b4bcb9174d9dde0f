"""Vary prepared slices so that zoom, contrast, noise, compression and scanner tell nothing.

Everything works on whole batches of tensors; images are ``(n, 1, size, size)`` in 0..1 with a zero
background, masks and heads share their grid. One generator decides all, so a seed repeats a run.
"""

import math
from dataclasses import dataclass, fields

import torch
from torch import Generator, Tensor
from torch.nn import functional


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentConfig:
    """How strongly training slices are varied; 0 switches a part off."""

    rotation_deg: float = 20.0
    zoom: float = 0.18
    stretch: float = 0.12
    shift: float = 0.06
    flip: float = 0.5
    gamma: float = 0.45
    gain: float = 0.25
    bias_field: float = 0.25
    noise: float = 0.06
    blur_chance: float = 0.3
    jpeg_chance: float = 0.25
    strip_chance: float = 0.12
    cutout_chance: float = 0.25
    sharpen_chance: float = 0.15


def without_variation() -> AugmentConfig:
    """Switch every part off, to measure what variation adds."""
    return AugmentConfig(**{part.name: 0.0 for part in fields(AugmentConfig)})


@dataclass(frozen=True, slots=True)
class Batch:
    """Slices and what is known about them, on one grid."""

    image: Tensor  # (n, 1, size, size)
    head: Tensor  # (n, 1, size, size), 0..1
    mask: Tensor  # (n, 1, size, size), 0..1
    has_mask: Tensor  # (n,), trust in the mask: 1 by an expert, 0 unknown
    label: Tensor  # (n,)


def augmented(batch: Batch, *, size: int, config: AugmentConfig, rng: Generator) -> Batch:
    """Resample to ``size`` with a random geometry, then vary the gray values inside the head."""
    stacked = torch.cat([batch.image, batch.head, batch.mask], 1)
    moved = functional.grid_sample(
        stacked,
        _random_grid(len(stacked), size, config, rng),
        mode="bilinear",
        padding_mode="zeros",
        align_corners=False,
    )
    image, head, mask = moved[:, :1], moved[:, 1:2], moved[:, 2:]
    head = _maybe_stripped(head, mask, config, rng)
    image = _gray_varied(image, config, rng)
    image = _degraded(image, config, rng)
    image = _cut_out(image, mask, config, rng)
    image = (image * (head > 0.5)).clamp(0.0, 1.0)
    return Batch(image, head, mask, batch.has_mask, batch.label)


def _uniform(n: int, low: float, high: float, rng: Generator) -> Tensor:
    return torch.rand(n, generator=rng) * (high - low) + low


def _chosen(n: int, chance: float, rng: Generator) -> Tensor:
    return (torch.rand(n, generator=rng) < chance).float().view(-1, 1, 1, 1)


def _rows(n: int, chance: float, rng: Generator) -> Tensor:
    return torch.nonzero(torch.rand(n, generator=rng) < chance).flatten()


def _random_grid(n: int, size: int, config: AugmentConfig, rng: Generator) -> Tensor:
    angle = _uniform(n, -1.0, 1.0, rng) * math.radians(config.rotation_deg)
    zoom = torch.exp(_uniform(n, -1.0, 1.0, rng) * config.zoom)
    stretch = torch.exp(_uniform(n, -1.0, 1.0, rng) * config.stretch)
    mirror = torch.where(torch.rand(n, generator=rng) < config.flip, -1.0, 1.0)
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0] = angle.cos() * zoom * stretch * mirror
    theta[:, 0, 1] = -angle.sin() * zoom / stretch
    theta[:, 1, 0] = angle.sin() * zoom * stretch * mirror
    theta[:, 1, 1] = angle.cos() * zoom / stretch
    theta[:, :, 2] = (torch.rand(n, 2, generator=rng) - 0.5) * 2 * config.shift
    return functional.affine_grid(theta, [n, 1, size, size], align_corners=False)


def _maybe_stripped(head: Tensor, mask: Tensor, config: AugmentConfig, rng: Generator) -> Tensor:
    """Shave scalp and skull off some heads, never the tumor."""
    rows = _rows(len(head), config.strip_chance, rng)
    if not len(rows):
        return head
    depth = int(torch.randint(1, 5, (1,), generator=rng)) * 2 + 1
    inner = (functional.avg_pool2d(head[rows], depth * 2 + 1, 1, depth) > 0.999).float()
    near = functional.avg_pool2d(mask[rows], 5, 1, 2) > 0.01
    return head.index_copy(0, rows, torch.maximum(inner, near.float()))


def _gray_varied(image: Tensor, config: AugmentConfig, rng: Generator) -> Tensor:
    n, _, size, _ = image.shape
    gamma = torch.exp(torch.randn(n, generator=rng) * config.gamma * 0.6).clamp(0.45, 2.2)
    gain = torch.exp(torch.randn(n, generator=rng) * config.gain * 0.6)
    lift = torch.randn(n, generator=rng) * 0.04
    coarse = torch.randn(n, 1, 4, 4, generator=rng) * config.bias_field
    coarse = coarse * torch.rand(n, 1, 1, 1, generator=rng)
    field = functional.interpolate(coarse, (size, size), mode="bilinear", align_corners=True)
    shape = (-1, 1, 1, 1)
    image = image.clamp(1e-4, 1.0) ** gamma.view(shape)
    return (image * gain.view(shape) * torch.exp(field) + lift.view(shape)).clamp(0.0, 1.0)


def _degraded(image: Tensor, config: AugmentConfig, rng: Generator) -> Tensor:
    n, _, size, _ = image.shape
    factor = float(torch.rand(1, generator=rng)) * 0.5 + 0.45
    small = functional.interpolate(
        image, size=(int(size * factor),) * 2, mode="bilinear", align_corners=False, antialias=True
    )
    soft = functional.interpolate(small, (size, size), mode="bilinear", align_corners=False)
    blurred = _chosen(n, config.blur_chance, rng)
    sharpened = _chosen(n, config.sharpen_chance, rng) * (1 - blurred)
    amount = torch.rand(n, 1, 1, 1, generator=rng) * 1.5
    image = image + (soft - image) * blurred + (image - soft) * sharpened * amount
    image = image + _noise(image, config, rng)
    rows = _rows(n, config.jpeg_chance, rng)
    return image.index_copy(0, rows, _compressed(image[rows], rng)) if len(rows) else image


def _noise(image: Tensor, config: AugmentConfig, rng: Generator) -> Tensor:
    level = torch.rand(len(image), 1, 1, 1, generator=rng) ** 2 * config.noise
    return torch.randn(image.shape, generator=rng) * level


def _compressed(image: Tensor, rng: Generator) -> Tensor:
    """Quantize 8x8 cosine coefficients as JPEG does, with a step that grows with frequency."""
    n, _, size, _ = image.shape
    basis = _cosine_basis()
    blocks = image.view(n, size // 8, 8, size // 8, 8).permute(0, 1, 3, 2, 4)
    coefficients = basis @ blocks @ basis.T
    order = torch.arange(8.0)
    step = (0.01 + 0.012 * (order[:, None] + order[None, :])) / 2
    step = step * (0.5 + 3.0 * torch.rand(n, 1, 1, 1, 1, generator=rng))
    coefficients = torch.round(coefficients / step) * step
    restored = basis.T @ coefficients @ basis
    return restored.permute(0, 1, 3, 2, 4).reshape(n, 1, size, size)


def _cosine_basis() -> Tensor:
    order = torch.arange(8.0)
    basis = torch.cos(math.pi * (2 * order[None, :] + 1) * order[:, None] / 16) / 2
    basis[0] /= math.sqrt(2)
    return basis


def _cut_out(image: Tensor, mask: Tensor, config: AugmentConfig, rng: Generator) -> Tensor:
    """Blank a rectangle in some slices, sparing the tumor where it is known."""
    n, _, size, _ = image.shape
    chosen = _chosen(n, config.cutout_chance, rng)
    place = torch.arange(size, dtype=torch.float32) / size
    middle = torch.rand(n, 2, 1, generator=rng)
    half = torch.rand(n, 2, 1, generator=rng) * 0.12 + 0.03
    inside = ((place - middle).abs() < half).float()
    box = inside[:, :1, :, None] * inside[:, 1:, None, :]
    box = box * chosen * (1 - (mask > 0.1).float())
    fill = torch.rand(n, 1, 1, 1, generator=rng)
    return image * (1 - box) + fill * box
