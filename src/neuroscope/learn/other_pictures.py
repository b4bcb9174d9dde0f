"""Draw pictures that are no slices of a head, to teach the pose network what to refuse.

No such medical picture is at hand, so all are drawn: noise, patterns, writing, dead leaves (random
shapes that cover each other have the statistics of photographs; Lee, Mumford and Huang 2001,
doi:10.1023/A:1011109015675; networks learn from them, Baradad et al. 2021, arXiv:2106.05963), test
objects, and bodies of simple shapes: limbs, joints, trunks, spines. A real picture of another part
of the body differs from these, so what is measured on them says little about it.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

Float32 = NDArray[np.float32]
Gray = NDArray[np.floating]

SIDE = 128  # pixels; the pose network sees a third of them
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:;-+/()"


def other_picture(kind: str, rng: Generator) -> Float32:
    """Draw a picture of a kind named in `KINDS`; gray values 0..1, shape ``(SIDE, SIDE)``."""
    drawn = KINDS[kind](rng)
    if rng.random() < 0.5:
        drawn = ndimage.gaussian_filter(drawn, rng.uniform(0.3, 1.2))
    drawn = drawn + rng.normal(0, rng.uniform(0, 0.05), drawn.shape)
    return np.clip(drawn, 0.0, 1.0).astype(np.float32) ** np.float32(rng.uniform(0.6, 1.6))


def shuffled(pixels: Float32, rng: Generator) -> Float32:
    """Cut a picture into squares and lay them in another order, some of them turned."""
    parts = int(rng.integers(3, 7))
    side = min(pixels.shape) // parts
    tiles = [
        np.rot90(pixels[r * side : (r + 1) * side, c * side : (c + 1) * side], int(rng.integers(4)))
        for r in range(parts)
        for c in range(parts)
    ]
    order = rng.permutation(len(tiles))
    rows = [np.hstack([tiles[i] for i in order[r::parts]]) for r in range(parts)]
    return np.vstack(rows).astype(np.float32)


def melted(pixels: Float32, rng: Generator) -> Float32:
    """Blur a picture until nothing is left of it but a blob."""
    return ndimage.gaussian_filter(pixels, max(pixels.shape) * rng.uniform(0.09, 0.2))


def _noise(rng: Generator) -> Gray:
    drawn = _texture(rng, rng.uniform(0.0, 2.5))
    return drawn * _cover(_blob(rng)) if rng.random() < 0.5 else drawn


def _pattern(rng: Generator) -> Gray:
    down, across = _grid()
    angle, turns = rng.uniform(0, np.pi), rng.uniform(0.3, 14)
    along = down * np.sin(angle) + across * np.cos(angle)
    beside = down * np.cos(angle) - across * np.sin(angle)
    kind = rng.integers(5)
    wave = np.sin(np.pi * turns * along + rng.uniform(0, 6))
    if kind == 1:
        wave = np.sign(wave)
    elif kind == 2:
        wave = np.sign(wave * np.sin(np.pi * turns * beside))
    elif kind == 3:
        wave = np.sin(np.pi * turns * np.hypot(down - along[0, 0] / 3, across))
    elif kind == 4:
        wave = np.asarray(along * rng.choice([-1, 1]) + 0.3 * beside)
    drawn = 0.5 + 0.5 * wave
    return np.asarray(drawn * _cover(_blob(rng)) if rng.random() < 0.4 else drawn)


def _writing(rng: Generator) -> Gray:
    paper, ink = (255, 0) if rng.random() < 0.5 else (0, 255)
    sheet = Image.new("L", (SIDE, SIDE), paper)
    pen = ImageDraw.Draw(sheet)
    size = float(rng.uniform(7, 40))
    font = ImageFont.load_default(size)
    top = float(rng.uniform(0, size))
    while top < SIDE:
        words = "".join(rng.choice(list(LETTERS + " " * 12), int(rng.integers(2, 34))))
        pen.text((float(rng.uniform(-5, 25)), top), words, fill=ink, font=font)
        top += size * float(rng.uniform(1.0, 2.2))
    for _ in range(int(rng.integers(0, 4))):
        x, y, width, height = (int(v) for v in rng.integers(4, SIDE - 8, 4))
        pen.rectangle((x, y, x + width, y + height), outline=ink, fill=int(rng.integers(256)))
    return np.asarray(sheet, np.float32) / 255


def _leaves(rng: Generator) -> Gray:
    """Cover the picture with shapes from back to front; small ones are more common."""
    textures = [_texture(rng, slope) - 0.5 for slope in rng.uniform(0.8, 2.0, 3)]
    drawn = textures[0] * 0.5 + 0.5
    for _ in range(int(rng.integers(8, 60))):
        shape = _shape(rng, 0.05 / rng.uniform(0.06, 1.0))
        shade = rng.random() + textures[rng.integers(3)] * rng.uniform(0, 0.6)
        drawn = np.where(shape, shade, drawn)
    return drawn


def _objects(rng: Generator) -> Gray:
    drawn = np.full((SIDE, SIDE), rng.choice([0.0, 0.0, 0.05, 0.9]))
    for _ in range(int(rng.integers(1, 7))):
        shape = _shape(rng, rng.uniform(0.1, 0.8))
        if rng.random() < 0.3:
            shape &= ~ndimage.binary_erosion(shape, iterations=int(rng.integers(2, 8)))
        drawn = np.where(shape, rng.random() + 0.2 * _texture(rng, 1.5), drawn)
    return drawn


def _test_object(rng: Generator) -> Gray:
    """Draw a bottle or a quality phantom: an even disk or box with inserts in rows or rings."""
    down, across = _grid()
    body = np.maximum(abs(down), abs(across)) if rng.random() < 0.3 else np.hypot(down, across)
    drawn = np.where(body < rng.uniform(0.6, 0.95), rng.uniform(0.5, 1.0), 0.0)
    number = int(rng.integers(0, 13))
    ring, gray, radius = rng.uniform(0.2, 0.6), rng.uniform(0, 1), rng.uniform(0.03, 0.15)
    for turn in np.arange(number) * 2 * np.pi / max(number, 1):
        drawn[np.hypot(down - ring * np.sin(turn), across - ring * np.cos(turn)) < radius] = gray
    for _ in range(int(rng.integers(0, 3))):
        drawn = np.where(_shape(rng, rng.uniform(0.05, 0.3)), rng.random(), drawn)
    return drawn


def _limb(rng: Generator) -> Gray:
    """Draw a limb, or two, cut across: skin, fat, muscles with fat between, bones with marrow."""
    pair = rng.random() < 0.25
    size = rng.uniform(0.4, 0.5) if pair else rng.uniform(0.6, 0.95)
    drawn: Gray = np.zeros((SIDE, SIDE))
    for side in (-0.5, 0.5) if pair else (0.0,):
        place = (rng.uniform(-0.1, 0.1), side)
        level = _blob(rng, place, (size, size * rng.uniform(0.75, 1.3)), 0.06)
        drawn = np.where(level < 1, rng.uniform(0.6, 1.0), drawn)
        muscle = rng.uniform(0.15, 0.5) * (0.7 + 0.6 * _texture(rng, 1.2))
        drawn = np.where(level < rng.uniform(0.75, 0.93), muscle, drawn)
        for _ in range(int(rng.integers(3, 9))):
            between = abs(_line(rng, place, size)) < rng.uniform(0.008, 0.03)
            drawn = np.where(between & (level < 0.8), rng.uniform(0.6, 1.0), drawn)
        for _ in range(int(rng.integers(1, 4))):
            spot = (place[0] + rng.uniform(-0.4, 0.4) * size, side + rng.uniform(-0.4, 0.4) * size)
            drawn = _bone(rng, drawn, _blob(rng, spot, (rng.uniform(0.1, 0.4) * size,) * 2, 0.08))
    return drawn


def _joint(rng: Generator) -> Gray:
    """Draw a joint cut along: two or more long bones with broad ends that meet, a small bone."""
    down, across = _grid()
    half = rng.uniform(0.35, 0.85)
    wave = 0.1 * np.sin(3 * down + rng.uniform(0, 6)) + rng.uniform(-0.1, 0.1)
    level = abs(across - wave) / (half * (1 + 0.15 * np.cos(4 * down + rng.uniform(-1, 1))))
    drawn = np.where(level < 1, rng.uniform(0.6, 1.0), 0.0)
    muscle = rng.uniform(0.1, 0.5) * (0.7 + 0.6 * _texture(rng, 1.5))
    drawn = np.where(level < rng.uniform(0.7, 0.95), muscle, drawn)
    gap, bend = rng.uniform(0.02, 0.06), rng.uniform(-0.3, 0.3)
    width, head = rng.uniform(0.15, 0.3), rng.uniform(1.2, 2.0)
    joint = rng.uniform(-0.2, 0.2) + 0.12 * np.cos(5 * (across - wave)) * rng.choice([-1, 1])
    for side in (-1, 1):
        reach = (down - joint) * side - gap
        axis = wave + bend * np.maximum(reach, 0) * (side > 0)
        broad = width * (1 + (head - 1) * np.exp(-np.maximum(reach, 0) / 0.15))
        bone = np.where(reach > 0, np.maximum(abs(across - axis) / broad, 1 - reach / 0.12), 9.0)
        drawn = _bone(rng, drawn, bone)
    if rng.random() < 0.7:
        spot = (rng.uniform(-0.4, 0.2), rng.choice([-1, 1]) * half * 0.75)
        sizes = (rng.uniform(0.12, 0.25), rng.uniform(0.06, 0.12))
        drawn = _bone(rng, drawn, _blob(rng, spot, sizes, 0.05))
    return _turned(drawn, rng)


def _trunk(rng: Generator) -> Gray:
    """Draw a trunk cut across: wall, organs, dark lungs or bowel, a vertebra with its canal."""
    level = _blob(rng, (0.0, 0.0), (rng.uniform(0.5, 0.75), rng.uniform(0.8, 0.97)), 0.04)
    drawn = np.where(level < 1, rng.uniform(0.3, 1.0), 0.0)
    inside = level < rng.uniform(0.75, 0.93)
    drawn = np.where(inside, rng.uniform(0.2, 0.7) * (0.8 + 0.4 * _texture(rng, 1.5)), drawn)
    for _ in range(int(rng.integers(2, 9))):
        spot = rng.uniform(-0.5, 0.5, 2) * (0.8, 1.3)
        organ = _blob(rng, (spot[0], spot[1]), tuple(rng.uniform(0.1, 0.45, 2)), 0.15) < 1
        drawn = np.where(organ & inside, rng.random() * (0.8 + 0.4 * _texture(rng, 1.5)), drawn)
    back = rng.uniform(0.2, 0.45)
    drawn = _bone(rng, drawn, _blob(rng, (back, 0.0), (0.13, 0.17), 0.05))
    canal = _blob(rng, (back + 0.2, 0.0), (0.05, 0.07), 0.05)
    return _turned(np.where(canal < 1, rng.random(), drawn), rng)


def _spine(rng: Generator) -> Gray:
    """Draw a spine cut along: a column of blocks with disks between, a canal with the cord."""
    down, across = _grid()
    bend = rng.uniform(-0.2, 0.2) * np.cos(rng.uniform(1, 3) * down + rng.uniform(0, 6))
    drawn = rng.uniform(0.1, 0.5) * (0.5 + _texture(rng, 1.5))
    drawn = drawn * (abs(across) < rng.uniform(0.5, 1.0))
    height, half = rng.uniform(0.15, 0.35), rng.uniform(0.1, 0.22)
    phase = ((down + 0.2 * (across - bend) + rng.random()) % height) / height
    column = abs(across - bend) < half
    drawn = np.where(column, rng.random(), drawn)
    drawn = np.where(column & (phase > rng.uniform(0.15, 0.3)), rng.uniform(0.3, 1.0), drawn)
    behind = across - bend - half
    drawn = np.where((behind > 0.02) & (behind < 0.16), rng.random(), drawn)
    drawn = np.where((behind > 0.06) & (behind < 0.12), rng.random(), drawn)
    spines = (phase > 0.4) & (behind > 0.2) & (behind < rng.uniform(0.3, 0.5))
    return _turned(np.where(spines, rng.random(), drawn), rng)


def _bone(rng: Generator, drawn: Gray, level: Gray) -> Gray:
    """Lay a dark cortex and bright marrow (or, as on CT, the other way round) where level < 1."""
    cortex, marrow = rng.uniform(0, 0.15), rng.uniform(0.5, 1.0)
    if rng.random() < 0.2:
        cortex, marrow = 1.0, rng.uniform(0.5, 0.8)
    inner = marrow * (0.85 + 0.3 * _texture(rng, 1.0))
    return np.where(level < rng.uniform(0.75, 0.92), inner, np.where(level < 1, cortex, drawn))


def _shape(rng: Generator, radius: float) -> NDArray[np.bool_]:
    """Draw a disk, a box or a polygon somewhere."""
    down, across = _grid()
    place = rng.uniform(-1.0, 1.0, 2)
    angle = rng.uniform(0, np.pi)
    y = (down - place[0]) * np.cos(angle) - (across - place[1]) * np.sin(angle)
    x = (down - place[0]) * np.sin(angle) + (across - place[1]) * np.cos(angle)
    y = y * rng.uniform(0.5, 2.0)
    kind = rng.integers(3)
    if kind == 0:
        return np.asarray(np.hypot(y, x) < radius)
    if kind == 1:
        return np.asarray(np.maximum(abs(y), abs(x)) < radius)
    return np.asarray(np.maximum(abs(x) * 1.7 + y, -y) < radius)


def _blob(
    rng: Generator,
    place: tuple[float, float] = (0.0, 0.0),
    radii: tuple[float, ...] = (0.85, 0.75),
    wobble: float = 0.1,
) -> Gray:
    """Give the level of a wobbly ellipse: below 1 inside; the picture spans -1..1."""
    down, across = _grid()
    y, x = (down - place[0]) / radii[0], (across - place[1]) / radii[1]
    turn = np.arctan2(y, x)
    edge = sum(
        rng.normal(0, wobble / order) * np.cos(order * turn + rng.uniform(0, 6))
        for order in range(2, 6)
    )
    return np.asarray(np.hypot(y, x) / np.maximum(1 + edge, 0.3))


def _cover(level: Gray) -> Gray:
    return np.clip((1 - level) * 20, 0.0, 1.0)


def _line(rng: Generator, place: tuple[float, float], size: float) -> Gray:
    down, across = _grid()
    angle, bend = rng.uniform(0, np.pi), rng.normal(0, 0.5)
    y, x = down - place[0], across - place[1]
    along = y * np.sin(angle) + x * np.cos(angle)
    line = y * np.cos(angle) - x * np.sin(angle) + bend * along**2
    return np.asarray(line - rng.uniform(-0.5, 0.5) * size)


def _texture(rng: Generator, slope: float) -> Gray:
    """Give noise whose amplitude falls with frequency to the power of slope, scaled to 0..1."""
    rows, columns = np.fft.fftfreq(SIDE), np.fft.rfftfreq(SIDE)
    frequency = np.maximum(np.hypot(rows[:, None], columns[None]), 1 / SIDE)
    noise = np.fft.rfft2(rng.normal(size=(SIDE, SIDE))) * frequency**-slope
    drawn = np.fft.irfft2(noise, (SIDE, SIDE))
    return np.asarray((drawn - drawn.min()) / np.ptp(drawn))


def _grid() -> tuple[Gray, Gray]:
    line = (np.arange(SIDE) + 0.5) / SIDE * 2 - 1
    return np.broadcast_to(line[:, None], (SIDE, SIDE)), np.broadcast_to(line, (SIDE, SIDE))


def _turned(drawn: Gray, rng: Generator) -> Gray:
    return np.asarray(np.rot90(drawn, int(rng.integers(4))))


KINDS: Mapping[str, Callable[[Generator], Gray]] = {
    "noise": _noise,
    "pattern": _pattern,
    "writing": _writing,
    "photograph-like": _leaves,
    "shapes": _objects,
    "test object": _test_object,
    "limb": _limb,
    "joint": _joint,
    "trunk": _trunk,
    "spine": _spine,
}
