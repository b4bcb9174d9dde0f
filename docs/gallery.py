"""Make the gallery of phantoms: `python docs/gallery.py` writes the pictures and their page.

With names of kinds or courses, or `contrasts`, it makes only their pictures again.

Every picture says which kind and seed it is, so that anyone can make the same study.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from neuroscope.phantom.case import SEQUENCES, PhantomCase, make_case
from neuroscope.phantom.course import LawName
from neuroscope.phantom.lesions.kinds import KINDS, MIMICS
from neuroscope.phantom.lesions.lesion import Wish
from neuroscope.phantom.series import make_series, usual_plan
from neuroscope.phantom.slices import upright

DOCS = Path(__file__).parent
SPACING_MM, SERIES_SPACING_MM = 1.5, 2.0
COLORS = {1: (255, 90, 90), 2: (90, 220, 120), 3: (255, 220, 60), 4: (90, 170, 255)}
MARGIN, LINE = 3, 14
SEEDS = {"none": 34}
USUAL_SEED = 7
Picture = NDArray[np.uint8]


def gray_picture(case: PhantomCase, name: str, index: int) -> Picture:
    """Show one axial slice, windowed by what lies inside the head."""
    volume = case.volumes[name]
    pixels = upright(volume.voxels, "axial", index)
    if name in ("ct", "ctc"):
        low, high = 0.0, 80.0  # the window of the brain
    else:
        inside = volume.voxels[volume.voxels > 0.06 * float(volume.voxels.max())]
        low, high = 0.0, float(np.percentile(inside, 99.5))
    shown = np.clip((pixels - low) / (high - low), 0, 1) * 255
    return np.repeat(shown.astype(np.uint8)[..., None], 3, axis=2)


def outlined(picture: Picture, labels: NDArray[np.uint8]) -> Picture:
    """Draw a line around every label."""
    result = picture.copy()
    for label, color in COLORS.items():
        inside = labels == label
        core = inside.copy()
        for axis in (0, 1):
            for step in (-1, 1):
                core &= np.roll(inside, step, axis)
        result[inside & ~core] = color
    return result


def labels_of(case: PhantomCase) -> NDArray[np.uint8]:
    """Return the labels of the tumor, or of what is taken for one."""
    found = case.segmentation if case.mimics is None else case.mimics
    return np.asarray(found.labels, np.uint8)


def level_of(case: PhantomCase) -> int:
    """Choose the slice that shows most of the lesion."""
    labels = labels_of(case)
    chosen = (labels % 2 == 1) if (labels % 2 == 1).any() else labels > 0
    if not chosen.any():
        return labels.shape[2] // 2 + 3
    return int(chosen.sum((0, 1)).argmax())


def row_of(case: PhantomCase, names: Sequence[str], index: int) -> list[Picture]:
    """Show a slice in every sequence, and in the second once more with its labels."""
    pictures = [gray_picture(case, name, index) for name in names]
    labels = upright(labels_of(case), "axial", index)
    return [*pictures, outlined(pictures[min(1, len(pictures) - 1)], labels)]


def sheet(rows: Sequence[Sequence[Picture]], titles: Sequence[Sequence[str]], path: Path) -> None:
    """Lay pictures in rows with a line of text under each, in few colors."""
    high = max(p.shape[0] for row in rows for p in row) + LINE
    wide = max(p.shape[1] for row in rows for p in row)
    size = (max(map(len, rows)) * (wide + MARGIN) - MARGIN, len(rows) * (high + MARGIN) - MARGIN)
    page = Image.new("RGB", size, "black")
    draw = ImageDraw.Draw(page)
    for y, (row, words) in enumerate(zip(rows, titles, strict=True)):
        for x, (picture, word) in enumerate(zip(row, words, strict=True)):
            corner = (x * (wide + MARGIN), y * (high + MARGIN))
            page.paste(Image.fromarray(picture), corner)
            draw.text((corner[0] + 2, corner[1] + high - LINE), word, fill="white")
    few = page.quantize(palette=_palette(), dither=Image.Dither.NONE)
    few.save(path, optimize=True)


def _palette() -> Image.Image:
    """Give 64 grays and the colors of the labels."""
    colors = [(gray, gray, gray) for gray in np.linspace(0, 255, 64).astype(int).tolist()]
    flat = [part for color in [*colors, *COLORS.values()] for part in color]
    palette = Image.new("P", (1, 1))
    palette.putpalette(flat)
    return palette


def kind_sheet(kind: str, path: Path) -> None:
    """Make the sheet of a kind."""
    case = make_case(kind, seed=SEEDS.get(kind, USUAL_SEED), spacing_mm=SPACING_MM)
    sheet([row_of(case, SEQUENCES, level_of(case))], [[*SEQUENCES, "labels"]], path)


def caption(kind: str) -> str:
    """Say what the sheet of a kind shows."""
    seed = SEEDS.get(kind, USUAL_SEED)
    if kind in MIMICS:
        return f"seed {seed}; a mimic: it has no tumor labels, the lines show its own"
    return f"seed {seed}"


def series_sheet(law: LawName, path: Path) -> None:
    """Make the sheet of a course: T1 after contrast with labels above, FLAIR below."""
    plan = usual_plan("glioblastoma", timepoints=5, interval_days=60, law=law)
    wish = Wish(side="left")
    cases = list(
        make_series(
            "glioblastoma",
            seed=USUAL_SEED,
            plan=plan,
            spacing_mm=SERIES_SPACING_MM,
            sequences=("t1c", "flair"),
            wish=wish,
        )
    )
    index = level_of(max(cases, key=lambda case: int((labels_of(case) > 0).sum())))
    rows: list[list[Picture]] = [[], [], []]
    for case in cases:
        t1c, flair, marked = row_of(case, ("t1c", "flair"), index)[:3]
        marked = outlined(t1c, upright(labels_of(case), "axial", index))
        for row, picture in zip(rows, (t1c, marked, flair), strict=True):
            row.append(picture)
    days = [f"day {case.day}: {case.truth['core_ml']:.1f} ml" for case in cases]
    blank = [""] * len(days)
    sheet(rows, [days, blank, blank], path)


def contrast_sheet(path: Path) -> None:
    """Make the sheet of the other contrasts: a head with CT, diffusion and random looks."""
    names = ("t1c", "ct", "ctc", "dwi", "adc", "random")
    case = make_case(
        "glioblastoma", seed=USUAL_SEED, spacing_mm=2.0, sequences=names, head=True,
        wish=Wish(side="left"),
    )  # fmt: skip
    index = level_of(case)
    sheet([[gray_picture(case, name, index) for name in names]], [names], path)


PAGE = """# Gallery of phantoms

