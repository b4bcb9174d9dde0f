"""The one door for files: an image, a folder or a zip becomes a pseudonymous study."""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path, PurePosixPath

import numpy as np

from neuroscope.errors import BadInputError, UnreadableFileError
from neuroscope.io.archive import Source, Sources, open_sources
from neuroscope.io.deidentify import date_shift_days, own_id, pseudonym, scrub_description
from neuroscope.io.dicom import read_dicom
from neuroscope.io.earlier_results import belongs_to_result, result_folders
from neuroscope.io.found import Found, LooseSeries, check_decoded
from neuroscope.io.images import read_image
from neuroscope.io.nifti import read_nifti_image
from neuroscope.io.sequence import is_label_map_name, role_from_name
from neuroscope.io.sniff import Kind, kind_of
from neuroscope.records.arrays import Array
from neuroscope.records.imported import ImportedStudy, Unreadable
from neuroscope.records.progress import Progress, ignore
from neuroscope.records.study import Role, Series, Study
from neuroscope.records.volume import Slice, Volume
from neuroscope.settings import Limits

_IMAGE_SUFFIXES = {".png", ".jpg", ".jpeg", ".nii", ".gz", ".dcm", ".dicom", ".ima", ".zip"}
_LABELS_AT_MOST = 8  # distinct whole numbers: a label map, not a scan
_SAMPLED_VOXELS = 50_000
_AIR_HU = -900

_Sorted = Mapping[Kind, list[Source]]


def read_study(
    path: Path, *, key: bytes, limits: Limits, progress: Progress = ignore
) -> ImportedStudy:
    """Read one file, a folder (nested, mixed, in any order) or a zip. Nothing there is changed.

    Parameters
    ----------
    key
        Secret of this installation; pseudonyms and ids cannot be traced back without it.
    progress
        Told the fraction done; may raise `CanceledError`.

    Returns
    -------
    ImportedStudy
        The same images give the same ids and `content_hash`, whatever their files are called.
        Files that could not be used stand in `unreadable`; the others were read.

    Raises
    ------
    BadInputError
        If nothing could be read, or the files come from more than one patient.
    TooLargeError
        Beyond the limits.
    StorageError
        If the disk is too full to unpack a zip.
    """
    with open_sources(Path(path), limits=limits) as given:
        sources, results = _without_results(given)
        sorted_files, refused, ignored = _sort(sources)
        finds = [Found(unreadable=refused)]
        total, done = max(1, sum(map(len, sorted_files.values()))), 0
        for kind, read in _READERS.items():
            files = sorted_files.get(kind, [])
            if files:
                part = _part(progress, done / total, len(files) / total)
                finds.append(read(files, limits=limits, progress=part))
            done += len(files)
    if results:
        finds.append(Found(cautions=(f"Results of earlier analyses set aside: {results}.",)))
    if ignored:
        finds.append(Found(cautions=(f"Files set aside because they are no images: {ignored}.",)))
    found = Found(
        series=tuple(chain.from_iterable(one.series for one in finds)),
        cautions=tuple(chain.from_iterable(one.cautions for one in finds)),
        unreadable=tuple(chain.from_iterable(one.unreadable for one in finds)),
        patient="".join(one.patient for one in finds),
    )
    _require_series(found, is_one_file=len(sources.files) == 1)
    return _study(found, key)


def pictures_as_study(pictures: Sequence[Slice], *, key: bytes, patient: str) -> ImportedStudy:
    """Make a study of pictures that were read one by one; they stay in their order.

    Parameters
    ----------
    key
        As for `read_study`.
    patient
        What tells this patient from others; it does not come out again.

    Raises
    ------
    BadInputError
        If there are none.
    """
    names = _unique([one.name for one in pictures])
    named = [replace(one, name=name) for one, name in zip(pictures, names, strict=True)]
    series = (LooseSeries(tuple(named), "slice"),) if named else ()
    found = Found(series=series, patient=patient)
    _require_series(found, is_one_file=False)
    return _study(found, key)


def _without_results(sources: Sources) -> tuple[Sources, int]:
    """Leave out what an earlier analysis wrote into the folder; count its results."""
    folders = result_folders({source.name: source.path for source in sources.files})
    kept = tuple(s for s in sources.files if not belongs_to_result(s.name, folders))
    return replace(sources, files=kept), len(folders)


