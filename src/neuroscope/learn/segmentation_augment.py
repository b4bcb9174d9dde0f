"""Vary stored studies for the segmenter: pose, gray values, sharpness, missing sequences."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from neuroscope.learn.segmentation_cases import STEPS, StoredCase
from neuroscope.models.segmenter_input import HIGHEST, LOWEST

CODES = 256
KNOTS = 5  # of a bent gray scale
COARSE = 5  # places along an axis between which unevenness is interpolated
# Which one sequence is left out (t1, t1c, t2, flair). On validation studies of the weights before,
# whole gliomas lost .26 Dice without FLAIR and meningiomas all without contrast T1; without one of
# the others next to nothing.
ONE_LEFT_OUT = (0.15, 0.25, 0.15, 0.45)


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeAugment:
    """How often and how far studies are changed."""

    flip_chance: float = 0.5
    turn_chance: float = 0.7
    turn_deg: float = 15.0
    scale: float = 0.15
    bend_chance: float = 0.4
    gain: float = 0.3  # of the logarithm
    shift: float = 0.25  # standard deviations of the brain
    lesion_shift: float = 0.5  # of each part of the tumor, in each sequence
    lesion_chance: float = 0.4
    tone_chance: float = 0.5  # that the parts of the tumor get a brightness of real ones
    vessel_chance: float = 0.6
    blur_chance: float = 0.25
    noise: float = 0.2
    noise_chance: float = 0.5
    uneven: float = 0.3
    uneven_chance: float = 0.4
    drop_chance: float = 0.45
    drop_one_share: float = 0.5  # of these lose one sequence, as clinics most often do
    one_left_out: tuple[float, ...] = ONE_LEFT_OUT


def augmented_case(
    case: StoredCase, *, config: VolumeAugment, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Vary one study.

    Returns
    -------
    tuple[Tensor, Tensor]
        Channels `(4, i, j, k)` float32 and labels `(i, j, k)` uint8.
    """
    tables = np.stack([gray_table(config, rng) for _ in case.images])
    codes = torch.from_numpy(case.images.astype(np.int64))
    images = torch.stack([torch.from_numpy(t)[c] for t, c in zip(tables, codes, strict=True)])
    labels = torch.from_numpy(case.labels)
    inside = (codes > 0).any(0)
    if rng.random() < config.lesion_chance:
        images = images + _lesion_shift(labels, config, rng) * inside
    if rng.random() < config.tone_chance:
        _tone(images, labels, rng)
    if rng.random() < config.vessel_chance:
        _light_vessels(images[1], inside, rng)
    if rng.random() < config.turn_chance:
        images, labels = turned(
            images, labels, drawn_pose(rng, turn_deg=config.turn_deg, scale=config.scale)
        )
    if rng.random() < config.flip_chance:
        images, labels = images.flip(1), labels.flip(0)
    inside = (images != 0).any(0)
    for channel in images:
        _spoil(channel, inside, config, rng)
    if rng.random() < config.drop_chance:
        left_out = dropped(rng, one_share=config.drop_one_share, chances=config.one_left_out)
        images[left_out] = 0
    return images.contiguous(), labels.contiguous()


def gray_table(config: VolumeAugment, rng: np.random.Generator) -> NDArray[np.float32]:
    """Give the new standardized gray value of each stored code; code 0 stays 0."""
    values = (np.arange(CODES) - 1) / STEPS + LOWEST
    if rng.random() < config.bend_chance:
        knots = np.linspace(LOWEST, HIGHEST, KNOTS + 2)
        rises = np.exp(rng.normal(0, 0.5, KNOTS + 1))
        bent = np.concatenate([[0.0], np.cumsum(rises)]) / rises.sum() * (HIGHEST - LOWEST)
        bent = bent - np.interp(0.0, knots, bent)  # the median of the brain stays where it is
        values = np.interp(values, knots, bent)
    gain = np.exp(rng.uniform(-config.gain, config.gain))
    table = (values * gain + rng.normal(0, config.shift)).astype(np.float32)
    table[0] = 0
    return np.asarray(table, np.float32)


