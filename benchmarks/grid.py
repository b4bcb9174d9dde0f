"""Measure how soon a screen of the validation grid has its pictures and maps.

Five synthetic heads give some 470 analyzed slices. A screen is a block of 60 slices, as the page
asks for it: what is said of them, and pictures with maps, over the API in one process, each block
once (new to everything but the files' cache). A second of scrolling passes one screen at most, so
that a block within half a second is there in time. The rival draws what public scripts draw for
every slice: a color map laid over the picture, as PNG, one request a slice.
"""

import io
import logging
import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from fastapi.testclient import TestClient
from matplotlib import colormaps
from PIL import Image

from measuring import Answer, row, write
from neuroscope.api.app import create_app
from neuroscope.api.auth import Access
from neuroscope.io.nifti import write_nifti
from neuroscope.io.reader import read_study
from neuroscope.jobs.steps import StudyWork
from neuroscope.phantom.case import make_case
from neuroscope.settings import Settings
from neuroscope.store import studies
from neuroscope.store.database import open_store
from neuroscope.store.tiles import read_tiles
from worker import answer, begun

STUDIES, BLOCK, SIDE = 5, 60, 320
TOKEN = "benchmark"  # noqa: S105 - of this process


def fill(work: StudyWork, folder: Path, settings: Settings) -> None:
    """Analyze some heads and store what the grid shows of them."""
    for number in range(STUDIES):
        case = make_case("glioma", seed=5 + number, spacing_mm=2.0, head=True, sequences=("t1c",))
        path = folder / f"head{number}.nii.gz"
        write_nifti(np.asarray(case.volumes["t1c"].voxels), case.volumes["t1c"].affine, path)
        imported = read_study(path, key=work.store.key, limits=settings.limits)
        job_id, plan = begun(work, studies.save_study(work.store, imported).study_id)
        answer(work, job_id, plan)
        work.look_closer(job_id, plan)
        work.finish(job_id, plan)
        work.forget()


def drawn_one_by_one(work: StudyWork, ids: list[int]) -> int:
    """Draw every slice of a block as a PNG with its map laid over it; give the bytes."""
    total = 0
    for one in ids:
        (tile,) = read_tiles(work.store, [one])
        picture = Image.fromarray(np.asarray(tile.picture)).resize((SIDE, SIDE))
        cells = np.asarray(tile.evidence, np.float32)
        heat = Image.fromarray(cells).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
        values = np.asarray(heat)
        scaled = (values - values.min()) / max(float(np.ptp(values)), 1e-6)
        color = Image.fromarray((colormaps["jet"](scaled)[..., :3] * 255).astype(np.uint8))
        out = io.BytesIO()
        Image.blend(picture.convert("RGB"), color, 0.4).save(out, "PNG")
        total += out.tell()
    return total


def main() -> None:
    """Measure and write `results/grid.json`."""
    load = os.getloadavg()[0]
    logging.disable(logging.WARNING)
    with TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder) / "home")
        work = StudyWork(open_store(settings), settings)
        fill(work, Path(folder), settings)
        app = create_app(settings, Access(TOKEN, 8000))
        with TestClient(app, base_url="http://127.0.0.1:8000") as client:
            client.headers["authorization"] = f"Bearer {TOKEN}"
            ids = client.get("/api/validation/slices").json()["ids"]
            blocks = [ids[at : at + BLOCK] for at in range(0, len(ids) - BLOCK + 1, BLOCK)]
            said, tiles, sizes = [], [], []
            for block in blocks:
                asked = ",".join(map(str, block))
                start = time.perf_counter()
                client.get(f"/api/validation/slices/rows?ids={asked}").raise_for_status()
                said.append(time.perf_counter() - start)
                start = time.perf_counter()
                found = client.get(f"/api/validation/slices/tiles?ids={asked}").raise_for_status()
                tiles.append(time.perf_counter() - start)
                sizes.append(len(found.content) / 2**20)
        rival = []
        for block in blocks:
            start = time.perf_counter()
            drawn_one_by_one(work, block)
            rival.append(time.perf_counter() - start)
        work.store.close()
    both = [a + b for a, b in zip(said, tiles, strict=True)]
    rows = [
        row("60 slices: what is said of them", said, "s"),
        row("60 slices: pictures and maps", tiles, "s"),
        row("60 slices: all that a screen shows", both, "s", target="<= 0.5"),
        row("size of pictures and maps", sizes, "MiB"),
        row("rival: 60 overlays drawn as PNG, one by one", rival, "s"),
    ]
    question = "Do pictures and maps of the validation grid come as fast as it scrolls?"
    notes = [f"{len(ids)} slices in {STUDIES} studies; the browser's own drawing is not in it."]
    write(Answer(question, rows, notes), "grid", load)
    for one in rows:
        print(f"{one.name}: {one.value:.3g} {one.unit} ({one.least:.3g} .. {one.most:.3g})")


if __name__ == "__main__":
    main()
