"""What happens while k-space is filled: the head moves, and the outer part is left out."""

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from neuroscope.phantom.fields import Field, Number
from neuroscope.records.volume import Plane

PHASE_AXIS = {"axial": 1, "coronal": 0, "sagittal": 1}  # array axis that is phase encoded
READ_AXIS = {"axial": 0, "coronal": 2, "sagittal": 2}
SHOTS = 12  # excitations that fill k-space
JUMPS = 3  # times the head moves
DEGREES_PER_MM = 0.6  # turns go with shifts
MIDDLE_LINES = 3.0  # so far from the middle of k-space most of the picture lies
CHUNK = 8  # slices transformed at a time


def disturb(
    image: Field,
    plane: Plane,
    spacing: tuple[float, float, float],
    *,
    motion_mm: Number,
    ringing: Number,
    rng: np.random.Generator,
) -> Field:
    """Measure an image line by line while the head moves, and leave the outer lines out.

    Parameters
    ----------
    image
        Slices of magnetization, shape `(i, j, k)`.
    motion_mm
        How far the head is from its place, standard deviation.
    ringing
        The part of k-space along each axis that is not measured.

    Returns
    -------
    Field
        The magnitude. The head is where it was on average while the middle of k-space, which
        holds most of the picture, was measured, so that labels keep their place.

    Notes
    -----
    Shots are interleaved (turbo spin echo: ghosts) or one after the other (blur), by chance.
    Moves are within the slice; those through it are left out.
    """
    phase, read = PHASE_AXIS[plane], READ_AXIS[plane]
    along = 3 - phase - read
    stack = np.ascontiguousarray(np.moveaxis(image, (along, phase, read), (0, 1, 2)))
    steps = (spacing[phase], spacing[read])
    poses, state_of_line = _course(stack.shape[1], motion_mm, rng)
    measured = np.zeros(stack.shape, np.float32)
    for start in range(0, len(stack), CHUNK):
        part = slice(start, start + CHUNK)
        measured[part] = _measured(stack[part], poses, state_of_line, steps, ringing)
    return np.ascontiguousarray(np.moveaxis(measured, (0, 1, 2), (along, phase, read)))


def _course(
    lines: int, motion_mm: Number, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Draw where the head is (phase mm, read mm, degrees) and in which state each line is read.

    Lines count in the order of the transform: line 0 is the middle of k-space.
    """
    interleaved = rng.random() < 0.5
    place = np.arange(lines)
    centered = (place + lines // 2) % lines  # place of line n of the transform in k-space
    shot = centered % SHOTS if interleaved else centered * SHOTS // lines
    times = np.sort(rng.choice(np.arange(1, SHOTS), JUMPS, replace=False))
    poses = np.zeros((JUMPS + 1, 3))
    poses[1:] = np.cumsum(rng.normal(0, 1, (JUMPS, 3)), axis=0) / np.sqrt(2)
    poses *= np.array([1, 1, DEGREES_PER_MM]) * float(motion_mm)
    state = np.searchsorted(times, shot, side="right")
    weight = np.exp(-((np.minimum(place, lines - place) / MIDDLE_LINES) ** 2))
    usual = (poses[state] * weight[:, None]).sum(0) / weight.sum()
    return poses - usual, state.astype(np.int64)


def _measured(
    stack: Field,
    poses: NDArray[np.float64],
    state_of_line: NDArray[np.int64],
    steps: tuple[float, float],
    ringing: Number,
) -> Field:
    lines, samples = stack.shape[1:]
    along_phase, along_read = fft.fftfreq(lines), fft.fftfreq(samples)
    space = np.zeros(stack.shape, np.complex64)
    for number, (phase_mm, read_mm, degrees) in enumerate(poses):
        mine = state_of_line == number
        if not mine.any():
            continue
        turned = stack
        if abs(degrees) > 0.02:
            turned = ndimage.rotate(stack, degrees, (1, 2), reshape=False, order=1, mode="nearest")
        shift = along_phase[:, None] * (phase_mm / steps[0]) + along_read * (read_mm / steps[1])
        ramp = np.exp(-2j * np.pi * shift).astype(np.complex64)
        space[:, mine] = (fft.fft2(turned, axes=(1, 2)) * ramp)[:, mine]
    edge = 0.5 * (1 - ringing) + 1e-9
    space *= (np.abs(along_phase) <= edge)[:, None] & (np.abs(along_read) <= edge)
    return np.abs(fft.ifft2(space, axes=(1, 2))).astype(np.float32)
