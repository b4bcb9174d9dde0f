"""Make a picture worse step by step, as another scanner or program might, and see who still knows.

Severity 0 changes nothing, 1 is the worst that still happens in practice.
"""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter, shift

from neuroscope.records.modelaudit import Curve
from neuroscope.reliability.audited import AuditedModel, Case, Gray, asked
from neuroscope.reliability.averages import mean_by_patient

LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)
DARKER, BRIGHTER = 0.7, 1.4  # exponents of the gray values at severity 1
BIAS = 0.5  # of the gray values lost at the far end of a bias field
NOISE = 0.10  # of the head's brightness
COARSER = 4.0  # times fewer pixels across
JPEG_QUALITY = (90, 10)
SHIFTED = 10 / 224  # of the picture
CROPPED = 0.08  # of every side

Worsen = Callable[[Case, float, np.random.Generator], Gray]


def darker(case: Case, severity: float, rng: np.random.Generator) -> Gray:
    """Bend the gray values down (gamma)."""
    del rng
    return _bent(case.pixels, 1 + severity * (BRIGHTER - 1))


def brighter(case: Case, severity: float, rng: np.random.Generator) -> Gray:
    """Bend the gray values up (gamma)."""
    del rng
    return _bent(case.pixels, 1 + severity * (DARKER - 1))


def bias_field(case: Case, severity: float, rng: np.random.Generator) -> Gray:
    """Lose brightness towards one side, as a surface coil does."""
    angle = rng.uniform(0, 2 * np.pi)
    rows, columns = (np.linspace(-1, 1, n, dtype=np.float32) for n in case.pixels.shape)
    along = np.cos(angle) * rows[:, None] + np.sin(angle) * columns[None, :]
    return _gray(case.pixels * (1 - severity * BIAS * (along + 1) / 2))


def noise(case: Case, severity: float, rng: np.random.Generator) -> Gray:
    """Add the noise of a weaker magnet (of a magnitude picture: Rician)."""
    spread = severity * NOISE * _brightness(case)
    real, imaginary = (rng.normal(0, 1, case.pixels.shape) for _ in range(2))
    return _gray(np.hypot(case.pixels + spread * real, spread * imaginary))


def coarser(case: Case, severity: float, rng: np.random.Generator) -> Gray:
    """Keep fewer pixels, then enlarge again."""
    del rng
    rows, columns = case.pixels.shape
    factor = 1 + severity * (COARSER - 1)
    small = (max(1, round(columns / factor)), max(1, round(rows / factor)))
    picture = Image.fromarray(case.pixels).resize(small, Image.Resampling.BOX)
    return np.asarray(picture.resize((columns, rows), Image.Resampling.BILINEAR), np.float32)


def blurred(case: Case, severity: float, rng: np.random.Generator) -> Gray:
    """Blur, as a head that moved."""
    del rng
    return np.asarray(gaussian_filter(case.pixels, severity * 0.012 * max(case.pixels.shape)))


def jpeg(case: Case, severity: float, rng: np.random.Generator) -> Gray:
    """Save as JPEG of less and less quality."""
    del rng
    best, worst = JPEG_QUALITY
    stream = io.BytesIO()
    plane = np.clip(np.round(case.pixels), 0, 255).astype(np.uint8)
    Image.fromarray(plane).save(stream, "JPEG", quality=round(best + severity * (worst - best)))
    return np.asarray(Image.open(stream), np.float32)


def shifted(case: Case, severity: float, rng: np.random.Generator) -> Gray:
    """Move the head, up to 10 pixels of 224."""
    angle = rng.uniform(0, 2 * np.pi)
    reach = severity * SHIFTED * max(case.pixels.shape)
    moved = shift(case.pixels, (reach * np.sin(angle), reach * np.cos(angle)), order=1)
    return np.asarray(moved, np.float32)


