"""Make a study ready: sequences told apart, laid on each other, evened out, and the brain found."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np

from neuroscope.preprocess.contract import (
    Candidate,
    brain_finding,
    is_prepared,
    is_stripped,
    one_per_role,
    pair_findings,
    usable_series,
)
from neuroscope.preprocess.foreground import Mask, background, finite, foreground
from neuroscope.preprocess.intensity import correct_bias
from neuroscope.preprocess.mni import find_mni, template_brain
from neuroscope.preprocess.recognize import cross_check, look_of
from neuroscope.preprocess.register import Registration, make_side, register_rigid
from neuroscope.preprocess.resample import Interpolation, resample
from neuroscope.records.geometry import transform, upright_grid
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.prepared import Finding, Prepared
from neuroscope.records.progress import Progress, ignore
from neuroscope.records.study import ROLE_NAMES, Role
from neuroscope.records.transform import IDENTITY, Transform
from neuroscope.records.volume import Volume

Name = TypeVar("Name", bound=str)

NOTICED_MM, NOTICED_DEG = 0.1, 0.1  # smaller motions count as none
GRID_TOLERANCE_MM = 0.01  # files of one study round their affines differently


@runtime_checkable
class BrainExtractor(Protocol):
    """A way to find the brain: our network, or another one."""

    def __call__(self, volume: Volume) -> Mask:
        """Say which voxels `(i, j, k)` of a head are brain."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class _Laid:
    """Series in one frame, that of the first reference, by id."""

    to_first: Mapping[str, Transform]
    is_prepared: bool
    steps: tuple[str, ...]
    findings: tuple[Finding, ...] = ()


def prepare(
    imported: ImportedStudy,
    *,
    extract_brain: BrainExtractor | None = None,
    even_out: bool = True,
    progress: Progress = ignore,
) -> Prepared:
    """Prepare a study as it comes from the scanner, or take a prepared one as it is.

    Parameters
    ----------
    extract_brain
        Finds the brain in the reference; not asked where the skull was removed. None lays the mask
        of the template over it, which is coarse: some 5 mm off at the surface.
    even_out
        Whether uneven MR images are corrected.
    progress
        Told the fraction done; may raise `CanceledError`.

    Raises
    ------
    BadInputError
        If the study holds no volume of a head.
    """
    candidates, refused = usable_series(imported)
    tagged = {one.series.id: one.series.role for one in candidates}
    volumes = {one.series.id: one.volume for one in candidates}
    first = reference_of(volumes, tagged)
    laid = _lay(candidates, first, _part(progress, 0.0, 0.6))
    brain, step = _brain(volumes, first, laid, extract_brain)
    to_mni, fit = _place(volumes[first], brain)
    progress(0.75)
    if brain is None:
        brain = template_brain(volumes[first], to_mni)
    looks = {
        name: look_of(volume, laid.to_first[name].then(to_mni)) for name, volume in volumes.items()
    }
    roles, doubts = cross_check(tagged, {name: look for name, look in looks.items() if look})
    chosen, lacking = one_per_role(candidates, roles)
    prepared = _gathered(laid, chosen, Volume(brain, volumes[first].affine), to_mni)
    if even_out and not laid.is_prepared:
        prepared = _evened(prepared)
    progress(1.0)
    return replace(
        prepared,
        steps=(*laid.steps, step, *prepared.steps),
        findings=_loudest_first((*refused, *laid.findings, *doubts, *lacking, *brain_finding(fit))),
    )


def reference_of(volumes: Mapping[Name, Volume], roles: Mapping[Name, Role]) -> Name:
    """Choose the volume whose grid results are given on: T1 after contrast, else the finest."""
    contrast = [name for name in volumes if roles[name] == "t1c"]
    among = contrast or [name for name in volumes if roles[name] != "ct"] or list(volumes)
    return min(among, key=lambda name: float(np.prod(volumes[name].spacing_mm)))


def on_reference(
    prepared: Prepared, role: Role, *, interpolation: Interpolation = "linear"
) -> Volume:
    """Sample one sequence on the grid of the reference: the one time that it is resampled."""
    volume = prepared.volumes[role]
    if volume.same_grid(prepared.grid):
        return volume
    return resample(volume, prepared.grid, interpolation=interpolation)


def to_native(prepared: Prepared, result: Volume, role: Role) -> Volume:
    """Bring a result in the frame of the reference, on any grid, to where a sequence was scanned.

    Labels and masks are carried to the nearest neighbor, other values linearly.
    """
    return resample(
        result,
        prepared.native_grid(role),
        to_like=prepared.to_reference[role].inverse(),
        interpolation="nearest" if result.voxels.dtype.kind in "biu" else "linear",
    )


def brain_left(volumes: Mapping[Name, Volume]) -> Mask:
    """Give the brain of input that is prepared already: what the masks of its sequences left."""
    return np.asarray(np.any([foreground(volume) for volume in volumes.values()], axis=0), np.bool_)


def in_frame(prepared: Prepared, labels: Volume) -> Volume:
    """Move labels with the sequence they were drawn on; else leave them."""
    role = drawn_on(prepared, labels)
    if role is None:
        return labels
    return Volume(labels.voxels, prepared.to_reference[role].matrix @ labels.affine)


def drawn_on(prepared: Prepared, labels: Volume) -> Role | None:
    """Name the sequence whose grid labels have, in whatever order their axes run; None if none."""
    own, size = upright_grid(labels.affine, labels.shape)
    for role in (prepared.reference, *prepared.volumes):
        grid = prepared.native_grid(role)
        other, other_size = upright_grid(grid.affine, grid.shape)
        ends = np.array([[0, 0, 0], size], np.float64)
        if (
            size == other_size
            and np.allclose(transform(own, ends), transform(other, ends), atol=GRID_TOLERANCE_MM)
            and np.allclose(own, other, atol=GRID_TOLERANCE_MM)
        ):
            return role
    return None


