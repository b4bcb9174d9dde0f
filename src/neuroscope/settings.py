"""The only reader of environment variables. Read once, when a program starts, never on import."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from neuroscope.errors import BadInputError

READER_LENGTH = 64
RESEARCH_USE = "Research use only. Not a medical device. Not for diagnosis or treatment."


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one input may cost before it is refused (`TooLargeError`)."""

    upload_bytes: int = 4 * 1024**3
    unpacked_bytes: int = 16 * 1024**3  # a zip or gzip may not unpack to more
    unpack_ratio: int = 200  # nor to more than this many times its own size, above 64 MiB
    files: int = 20_000
    image_pixels: int = 64_000_000  # of one PNG or JPEG
    volume_voxels: int = 1024**3 // 2


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All that a running program takes from its surroundings.

    Attributes
    ----------
    home
        Folder of the store: database, blobs, uploads (`NEUROSCOPE_HOME`, default `~/.neuroscope`).
    database_url
        SQLAlchemy URL (`NEUROSCOPE_DATABASE_URL`); empty means SQLite in `home`.
    data
        Private development data, if any (`NEUROSCOPE_DATA`).
    host, port
        Where the local server listens (`NEUROSCOPE_HOST`, `NEUROSCOPE_PORT`).
    threads
        Threads of the inference engine (`NEUROSCOPE_THREADS`); 0 lets the engine choose.
    mindgrab
        Weights of another brain extractor, brought by the user (`NEUROSCOPE_MINDGRAB`).
    segmenter
        Folder of another segmenter for the workbench (`NEUROSCOPE_SEGMENTER`); None is our own.
    mlflow
        Tracking URI under which trainings are logged (`NEUROSCOPE_MLFLOW`); empty means a file of
        SQLite in `home`, `off` nowhere.
    reader
        Who draws, submits and promotes where no other name is given (`NEUROSCOPE_READER`).
    vectors
        URL of a Chroma server that holds the vectors of past cases (`NEUROSCOPE_VECTORS`); empty
        keeps them beside the store.
    """

    home: Path
    database_url: str = ""
    data: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    threads: int = 0
    mindgrab: Path | None = None
    segmenter: Path | None = None
    mlflow: str = ""
    reader: str = "reader"
    vectors: str = ""
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise BadInputError(f"The port is {self.port}.", fix="Set NEUROSCOPE_PORT to 0..65535.")
        if self.threads < 0:
            raise BadInputError(
                f"The number of threads is {self.threads}.",
                fix="Set NEUROSCOPE_THREADS to 0 (automatic) or more.",
            )
        if not (self.reader.isprintable() and 0 < len(self.reader.strip()) <= READER_LENGTH):
            raise BadInputError(
                "The name of the reader is empty, too long, or holds control characters.",
                fix=f"Set NEUROSCOPE_READER to 1 to {READER_LENGTH} ordinary characters.",
            )

    @property
    def resolved_database_url(self) -> str:
        """The URL of the database in use."""
        return self.database_url or f"sqlite:///{self.home / 'neuroscope.db'}"


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment (`os.environ` unless one is given)."""
    env = os.environ if environment is None else environment
    return Settings(
        home=Path(env.get("NEUROSCOPE_HOME") or Path.home() / ".neuroscope"),
        database_url=env.get("NEUROSCOPE_DATABASE_URL", ""),
        data=_path(env, "NEUROSCOPE_DATA"),
        host=env.get("NEUROSCOPE_HOST", "127.0.0.1"),
        port=_whole_number(env, "NEUROSCOPE_PORT", 8000),
        threads=_whole_number(env, "NEUROSCOPE_THREADS", 0),
        mindgrab=_path(env, "NEUROSCOPE_MINDGRAB"),
        segmenter=_path(env, "NEUROSCOPE_SEGMENTER"),
        mlflow=env.get("NEUROSCOPE_MLFLOW", "").strip(),
        reader=env.get("NEUROSCOPE_READER", "").strip() or Settings.reader,
        vectors=env.get("NEUROSCOPE_VECTORS", "").strip(),
    )


def has_desktop(environment: Mapping[str, str] | None = None) -> bool:
    """Tell whether a browser can be opened here: not over SSH, on Linux only with a display."""
    env = os.environ if environment is None else environment
    if env.get("SSH_CONNECTION"):
        return False
    has_display = bool(env.get("DISPLAY") or env.get("WAYLAND_DISPLAY"))
    return has_display or not sys.platform.startswith("linux")


def _path(env: Mapping[str, str], name: str) -> Path | None:
    text = env.get(name, "")
    return Path(text) if text else None


def _whole_number(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name, "")
    if not text:
        return default
    try:
        return int(text)
    except ValueError as error:
        raise BadInputError(
            f"{name} is {text!r}.", fix=f"Set {name} to a whole number, or unset it."
        ) from error
