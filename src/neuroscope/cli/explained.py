"""Fill the folder of `neuroscope explain`: maps, pictures side by side, and what was found."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from neuroscope.cli.outputs import write_json
from neuroscope.errors import BadInputError
from neuroscope.explain.attribution.tumor_out import tumor_out
from neuroscope.io.images import read_image
from neuroscope.io.nifti import write_nifti
from neuroscope.models.inference import load_engine
from neuroscope.models.passport_rules import load_passport_rules
from neuroscope.models.weights import load_network
from neuroscope.preprocess.orient import SliceSource, slices_of
from neuroscope.preprocess.slice_input import PreparedSlice, prepare_slice
from neuroscope.records.analysis import Analysis, SeriesFinding
from neuroscope.records.explanationmethod import method_named
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.progress import Progress, ignore
from neuroscope.records.replaced import Replaced
from neuroscope.reliability.passport.of_method import hardly_changes
from neuroscope.report.side_by_side import Titled, own_scale, side_by_side
from neuroscope.settings import RESEARCH_USE, Limits
from neuroscope.workflow.analyze import analyze
from neuroscope.workflow.attribute import (
    Explained,
    explain_by_all,
    on_input,
    on_pixels,
    question_of,
)
from neuroscope.workflow.sequence_importance import sequence_importance
from neuroscope.workflow.tested_maps import with_tests
from neuroscope.workflow.volume_attribution import volume_map

if TYPE_CHECKING:
    from neuroscope.models.evidence import EvidenceNetwork
    from neuroscope.records.evidencespec import EvidenceSpec
    from neuroscope.records.passport import PassportRules

VERSION = 1
MOST = 24  # slices explained at once; more are named, not done
INDEX = "explanations.json"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for on the command line."""

    methods: tuple[str, ...]
    target: str | None = None
    index: int | None = None
    tumor: Path | None = None
    in_space: bool = False
    budget: int | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """A slice to explain, the class, and the class that was answered."""

    series_id: str
    index: int
    target: str
    answer: str
    source: SliceSource

    @property
    def name(self) -> str:
        return self.source.names[self.index]


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """The network that is explained, its constants, and what its maps are tested by."""

    network: "EvidenceNetwork"
    spec: "EvidenceSpec"
    rules: "PassportRules"


def write_explanations(
    imported: ImportedStudy,
    weights: Path,
    wanted: Wanted,
    folder: Path,
    *,
    threads: int = 0,
    progress: Progress = ignore,
) -> dict[str, Any]:
    """Write all files and return the content of `explanations.json`.

    Parameters
    ----------
    weights
        Folder of a version of the evidence network.
    folder
        An empty folder.

    Raises
    ------
    BadInputError
        If no slice of the study shows a head, or the wanted one is not there.
    """
    engine = load_engine(threads=threads, weights=weights)
    asked = _Asked(
        load_network(weights), engine.spec, load_passport_rules(engine.model, weights=weights)
    )
    analysis = analyze(imported, engine)
    progress(0.1)
    places = list(_places(imported, analysis, wanted))
    if not places:
        raise BadInputError("No slice of this study shows a head.", fix="Give MR images of one.")
    not_done = [
        _failed(place.name, f"More than {MOST} slices.", "Name one with --slice.")
        for place in places[MOST:]
    ]
    slices = []
    for number, place in enumerate(places[:MOST]):
        written, failed = _write_slice(place, asked, wanted, folder, number)
        slices.append(written)
        not_done += failed
        progress(0.1 + 0.8 * (number + 1) / len(places[:MOST]))
    volumes: list[dict[str, Any]] = []
    if wanted.in_space:
        volumes, failed = _write_volumes(imported, analysis, asked, wanted, folder)
        not_done += failed
    found = {
        "version": VERSION,
        "research_use": RESEARCH_USE,
        "model": asdict(engine.model),
        "seed": wanted.seed,
        "slices": slices,
        "volumes": volumes,
        "sequences": _sequences(imported, analysis, wanted.target),
        "not_done": not_done,
    }
    write_json(found, folder / INDEX)
    progress(1.0)
    return found


def _places(imported: ImportedStudy, analysis: Analysis, wanted: Wanted) -> Iterator[_Place]:
    """Choose slices: the wanted one of every series; else all pictures, of a volume the surest."""
    found_any = False
    for found in analysis.series:
        image = imported.volumes.get(found.series_id) or imported.slices[found.series_id]
        source = slices_of(image)
        known = {item.index: item for item in found.slices}
        for index in _indices(found, wanted):
            if index not in known:
                continue
            found_any = True
            answer = found.decision or known[index].prediction
            target = wanted.target or answer.label
            yield _Place(found.series_id, index, target, answer.label, source)
    if wanted.index is not None and not found_any:
        raise BadInputError(
            f"There is no slice {wanted.index} that shows a head.",
            fix="Slices are counted from 0; `neuroscope analyze` lists those that were analyzed.",
        )


def _indices(found: SeriesFinding, wanted: Wanted) -> tuple[int, ...]:
    if wanted.index is not None:
        return (wanted.index,)
    if found.decision is not None:
        return found.decided_by[:1]
    return tuple(item.index for item in found.slices)


