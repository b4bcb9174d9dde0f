"""Measure how smoothly the 3D view of the page moves without a graphics card.

A synthetic glioblastoma of 1 mm is analyzed as the worker does; the real server serves it, and
Chromium draws the page with SwiftShader, in software: brain, three regions and nested evidence. A
hand turns the head, then it is flown around. In motion the page draws coarser surfaces; the rival
is a view that draws all it has each time, which is what the page does once it rests.
"""

import json
import logging
import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from measuring import Answer, row, write
from neuroscope.io.reader import read_study
from neuroscope.jobs.steps import StudyWork
from neuroscope.settings import Settings
from neuroscope.store import studies
from neuroscope.store.database import open_store
from study_in_space import make_study
from worker import answer, begun, draw_maps

WEB = Path(__file__).resolve().parent.parent / "web"
LINK = re.compile(r"http://127\.0\.0\.1:\d+/\?token=\S+")
QUESTION = "How smoothly does the 3D view move in software, without a graphics card?"


def analyzed(folder: Path, home: Path) -> str:
    """Analyze the study into a store of its own; give its id."""
    make_study(folder, head=False)
    settings = Settings(home=home)
    work = StudyWork(open_store(settings), settings)
    imported = read_study(folder, key=work.store.key, limits=settings.limits)
    study_id = studies.save_study(work.store, imported).study_id
    job_id, plan = begun(work, study_id)
    answer(work, job_id, plan)
    draw_maps(work, job_id, plan)
    work.examine(job_id, plan)
    work.finish(job_id, plan)
    work.store.close()
    return study_id


def frames(home: Path, study_id: str) -> dict[str, Any]:
    """Serve the store, and let a browser turn and fly."""
    program = Path(sys.executable).parent / "neuroscope"
    server = subprocess.Popen(
        [program, "serve", "--port", "0", "--no-browser"],
        env={**os.environ, "NEUROSCOPE_HOME": str(home)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        link = next(found[0] for line in server.stdout or () if (found := LINK.search(line)))
        told = subprocess.run(
            ["node", "scripts/space-frames.mjs", link, study_id],
            cwd=WEB, check=True, capture_output=True, text=True,
        )  # fmt: skip
    finally:
        server.terminate()
        server.wait()
    drawn: dict[str, Any] = json.loads(told.stdout)
    return drawn


def main() -> None:
    """Measure and write `results/space_frames.json`."""
    load = os.getloadavg()[0]
    logging.disable(logging.WARNING)
    with TemporaryDirectory() as place:
        home = Path(place) / "home"
        study_id = analyzed(Path(place) / "study", home)
        found = frames(home, study_id)
    turned, flown, rested = (found[name] for name in ("turned", "flown", "rested"))
    rows = [
        row("page opened to the first 3D picture", [found["shown_s"]], "s"),
        row("turning by hand: one drawing", turned["draw_ms"], "ms", target="<= 50"),
        row("turning by hand: from one picture to the next", turned["apart_ms"], "ms"),
        row("flying: one drawing", flown["draw_ms"], "ms", target="<= 50"),
        row("flying: from one picture to the next", flown["apart_ms"], "ms", target="<= 100"),
        row("rival: all triangles, fine pixels (the picture at rest)", rested["draw_ms"], "ms"),
    ]
    wide, high = found["size"]
    notes = [
        f"The view is {wide} x {high} pixels; Chromium with SwiftShader; the worker is idle.",
        "Targets are ours: 20 drawings a second, no pause of a tenth of a second.",
    ]
    write(Answer(QUESTION, rows, notes), "space_frames", load)
    for one in rows:
        print(f"{one.name}: {one.value:.3g} {one.unit} ({one.least:.3g} .. {one.most:.3g})")


if __name__ == "__main__":
    main()