def turned(images: Tensor, labels: Tensor, matrix: NDArray[np.float64]) -> tuple[Tensor, Tensor]:
    """Turn and scale about the middle; labels by the nearest voxel.

    Parameters
    ----------
    matrix
        `(3, 3)`, acting on positions in voxels along i, j, k.
    """
    sides = np.array(labels.shape, np.float64)
    unit = (matrix * sides[None, :] / sides[:, None])[::-1, ::-1]  # torch asks for k, j, i in -1..1
    theta = torch.from_numpy(np.concatenate([unit, np.zeros((3, 1))], 1).astype(np.float32))
    grid = functional.affine_grid(theta[None], [1, 1, *labels.shape], align_corners=False)
    moved = functional.grid_sample(images[None], grid, align_corners=False)[0]
    named = labels[None, None].float()
    named = functional.grid_sample(named, grid, mode="nearest", align_corners=False)
    return moved, named[0, 0].to(torch.uint8)


def dropped(
    rng: np.random.Generator, *, one_share: float = 0.0, chances: tuple[float, ...] = ONE_LEFT_OUT
) -> list[int]:
    """Draw which of the four sequences are missing: one for sure with a given chance.

    Otherwise one to three, all subsets as likely.

    Parameters
    ----------
    chances
        Of each sequence to be the one; they add up to 1.
    """
    if rng.random() < one_share:
        return [int(rng.choice(4, p=chances))]
    code = int(rng.integers(1, 15))
    return [bit for bit in range(4) if code >> bit & 1]


def drawn_pose(rng: np.random.Generator, *, turn_deg: float, scale: float) -> NDArray[np.float64]:
    """Draw scales along and turns about the three axes, `(3, 3)`, for `turned`."""
    matrix = np.diag(rng.uniform(1 - scale, 1 + scale, 3))
    for axis in range(3):
        angle = np.radians(rng.uniform(-turn_deg, turn_deg))
        a, b = (n for n in range(3) if n != axis)
        turn = np.eye(3)
        turn[a, a] = turn[b, b] = np.cos(angle)
        turn[a, b], turn[b, a] = -np.sin(angle), np.sin(angle)
        matrix = matrix @ turn
    return matrix


def _lesion_shift(labels: Tensor, config: VolumeAugment, rng: np.random.Generator) -> Tensor:
    """Brighten or darken each part of the tumor, differently in each sequence, with soft edges."""
    shifts = rng.normal(0, config.lesion_shift, (4, 4)).astype(np.float32)
    shifts[:, 0] = 0
    field = torch.from_numpy(shifts)[:, labels.long()]
    return functional.avg_pool3d(field[None], 3, 1, 1)[0]


# Medians of parts of a tumor, in standard deviations from the median of the brain, by the number of
# the sequence (t1, t1c, t2, flair). Real tumors that were looked at have cores of .4 to 1.8 in T2
# and -1 to .1 in T1 (synthetic ones hold fluid: 1.3 to 3 and -.6), rims of 1.1 to 1.8 in contrast
# T1, and edema of .8 to 1 in T2, 1.3 to 2.4 in FLAIR.
EDEMA_TONES = {0: (-0.8, 0.4), 2: (0.3, 2.0), 3: (0.7, 2.6)}
CORE_TONES = {0: (-1.2, 0.5), 2: (0.2, 2.4), 3: (-0.3, 2.6)}
# A core without a rim is told from edema by its brightness alone: so far from that of the edema.
BARE_CORE = {0: (-1.1, -0.1), 2: (0.2, 1.3), 3: (-1.2, -0.1)}
TAKES_UP = (-0.4, 0.4)  # contrast T1 above T1, in core and edema
RIM_TONE = (0.5, 3.2)  # contrast T1
RIM_PATCHES = 0.8  # the most that patches of the rim differ, one standard deviation
LEAST_VOXELS = 20
EDGE = 1.6  # thin rims, all border, change nearly in full
VESSELS, STEPS_OF_VESSEL, VESSEL_TONE = (5, 45), (8, 40), (1.5, 5.0)  # of a path: voxels, 2 mm