def _part(progress: Progress, start: float, share: float) -> Progress:
    return lambda fraction: progress(start + share * fraction)


def _sort(sources: Sources) -> tuple[_Sorted, tuple[Unreadable, ...], int]:
    """Sort files by what they hold; name those that are damaged; count those that are no image."""
    found: defaultdict[Kind, list[Source]] = defaultdict(list)
    refused = list(sources.refused)
    ignored = 0
    for source in sources.files:
        try:
            kind = kind_of(source.path)
        except BadInputError as error:
            refused.append(Unreadable(source.name, error.problem, error.fix))
            continue
        if kind == "zip":
            fix = "Unpack it and give the folder."
            refused.append(Unreadable(source.name, "A zip inside is not opened.", fix))
        elif kind != "unknown":
            found["png" if kind == "jpeg" else kind].append(source)
        elif PurePosixPath(source.name).suffix.lower() in _IMAGE_SUFFIXES:
            fix = "Copy or export it again from where it came."
            refused.append(
                Unreadable(source.name, "The content is no image, despite the name.", fix)
            )
        else:
            ignored += 1
    return found, tuple(refused), ignored


def _read_pictures(files: Sequence[Source], *, limits: Limits, progress: Progress) -> Found:
    """Read all PNG and JPEG files as the slices of one series."""
    names = _slice_names([source.name for source in files])
    slices: list[Slice] = []
    refused: list[Unreadable] = []
    decoded_bytes = 0
    for done, (source, name) in enumerate(zip(files, names, strict=True), start=1):
        try:
            one = read_image(source.path, limits=limits, name=name)
        except BadInputError as error:
            refused.append(Unreadable(source.name, error.problem, error.fix))
        else:
            slices.append(replace(one, file=source.name))
            decoded_bytes += one.pixels.nbytes
            check_decoded(decoded_bytes, limits=limits)
        progress(done / len(files))
    kept = [one for one in slices if not _is_mask_picture(one)] or slices
    kept.sort(key=lambda one: _natural(one.name))
    aside = len(slices) - len(kept)
    cautions = (f"Pictures set aside because they look like masks: {aside}.",) if aside else ()
    series = (LooseSeries(tuple(kept), "slice"),) if kept else ()
    return Found(series=series, cautions=cautions, unreadable=tuple(refused))


def _is_mask_picture(one: Slice) -> bool:
    """Tell whether a picture is called a mask and holds a few values only."""
    return is_label_map_name(one.name) and len(np.unique(one.pixels)) <= _LABELS_AT_MOST


def _slice_names(names: Sequence[str]) -> list[str]:
    """Call a slice by the stem of its file; by its path where stems collide."""
    paths = [PurePosixPath(name) for name in names]
    stems = Counter(path.stem for path in paths)
    joined = Counter("__".join(path.with_suffix("").parts) for path in paths)
    chosen = []
    for path in paths:
        name = path.stem
        if stems[name] > 1:
            name = "__".join(path.with_suffix("").parts)
            if joined[name] > 1 or (name in stems and name != path.stem):
                name = "__".join(path.parts)
        chosen.append(name)
    return _unique(chosen)


def _unique(names: Sequence[str]) -> list[str]:
    seen: set[str] = set()
    chosen: list[str] = []
    for name in names:
        number, candidate = 2, name
        while candidate in seen:
            number, candidate = number + 1, f"{name}-{number}"
        seen.add(candidate)
        chosen.append(candidate)
    return chosen


def _natural(name: str) -> tuple[tuple[int, int | str], ...]:
    """Sort `slice-2` before `slice-10`."""
    parts = re.findall(r"\d+|\D+", name)
    return tuple((0, int(part)) if part.isdecimal() else (1, part) for part in parts)


def _read_volumes(files: Sequence[Source], *, limits: Limits, progress: Progress) -> Found:
    """Read every NIfTI file as a series of its own; label maps are set aside."""
    scans = [source for source in files if not is_label_map_name(source.name)]
    aside = len(files) - len(scans)
    series: list[LooseSeries] = []
    refused: list[Unreadable] = []
    for done, source in enumerate(scans, start=1):
        try:
            image = read_nifti_image(source.path, limits=limits)
        except BadInputError as error:
            refused.append(Unreadable(source.name, error.problem, error.fix))
        else:
            role, doubts = _volume_role(source, image.volume)
            words = scrub_description(PurePosixPath(source.name).name)
            series.append(
                LooseSeries(image.volume, role, words, cautions=(*image.cautions, *doubts))
            )
            check_decoded(sum(one.decoded_bytes for one in series), limits=limits)
        progress(done / len(scans))
    kept = [one for one in series if not _is_label_map(one)] or series
    aside += len(series) - len(kept)
    cautions = (f"NIfTI files set aside because they look like segmentations or masks: {aside}.",)
    return Found(tuple(kept), cautions if aside else (), tuple(refused))


