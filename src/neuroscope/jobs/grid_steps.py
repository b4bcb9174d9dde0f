"""Keep what the grid of the validation page shows of analyzed slices."""

from collections.abc import Mapping
from itertools import islice

from neuroscope.preprocess.orient import SliceSource
from neuroscope.records.progress import Progress, ignore
from neuroscope.records.volume import Volume
from neuroscope.store import evidence, slice_focus
from neuroscope.store.annotation_reads import read_counting
from neuroscope.store.database import Store
from neuroscope.store.results import read_analysis
from neuroscope.store.volumetry import has_volumetry, read_maps, read_volumetry
from neuroscope.workflow.slice_views import KnownTumor, slice_views, tumor_marks

SAVE_EVERY = 32  # slices


def look_closer(
    store: Store,
    analysis_id: str,
    sources: Mapping[str, SliceSource],
    *,
    progress: Progress = ignore,
) -> None:
    """Keep a small picture of every slice that has none, and where its evidence lies.

    The tumor is what readers drew, else what the study was segmented into: so this comes last.
    """
    analysis = read_analysis(store, analysis_id)
    unseen = {series_id: slice_focus.unseen(store, analysis_id, series_id) for series_id in sources}
    total, done = sum(map(len, unseen.values())), 0
    for series_id, wanted in unseen.items():
        if not wanted:
            continue
        drawn = tumor_marks(read_counting(store, analysis.study_id, series_id))
        known = KnownTumor(drawn, _segmented(store, analysis_id, series_id, sources[series_id]))
        found = evidence.load_findings(store, analysis_id, series_id)
        views = slice_views(
            sources[series_id],
            (finding for finding in found if finding.index in wanted),
            analysis.spec,
            tumor=known,
        )
        while some := tuple(islice(views, SAVE_EVERY)):
            slice_focus.save_views(store, analysis_id, series_id, some)
            done += len(some)
            progress(done / total)


def _segmented(
    store: Store, analysis_id: str, series_id: str, source: SliceSource
) -> Volume | None:
    """Give what a series was segmented into; None unless it lies on the grid of the series."""
    if not has_volumetry(store, analysis_id):
        return None
    if read_volumetry(store, analysis_id).content["reference"]["series_id"] != series_id:
        return None
    labels, _ = read_maps(store, analysis_id)
    if not isinstance(source.image, Volume) or labels.shape != source.image.shape:
        return None
    return Volume(labels, source.image.affine)