def _tone(images: Tensor, labels: Tensor, rng: np.random.Generator) -> None:
    """Give edema, core and rim the median of a real tumor in each sequence; in place."""
    if not labels.any():
        return
    box = _box(labels)
    images, labels = images[(slice(None), *box)], labels[box]  # views
    core, edema, rim = (labels == code for code in (1, 2, 3))
    around = {number: float(rng.uniform(*tones)) for number, tones in EDEMA_TONES.items()}
    inner = {number: float(rng.uniform(*tones)) for number, tones in CORE_TONES.items()}
    if int(rim.sum()) < LEAST_VOXELS:
        inner = {number: around[number] + float(rng.uniform(*d)) for number, d in BARE_CORE.items()}
    for tones in (around, inner):
        tones[1] = tones[0] + float(rng.uniform(*TAKES_UP))
    kept = float(rng.uniform(0.4, 1.0))
    for part, tones in ((edema, around), (core, inner), (rim, {1: float(rng.uniform(*RIM_TONE))})):
        if int(part.sum()) < LEAST_VOXELS:
            continue
        soft = (EDGE * functional.avg_pool3d(part[None].float(), 3, 1, 1)[0]).clamp(max=1) * part
        for number, tone in tones.items():
            channel = images[number]
            moved = tone + kept * (channel - channel[part].median())
            channel += soft * (moved - channel)
    if rim.any():
        images[1] += rim * _patches(rim.shape, rng) * float(rng.uniform(0, RIM_PATCHES))


def _box(labels: Tensor) -> tuple[slice, ...]:
    places = torch.nonzero(labels)
    low, high = places.amin(0).tolist(), places.amax(0).tolist()
    return tuple(slice(a, b + 1) for a, b in zip(low, high, strict=True))


def _patches(shape: torch.Size, rng: np.random.Generator) -> Tensor:
    """Give smooth noise, one standard deviation high, some voxels wide."""
    coarse = rng.standard_normal([side // 3 + 1 for side in shape], np.float32)
    fine = functional.interpolate(
        torch.from_numpy(coarse)[None, None], size=tuple(shape), mode="trilinear"
    )[0, 0]
    return fine / fine.std()


def _light_vessels(channel: Tensor, inside: Tensor, rng: np.random.Generator) -> None:
    """Draw thin bright paths through the brain of contrast T1, as vessels run; in place."""
    places = torch.nonzero(inside).numpy()
    if not len(places):
        return
    number = int(rng.integers(*VESSELS))
    at = places[rng.integers(len(places), size=number)].astype(np.float64)
    ways = rng.normal(size=(number, 3))
    tones = rng.uniform(*VESSEL_TONE, number)
    lengths = rng.integers(*STEPS_OF_VESSEL, number)
    for step in range(STEPS_OF_VESSEL[1]):
        ways += rng.normal(0, 0.35, ways.shape)
        ways /= np.linalg.norm(ways, axis=1, keepdims=True)
        at += ways
        index = np.rint(at).astype(int)
        fits = ((index >= 0) & (index < inside.shape)).all(1) & (step < lengths)
        i, j, k = torch.from_numpy(index[fits].T)
        lit = torch.from_numpy(tones[fits].astype(np.float32))
        channel[i, j, k] = torch.where(inside[i, j, k], torch.maximum(channel[i, j, k], lit),
                                       channel[i, j, k])  # fmt: skip


def _spoil(
    channel: Tensor, inside: Tensor, config: VolumeAugment, rng: np.random.Generator
) -> None:
    """Blur along one axis, make uneven, add noise; in place."""
    if rng.random() < config.blur_chance:
        axis, factor = int(rng.integers(3)), int(rng.integers(2, 4))
        size = [n // factor if a == axis else n for a, n in enumerate(channel.shape)]
        coarse = functional.interpolate(channel[None, None], size, mode="area")
        channel[...] = functional.interpolate(coarse, channel.shape, mode="trilinear")[0, 0]
    if rng.random() < config.uneven_chance:
        field = rng.normal(0, config.uneven, (1, 1, COARSE, COARSE, COARSE)).astype(np.float32)
        channel += functional.interpolate(torch.from_numpy(field), channel.shape, mode="trilinear")[
            0, 0
        ]
    if rng.random() < config.noise_chance:
        generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
        noise = torch.randn(channel.shape, generator=generator)
        channel += noise * float(rng.uniform(0, config.noise))
    channel *= inside
