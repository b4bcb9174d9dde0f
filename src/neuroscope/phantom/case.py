"""One synthetic study with its ground truth."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

from neuroscope.errors import BadInputError
from neuroscope.phantom.anatomy.person import draw_person
from neuroscope.phantom.fields import Grid, Number
from neuroscope.phantom.image_labels import image_labels
from neuroscope.phantom.laid import Laid, Subject, lay
from neuroscope.phantom.lesion_table import Known, known_of
from neuroscope.phantom.lesions.kinds import MIMICS, Kind, resolve_kind
from neuroscope.phantom.lesions.lesion import Lesion, Wish
from neuroscope.phantom.lesions.registry import grow
from neuroscope.phantom.lesions.tumor import CAVITY, EDEMA, ENHANCING, NONENHANCING
from neuroscope.phantom.mimics import TISSUES_OF, without_tumor
from neuroscope.phantom.painting import paint_all
from neuroscope.phantom.pose import STILL, Pose, seen_from
from neuroscope.phantom.scanner.contrast import Canvas, blank_canvas
from neuroscope.phantom.scanner.imaging import lay_slices, skull_strip, take_images
from neuroscope.phantom.scanner.options import CLEAN, ScannerOptions
from neuroscope.phantom.scanner.sequences import (
    SEQUENCES,
    AnyProtocol,
    Session,
    checked_sequences,
    draw_session,
)
from neuroscope.phantom.scanner.slices import Slices
from neuroscope.phantom.scene import Scene, make_scene
from neuroscope.phantom.streams import require_seed
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
        CAVITY: Tissue("Resection cavity", "RC"),
    }
)
OUTSIDE_MM = -60.0  # depth of what lies beyond the grid
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
    visit, day
        0 unless the study is one of a series: which one, and how many days after the first.
    mimics
        Labels of what is no tumor (stroke, plaques, ...); `segmentation` is empty then.
    subject, lesions, pose
        What it was made from, for products that are made on demand.
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
    visit: int = 0
    day: int = 0
    subject: Subject | None = None
    lesions: tuple[Lesion, ...] = ()
    pose: Pose = STILL
    mimics: Segmentation | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What is made of a head: sequences, planes that make a slice, with or without its skull."""

    sequences: tuple[str, ...]
    planes: int = 1
    head: bool = False
    scanner: ScannerOptions = CLEAN


@dataclass(frozen=True, slots=True, eq=False)
class Visit:
    """When and how the head is scanned.

    `tissue_rng` draws what stays the same at all visits, `rng` what differs. They may be one.
    `known` tells of each lesion what the truth shall say; if left out they are numbered.
    """

    rng: np.random.Generator
    tissue_rng: np.random.Generator
    number: int = 0
    day: int = 0
    pose: Pose = STILL
    known: tuple[Known, ...] = ()


