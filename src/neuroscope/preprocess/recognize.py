"""Which sequence a volume is, by what it shows: a cross-check of what its tags say.

Fluid, white matter, cortex and large veins are looked up where the template has them. What counts
is how bright they are against each other; a tumor, a coil or a scale of gray values changes little.
T1 after contrast differs from T1 in the veins and the choroid plexus.
"""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, optimize

from neuroscope.atlas.template import ORIGIN_MM, halved
from neuroscope.preprocess.foreground import background, finite
from neuroscope.records.prepared import Finding
from neuroscope.records.study import ROLE_NAMES, Role
from neuroscope.records.transform import Transform
from neuroscope.records.volume import Volume

Points = NDArray[np.float64]

KNOWN: tuple[Role, ...] = ("t1", "t1c", "t2", "flair")
# Mean and standard deviation of fluid, cortex and veins, see `Look`; set by hand from the signal
# equations, phantoms and textbooks, wide enough for scanners that nobody has seen.
EXPECTED: Mapping[Role, tuple[tuple[float, float], ...]] = MappingProxyType(
    {
        "t1": ((-1.0, 0.4), (-0.35, 0.25), (-0.1, 0.35)),
        "t1c": ((-0.9, 0.45), (-0.25, 0.25), (1.1, 0.7)),
        "t2": ((1.2, 0.6), (0.35, 0.25), (1.0, 0.8)),
        "flair": ((-0.6, 0.5), (0.3, 0.2), (0.3, 0.5)),
    }
)
DOUBTFUL, CERTAIN = 3.0, 6.0  # nats by which another reading of all series must be better
IMPOSSIBLE = -1e3
LEAST_ALONE = 1.0  # of which each that changes its name must give so much
UNLIKE = 5.0  # nats by which one series looks more like another sequence
LEAST_POINTS = 60
POINTS = 4000
VEIN_PERCENT = 85.0
VEINS = (
    ((0, -28, 79), (0, -62, 66), (0, -86, 45), (0, -100, 18)),  # superior sagittal sinus
    ((0, 38, 60), (0, 8, 76), (0, -28, 79)),
    ((0, -38, 5), (0, -52, -1), (0, -88, -14)),  # vein of Galen, straight sinus
    ((22, -38, 6), (27, -38, -2), (24, -28, -10)),  # choroid plexus
    ((-22, -38, 6), (-27, -38, -2), (-24, -28, -10)),
    ((28, -88, -24), (54, -62, -30)),  # transverse sinuses
    ((-28, -88, -24), (-54, -62, -30)),
)


@dataclass(frozen=True, slots=True)
class Look:
    """How bright tissues are against white matter, in widths (P10 to P90) of the brain.

    Attributes
    ----------
    fluid
        Of the ventricles.
    cortex
        Of gray matter.
    veins
        The brightest of sinuses, deep veins and choroid plexus.
    """

    fluid: float
    cortex: float
    veins: float


def look_of(volume: Volume, to_mni: Transform) -> Look | None:
    """Measure how bright tissues are in a volume; None if too little of the brain is in it.

    Parameters
    ----------
    to_mni
        RAS+ mm of the volume to MNI mm.
    """
    values = finite(volume.voxels)
    fill = background(volume)
    parts = {
        name: _looked_up(volume, values, to_mni.inverse().carry(points), fill)
        for name, points in _places().items()
    }
    if min(map(len, parts.values())) < LEAST_POINTS:
        return None
    brain = np.concatenate([parts["white"], parts["cortex"], parts["fluid"]])
    low, high = np.percentile(brain, (10, 90))
    width = float(high - low)
    if width <= 0:
        return None
    white = float(np.median(parts["white"]))
    return Look(
        (float(np.median(parts["fluid"])) - white) / width,
        (float(np.median(parts["cortex"])) - white) / width,
        (float(np.percentile(parts["veins"], VEIN_PERCENT)) - white) / width,
    )


def likelihoods(look: Look) -> dict[Role, float]:
    """Compute the logarithm of how likely each of `KNOWN` is to look so."""
    seen = (look.fluid, look.cortex, look.veins)
    return {
        role: sum(
            -0.5 * min(abs(value - mean) / spread, 5.0) ** 2 - float(np.log(spread))
            for value, (mean, spread) in zip(seen, EXPECTED[role], strict=True)
        )
        for role in KNOWN
    }


def role_by_look(look: Look) -> Role:
    """Tell the role of one volume alone."""
    chances = likelihoods(look)
    return max(chances, key=lambda role: chances[role])


def roles_by_looks(
    looks: Mapping[str, Look], tagged: Mapping[str, Role] | None = None
) -> dict[str, Role]:
    """Tell the roles of several volumes together, every role at most once.

    Parameters
    ----------
    tagged
        What the tags say. A volume that has a name gets one that no other has only if its own look
        leaves no doubt: else a T1 FLAIR beside a faint contrast T1 makes that the missing T1.
    """
    names = list(looks)
    if not names:
        return {}
    chances = np.array([[likelihoods(looks[n])[role] for role in KNOWN] for n in names])
    for row, name in enumerate(names):
        said = tagged.get(name) if tagged else None
        if tagged and said in KNOWN:
            gain = chances[row] - chances[row, KNOWN.index(said)]
            unnamed = np.array([role not in tagged.values() for role in KNOWN])
            chances[row, unnamed & (gain < CERTAIN)] = IMPOSSIBLE
    rows, columns = optimize.linear_sum_assignment(chances, maximize=True)
    return {names[row]: KNOWN[column] for row, column in zip(rows, columns, strict=True)}


