"""`neuroscope similar` and `neuroscope index`: similar past cases, and the index they are in."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuroscope.cli.analyze import read_given, say_unread
from neuroscope.cli.console import bar, bars, say, tell
from neuroscope.errors import BadInputError
from neuroscope.settings import RESEARCH_USE, Settings, read_settings

if TYPE_CHECKING:
    from neuroscope.models.inference import EvidenceEngine
    from neuroscope.records.imported import ImportedStudy
    from neuroscope.retrieve.embed import Embedder
    from neuroscope.retrieve.index import VectorIndex
    from neuroscope.store.database import Store
    from neuroscope.workflow.similar_query import Box

IndexFolder = Annotated[
    Path | None,
    typer.Option(
        "--index", help="Folder of an index of its own; else the store's.", file_okay=False
    ),
]
EmbedderFolder = Annotated[
    Path | None,
    typer.Option("--embedder", help="Folder of a DINOv2 or DINOv3 network of yours."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]


def index(
    folder: Annotated[
        Path | None,
        typer.Argument(help="Folder of past cases; without, the analyzed studies of the store."),
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option(help="CSV with a row for each case: file, class, patient, ..."),
    ] = None,
    index_folder: IndexFolder = None,
    embedder_folder: EmbedderFolder = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Make all vectors again; also of a broken index.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Add past cases to the index that `neuroscope similar` searches.

    Cases that are in it already are left alone: stopped, it goes on where it was.
    """
    if table is not None and folder is None:
        raise BadInputError("A table needs the folder of its files.", fix="Name the folder.")
    from neuroscope.workflow.index_home import calibrate_votes, remove_index
    from neuroscope.workflow.past_cases import fill_from_folder
    from neuroscope.workflow.renew_index import renew_index

    with _opened(index_folder, embedder_folder) as room, bars() as progress:
        of_store = folder is None and room.store is not None
        if rebuild and not of_store:
            remove_index(room.home, room.store, vectors=room.settings.vectors)
        embedder = room.embedder()
        if not (rebuild and of_store):
            room.index(embedder).close()  # another network's index is not replaced unasked
        moving = bar(progress, "Embedding")
        if of_store:
            filled = renew_index(
                room.home,
                room.store,
                embedder,
                load=room.load,
                vectors=room.settings.vectors,
                force=rebuild,
                progress=moving,
            )
        elif folder is not None:
            found = room.index(embedder)
            filled = fill_from_folder(
                folder,
                found,
                embedder,
                home=room.home,
                key=room.key(),
                limits=room.settings.limits,
                table=table,
                progress=moving,
            )
        else:
            raise BadInputError(
                "An index of its own is filled from a folder.", fix="Name the folder of the cases."
            )
        found = room.index(embedder)
        calibration = calibrate_votes(room.home, found)
        vectors = found.count(())
    if as_json:
        tell(
            json.dumps(
                {
                    "schema": "neuroscope/index/1",
                    "added": filled.added,
                    "known": filled.known,
                    "skipped": [
                        {"name": one.name, "problem": one.problem} for one in filled.skipped
                    ],
                    "vectors": vectors,
                    "calibration": [clarity.as_dict() for clarity in calibration],
                },
                indent=2,
            )
        )
    else:
        tell(f"{filled.added} cases added, {filled.known} known before; {vectors} vectors")
    say_unread(filled.skipped, rest="named by --json")
    if not vectors:
        raise BadInputError(
            "The index is empty.", fix="Analyze studies first, or name a folder of past cases."
        )