def make_case(
    kind: str,
    *,
    seed: int,
    spacing_mm: Number = 1.0,
    slice_mm: Number | None = None,
    sequences: tuple[str, ...] = SEQUENCES,
    head: bool = False,
    atrophy: Number | None = None,
    wish: Wish = Wish(),
    scanner: ScannerOptions = CLEAN,
    progress: Progress = ignore,
) -> PhantomCase:
    """Make a synthetic study.

    Parameters
    ----------
    kind
        One of `KINDS` in `lesions/kinds.py`, or another name of one (`glioma`, `lgg`, ...).
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
    atrophy
        0 as in a young adult .. 1 as in an old one, rounded to two decimals; drawn by the seed
        unless it is given.
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
    require_seed(seed)
    chosen = checked_sequences(sequences, scanner, head=head)
    look = Look(chosen, head=head, scanner=scanner)
    grid, planes = lay_grid(spacing_mm, slice_mm, head=head)
    person = draw_person(np.random.default_rng([seed, ANATOMY]), atrophy=atrophy)
    lesions = grow(resolved, person, wish, np.random.default_rng([seed, LESION]))
    progress(0.2)
    laid = lay(person, lesions, grid)
    progress(0.4)
    rng = np.random.default_rng([seed, ACQUISITION])
    subject = Subject(resolved, seed, person)
    case = scan(subject, laid, replace(look, planes=planes), Visit(rng, rng))
    progress(1.0)
    return case


def scan(subject: Subject, laid: Laid, look: Look, visit: Visit) -> PhantomCase:
    """Paint what was laid, scan it, and gather its truth."""
    grid, planes, pose = laid.place.grid, look.planes, visit.pose
    session, scene, painted = _painted(subject, laid, look, visit)
    told = zip(visit.known or known_of(laid.lesions), painted, strict=True)
    known = tuple(replace(lesion, painted_ml=tissues) for lesion, tissues in told)
    lying, volumes = _taken(scene, session, laid, look, visit)
    output, labels = grid.thickened(planes), laid.labels()
    if planes > 1 or not pose.is_still:
        labels = image_labels(laid, pose, planes)
    if subject.kind in MIMICS:
        mimics = Segmentation(labels, output.affine, TISSUES_OF[subject.kind], "phantom")
        truth = without_tumor(subject, laid, labels, output, pose, known)
        labels = np.zeros_like(labels)
    else:
        mimics, truth = None, measure_truth(subject, laid, labels, output, pose, known)
    tissues = TISSUES if (labels == CAVITY).any() else _without_cavity(TISSUES)
    segmentation = Segmentation(labels, output.affine, tissues, "phantom")
    return PhantomCase(
        subject.kind, subject.seed, look.head, volumes, segmentation, truth, session.protocols,
        {name: slices.plane for name, slices in lying.items()}, look.scanner,
        visit.number, visit.day, subject, laid.lesions, pose, mimics,
    )  # fmt: skip


def expose(
    subject: Subject, laid: Laid, look: Look, visit: Visit
) -> tuple[Session, dict[str, Slices], dict[str, Volume]]:
    """Paint what was laid and take its pictures, without labels or truth."""
    session, scene, _ = _painted(subject, laid, look, visit)
    return session, *_taken(scene, session, laid, look, visit)


def _painted(
    subject: Subject, laid: Laid, look: Look, visit: Visit
) -> tuple[Session, Scene, tuple[Mapping[str, float], ...]]:
    session = draw_session(visit.rng, look.sequences, look.scanner, tissue_rng=visit.tissue_rng)
    canvas = blank_canvas(session.contrasts, laid.place.grid.shape)
    scene = make_scene(subject.person, laid.place, canvas)
    return session, scene, paint_all(scene, laid.brain, laid.tumors, head=look.head)


def _taken(
    scene: Scene, session: Session, laid: Laid, look: Look, visit: Visit
) -> tuple[dict[str, Slices], dict[str, Volume]]:
    grid, pose, rng, canvas = laid.place.grid, visit.pose, visit.rng, scene.canvas
    depth_mm, painted = laid.place.depth_mm, np.asarray(laid.labels() > 0, np.float32)
    if not pose.is_still:
        canvas = _posed(canvas, grid, pose)
        depth_mm = seen_from(depth_mm, grid, pose, outside=OUTSIDE_MM)
        painted = seen_from(painted, grid, pose)
    kept = None
    if not look.head:
        kept = skull_strip(depth_mm, painted, grid, look.scanner.ragged_mm, rng)
    lying = lay_slices(grid, look.planes, look.sequences, look.scanner)
    return lying, take_images(canvas, session, look.scanner, lying, kept, rng)


def _posed(canvas: Canvas, grid: Grid, pose: Pose) -> Canvas:
    """Turn the painted images: cubic splines, so that hardly any sharpness is lost."""
    images = {}
    for name, image in canvas.images.items():
        turned = seen_from(image, grid, pose, order=3, outside=float(image[0, 0, 0]))
        images[name] = np.clip(turned, float(image.min()), float(image.max()))
    return replace(canvas, images=images)


def _without_cavity(tissues: Mapping[int, Tissue]) -> dict[int, Tissue]:
    return {label: tissue for label, tissue in tissues.items() if label != CAVITY}


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
