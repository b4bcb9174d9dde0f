"""One synthetic study with its ground truth."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

from neuroscope.errors import BadInputError
from neuroscope.phantom.anatomy.head import paint_head
from neuroscope.phantom.anatomy.person import Brain, Person, Place, brain_at, draw_person, locate
from neuroscope.phantom.anatomy.vessels import paint_vessels
from neuroscope.phantom.fields import Field, Grid, Number
from neuroscope.phantom.lesions.kinds import Kind, resolve_kind
from neuroscope.phantom.lesions.lesion import Lesion, Wish, moved_mm
from neuroscope.phantom.lesions.registry import grow
from neuroscope.phantom.lesions.settle import paint_tumors, settle
from neuroscope.phantom.lesions.tumor import (
    EDEMA,
    ENHANCING,
    NONENHANCING,
    Tumor,
    thicken,
)
from neuroscope.phantom.scanner.contrast import blank_canvas, brightness
from neuroscope.phantom.scanner.imaging import lay_slices, skull_strip, take_images
from neuroscope.phantom.scanner.options import CLEAN, ScannerOptions
from neuroscope.phantom.scanner.sequences import (
    SEQUENCES,
    AnyProtocol,
    checked_sequences,
    draw_session,
)
from neuroscope.phantom.scene import Scene, make_scene
from neuroscope.phantom.truth import Truth, measure_truth
from neuroscope.records.progress import Progress, ignore
from neuroscope.records.segmentation import Segmentation, Tissue
from neuroscope.records.volume import Plane, Volume

LEAST_SPACING_MM, MOST_SPACING_MM = 0.7, 4.0
MOST_SLICE_MM = 8.0
BRAIN_BOX = ((-82.0, 82.0), (-116.0, 84.0), (-84.0, 90.0))  # R, A, S in mm
HEAD_BOX = ((-102.0, 102.0), (-132.0, 124.0), (-98.0, 104.0))
TISSUES = MappingProxyType(
    {
        NONENHANCING: Tissue("Necrotic and non-enhancing tumor", "NCR"),
        EDEMA: Tissue("Edema", "ED"),
        ENHANCING: Tissue("Enhancing tumor", "ET"),
    }
)
ANATOMY, LESION, ACQUISITION = range(3)  # separate random streams


@dataclass(frozen=True, slots=True, eq=False)
class PhantomCase:
    """A synthetic study: volumes, labels, truth, and how it was scanned.

    Attributes
    ----------
    volumes
        By sequence. They lie on the grid of the labels unless the scanner was asked for other
        slices.
    planes
        Which way the slices of each sequence are cut.
    """

    kind: Kind
    seed: int
    head: bool
    volumes: Mapping[str, Volume]
    segmentation: Segmentation
    truth: Truth
    protocols: Mapping[str, AnyProtocol] = field(default_factory=dict)
    planes: Mapping[str, Plane] = field(default_factory=dict)
    scanner: ScannerOptions = CLEAN


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """Who is scanned: the same at every visit."""

    kind: Kind
    seed: int
    person: Person


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """What a head holds on one day, on the grid that is painted on."""

    lesions: tuple[Lesion, ...]
    place: Place
    brain: Brain
    tumors: tuple[Tumor, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """What is made of a head: sequences, planes that make a slice, with or without its skull."""

    sequences: tuple[str, ...]
    planes: int = 1
    head: bool = False
    scanner: ScannerOptions = CLEAN


def make_case(
    kind: str,
    *,
    seed: int,
    spacing_mm: Number = 1.0,
    slice_mm: Number | None = None,
    sequences: tuple[str, ...] = SEQUENCES,
    head: bool = False,
    wish: Wish = Wish(),
    scanner: ScannerOptions = CLEAN,
    progress: Progress = ignore,
) -> PhantomCase:
    """Make a synthetic study.

    Parameters
    ----------
    kind
        `glioblastoma` (or `glioma`), `meningioma`, `pituitary`, `none`.
    seed
        The same seed gives the same anatomy and lesion at every spacing.
    spacing_mm
        Between voxels in the slice, and between slices unless `slice_mm` says otherwise.
    slice_mm
        Thickness and distance of axial slices.
    sequences
        Some of `t1`, `t1c`, `t2`, `flair`, `dwi`, `adc`, `ct`, `ctc`, `random`.
    head
        With skull, scalp and face; otherwise only what lies inside the skull.
    wish
        Side and volumes of the lesion.
    scanner
        Field, slices, artifacts.

    Raises
    ------
    BadInputError
        If the wish cannot be met: the message says why and names the nearest that can.
    """
    resolved = resolve_kind(kind)
    if seed < 0:
        raise BadInputError(f"The seed is {seed}.", fix="Use a whole number from 0.")
    chosen = checked_sequences(sequences, scanner, head=head)
    look = Look(chosen, head=head, scanner=scanner)
    grid, planes = lay_grid(spacing_mm, slice_mm, head=head)
    person = draw_person(np.random.default_rng([seed, ANATOMY]))
    lesions = grow(resolved, person, wish, np.random.default_rng([seed, LESION]))
    progress(0.2)
    laid = lay(person, lesions, grid)
    progress(0.4)
    rng = np.random.default_rng([seed, ACQUISITION])
    case = scan(Subject(resolved, seed, person), laid, replace(look, planes=planes), rng)
    progress(1.0)
    return case


def lay(person: Person, lesions: tuple[Lesion, ...], grid: Grid) -> Laid:
    """Lay a person and grown lesions on a grid."""
    place = locate(person, grid, moved_mm(person, lesions, grid) if lesions else None)
    brain = brain_at(person, place)
    return Laid(lesions, place, brain, settle(lesions, place, brain))


def scan(subject: Subject, laid: Laid, look: Look, rng: np.random.Generator) -> PhantomCase:
    """Paint what was laid, scan it, and gather its truth."""
    grid, planes = laid.place.grid, look.planes
    session = draw_session(rng, look.sequences, look.scanner)
    canvas = blank_canvas(session.contrasts, grid.shape)
    scene = make_scene(subject.person, laid.place, canvas)
    _paint(scene, laid.brain, laid.tumors, head=look.head)
    labels = np.zeros(grid.shape, np.uint8)
    for tumor in laid.tumors:
        labels[tumor.box] = np.where(tumor.labels > 0, tumor.labels, labels[tumor.box])
    kept = None
    if not look.head:
        ragged_mm = look.scanner.ragged_mm
        kept = skull_strip(laid.place.depth_mm, labels, grid, ragged_mm, rng)
    lying = lay_slices(grid, planes, look.sequences, look.scanner)
    volumes = take_images(canvas, session, look.scanner, lying, kept, rng)
    output = grid.thickened(planes)
    if planes > 1:
        labels = thicken(labels, planes, _wanted(laid.lesions, output))
    kind, seed = subject.kind, subject.seed
    truth = measure_truth(kind, seed, laid.lesions, subject.person, labels, output)
    segmentation = Segmentation(labels, output.affine, TISSUES, "phantom")
    return PhantomCase(
        kind, seed, look.head, volumes, segmentation, truth, session.protocols,
        {name: slices.plane for name, slices in lying.items()}, look.scanner,
    )  # fmt: skip


def lay_grid(spacing_mm: Number, slice_mm: Number | None, *, head: bool) -> tuple[Grid, int]:
    """Lay the grid that is painted on, and say how many of its planes make a slice."""
    if not LEAST_SPACING_MM <= spacing_mm <= MOST_SPACING_MM:
        nearest = LEAST_SPACING_MM if spacing_mm < LEAST_SPACING_MM else MOST_SPACING_MM
        raise BadInputError(
            f"A spacing of {spacing_mm:g} mm is not possible.",
            fix=f"Choose {LEAST_SPACING_MM:g} to {MOST_SPACING_MM:g} mm; "
            f"the nearest is {nearest:g}.",
        )
    thick = spacing_mm if slice_mm is None else slice_mm
    if not spacing_mm <= thick <= MOST_SLICE_MM:
        raise BadInputError(
            f"A slice of {thick:g} mm is not possible at a spacing of {spacing_mm:g} mm.",
            fix=f"Choose {spacing_mm:g} to {MOST_SLICE_MM:g} mm.",
        )
    planes = max(1, round(thick / spacing_mm))
    spacing = (float(spacing_mm), float(spacing_mm), float(thick / planes))
    spans = HEAD_BOX if head else BRAIN_BOX
    shape = [round((high - low) / s) for (low, high), s in zip(spans, spacing, strict=True)]
    shape[2] -= shape[2] % planes
    origin = [low + s / 2 for (low, _), s in zip(spans, spacing, strict=True)]
    start = (origin[0], origin[1], origin[2])
    return Grid((shape[0], shape[1], shape[2]), spacing, start), planes


def _paint(scene: Scene, brain: Brain, tumors: tuple[Tumor, ...], *, head: bool) -> None:
    if head:
        paint_head(scene)
    _lay_brain(scene, brain)
    paint_vessels(scene, brain)
    paint_tumors(scene, tumors, brain)


def _lay_brain(scene: Scene, brain: Brain) -> None:
    """Lay the brain over the head, with deep gray nuclei, texture and moving fluid in FLAIR."""
    canvas = scene.canvas
    matter = brain.gray + brain.white
    beside = 1 - matter - brain.fluid
    nuclei = brain.residual * matter
    texture = 1 + np.float32(0.02) * scene.fine + np.float32(0.01) * scene.medium
    for name, image in canvas.images.items():
        white = brightness(canvas, "white", name)
        tissue = brain.white * white + brain.gray * brightness(canvas, "gray", name)
        tissue += nuclei * (white * np.float32(canvas.contrasts[name].nuclei))
        fluid = brain.fluid * brightness(canvas, "fluid", name)
        if canvas.contrasts[name].pulsation:
            fluid += brain.fluid * white * _pulsation(scene)
        image *= beside
        image += np.maximum(tissue, 0) * texture + fluid


def _pulsation(scene: Scene) -> Field:
    """Let moving fluid shine a little: in the basal cisterns and the third ventricle."""
    low = np.clip((-10 - scene.place.template_mm[2]) / 30, 0, 0.6)
    return np.asarray(np.clip(0.08 * scene.broad + 0.35 * low, 0, 0.5), np.float32)


def _wanted(lesions: tuple[Lesion, ...], grid: Grid) -> tuple[int, int]:
    core = sum(round(lesion.core_ml / grid.voxel_ml) for lesion in lesions)
    return core, sum(round(lesion.edema_ml / grid.voxel_ml) for lesion in lesions)
