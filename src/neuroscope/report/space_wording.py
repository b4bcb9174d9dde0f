"""Say what was found in space, and arrange its numbers in tables. Computes no number."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from neuroscope.records.measured import NOT_ASSESSED, Lesion
from neuroscope.records.measurement import Measurement
from neuroscope.records.report import Section
from neuroscope.report.space import InSpace
from neuroscope.report.wording import (
    CLASS_PHRASES,
    amount_text,
    between_text,
    number_text,
    value_text,
)

FOUND_IN_SPACE = "Finding in space"
REGION_NAMES = {
    "WT": "Whole tumor",
    "TC": "Tumor core",
    "ET": "Enhancing tumor",
    "NCR": "Necrotic and non-enhancing tumor",
    "ED": "Edema",
}
OVERLAP_HOW = (
    "overlap (Dice) with an expert's outline, foretold from the model's own doubt by a line fitted "
    "on validation studies; nobody outlined this study"
)
DASH = "–"

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A heading, the names of the columns, and rows of text."""

    title: str
    columns: Row
    rows: tuple[Row, ...]


def space_section(space: InSpace) -> Section:
    """Write what was found in space for the first page, citing every number that is shown later."""
    sentences = [_volumes_sentence(space), *_lesion_sentences(space)]
    midline, mismatch = space.measurements.midline, space.measurements.mismatch
    if midline is not None and midline.shift is not None:
        sentences.append(f"Midline shift: {shift_text(midline.shift)}.")
    if mismatch is not None:
        sign = "present" if mismatch.has_sign else "not present"
        sentences.append(f"T2-FLAIR mismatch sign: {sign} (score {value_text(mismatch.score)}).")
    sentences.append("Pictures, tables and how each was measured: “The study in space”.")
    return Section(
        FOUND_IN_SPACE,
        tuple(sentences),
        tuple(cited(space)),
        tuple(space.content["cautions"]),
    )


def cited(space: InSpace) -> Iterator[Measurement]:
    """Give every number that the pages show, named so that each can be told from the others."""
    model = space.content["model"]
    source = f"{space.measurements.source}, model {model['version']}" if model else "a drawn mask"
    for region in space.content["regions"]:
        yield from _foretold(region, source)
    yield from space.measurements.values
    for lesion in space.measurements.lesions:
        for value in lesion.measurements:
            yield replace(value, name=f"{lesion.id} {value.name}")
    yield from _of_evidence(space)
    yield from _of_registration(space)


def _foretold(region: dict[str, Any], source: str) -> Iterator[Measurement]:
    if region["expected_dice"] is not None:
        low, high = region["expected_dice_interval"]
        name = f"{region['code']} expected overlap"
        yield Measurement(
            name, region["expected_dice"], "1", OVERLAP_HOW, source, (low, high)
        )  # fmt: skip


def _of_evidence(space: InSpace) -> Iterator[Measurement]:
    found = space.content["evidence"]
    if found is None:
        return
    source = f"the evidence for {CLASS_PHRASES[found['target']]} on {space.reference_title}"
    how = {
        "threshold": ("1", "exceeded by 0.1 % of healthy brains, or a share of the peak"),
        "consistency": ("1", "mean overlap of the maps of three cuts, 0 to 1"),
        "p_value": ("1", "share of random shifts of the maps that overlap as well"),
        "removed_share": ("1", "part of the fused evidence outside the brain, removed"),
        "dropped_ml": ("ml", "specks above the threshold, too small to keep"),
    }
    for name, (unit, words) in how.items():
        if found[name] is not None:
            yield Measurement(
                f"evidence, {name.replace('_', ' ')}", found[name], unit, words, source
            )


def _of_registration(space: InSpace) -> Iterator[Measurement]:
    for moved in space.content["sequences"]:
        if moved["role"] == space.content["reference"]["role"]:
            continue
        for name, unit in (("moved_mm", "mm"), ("turned_deg", "deg")):
            yield Measurement(
                f"{moved['role']} {name.split('_')[0]}", moved[name], unit,
                "rigid registration to the reference", f"series {moved['series_id']}",
            )  # fmt: skip


def shift_text(shift: Measurement) -> str:
    """Write the midline shift with its side; the sign would not be read rightly."""
    if abs(shift.value) < 0.05:
        return "0 mm"
    side = "right" if shift.value > 0 else "left"
    text = f"{number_text(abs(shift.value))} mm to the patient's {side}"
    if shift.interval is not None:
        low, high = sorted((abs(shift.interval[0]), abs(shift.interval[1])))
        crosses = shift.interval[0] < 0 < shift.interval[1]
        text += f" (interval {'0' if crosses else number_text(low)} to {number_text(high)})"
    return text


def _volumes_sentence(space: InSpace) -> str:
    if not space.measurements.lesions and not space.measurements.named("WT volume").value:
        return f"The segmentation on {space.reference_title} holds no tumor."
    parts = []
    for region in space.content["regions"]:
        name = REGION_NAMES[region["code"]].lower()
        value = space.measurements.named(f"{region['code']} volume")
        parts.append(f"{name} {value_text(value)}")
    return f"Segmented on {space.reference_title}: {', '.join(parts)}."


def _lesion_sentences(space: InSpace) -> tuple[str, ...]:
    largest = largest_lesion(space)
    if largest is None:
        return ()
    where = ", ".join(part for part in (largest.side, largest.place) if part)
    crossed = _crossed_text(largest)
    size = f", crossed axial diameters {crossed}" if crossed != DASH else ""
    number = len(space.measurements.lesions)
    volume = number_text(largest.volume_ml)
    return (f"Lesions: {number}. The largest, {largest.id} ({where}), holds {volume} ml{size}.",)