Made by `python docs/gallery.py`; nobody chose the prettiest seed. The last picture of a row is T1
after contrast with the outlines of the labels: necrotic and non-enhancing red, edema green,
enhancing yellow, resection cavity blue. What is not realistic stands in
[the page of the phantom](phantom.md#what-is-not-realistic).

## Kinds

{kinds}

## Courses

T1 after contrast, the same with labels, FLAIR. The head lies differently at each visit.

{courses}

## Other contrasts

{contrasts}
"""
COURSES: tuple[LawName, ...] = ("exponential", "resection", "pseudo-progression")


def page() -> str:
    """Write the page around the pictures."""

    def entry(name: str, title: str, text: str) -> str:
        return f"**{title}** ({text})\n\n![{title}](../images/phantom-{name}.png)"

    kinds = [entry(kind, kind, caption(kind)) for kind in KINDS]
    visits = f"glioblastoma, seed {USUAL_SEED}, a visit every 60 days"
    courses = [entry(f"course-{law}", law, visits) for law in COURSES]
    head = f"glioblastoma, seed {USUAL_SEED}, with a head, 2 mm"
    contrasts = entry("contrasts", "CT, diffusion and a random look", head)
    joined = ("\n\n".join(part) for part in (kinds, courses))
    return PAGE.format(kinds=next(joined), courses=next(joined), contrasts=contrasts)


def main(wanted: Sequence[str]) -> None:
    """Make the pictures, all of them or those that are named, and write the page."""
    images = DOCS / "images"
    for kind in KINDS:
        if not wanted or kind in wanted:
            kind_sheet(kind, images / f"phantom-{kind}.png")
    for law in COURSES:
        if not wanted or law in wanted:
            series_sheet(law, images / f"phantom-course-{law}.png")
    if not wanted or "contrasts" in wanted:
        contrast_sheet(images / "phantom-contrasts.png")
    (DOCS / "explanation" / "phantom-gallery.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