def cross_check(
    tagged: Mapping[str, Role], looks: Mapping[str, Look]
) -> tuple[dict[str, Role], tuple[Finding, ...]]:
    """Compare what the tags say with what the volumes show.

    The tags win unless the content contradicts them clearly; where they are silent (`mr`) the
    content decides. Volumes of other roles (CT, diffusion) are left as they are.

    Parameters
    ----------
    tagged
        By id of the series: its role.
    looks
        By id, where it could be measured.
    """
    roles = dict(tagged)
    findings: list[Finding] = []
    known = {name: look for name, look in looks.items() if tagged[name] in (*KNOWN, "mr")}
    together = roles_by_looks(known, tagged)
    spoken = [name for name in together if tagged[name] != "mr"]
    gain = _total(known, together, spoken) - _total(known, tagged, spoken)
    for name, role in together.items():
        if tagged[name] == "mr":
            if role not in roles.values():
                roles[name] = role
                findings.append(_named_by_content(role))
            continue
        alone = likelihoods(known[name])
        if role == tagged[name]:
            findings += _doubted(role, alone, tagged)
            continue
        if gain < DOUBTFUL or alone[role] - alone[tagged[name]] < LEAST_ALONE:
            continue
        certain = gain >= CERTAIN
        findings.append(_contradiction(tagged[name], role, certain=certain))
        if certain:
            roles[name] = role
    return _without_doubles(roles, tagged), tuple(findings)


def _doubted(
    role: Role, alone: Mapping[Role, float], tagged: Mapping[str, Role]
) -> Iterable[Finding]:
    """Doubt a name that was believed, where the look of the series alone speaks for another."""
    alike = max(alone, key=lambda one: alone[one])
    gain = alone[alike] - alone[role]
    if role != "flair" and alike not in tagged.values() and gain >= DOUBTFUL:
        yield _contradiction(role, alike, certain=False)
    elif gain > UNLIKE:
        yield _unlike(role, alike)


def _total(looks: Mapping[str, Look], roles: Mapping[str, Role], names: Iterable[str]) -> float:
    return sum((likelihoods(looks[name])[roles[name]] for name in names), 0.0)


def _without_doubles(roles: dict[str, Role], tagged: Mapping[str, Role]) -> dict[str, Role]:
    """Take back a correction that would give a role of another series twice."""
    changed = {name for name in roles if roles[name] != tagged[name]}
    for name in changed:
        if sum(role == roles[name] for role in roles.values()) > 1:
            others = {n for n in roles if roles[n] == roles[name] and n != name}
            if others - changed:
                roles[name] = tagged[name]
    return roles


def _named_by_content(role: Role) -> Finding:
    return Finding(
        "unnamed",
        "The tags of a series do not tell its sequence.",
        f"By its content it was taken as {ROLE_NAMES[role]}.",
        "If that is wrong, the segmentation is too.",
    )


def _contradiction(said: Role, shown: Role, *, certain: bool) -> Finding:
    done = f"It was used as {ROLE_NAMES[shown]}." if certain else "The tags were believed."
    return Finding(
        "swapped",
        f"A series is named {ROLE_NAMES[said]} but looks like {ROLE_NAMES[shown]}.",
        done,
        "Two swapped sequences spoil the segmentation: check the names.",
    )


def _unlike(role: Role, alike: Role) -> Finding:
    return Finding(
        "unlike",
        f"The {ROLE_NAMES[role]} looks more like {ROLE_NAMES[alike]}.",
        "The name was believed: together the series leave it no better one.",
        "A T1 FLAIR that is named FLAIR looks so, and misleads the segmentation: check it."
        if role == "flair"
        else "A wrong name misleads the segmentation: check it.",
    )


def _looked_up(
    volume: Volume, values: NDArray[np.float32], points_mm: Points, fill: float | None
) -> NDArray[np.float32]:
    index = np.rint(volume.to_voxel(points_mm)).astype(int)
    held = ((index >= 0) & (index < volume.shape)).all(1)
    found: NDArray[np.float32] = values[tuple(index[held].T)]
    return found if fill is None else found[found != np.float32(fill)]


@lru_cache(maxsize=1)
def _places() -> dict[str, Points]:
    """List positions in MNI mm that lie well inside each tissue of the template."""
    gray, white = halved("gm").voxels, halved("wm").voxels
    fluid = ndimage.binary_erosion((gray + white) < 0.1)
    x, y, z = np.meshgrid(
        *(ORIGIN_MM[a] + 0.5 + 2.0 * np.arange(gray.shape[a]) for a in range(3)), indexing="ij"
    )
    ventricles = fluid & (np.abs(x) < 24) & (y > -44) & (y < 30) & (z > 2) & (z < 26)
    above = z > -10
    masks = {
        "fluid": ventricles,
        "white": ndimage.binary_erosion(white > 0.85) & above,
        "cortex": (gray > 0.8) & above & ((np.abs(x) > 34) | (z > 30)),
    }
    grid = np.stack([x, y, z], -1)
    places = {name: _some(grid[mask].astype(np.float64)) for name, mask in masks.items()}
    places["veins"] = np.concatenate([_along(line) for line in VEINS])
    return places


def _some(points: Points) -> Points:
    return points[:: max(1, len(points) // POINTS)]


def _along(line: tuple[tuple[int, int, int], ...]) -> Points:
    """Fill a tube of 4 mm around a line with points 2 mm apart."""
    corners = np.array(line, np.float64)
    steps = [
        start + (stop - start) * t
        for start, stop in itertools.pairwise(corners)
        for t in np.arange(0, 1, 2.0 / np.linalg.norm(stop - start))
    ]
    around = np.array([(a, b, c) for a in (-3, 0, 3) for b in (-3, 0, 3) for c in (-3, 0, 3)])
    spread: Points = (np.array(steps)[:, None] + around[None]).reshape(-1, 3)
    return spread
