"""A whole study as vectors: its slices, their lesions, and every volume; and the way back."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace

import numpy as np
from numpy.typing import NDArray

from neuroscope.errors import BadInputError, NotFoundError
from neuroscope.preprocess.orient import SliceSource, indices_to_run, slices_of
from neuroscope.preprocess.slice_input import PreparedSlice, prepare_slice
from neuroscope.records.imported import ImportedStudy
from neuroscope.records.similar import CaseFacts, Embedded, Entry, VectorKind
from neuroscope.records.study import Series
from neuroscope.retrieve.embed import Embedder, SeenSlice, lesions_of, see, volume_vector

SLICES_SEEN = 48  # of a volume, evenly spread
SLICES_KEPT = 12  # of those, the ones that look most like a tumor
LESION_SLICES = 6  # of those, the ones whose lesions are kept


def embed_case(
    imported: ImportedStudy,
    embedder: Embedder,
    *,
    case_id: str,
    patient: str,
    group: str,
    facts: CaseFacts,
) -> Embedded:
    """Embed the slices of a study, their lesions, and every volume as a whole.

    Parameters
    ----------
    facts
        Of the case; what the images themselves tell (sequence, plane, lesion) is added.

    Raises
    ------
    BadInputError
        If no slice shows a head.
    """
    kept: list[tuple[Entry, NDArray[np.float32]]] = []
    for series in imported.study.series:
        for kind, at, number, name, seen, plane in _views(imported, series, embedder):
            place = f"{case_id}/{series.id}/{at}/{kind}{number}"
            known = _known(facts, series, seen, plane)
            entry = Entry(place, kind, case_id, patient, group, series.id, at, name, known)
            kept.append((entry, seen.vector))
    if not kept:
        raise BadInputError("No slice shows a head.", fix="Give MR images that show a head.")
    entries, vectors = zip(*kept, strict=True)
    return Embedded(embedder.space, tuple(entries), np.stack(vectors))


def see_entry(
    imported: ImportedStudy, entry: Entry, embedder: Embedder
) -> tuple[PreparedSlice, SeenSlice]:
    """See again the slice, or the lesion, that a vector was made of.

    Raises
    ------
    NotFoundError
        If the study no longer has it, or the network now finds other lesions.
    """
    held = imported.volumes.get(entry.series_id) or imported.slices.get(entry.series_id)
    if held is None or entry.slice_index < 0:
        raise NotFoundError("The image of this vector is not here.", fix="Make the index again.")
    source = slices_of(held)
    if entry.slice_index >= source.number:
        raise NotFoundError("The image of this vector is not here.", fix="Make the index again.")
    prepared = prepare_slice(source.get(entry.slice_index), size=embedder.spec.size)
    seen = see([prepared], embedder)[0]
    if entry.kind == "lesion":
        lesions = lesions_of(prepared, seen, embedder)
        number = int(entry.id.rpartition("lesion")[2])
        if number >= len(lesions):
            raise NotFoundError("The lesion is not found again.", fix="Make the index again.")
        seen = lesions[number]
    return prepared, seen


def _views(
    imported: ImportedStudy, series: Series, embedder: Embedder
) -> Iterator[tuple[VectorKind, int, int, str, SeenSlice, str | None]]:
    """Give every view of a series: kind, slice, number in the slice, name, what is seen, plane."""
    is_volume = series.id in imported.volumes
    source = slices_of(imported.volumes.get(series.id) or imported.slices[series.id])
    prepared = {
        index: prepare_slice(source.get(index), size=embedder.spec.size)
        for index in _chosen(indices_to_run(source), is_volume=is_volume)
    }
    seen = dict(zip(prepared, see(list(prepared.values()), embedder), strict=True))
    ordered = sorted(seen, key=lambda index: -seen[index].margin)
    slices = ordered[:SLICES_KEPT] if is_volume else ordered
    planes = _planes(source)
    for index in sorted(slices):
        yield "slice", index, 0, source.names[index], seen[index], planes(index)
    for index in slices[:LESION_SLICES] if is_volume else slices:
        for number, lesion in enumerate(lesions_of(prepared[index], seen[index], embedder)):
            yield "lesion", index, number, source.names[index], lesion, planes(index)
    if is_volume and seen:
        whole = replace(seen[ordered[0]], vector=volume_vector(list(seen.values())))
        yield "volume", -1, 0, "", whole, source.plane


def _planes(source: SliceSource) -> Callable[[int], str | None]:
    image = source.image
    if isinstance(image, tuple):
        return lambda index: image[index].plane
    return lambda _: source.plane


def _chosen(indices: Sequence[int], *, is_volume: bool) -> Sequence[int]:
    if not is_volume or len(indices) <= SLICES_SEEN:
        return indices
    spread = np.linspace(0, len(indices) - 1, SLICES_SEEN).round().astype(int)
    return [indices[n] for n in spread]


def _known(facts: CaseFacts, series: Series, seen: SeenSlice, plane: str | None) -> CaseFacts:
    """Add to what is known of the case what this image tells."""
    own = {
        name: value
        for name, value in asdict(seen.facts).items()
        if name.startswith("lesion_") and value is not None
    }
    if facts.label is None:
        own |= {"label": seen.label, "label_source": "model"}
    return replace(
        facts,
        **own,
        sequence=facts.sequence or series.role,
        plane=facts.plane or plane,
        source=facts.source or _scanner(series),
    )


def _scanner(series: Series) -> str | None:
    told = (series.acquisition.get(name) for name in ("Manufacturer", "MagneticFieldStrength"))
    return " ".join(str(part) for part in told if part) or None