def _volume_role(source: Source, volume: Volume) -> tuple[Role, tuple[str, ...]]:
    """Tell the role by the name; without one, air at -1000 HU gives a CT away."""
    role, doubts = role_from_name(source.name)
    if role == "mr" and volume.voxels.min() <= _AIR_HU:
        return "ct", ("The values look like Hounsfield units; taken as CT.",)
    return role, doubts


def _is_label_map(series: LooseSeries) -> bool:
    """Tell whether the voxels hold a few whole numbers only (sampled).

    A volume of one value whose name tells a sequence is an empty scan, and no empty mask.
    """
    if not isinstance(series.image, Volume):
        return False
    voxels = series.image.voxels.ravel(order="K")
    values = np.unique(voxels[:: max(1, voxels.size // _SAMPLED_VOXELS)])
    if len(values) == 1:
        return series.role == "mr"
    return len(values) <= _LABELS_AT_MOST and bool(np.abs(values - np.rint(values)).max() < 1e-3)


def _require_series(found: Found, *, is_one_file: bool) -> None:
    if found.series:
        return
    if found.unreadable and is_one_file:
        first = found.unreadable[0]
        raise UnreadableFileError(first.problem, fix=first.fix)
    if found.unreadable:
        first = found.unreadable[0]
        raise BadInputError(
            f"None of the {len(found.unreadable)} files could be read. The first: {first.problem}",
            fix=first.fix,
        )
    reason = " ".join(found.cautions) or "There is no file."
    raise BadInputError(
        f"No image was found. {reason}", fix="Give PNG, JPEG, NIfTI or DICOM files of one study."
    )


def _study(found: Found, key: bytes) -> ImportedStudy:
    hashes = [_content_hash(one) for one in found.series]
    chosen = dict(zip(reversed(hashes), reversed(found.series), strict=True))  # the first wins
    cautions = list(found.cautions)
    if len(chosen) < len(hashes):
        number = len(hashes) - len(chosen)
        cautions.append(f"Series left out because another holds the same images: {number}.")
    content_hash = hashlib.sha256("".join(sorted(chosen)).encode()).hexdigest()
    volumes: dict[str, Volume] = {}
    slices: dict[str, tuple[Slice, ...]] = {}
    series: list[Series] = []
    for digest in dict.fromkeys(hashes):
        one = chosen[digest]
        series_id = own_id(key, "series", found.patient, digest)
        series.append(Series(series_id, one.role, one.description, one.acquisition, one.cautions))
        if isinstance(one.image, Volume):
            volumes[series_id] = one.image
        else:
            slices[series_id] = one.image
    identity = found.patient or content_hash
    study = Study(
        id=own_id(key, "study", found.patient, content_hash),
        pseudonym=pseudonym(key, identity),
        series=tuple(series),
        date_offset_days=date_shift_days(key, identity),
        cautions=tuple(cautions),
    )
    return ImportedStudy(study, volumes, slices, content_hash, found.unreadable)


def _content_hash(series: LooseSeries) -> str:
    if isinstance(series.image, Volume):
        return _digest(series.image.voxels, np.round(series.image.affine, 4) + 0.0)
    parts = sorted(_digest(one.pixels) for one in series.image)
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def _digest(array: Array, affine: Array | None = None) -> str:
    """Hash values, shape and type, first axis fastest; the memory layout does not matter."""
    digest = hashlib.sha256(f"{array.dtype.str}{array.shape}".encode())
    digest.update(np.ascontiguousarray(array.T).data)
    if affine is not None:
        digest.update(np.ascontiguousarray(affine).data)
    return digest.hexdigest()


_Reader = Callable[..., Found]
_READERS: dict[Kind, _Reader] = {"png": _read_pictures, "nifti": _read_volumes, "dicom": read_dicom}
