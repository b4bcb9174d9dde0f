"""What a study must be before it is prepared, and what is said where it is not.

Two kinds of checks: of each series by itself, and of each pair once it lies in one frame (is it
mirrored, is it another person's head).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neuroscope.errors import BadInputError
from neuroscope.preprocess.foreground import background, foreground, looks_like_ct
from neuroscope.preprocess.register import Side, refine_affine, refine_rigid
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.prepared import Finding
from neuroscope.records.study import ROLE_NAMES, Role, Series
from neuroscope.records.transform import Transform
from neuroscope.records.volume import Volume

WANTED: tuple[Role, ...] = ("t1", "t1c", "t2", "flair")
USABLE: tuple[Role, ...] = (*WANTED, "mr", "ct")
FEWEST_SLICES = 10
LEAST_COVER_MM = 60.0
HEAD_MM = (90.0, 330.0)  # extent of a head along its longest axis, without or with neck
LEAST_HEAD_ML = 400.0
MOST_HEAD_ML = 9000.0
MOST_BRAIN_ML = 2600.0  # the template's 1950 ml, 7 % wider each way, and the rim of 3 mm voxels
MOST_CUT_CM2 = 60.0  # a brain at the edge of its box; a neck that was cut has 158, a head 250
SAME_MASK = 0.95  # Dice of what was masked, for input that counts as prepared
CHECK_MM = 4.0
MIRROR_GAIN = 1.05  # a mirrored series must fit this much better
MOST_SCALE = 0.035  # two scans of one head differ in size by less (logarithm)
MOST_STRETCH_GAIN = 1.12  # nor do they fit this much better when stretched
BRAIN_LIKE = 0.1  # mutual information inside the template's brain, nats; noise and balls have less


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A series that can be used."""

    series: Series
    volume: Volume


def usable_series(imported: ImportedStudy) -> tuple[tuple[Candidate, ...], tuple[Finding, ...]]:
    """Sort out what cannot be prepared, and say why.

    Returns
    -------
    tuple
        Series that show most of a head, and what was wrong with the others.

    Raises
    ------
    BadInputError
        If nothing is left; the message names the reasons.
    """
    good: list[Candidate] = []
    findings: list[Finding] = []
    for series in imported.study.series:
        if series.id not in imported.volumes or series.role not in USABLE:
            continue
        volume = imported.volumes[series.id]
        problem = volume_problem(volume)
        if problem is None:
            good.append(Candidate(series, volume))
        else:
            code, text = problem
            findings.append(Finding(code, f"{series.title}: {text}", "The series was left out."))
    if not good:
        reasons = " ".join(finding.problem for finding in findings)
        raise BadInputError(
            f"The study holds no volume of a head. {reasons}".strip(),
            fix="Give at least one T1, contrast T1, T2 or FLAIR of the whole head as a volume.",
        )
    return tuple(good), tuple(findings)


def volume_problem(volume: Volume) -> tuple[str, str] | None:
    """Tell why a volume cannot be a scan of a head: a code and a sentence; None if it can."""
    low, high = float(np.min(volume.voxels)), float(np.max(volume.voxels))
    if low == high:
        return "empty", f"all voxels are {low:g}."
    cover = np.array(volume.shape) * volume.spacing_mm
    if min(volume.shape) < FEWEST_SLICES or cover.min() < LEAST_COVER_MM:
        return (
            "few slices",
            (
                f"{min(volume.shape)} slices cover {cover.min():.0f} mm; "
                f"at least {FEWEST_SLICES} slices and {LEAST_COVER_MM:.0f} mm are needed."
            ),
        )
    inside = np.argwhere(foreground(volume)[::2, ::2, ::2]) * 2
    if not len(inside):
        return "empty", "it shows nothing but background."
    extent = (np.ptp(inside, axis=0) + 2) * volume.spacing_mm
    size_ml = 8 * len(inside) * float(np.prod(volume.spacing_mm)) / 1000
    if not HEAD_MM[0] <= extent.max() <= HEAD_MM[1] or not LEAST_HEAD_ML <= size_ml <= MOST_HEAD_ML:
        return (
            "no head",
            f"what it shows measures {extent.max():.0f} mm and {size_ml:.0f} ml, unlike a head.",
        )
    return None


def is_prepared(volumes: Mapping[str, Volume]) -> bool:
    """Tell input in the manner of BraTS: one grid, the skull removed, the same brain in all."""
    given = list(volumes.values())
    if any(looks_like_ct(v) or background(v) is None for v in given):
        return False
    if not all(given[0].same_grid(other) for other in given[1:]):
        return False
    masks = [foreground(volume) for volume in given]
    if not all(_looks_stripped(v, m) for v, m in zip(given, masks, strict=True)):
        return False
    return all(_dice(masks[0], other) >= SAME_MASK for other in masks[1:])


def is_stripped(volume: Volume) -> bool:
    """Tell by one volume that its skull was removed: a masked background and the size of a brain.

    Notes
    -----
    Networks that find brains have seen whole heads only: of a stripped brain they take half for
    skull. A head whose air was set to 0 may be as small as a brain if the field of view cuts it;
    its cut gives it away.
    """
    if looks_like_ct(volume) or background(volume) is None:
        return False
    mask = foreground(volume)
    return _looks_stripped(volume, mask) and _largest_cut_cm2(volume, mask) <= MOST_CUT_CM2