def _lay(candidates: tuple[Candidate, ...], first: str, progress: Progress) -> _Laid:
    """Register every series to the first reference, unless they lie on each other already."""
    volumes = {one.series.id: one.volume for one in candidates}
    if is_prepared(volumes):
        step = "One grid, without skull: taken as prepared, nothing was moved or evened out."
        doubts = _compared(candidates, first, progress)
        return _Laid(dict.fromkeys(volumes, IDENTITY), True, (step,), doubts)
    fixed = make_side(volumes[first])
    to_first = {first: IDENTITY}
    steps: list[str] = []
    findings: list[Finding] = []
    others = [one for one in candidates if one.series.id != first]
    for number, one in enumerate(others):
        moving = make_side(one.volume)
        found = register_rigid(moving, fixed)
        to_first[one.series.id] = found.to_fixed
        steps.append(_told(one.series.role, found, fixed.center_mm))
        findings += _doubts(one.series.role, found)
        findings += pair_findings(one.series.role, moving, fixed, found.to_fixed)
        progress((number + 1) / len(others))
    return _Laid(to_first, False, tuple(steps), tuple(findings))


def _compared(
    candidates: tuple[Candidate, ...], first: str, progress: Progress
) -> tuple[Finding, ...]:
    """Compare series that came on one grid: a mask is nearly symmetric, what is in it is not."""
    fixed = next(make_side(one.volume) for one in candidates if one.series.id == first)
    others = [one for one in candidates if one.series.id != first]
    findings: list[Finding] = []
    for number, one in enumerate(others):
        findings += pair_findings(one.series.role, make_side(one.volume), fixed, IDENTITY)
        progress((number + 1) / len(others))
    return tuple(findings)


def _told(role: Role, found: Registration, center_mm: np.ndarray) -> str:
    turn, shift = found.to_fixed.rotation_deg, found.to_fixed.inverse().shift_mm(center_mm)
    if turn < NOTICED_DEG and shift < NOTICED_MM:
        return f"{ROLE_NAMES[role]}: lay right already."
    return f"{ROLE_NAMES[role]}: turned by {turn:.1f} degrees and shifted by {shift:.1f} mm."


def _doubts(role: Role, found: Registration) -> Iterator[Finding]:
    for caution in found.cautions:
        yield Finding(
            "registration",
            f"{ROLE_NAMES[role]}: {caution}",
            "The fit was used.",
            "Look whether the sequences lie on each other.",
        )


def _brain(
    volumes: Mapping[str, Volume], first: str, laid: _Laid, extract: BrainExtractor | None
) -> tuple[Mask | None, str]:
    if laid.is_prepared:
        return brain_left(volumes), "Brain: what the input's own mask left."
    if is_stripped(volumes[first]):
        return foreground(volumes[first]), "Brain: what the input's own mask left."
    if extract is not None:
        return np.asarray(extract(volumes[first]), np.bool_), "Brain: found by the network."
    return None, "Brain: the template's mask, some 5 mm off at the surface."


def _place(volume: Volume, brain: Mask | None) -> tuple[Transform, float]:
    """Find MNI space, by the brain alone where it is known."""
    if brain is None or not brain.any():
        return find_mni(volume, stripped=False)
    values, fill = finite(volume.voxels), background(volume)
    around = np.float32(values.min() if fill is None else fill)
    return find_mni(Volume(np.where(brain, values, around), volume.affine), stripped=True)


def _gathered(
    laid: _Laid, chosen: dict[Role, Candidate], brain: Volume, to_mni: Transform
) -> Prepared:
    """Bring everything into the frame of the final reference by composing transforms."""
    if len(chosen) > 1:
        chosen.pop("mr", None)
    volumes = {role: one.volume for role, one in chosen.items()}
    main = reference_of(volumes, {role: role for role in chosen})
    from_first = laid.to_first[chosen[main].series.id].inverse()
    to_reference = {
        role: laid.to_first[one.series.id].then(from_first) for role, one in chosen.items()
    }
    to_reference[main] = IDENTITY
    mask = Volume(brain.voxels, brain.affine)
    if not brain.same_grid(volumes[main]):
        mask = resample(mask, volumes[main], to_like=from_first, interpolation="nearest")
    return Prepared(
        volumes={role: _moved(volume, to_reference[role]) for role, volume in volumes.items()},
        series={role: one.series.id for role, one in chosen.items()},
        reference=main,
        to_reference=to_reference,
        brain=mask,
        to_mni=from_first.inverse().then(to_mni),
    )


def _evened(prepared: Prepared) -> Prepared:
    """Correct the MR images that are uneven."""
    volumes = dict(prepared.volumes)
    steps: list[str] = []
    for role, volume in prepared.volumes.items():
        brain = resample(prepared.brain, volume, interpolation="nearest").voxels
        volumes[role], report = correct_bias(volume, brain, role=role)
        steps.append(f"{ROLE_NAMES[role]}: {report.reason}")
    return replace(prepared, volumes=volumes, steps=tuple(steps))


def _moved(volume: Volume, transform: Transform) -> Volume:
    if transform.is_identity:
        return volume
    return Volume(volume.voxels, transform.matrix @ volume.affine)


def _loudest_first(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Put what may cost the wrong side before all else."""
    return tuple(sorted(findings, key=lambda finding: finding.code != "mirrored"))


def _part(progress: Progress, start: float, stop: float) -> Progress:
    return lambda fraction: progress(start + (stop - start) * fraction)