def _write_slice(
    place: _Place, asked: _Asked, wanted: Wanted, folder: Path, number: int
) -> tuple[dict[str, Any], list[dict[str, str]]]:
    network, spec = asked.network, asked.spec
    prepared = prepare_slice(place.source.get(place.index), size=spec.size)
    question = question_of(
        prepared, spec.classes.index(place.target), seed=wanted.seed, budget=wanted.budget
    )
    shape = place.source.shape(place.index)
    drawn, refused = explain_by_all(network, question, wanted.methods)
    failed = [_failed(f"{place.name}: {one.method}", one.problem, one.fix) for one in refused]
    tumor, healed, pictures = None, None, []
    try:
        if wanted.tumor is not None:
            tumor = _tumor(wanted.tumor, prepared, shape)
            found = tumor_out(network, question, tumor)
            healed = _healed(found.scores)
            blank = np.zeros_like(found.without)
            pictures.append(Titled("Tumor replaced", blank, 1.0, found.without))
    except BadInputError as error:
        failed.append(_failed(f"{place.name}: tumor out", error.problem, error.fix))
    done = with_tests(
        network,
        question,
        drawn,
        asked.rules,
        classes=spec.classes,
        cells=spec.cells,
        answer=place.answer,
        outline=tumor,
    )
    out = folder / f"{number:02d}_{_safe(place.name)}"
    out.mkdir()
    for one in done:
        values = on_pixels(one.attribution.values, prepared, shape)
        np.save(out / f"{one.attribution.method}.npy", values)
    titled = [*(_titled(one, spec, place.target) for one in done), *pictures]
    side_by_side(prepared.image, titled, out / "side_by_side.png")
    return {
        "name": place.name,
        "series": place.series_id,
        "slice": place.index,
        "target": place.target,
        "folder": out.name,
        "methods": [_method(one) for one in done],
        "tumor_out": healed,
    }, failed


def _method(one: Explained) -> dict[str, Any]:
    found = one.attribution
    facts = method_named(found.method)
    return {
        "method": found.method,
        "title": facts.title,
        "tier": facts.tier,
        "is_signed": facts.is_signed,
        "is_control": facts.is_control,
        "file": f"{found.method}.npy",
        "seconds": round(one.seconds, 3),
        "agreement_with_evidence": one.agreement,
        "notes": dict(found.notes),
        "cautions": list(one.cautions),
        "passport": None if one.passport is None else one.passport.as_dict(),
        "tests": None if one.passport is None else one.passport.sentence,
    }


def _titled(one: Explained, spec: "EvidenceSpec", target: str) -> Titled:
    values = one.attribution.values
    is_exact = one.attribution.method == "evidence"
    scale = spec.scale_of(target) if is_exact else own_scale(values)
    title = method_named(one.attribution.method).title
    return Titled(title, values, scale, is_trusted=one.is_trusted)


def _healed(found: Replaced) -> dict[str, Any]:
    return {
        "centered_logit": found.before,
        "centered_logit_without_tumor": found.after,
        "drop": found.drop,
        "sham_drops": list(found.sham_drops),
        "effect": found.effect,
        "p_value": found.p_value,
    }


def _tumor(path: Path, prepared: PreparedSlice, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Read a mask of the size of the slice, and carry it to what the network sees."""
    mask = read_image(path, limits=Limits()).pixels
    if mask.shape != shape:
        raise BadInputError(
            f"The mask has {mask.shape[0]} x {mask.shape[1]} pixels, the slice "
            f"{shape[0]} x {shape[1]}.",
            fix="Give a mask on the pixels of the slice.",
        )
    return on_input(mask > 0, prepared)


def _write_volumes(
    imported: ImportedStudy,
    analysis: Analysis,
    asked: _Asked,
    wanted: Wanted,
    folder: Path,
) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """Draw every method in every volume that was decided on, and write NIfTI files."""
    written, failed = [], []
    for found in analysis.series:
        volume = imported.volumes.get(found.series_id)
        if volume is None or found.decision is None:
            continue
        for method in wanted.methods:
            target = wanted.target or found.decision.label
            try:
                drawn = volume_map(volume, target, asked.network, asked.spec, method)
            except BadInputError as error:
                failed.append(_failed(f"{method} in space", error.problem, error.fix))
                continue
            forgets = hardly_changes(asked.rules.of_method.get(method))
            file = f"{_safe(found.series_id)}_{method}.nii.gz"
            write_nifti(np.asarray(drawn.heatmap.values, np.float32), volume.affine, folder / file)
            written.append(
                {
                    "series": found.series_id,
                    "method": method,
                    "target": target,
                    "file": file,
                    "consistency": None if drawn.consistency is None else drawn.consistency.score,
                    "cautions": [*([forgets] if forgets else []), *drawn.heatmap.cautions],
                }
            )
    return written, failed


def _sequences(
    imported: ImportedStudy, analysis: Analysis, target: str | None
) -> dict[str, Any] | None:
    """Share the decision on the study out to its series; None where only one was answered."""
    answers = {f.series_id: f.headline for f in analysis.series if f.headline is not None}
    spoken = analysis.headline
    if len(answers) < 2 or spoken is None or spoken.headline is None:
        return None
    found = sequence_importance(imported.study.series, answers, target or spoken.headline.label)
    titles: Mapping[str, str] = {one.id: one.title for one in imported.study.series}
    return {
        "target": found.target,
        "total": found.total,
        "speaks": titles[found.speaks],
        "shares": [
            {"series": titles[one.series_id], "share": one.share, "alone": one.alone}
            for one in found.shares
        ],
    }


def _failed(what: str, problem: str, fix: str) -> dict[str, str]:
    return {"what": what, "problem": problem, "fix": fix}


def _safe(name: str) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in name)[:60] or "slice"