def one_per_role(
    candidates: tuple[Candidate, ...], roles: Mapping[str, Role]
) -> tuple[dict[Role, Candidate], tuple[Finding, ...]]:
    """Choose one series of each role: the one with the finest voxels.

    Returns
    -------
    tuple
        By role, and what was said of series that were left out and roles that nobody has.
    """
    chosen: dict[Role, Candidate] = {}
    findings: list[Finding] = []
    for candidate in sorted(candidates, key=lambda one: float(np.prod(one.volume.spacing_mm))):
        role = roles[candidate.series.id]
        if role not in chosen:
            chosen[role] = candidate
            continue
        used = chosen[role]
        is_finer = used.volume.spacing_mm != candidate.volume.spacing_mm
        findings.append(
            Finding(
                "two of a kind",
                f"There are two series of {ROLE_NAMES[role]}: {_described(used)} and "
                f"{_described(candidate)}.",
                f"The first of these was used{', its voxels are finer' if is_finer else ''}.",
                "Leave it out if it is the wrong one.",
            )
        )
    missing = [ROLE_NAMES[role] for role in WANTED if role not in chosen]
    if missing:
        findings.append(
            Finding(
                "missing",
                f"Missing: {', '.join(missing)}.",
                "The study was prepared without.",
                "The segmentation is less accurate; it says by how much, where that was measured.",
            )
        )
    return chosen, tuple(findings)


def pair_findings(
    role: Role, moving: Side, fixed: Side, to_fixed: Transform
) -> tuple[Finding, ...]:
    """Check that two series that lie on each other are of one head, and that neither is mirrored.

    Notes
    -----
    A mirrored series fits better after it is mirrored back. Another person's head fits only when
    it is stretched. Both are compared at 4 mm. A head that is the same on both sides, or another
    person with a head of the same size, passes.
    """
    name = ROLE_NAMES[role]
    small, base = moving.thinned(CHECK_MM), fixed.thinned(CHECK_MM)
    begin = to_fixed.inverse()
    _, plain = refine_rigid(small, base, begin)
    _, mirrored = refine_rigid(_mirrored(small, to_fixed), base, begin)
    if mirrored > MIRROR_GAIN * plain:
        return (
            Finding(
                "mirrored",
                f"{name} fits the other series {100 * (mirrored / plain - 1):.0f} % better with "
                "left and right exchanged.",
                "It was used as it is.",
                "One of the series has the wrong side: do not trust any side until you know which.",
            ),
        )
    stretched, fitted = refine_affine(small, base, begin)
    scale = float(np.abs(np.log(np.linalg.svd(stretched.matrix[:3, :3])[1])).max())
    if scale > MOST_SCALE or fitted > MOST_STRETCH_GAIN * plain:
        return (
            Finding(
                "mixed",
                f"{name} fits the other series {100 * (fitted / plain - 1):.0f} % better if it is "
                f"stretched by {100 * scale:.0f} %.",
                "It was used as it is.",
                "It may be of another person, or its voxel spacing may be wrong: check that.",
            ),
        )
    return ()


def brain_finding(similarity: float) -> tuple[Finding, ...]:
    """Say so if what was scanned is not like a brain.

    Parameters
    ----------
    similarity
        Mutual information inside the brain of the template, in nats, see `find_mni`.
    """
    if similarity >= BRAIN_LIKE:
        return ()
    return (
        Finding(
            "no brain",
            "What was scanned is hardly like a brain.",
            "It was prepared all the same.",
            "Atlas, lobes and segmentation mean nothing if this is no brain.",
        ),
    )


def _described(candidate: Candidate) -> str:
    spacing = " x ".join(f"{mm:.2g}" for mm in candidate.volume.spacing_mm)
    return f"{candidate.series.title} (series {candidate.series.id}, voxels of {spacing} mm)"


def _mirrored(side: Side, to_fixed: Transform) -> Side:
    """Exchange left and right about the middle of the head, as seen in the fixed frame."""
    middle = float(to_fixed.carry(side.center_mm)[0])
    flip = np.diag([-1.0, 1.0, 1.0, 1.0])
    flip[0, 3] = 2 * middle
    there = to_fixed.inverse().matrix @ flip @ to_fixed.matrix
    gray = Volume(side.gray.voxels, there @ side.gray.affine)
    return Side(gray, side.head, side.wide)


def _looks_stripped(volume: Volume, mask: np.ndarray) -> bool:
    """Tell a brain from a head whose air was set to 0: a brain is smaller."""
    size_ml = float(mask.sum()) * float(np.prod(volume.spacing_mm)) / 1000
    return LEAST_HEAD_ML <= size_ml <= MOST_BRAIN_ML


def _largest_cut_cm2(volume: Volume, mask: np.ndarray) -> float:
    """Measure the largest area in which something runs out of the volume."""
    spacing = np.array(volume.spacing_mm)
    areas = [
        float(mask[(slice(None),) * axis + (end,)].sum() * np.prod(np.delete(spacing, axis)))
        for axis in range(3)
        for end in (0, -1)
    ]
    return max(areas) / 100


def _dice(one: np.ndarray, other: np.ndarray) -> float:
    total = int(one.sum()) + int(other.sum())
    return 2 * int((one & other).sum()) / total if total else 0.0