def similar(
    path: Annotated[
        Path, typer.Argument(help="A PNG, JPEG, NIfTI or DICOM file, a folder of them, or a zip.")
    ],
    filter_text: Annotated[
        str, typer.Option("--filter", help='Such as "class=glioma age=40..60 plane=axial".')
    ] = "",
    most: Annotated[int, typer.Option("--most", "-n", help="How many cases.")] = 5,
    lesions: Annotated[
        bool, typer.Option("--lesions", help="Compare lesions only, not whole slices.")
    ] = False,
    region: Annotated[
        str, typer.Option(help="Find lesions like this: TOP,LEFT,BOTTOM,RIGHT in pixels.")
    ] = "",
    relevant: Annotated[
        list[str] | None, typer.Option(help="Id of a case that is relevant; may be repeated.")
    ] = None,
    not_relevant: Annotated[
        list[str] | None, typer.Option(help="Id of a case that is not; may be repeated.")
    ] = None,
    patient: Annotated[
        str, typer.Option(help="Whose it is, as in the table of the index: never found.")
    ] = "",
    group: Annotated[str, typer.Option(help="Its leak group, as in the table: never found.")] = "",
    source: Annotated[str, typer.Option(help="Where it was made, as in the table.")] = "",
    index_folder: IndexFolder = None,
    embedder_folder: EmbedderFolder = None,
    as_json: AsJson = False,
) -> None:
    """Find the most similar past cases, and say why they are similar and how far to trust them."""
    from neuroscope.io.deidentify import own_id, pseudonym
    from neuroscope.records.similar import CaseFacts
    from neuroscope.report.similar import similar_json, similar_lines
    from neuroscope.retrieve.conditions import parse_conditions
    from neuroscope.workflow.analyze import analyze
    from neuroscope.workflow.index_home import read_calibration, read_metric
    from neuroscope.workflow.similar import Question, find_similar

    if not path.exists():
        raise BadInputError(f"There is nothing at '{path}'.", fix="Check the path.")
    conditions, box = parse_conditions(filter_text), _box(region)
    with _opened(index_folder, embedder_folder) as room, bars() as progress:
        found = room.index(None)
        imported = read_given(path, progress=bar(progress, "Reading"))
        embedder = room.embedder()
        spoken = analyze(imported, room.engine(), progress=bar(progress, "Analyzing")).headline
        key = room.key()
        question = Question(
            conditions=conditions,
            most=most,
            facts=CaseFacts(source=source or None),
            lesions_only=lesions,
            region=box,
            relevant=tuple(relevant or ()),
            not_relevant=tuple(not_relevant or ()),
            patient=pseudonym(key, f"past patient {patient}") if patient else "",
            groups=(own_id(key, "leak group", group),) if group else (),
        )
        answer = find_similar(
            imported,
            found,
            embedder,
            question,
            load=room.load,
            calibration=read_calibration(room.home),
            predicted=spoken.headline if spoken else None,
            metric=read_metric(room.home, found.space),
        )
    if as_json:
        tell(json.dumps(similar_json(answer), indent=2, ensure_ascii=False))
        return
    for line in similar_lines(answer):
        tell(line)
    for caution in answer.cautions:
        say(f"Caution: {caution}", style="yellow")
    say(RESEARCH_USE)


@dataclass(slots=True)
class _Room:
    """What both commands work with; opened when first asked for."""

    settings: Settings
    home: Path
    store: "Store | None"
    dino: Path | None = None
    _engine: "EvidenceEngine | None" = None

    def engine(self) -> "EvidenceEngine":
        """Load the network once."""
        from neuroscope.models.inference import load_engine

        if self._engine is None:
            self._engine = load_engine(threads=self.settings.threads, weights=self.weights())
        return self._engine

    def weights(self) -> Path:
        """Name the folder of the weights: those active in the store, else the shipped ones."""
        from neuroscope.models.inference import SHIPPED_WEIGHTS
        from neuroscope.store.models import active_model, weights_folder

        active = active_model(self.store, "evidence") if self.store is not None else None
        own = weights_folder(self.store, active) if self.store is not None and active else None
        return own or SHIPPED_WEIGHTS

    def embedder(self) -> "Embedder":
        """Prepare to embed with the network."""
        from neuroscope.retrieve.embed import make_dino_embedder, make_embedder

        if self.dino is not None:
            return make_dino_embedder(
                self.engine(), self.dino, threads=self.settings.threads, weights=self.weights()
            )
        return make_embedder(self.engine(), threads=self.settings.threads, weights=self.weights())

    def index(self, embedder: "Embedder | None") -> "VectorIndex":
        """Open the index; with an embedder, make it if it is not there."""
        from neuroscope.workflow.index_home import open_index

        return open_index(self.home, self.store, embedder, vectors=self.settings.vectors)

    def key(self) -> bytes:
        """Give the secret under which patients get names of our own."""
        from neuroscope.store.key import read_or_make_key

        return self.store.key if self.store is not None else read_or_make_key(self.settings.home)

    def load(self, case_id: str) -> "ImportedStudy | None":
        """Give the images of a past case, if they are at hand."""
        from neuroscope.io.reader import read_study
        from neuroscope.store.studies import load_study
        from neuroscope.workflow.index_home import source_of

        file = source_of(self.home, case_id)
        if file is not None:
            return read_study(file, key=self.key(), limits=self.settings.limits)
        return load_study(self.store, case_id) if self.store is not None else None


@contextmanager
def _opened(index_folder: Path | None, dino: Path | None) -> Iterator[_Room]:
    settings = read_settings()
    if index_folder is not None:
        yield _Room(settings, index_folder, None, dino)
        return
    from neuroscope.store.database import open_store

    store = open_store(settings)
    try:
        yield _Room(settings, settings.home / "similar", store, dino)
    finally:
        store.close()


def _box(text: str) -> "Box | None":
    if not text:
        return None
    try:
        top, left, bottom, right = (int(part) for part in text.split(","))
    except ValueError as error:
        raise BadInputError(
            f"The region is '{text}'.",
            fix="Write TOP,LEFT,BOTTOM,RIGHT in pixels, such as 40,60,90,110.",
        ) from error
    return top, left, bottom, right