def largest_lesion(space: InSpace) -> Lesion | None:
    """Choose the lesion that the pictures go through; None if there is none."""
    return max(space.measurements.lesions, key=lambda lesion: lesion.volume_ml, default=None)


def volume_table(space: InSpace) -> Table:
    """List the nested regions, then the labels that make them."""
    regions = {region["code"]: region for region in space.content["regions"]}
    rows = []
    for value in space.measurements.values:
        code, _, what = value.name.partition(" ")
        if what != "volume" or code not in REGION_NAMES:
            continue
        region = regions.get(code, {})
        dice, doubt = region.get("expected_dice"), region.get("expected_dice_interval")
        rows.append(
            (
                f"{REGION_NAMES[code]} ({code})",
                number_text(value.value),
                _interval_text(value),
                DASH if dice is None else f"{dice:.2f}",
                DASH if doubt is None else f"{doubt[0]:.2f} to {doubt[1]:.2f}",
            )
        )
    columns = ("Region", "ml", "Interval", "Expected overlap", "95 % interval")
    return Table("Volumes", columns, tuple(rows))


SIZES = (
    ("longest diameter", "Longest"),
    ("axial diameter", "Axial"),
    ("perpendicular diameter", "Perpendicular"),
    ("bidimensional product", "Product"),
    ("surface area", "Surface"),
    ("sphericity", "Sphericity"),
)


def size_table(space: InSpace) -> Table:
    """List size and shape of the nested regions, a row for each."""
    found = {value.name: value for value in space.measurements.values}
    rows = []
    for region in space.content["regions"]:
        code = region["code"]
        values = [found.get(f"{code} {name}") for name, _ in SIZES]
        if any(values):
            cells = (amount_text(v.value, v.unit) if v else DASH for v in values)
            rows.append((f"{REGION_NAMES[code]} ({code})", *cells))
    return Table("Size and shape", ("Region", *(title for _, title in SIZES)), tuple(rows))


def value_table(space: InSpace) -> Table:
    """List the numbers that stand in no other table: ratios, distances, counts."""
    elsewhere = (" volume", *(f" {name}" for name, _ in SIZES))
    rows = []
    for value in space.measurements.values:
        if value.name.endswith(elsewhere):
            continue
        amount, interval = amount_text(value.value, value.unit), _interval_text(value)
        if value.name == "midline shift":
            amount, _, rest = shift_text(value).partition(" (interval ")
            interval = rest.rstrip(")") or DASH
        rows.append((value.name[0].upper() + value.name[1:], amount, interval))
    return Table("Ratios, counts and distances", ("Number", "Value", "Interval"), tuple(rows))


def lesion_table(space: InSpace) -> Table:
    """List the lesions, the largest first."""
    ordered = sorted(space.measurements.lesions, key=lambda lesion: -lesion.volume_ml)
    rows = tuple(
        (
            lesion.id,
            lesion.side,
            lesion.place or NOT_ASSESSED,
            number_text(lesion.volume_ml),
            DASH if lesion.longest is None else f"{number_text(lesion.longest.length_mm)} mm",
            _crossed_text(lesion),
            "yes" if lesion.is_measurable else "no",
        )
        for lesion in ordered
    )
    columns = ("Lesion", "Side", "Place", "ml", "Longest", "Crossed, axial", "RANO measurable")
    return Table("Lesions", columns, rows)


def vasari_table(space: InSpace) -> Table:
    """List the VASARI features: those that were computed, then those that a person must assess."""
    features = sorted(space.measurements.vasari, key=lambda feature: not feature.is_assessed)
    rows = tuple(
        (f"F{feature.number}", feature.name, feature.value, feature.how if feature.is_assessed
         else "")
        for feature in features
    )  # fmt: skip
    return Table("VASARI features", ("", "Feature", "Value", "How"), rows)


def is_trusted(space: InSpace) -> bool:
    """Tell whether the fused evidence failed none of its tests."""
    tested = (space.content["evidence"] or {}).get("passport")
    return tested is None or tested["outcome"] != "failed"


def evidence_text(space: InSpace) -> str:
    """Say whose evidence is drawn, and whether its three cuts agree."""
    found = space.content["evidence"]
    text = f"Evidence for {CLASS_PHRASES[found['target']]}, fused from three cuts."
    if found["consistency"] is not None:
        text += (
            f" The cuts agree by {found['consistency']:.2f} of 1 (p {_p_text(found['p_value'])})."
        )
    if found["removed_share"] is not None:
        text += f" {100 * found['removed_share']:.0f} % lay outside the brain and was removed."
    tested = found.get("passport")  # results before the tests have none
    if tested is not None and tested["outcome"] != "not assessed":
        text += f" {tested['sentence']}"
    if not is_trusted(space):
        text += " It is drawn gray."
    other = "a person or program" if space.content["model"] is None else "another network"
    return text + (
        " White: where the evidence passes its threshold. Blue: the whole tumor as segmented, by "
        f"{other}; where they differ, look again."
    )


def model_text(space: InSpace) -> str:
    """Name who segmented."""
    model = space.content["model"]
    if model is None:
        return "Segmentation: a given mask, not a network."
    return f"Segmented by {model['name']} {model['version']}, weights SHA-256 {model['sha256']}"


def _p_text(p: float) -> str:
    return "< 0.01" if p < 0.01 else f"{p:.2f}"


def _crossed_text(lesion: Lesion) -> str:
    if lesion.crossed is None:
        return DASH
    longest, across = lesion.crossed.longest.length_mm, lesion.crossed.across.length_mm
    return f"{number_text(longest)} × {number_text(across)} mm"


def _interval_text(value: Measurement) -> str:
    return DASH if value.interval is None else between_text(*value.interval, value.unit)