def cropped(case: Case, severity: float, rng: np.random.Generator) -> Gray:
    """Cut the border off, up to 8 % of every side."""
    del rng
    rows, columns = case.pixels.shape
    down, across = round(severity * CROPPED * rows), round(severity * CROPPED * columns)
    inner = Image.fromarray(case.pixels[down : rows - down, across : columns - across].copy())
    return np.asarray(inner.resize((columns, rows), Image.Resampling.BILINEAR), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Others:
    """Sources and patients of pictures, to take the gray values of one for another.

    Attributes
    ----------
    sources, patients
        Of every picture, shape ``(n,)``.
    """

    sources: NDArray[np.int64]
    patients: NDArray[Any]

    def of(self, row: int, among: NDArray[np.int64], rng: np.random.Generator) -> int:
        """Choose a picture of another source, else of another patient, else any other."""
        apart = among[self.patients[among] != self.patients[row]]
        elsewhere = apart[self.sources[apart] != self.sources[row]]
        for group in (elsewhere, apart, among[among != row], among):
            if len(group):
                return int(rng.choice(group))
        raise ValueError("There is no picture to choose from.")


def like_another(giver: Case) -> Worsen:
    """Give the head the gray values of a picture of another source (matched ranks)."""
    given = np.sort(giver.pixels[giver.anatomy.head])

    def matched(case: Case, severity: float, rng: np.random.Generator) -> Gray:
        del rng
        head = case.anatomy.head
        if len(given) < 2 or head.sum() < 2:
            return case.pixels
        own = case.pixels[head]
        ranks = np.searchsorted(np.sort(own), own, side="left") / max(len(own) - 1, 1)
        wanted = np.interp(ranks, np.linspace(0, 1, len(given)), given)
        changed = case.pixels.copy()
        changed[head] = own + severity * (wanted - own)
        return _gray(changed)

    return matched


KINDS: Mapping[str, Worsen] = {
    "darker": darker,
    "brighter": brighter,
    "bias field": bias_field,
    "noise": noise,
    "coarser pixels": coarser,
    "blur": blurred,
    "JPEG": jpeg,
    "shift": shifted,
    "border crop": cropped,
}


def severity_curve(
    model: AuditedModel,
    cases: Sequence[Case],
    kind: str,
    worsen: Worsen | Sequence[Worsen],
    right_before: NDArray[np.bool_],
    *,
    seed: int = 0,
    told: Callable[[int], None] = lambda _: None,
) -> tuple[Curve, NDArray[np.float64]]:
    """Measure the share of right answers at every severity.

    Parameters
    ----------
    cases
        With labels the model knows.
    worsen
        One function for all cases, or one for each.
    right_before
        Whether the model is right on the unchanged pictures, shape ``(n,)``.

    Returns
    -------
    tuple[Curve, NDArray]
        The area is the mean share over the severities, with its interval by patient; the same mean
        for every picture, shape ``(n,)``.
    """
    each = [worsen] * len(cases) if callable(worsen) else list(worsen)
    labels = np.array([model.classes.index(case.label or "") for case in cases], np.int64)
    right = [right_before.astype(np.float64)]
    for level, severity in enumerate(LEVELS[1:]):
        pictures = (
            change(case, severity, np.random.default_rng([seed, row, level]))
            for row, (case, change) in enumerate(zip(cases, each, strict=True))
        )
        right.append((asked(model, pictures, told=told).predicted == labels).astype(np.float64))
    table = np.stack(right, 1)
    units = np.array([case.patient for case in cases])
    means = [mean_by_patient(column, units, seed=seed) for column in table.T]
    area = np.asarray(np.trapezoid(table, LEVELS, axis=1), np.float64)
    curve = Curve(
        "robustness",
        kind,
        "severity",
        "share right",
        LEVELS,
        tuple(one.value for one in means),
        tuple(one.low for one in means),
        tuple(one.high for one in means),
        mean_by_patient(area, units, seed=seed),
    )
    return curve, area


def _bent(pixels: Gray, exponent: float) -> Gray:
    return _gray(255 * (np.clip(pixels, 0, 255) / 255) ** exponent)


def _brightness(case: Case) -> float:
    inside = case.pixels[case.anatomy.head]
    return float(np.percentile(inside, 95)) if inside.size else 255.0


def _gray(values: NDArray[np.floating]) -> Gray:
    return np.asarray(np.clip(values, 0, 255), np.float32)
