"""Take the pictures of a painted head: every sequence in its slices, by its own receiver."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import cast

import numpy as np

from neuroscope.phantom.fields import Field, Grid, Noise, Number, draw_noise, on_grid
from neuroscope.phantom.scanner.acquire import acquire
from neuroscope.phantom.scanner.contrast import Canvas, Contrast
from neuroscope.phantom.scanner.ct import CtProtocol, acquire_ct
from neuroscope.phantom.scanner.diffusion import EPI_BLUR_MM, acquire_adc
from neuroscope.phantom.scanner.noise import relative_noise
from neuroscope.phantom.scanner.options import Scan, ScannerOptions
from neuroscope.phantom.scanner.sequences import EVERY_SEQUENCE, AnyProtocol, Session
from neuroscope.phantom.scanner.slices import Slices, cut, own_slices, usual_slices
from neuroscope.phantom.streams import side_stream
from neuroscope.records.arrays import Array
from neuroscope.records.volume import Plane, Volume

WHITE_GRAY_VALUE = (380.0, 520.0)
STRIP_MM = -0.5  # a skull strip keeps what lies deeper than this under the surface of the brain
RAGGED_WIDTH_MM = 9.0


@dataclass(frozen=True, slots=True, eq=False)
class Exposure:
    """All that one picture is taken with but the painted image and its slices."""

    contrast: Contrast
    protocol: AnyProtocol | None
    scan: Scan
    gray: Number  # of white matter
    noisier: Number  # than 1 mm voxels at 3 T


def _take_mr(image: Field, slices: Slices, how: Exposure, rng: np.random.Generator) -> Field:
    scale = how.gray / how.contrast.level
    return acquire(image, slices, scale=scale, rng=rng, scan=how.scan, noisier=how.noisier)


def _take_dwi(image: Field, slices: Slices, how: Exposure, rng: np.random.Generator) -> Field:
    scan = how.scan if how.scan.blur_mm is not None else replace(how.scan, blur_mm=EPI_BLUR_MM)
    return _take_mr(image, slices, replace(how, scan=scan), rng)


def _take_adc(image: Field, slices: Slices, how: Exposure, rng: np.random.Generator) -> Field:
    return acquire_adc(image, slices, rng, noisier=how.noisier)


def _take_ct(image: Field, slices: Slices, how: Exposure, rng: np.random.Generator) -> Field:
    return acquire_ct(image, slices, cast("CtProtocol", how.protocol), rng)


Receiver = Callable[[Field, Slices, Exposure, np.random.Generator], Field]
RECEIVERS: Mapping[str, Receiver] = MappingProxyType(
    {"ct": _take_ct, "ctc": _take_ct, "adc": _take_adc, "dwi": _take_dwi}
)  # all others are measured as MR usually is


def take_images(
    canvas: Canvas,
    session: Session,
    options: ScannerOptions,
    lying: Mapping[str, Slices],
    kept: Field | None,
    rng: np.random.Generator,
) -> dict[str, Volume]:
    """Take every picture of the canvas.

    Parameters
    ----------
    lying
        Where the slices of each sequence are.
    kept
        The part of each painted voxel that a skull strip keeps; None without a strip.

    Returns
    -------
    dict[str, Volume]
        In the usual order of the sequences.
    """
    volumes = {}
    for number, name in enumerate(EVERY_SEQUENCE):
        own = np.random.default_rng([int(rng.integers(2**31)), number])
        gray = own.uniform(*WHITE_GRAY_VALUE)
        if name not in canvas.images:
            continue
        slices, protocol = lying[name], session.protocols.get(name)
        run = None if isinstance(protocol, CtProtocol) else protocol
        how = Exposure(
            session.contrasts[name], protocol, options.scan_of(name), gray,
            relative_noise(slices, run, options.field_t),
        )  # fmt: skip
        image = RECEIVERS.get(name, _take_mr)(canvas.images[name], slices, how, own)
        if kept is not None:
            image *= cut(kept, slices) > 0
        volumes[name] = Volume(image, slices.affine)
    return volumes


def lay_slices(
    grid: Grid, planes: int, sequences: tuple[str, ...], options: ScannerOptions
) -> dict[str, Slices]:
    """Say where the slices of every sequence lie: on the grid of the labels, or on their own."""
    return {name: _slices(grid, planes, options.scan_of(name)) for name in sequences}


def _slices(grid: Grid, planes: int, scan: Scan) -> Slices:
    if scan.on_label_grid:
        return usual_slices(grid, planes)
    plane: Plane = scan.plane or "axial"
    return own_slices(
        grid, plane, slice_mm=scan.slice_mm, pixel_mm=scan.pixel_mm, tilt_deg=scan.tilt_deg
    )


def skull_strip(
    depth_mm: Field,
    labels: Array,
    grid: Grid,
    ragged_mm: Number,
    rng: np.random.Generator,
) -> Field:
    """Say what a skull strip keeps: the brain and every labeled voxel, 1 or 0 per voxel."""
    edge: Field | float = STRIP_MM
    own = side_stream(rng, "skull strip")
    offset, noise = own.uniform(-0.5, 1.0), draw_noise(own, RAGGED_WIDTH_MM)
    if ragged_mm:
        edge = _ragged(noise, grid, float(ragged_mm), offset)
    return np.asarray((depth_mm > edge) | (labels > 0), np.float32)


def _ragged(noise: Noise, grid: Grid, ragged_mm: float, offset: float) -> Field:
    stray = np.float32(ragged_mm) * (on_grid(noise, grid) + np.float32(offset))
    return np.asarray(np.float32(STRIP_MM) + stray, np.float32)
