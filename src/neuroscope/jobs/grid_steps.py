"""Keep what the grid of the validation page shows of analyzed slices."""

from collections.abc import Mapping, Sequence

from neuroscope.preprocess.orient import SliceSource
from neuroscope.records.analysis import SliceFinding
from neuroscope.records.evidencespec import EvidenceSpec
from neuroscope.records.volume import Volume
from neuroscope.store import evidence, slice_focus
from neuroscope.store.annotation_reads import read_counting
from neuroscope.store.database import Store
from neuroscope.store.results import read_analysis
from neuroscope.store.volumetry import has_volumetry, read_maps, read_volumetry
from neuroscope.workflow.slice_views import KnownTumor, slice_views, tumor_marks


def look_closer(
    store: Store,
    analysis_id: str,
    series_id: str,
    source: SliceSource,
    spec: EvidenceSpec,
    *,
    found: Sequence[SliceFinding],
) -> None:
    """Keep pictures and regions of new findings, and of those a killed step left without."""
    unseen = slice_focus.unseen(store, analysis_id, series_id)
    if unseen - {finding.index for finding in found}:
        found = evidence.load_findings(store, analysis_id, series_id)
    wanted = [finding for finding in found if finding.index in unseen]
    _keep(store, analysis_id, series_id, source, spec, wanted)


def look_again(store: Store, analysis_id: str, sources: Mapping[str, SliceSource]) -> None:
    """Count the regions anew where a segmentation has shown the tumor since."""
    if not has_volumetry(store, analysis_id):
        return
    reference = read_volumetry(store, analysis_id).content["reference"]["series_id"]
    source = sources[reference]
    labels, _ = read_maps(store, analysis_id)
    if isinstance(source.image, Volume) and labels.shape == source.image.shape:
        found = evidence.load_findings(store, analysis_id, reference)
        spec = read_analysis(store, analysis_id).spec
        segmented = Volume(labels, source.image.affine)
        _keep(store, analysis_id, reference, source, spec, found, labels=segmented)


def _keep(
    store: Store,
    analysis_id: str,
    series_id: str,
    source: SliceSource,
    spec: EvidenceSpec,
    found: Sequence[SliceFinding],
    *,
    labels: Volume | None = None,
) -> None:
    study_id = read_analysis(store, analysis_id).study_id
    drawn = tumor_marks(read_counting(store, study_id, series_id))
    views = slice_views(source, found, spec, tumor=KnownTumor(drawn, labels))
    slice_focus.save_views(store, analysis_id, series_id, tuple(views))
