"""Test the maps of an analysis, and note in its findings how they did.

Of pictures up to 32 are tested, spread evenly; of a volume the slice that decided most, and what
holds for all of them. Each costs the network 41 passes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import GeometryMismatchError
from neuroscope.measure.regions import labels_of, mask_of
from neuroscope.models.inference import EvidenceEngine
from neuroscope.preprocess.drawn import HALF_COVERED, covered
from neuroscope.preprocess.orient import SliceSource
from neuroscope.preprocess.slice_grid import slice_grid
from neuroscope.preprocess.slice_input import prepare_slice
from neuroscope.records.analysis import SeriesFinding, SliceFinding
from neuroscope.records.annotation import Annotation
from neuroscope.records.passport import Passport, PassportRules
from neuroscope.records.progress import Progress, ignore
from neuroscope.records.slicegrid import on_slice
from neuroscope.records.volumetry import Volumetry
from neuroscope.reliability.passport.of_slice import PassportConfig, SeenSlice, slice_passports
from neuroscope.reliability.passport.of_volume import fused_passport, volume_passports

Passports = tuple[Passport, ...]

WHOLE_TUMOR = "WT"
DECIDING_TESTED = 1  # of a volume: the slice that decided most; each costs 41 passes
MOST_PICTURES = 32  # of a series of pictures: more would hold up a large folder for minutes


@dataclass(frozen=True, slots=True, eq=False)
class Outlined:
    """Tumors that readers outlined on the slices of a series.

    Attributes
    ----------
    masks
        By slice, on its pixels as displayed.
    problem
        Why something that was drawn cannot be used; empty if all can.
    """

    masks: Mapping[int, NDArray[np.bool_]] = field(default_factory=dict)
    problem: str = ""


def slices_to_test(finding: SeriesFinding) -> tuple[int, ...]:
    """Name the slices whose maps are tested: pictures, evenly spread, or what decided a volume."""
    if finding.axis is None:
        indices = [item.index for item in finding.slices]
        rows = np.linspace(0, len(indices) - 1, min(len(indices), MOST_PICTURES)).round()
        return tuple(indices[int(row)] for row in rows)
    return finding.decided_by[:DECIDING_TESTED]


def passports_of_slice(
    source: SliceSource,
    finding: SliceFinding,
    engine: EvidenceEngine,
    rules: PassportRules,
    *,
    answer: str | None = None,
    outlined: Outlined | None = None,
    config: PassportConfig = PassportConfig(),
) -> Passports:
    """Test the maps of one slice.

    Parameters
    ----------
    answer
        The class whose map is tested in full: that of the volume, or by default of the slice.
    outlined
        Tumors outlined by readers.
    """
    prepared = prepare_slice(source.get(finding.index), size=engine.spec.size)
    seen = SeenSlice(
        image=prepared.image,
        head=prepared.head,
        cells=finding.evidence,
        answer=answer or finding.prediction.label,
        outline=None if outlined is None else outlined.masks.get(finding.index),
        unusable="" if outlined is None else outlined.problem,
    )
    return slice_passports(seen, engine.run, engine.spec, rules, config=config)


def passports_of_volume(finding: SeriesFinding, of_slices: Sequence[Passports]) -> Passports:
    """Put the passports of the tested slices of a volume together; empty if none was tested."""
    if not of_slices:
        return ()
    gap = max(item.evidence.completeness_error for item in finding.slices)
    return volume_passports(of_slices, gap)


def with_passports(
    source: SliceSource,
    finding: SeriesFinding,
    engine: EvidenceEngine,
    rules: PassportRules,
    *,
    outlined: Outlined | None = None,
    progress: Progress = ignore,
) -> SeriesFinding:
    """Test the maps of a series, and return its finding with their passports."""
    answer = None if finding.decision is None else finding.decision.label
    wanted = slices_to_test(finding)
    by_index = {item.index: item for item in finding.slices}
    found: dict[int, Passports] = {}
    for done, index in enumerate(wanted, start=1):
        found[index] = passports_of_slice(
            source,
            by_index[index],
            engine,
            rules,
            answer=answer,
            outlined=outlined,
        )
        progress(done / len(wanted))
    if finding.axis is not None:
        of_slices = [found[index] for index in wanted]
        return replace(finding, passports=passports_of_volume(finding, of_slices))
    slices = tuple(replace(item, passports=found.get(item.index, ())) for item in finding.slices)
    return replace(finding, slices=slices)


def with_fused_passport(volumetry: Volumetry, rules: PassportRules) -> Volumetry:
    """Test the map that was fused from three axes, against the segmentation of the same study."""
    evidence = volumetry.evidence
    if evidence is None:
        return volumetry
    segmentation = volumetry.segmented.segmentation
    tumor = mask_of(segmentation.labels, labels_of(segmentation, WHOLE_TUMOR))
    passport = fused_passport(evidence, rules, tumor=tumor)
    heatmap = replace(evidence.heatmap, passport=passport)
    return replace(volumetry, evidence=replace(evidence, heatmap=heatmap))


def outlined_on(
    source: SliceSource, drawn: Iterable[Annotation], indices: Iterable[int]
) -> Outlined:
    """Lay the tumors that readers outlined on slices; those that nobody drew on are left out."""
    tumors = [one for one in drawn if one.kind == "tumor" and not one.deleted]
    found: dict[int, NDArray[np.bool_]] = {}
    problem = ""
    for index in indices if tumors else ():
        grid = slice_grid(source, index)
        mask = np.zeros(grid.shape, bool)
        for one in tumors:
            try:
                if on_slice(one, grid):
                    mask |= covered(one, grid) >= HALF_COVERED
            except GeometryMismatchError as error:
                problem = error.problem
        if mask.any():
            found[index] = mask
    return Outlined(found, problem)
