"""A study in space, step by step: prepare, segment, measure, draw, and explain the decision."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from neuroscope.atlas.lobes import lobe_atlas
from neuroscope.errors import BadInputError, NeuroscopeError
from neuroscope.measure.meshes import meshes
from neuroscope.measure.regions import regions_of
from neuroscope.measure.study import measure
from neuroscope.models.brain_extractor import load_brain_extractor
from neuroscope.models.inference import EvidenceEngine
from neuroscope.models.mindgrab import MindGrab
from neuroscope.models.passport_rules import load_passport_rules
from neuroscope.models.segmenter import Segmenter, SegmenterStudy
from neuroscope.models.study_decision import contradiction_in_space
from neuroscope.preprocess.mni import atlas_on
from neuroscope.preprocess.prepare import BrainExtractor, prepare
from neuroscope.records.analysis import Analysis, SeriesFinding
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.measured import Measurements
from neuroscope.records.passport import PassportRules
from neuroscope.records.prediction import TUMOR_CLASSES, Prediction
from neuroscope.records.prepared import Prepared
from neuroscope.records.progress import Progress, ignore
from neuroscope.records.segmented import Segmented, TumorRule
from neuroscope.records.segmenterspec import CHANNELS
from neuroscope.records.volume import Volume
from neuroscope.records.volumeevidence import VolumeConstants, VolumeEvidence
from neuroscope.records.volumetry import Volumetry
from neuroscope.settings import Settings
from neuroscope.workflow.evidence import explain_volume
from neuroscope.workflow.passports import with_fused_passport

log = logging.getLogger(__name__)

# How far the examination has come (0..1) when each part of it begins.
PREPARE, SEGMENT, MEASURE, DRAW, EXPLAIN = 0.0, 0.45, 0.65, 0.75, 0.8
RULES: Mapping[str, TumorRule] = {"glioma": "glioma"}

ChooseSegmenter = Callable[[Prepared], Segmenter]


@dataclass(frozen=True, slots=True, eq=False)
class Explainer:
    """What draws the evidence: the classifier with its constants, and what it found."""

    engine: EvidenceEngine
    constants: VolumeConstants
    findings: Mapping[str, SeriesFinding]  # by id of the series
    rules: PassportRules | None = None  # what the map is tested by; None: what lies by the weights


def can_be_examined(imported: ImportedStudy) -> bool:
    """Tell whether a study has a volume that the segmenter understands, or may understand.

    An MR volume whose tags name no sequence may turn out to be one by its content.
    """
    roles = {series.id: series.role for series in imported.study.series}
    return any(roles[name] in (*CHANNELS, "mr") for name in imported.volumes)


def load_extractor(settings: Settings) -> BrainExtractor:
    """Load the brain extractor that the settings ask for: ours, or MindGrab."""
    if settings.mindgrab is not None:
        return MindGrab(settings.mindgrab)
    return load_brain_extractor(threads=settings.threads)


def not_examined(error: NeuroscopeError) -> str:
    """Say in the cautions of a study why it was not examined in space."""
    return f"Not segmented or measured in space. {error.problem} {error.fix}"


def contradicted(
    imported: ImportedStudy, analysis: Analysis, volumetry: Volumetry
) -> tuple[str, ...]:
    """Say in the cautions of a study if its segmentation contradicts the classifier."""
    return contradiction_in_space(
        imported.study.series,
        analysis.headline,
        whole_tumor_ml=volumetry.measurements.named("WT volume").value,
        segmented_on=volumetry.segmented.present,
        is_given=volumetry.segmented.model is None,
    )


def examine(
    imported: ImportedStudy,
    choose: ChooseSegmenter,
    *,
    extract_brain: BrainExtractor | None = None,
    explainer: Explainer | None = None,
    rule: TumorRule | None = None,
    progress: Progress = ignore,
) -> Volumetry:
    """Examine a study in space.

    Parameters
    ----------
    choose
        Gives the segmenter once the study is prepared: a given mask is read in its frame.
    extract_brain
        Finds the brain where a study still has its skull; None uses the template.
    explainer
        Adds the evidence of the classifier in three dimensions, tested against the segmentation.
    rule
        What the tumor is known to be, for small parts; None follows the classifier.

    Raises
    ------
    BadInputError
        If there is no volume of T1, contrast T1, T2 or FLAIR.
    """
    require_examinable(imported)
    prepared = prepare(
        imported, extract_brain=extract_brain, progress=_part(progress, PREPARE, SEGMENT)
    )
    return examine_prepared(
        imported, prepared, choose(prepared), explainer=explainer, rule=rule, progress=progress
    )


def examine_prepared(
    imported: ImportedStudy,
    prepared: Prepared,
    segmenter: Segmenter,
    *,
    explainer: Explainer | None = None,
    rule: TumorRule | None = None,
    progress: Progress = ignore,
) -> Volumetry:
    """Segment, measure, draw and explain a prepared study; options are those of `examine`."""
    require_sequence(prepared)
    progress(SEGMENT)
    decision = decision_on(prepared, explainer)
    mask = prepared.brain
    sequences = {str(role): volume for role, volume in prepared.volumes.items()}
    segmented = segmenter.segment(SegmenterStudy(sequences, mask, rule or rule_for(decision)))
    progress(MEASURE)
    measurements = measured(prepared, segmented)
    progress(DRAW)
    surfaces = meshes(regions_of(segmented.segmentation), mask)
    progress(EXPLAIN)
    found = Volumetry(prepared, segmented, measurements, surfaces, is_kind_told=rule is not None)
    if explainer is not None and decision is not None:
        evidence = explained(prepared, explainer, decision, seen=imported.volumes)
        engine = explainer.engine
        rules = explainer.rules or load_passport_rules(engine.model, weights=engine.weights)
        found = with_fused_passport(replace(found, evidence=evidence), rules)
    progress(1.0)
    log.info("examined study %s in space", imported.study.id)
    return found


def require_examinable(imported: ImportedStudy) -> None:
    """Refuse a study without a volume that the segmenter understands.

    Raises
    ------
    BadInputError
        If there is no volume of T1, contrast T1, T2 or FLAIR.
    """
    if not can_be_examined(imported):
        raise BadInputError(
            "There is no volume of T1, contrast T1, T2 or FLAIR in this study.",
            fix="Give at least one of them as a volume (NIfTI or a DICOM series).",
        )


def require_sequence(prepared: Prepared) -> None:
    """Refuse a study none of whose volumes turned out to be a sequence that segmenters know.

    Raises
    ------
    BadInputError
        If there is none.
    """
    if not any(role in CHANNELS for role in prepared.volumes):
        raise BadInputError(
            "Neither tags nor content tell which sequence the volumes of this study are.",
            fix="Name the files by their sequence (t1, t1c, t2, flair).",
        )


def rule_for(decision: Prediction | None) -> TumorRule:
    """Choose what small parts may be dropped by what the classifier decided.

    It knows no metastases: their rule is used only where a person names them.
    """
    return RULES.get(decision.label, "other") if decision else "other"


def measured(prepared: Prepared, segmented: Segmented) -> Measurements:
    """Measure a segmentation in the frame of its study."""
    atlas = None
    if prepared.to_mni is not None:
        atlas = atlas_on(prepared.grid, lobe_atlas(), prepared.to_mni)
    name = segmented.model.name if segmented.model else segmented.segmentation.author
    return measure(
        segmented.segmentation,
        images={role: volume for role, volume in prepared.volumes.items() if role in CHANNELS},
        brain=prepared.brain,
        probabilities=dict(segmented.p_region) or None,
        validated_ml={name: (v.low, v.high) for name, v in segmented.volume_ml.items()} or None,
        atlas=atlas,
        source=f"{name} on {prepared.reference}",
    )


def decision_on(prepared: Prepared, explainer: Explainer | None) -> Prediction | None:
    """Give what the classifier decided on the reference sequence; None if it did not."""
    if explainer is None:
        return None
    found = explainer.findings.get(prepared.series[prepared.reference])
    return found.decision if found else None


def explained(
    prepared: Prepared,
    explainer: Explainer,
    decision: Prediction,
    *,
    seen: Mapping[str, Volume],
) -> VolumeEvidence:
    """Draw the evidence for the decision, or for a healthy head for the likeliest tumor.

    Parameters
    ----------
    seen
        By id of the series: the volumes that the classifier saw. Its slices are taken over only if
        the reference still holds the same gray values: one cut of the raw and two cuts of the
        evened image would not show the same thing.
    """
    tumors = [name for name in TUMOR_CLASSES if name != "notumor"]
    target = decision.label
    if target == "notumor":
        target = max(tumors, key=lambda name: decision.p_class[name])
    series_id = prepared.series[prepared.reference]
    before = seen.get(series_id)
    same = before is not None and np.array_equal(before.voxels, prepared.grid.voxels)
    return explain_volume(
        prepared.grid,
        target,
        explainer.engine,
        explainer.constants,
        brain=np.asarray(prepared.brain.voxels, bool),
        known=explainer.findings.get(series_id) if same else None,
    )


def _part(progress: Progress, start: float, stop: float) -> Progress:
    return lambda fraction: progress(start + (stop - start) * fraction)
