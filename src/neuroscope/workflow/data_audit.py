"""From a folder, a CSV file or the store to the audit of its pictures."""

import csv
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np

from neuroscope.errors import BadInputError
from neuroscope.io.picture_set import list_pictures
from neuroscope.models.inference import EvidenceEngine
from neuroscope.models.plane import PlaneNetwork
from neuroscope.preprocess.slice_input import prepare_slice
from neuroscope.records.arrays import Array
from neuroscope.records.dataaudit import DataAudit, NotDone, Picture
from neuroscope.records.imported import Unreadable
from neuroscope.records.prediction import TUMOR_CLASSES
from neuroscope.records.progress import Progress, ignore
from neuroscope.reliability.dataset.audit import ACCURACY, Answers, audit_pictures
from neuroscope.reliability.dataset.split import is_training
from neuroscope.settings import Limits

BATCH = 16
MOST_NAMED = 3  # unknown labels


@dataclass(frozen=True, slots=True)
class Listed:
    """A set whose pictures can be read by number, wherever they lie."""

    name: str
    pictures: tuple[Picture, ...]
    read: Callable[[int], Array]
    refused: tuple[Unreadable, ...] = ()
    cautions: tuple[str, ...] = ()
    portable: bool = False  # `read` works in another process


def list_given(given: Path, *, limits: Limits) -> Listed:
    """List a folder or a CSV file (see `io.picture_set.list_pictures`)."""
    found = list_pictures(given, limits=limits)
    return Listed(
        found.name,
        found.pictures,
        partial(found.read, limits=limits),
        found.refused,
        found.cautions,
        portable=True,
    )


def audit_set(
    listed: Listed,
    *,
    answers: Path | None = None,
    engine: EvidenceEngine | None = None,
    planes: PlaneNetwork | None = None,
    threads: int = 2,
    progress: Progress = ignore,
) -> DataAudit:
    """Audit a set; answers come from a table of `neuroscope analyze`, else from the network.

    Parameters
    ----------
    answers
        `predictions.csv` of the same files.
    engine
        Answers for the pictures outside training if there is no such table.
    planes
        Tells in which plane a picture was cut.

    Raises
    ------
    BadInputError
        If fewer than two pictures can be read, or the table is none.
    """
    share = 0.7 if answers is None and engine is not None else 1.0
    why = None
    given = None
    if answers is not None:
        given = read_answers(answers, listed.pictures)
    elif engine is not None:
        asked = _askable(listed.pictures)
        why = _why_not_answered(listed.pictures, asked)
        if asked:
            given = _answers_of(engine, listed, asked, lambda done: progress((1 - share) * done))
    audit = audit_pictures(
        listed.name,
        listed.pictures,
        listed.read,
        refused=listed.refused,
        answers=given,
        planes=planes,
        cautions=listed.cautions,
        threads=threads,
        portable=listed.portable,
        progress=lambda done: progress(1 - share + share * done),
    )
    if why is None:
        return audit
    # Where nothing was asked, our reason says more than that there were no answers.
    kept = tuple(one for one in audit.not_done if given is not None or one.part != ACCURACY)
    return replace(audit, not_done=(*kept, NotDone(ACCURACY, why)))


def read_answers(path: Path, pictures: Sequence[Picture]) -> Answers:
    """Read the table of `neuroscope analyze`; files are found by name, else by a unique last part.

    Raises
    ------
    BadInputError
        If the file lacks the columns `file` and `label`.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInputError(
            f"'{path.name}' cannot be read as a table.", fix="Give predictions.csv of an analysis."
        ) from error
    if not rows or not {"file", "label"} <= rows[0].keys():
        raise BadInputError(
            f"'{path.name}' has no rows with the columns file and label.",
            fix="Give predictions.csv of an analysis.",
        )
    said = {row["file"]: row["label"] for row in rows}
    last = {PurePosixPath(file).name: label for file, label in said.items()}
    counts = Counter(PurePosixPath(picture.file).name for picture in pictures)
    counts_said = Counter(PurePosixPath(file).name for file in said)
    found = dict(said)
    for picture in pictures:
        name = PurePosixPath(picture.file).name
        if picture.file not in said and counts[name] == 1 and counts_said[name] == 1:
            found[picture.file] = last[name]
    return Answers(path.name, found)


def _askable(pictures: Sequence[Picture]) -> list[int]:
    """Choose the pictures outside training whose label the network knows, by their number."""
    return [
        number
        for number, picture in enumerate(pictures)
        if picture.label in TUMOR_CLASSES and not is_training(picture.split)
    ]


def _why_not_answered(pictures: Sequence[Picture], asked: Sequence[int]) -> str | None:
    """Say which labeled pictures the network is not asked about; None if it is about all."""
    labels = [one.label for one in pictures if one.label and not is_training(one.split)]
    unknown = sorted({label for label in labels if label not in TUMOR_CLASSES})
    if unknown:
        names = ", ".join(repr(label) for label in unknown[:MOST_NAMED])
        more = f" and {len(unknown) - MOST_NAMED} more" if len(unknown) > MOST_NAMED else ""
        word = "label" if len(unknown) == 1 else "labels"
        return (
            f"{len(labels) - len(asked)} of {len(labels)} labeled pictures outside training were "
            f"left out: the network does not know the {word} {names}{more}."
        )
    return None if labels else "No picture outside training bears a label."


def _answers_of(
    engine: EvidenceEngine, listed: Listed, asked: Sequence[int], progress: Progress
) -> Answers:
    """Run the network on some pictures; what cannot be read is skipped."""
    of_file: dict[str, str] = {}
    for start in range(0, len(asked), BATCH):
        files, images = [], []
        for number in asked[start : start + BATCH]:
            try:
                prepared = prepare_slice(listed.read(number), size=engine.spec.size)
            except BadInputError:
                continue  # named by the audit itself
            files.append(listed.pictures[number].file)
            images.append(prepared.image)
        if images:
            logits = engine.run(np.stack(images)[:, None]).logits
            chosen = [engine.spec.classes[k] for k in logits.argmax(1).tolist()]
            of_file.update(zip(files, chosen, strict=True))
        progress(min(1.0, (start + BATCH) / len(asked)))
    model = engine.model
    return Answers(f"{model.name} {model.version}", of_file)
