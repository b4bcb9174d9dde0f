"""Measure the memory of the running workbench: both processes of `neuroscope serve`, all the while.

A volume goes the way that the page sends it: uploaded in chunks, analyzed, its images, maps and
report fetched. RSS counts every page that a process has in memory; PSS shares those that several
processes have (the program text of Python and its libraries) among them. Linux only.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
import numpy as np
import psutil

from measuring import Answer, row, write
from volume import SHAPE, make_volume

ROUNDS = 3
EVERY_S = 0.1
IDLE_S = 2.0
WITHIN_S = 900.0
CHUNK_BYTES = 8 * 2**20
WORKER = "neuroscope.jobs.worker"
Samples = dict[str, list[tuple[float, float]]]


def main() -> None:
    """Measure and write `results/memory.json`."""
    load = os.getloadavg()[0]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "t1c.nii.gz"
        make_volume(path, 1, fine=False)
        rounds = [one_round(path, Path(folder) / f"home-{number}") for number in range(ROUNDS)]
    rows = []
    for process, name, target in (("web", "web process", "< 300"), ("worker", "worker", "")):
        for label, summary in (("at most", np.max), ("on average", np.mean)):
            for column, kind in enumerate(("RSS", "PSS")):
                values = [float(summary(np.array(r[process])[:, column])) for r in rounds]
                wanted = target if (label, kind) == ("at most", "RSS") else ""
                rows.append(row(f"{name}, {label}, {kind}", values, "MiB", target=wanted))
    how = (
        f"`neuroscope serve` started {ROUNDS} times, each with an empty store; a volume of "
        f"{' x '.join(map(str, SHAPE))} voxels uploaded, analyzed, and its images, evidence of all "
        f"classes and report fetched over the API; a sample every {EVERY_S:g} s, "
        f"{sum(len(r['web']) for r in rounds)} in all."
    )
    torch = "Neither process has loaded any library of PyTorch (looked up in its memory maps)."
    write(Answer("How much memory does the workbench take?", rows, [how, torch]), "memory", load)


def one_round(path: Path, home: Path) -> Samples:
    """Serve, send one study through, and sample both processes from the link to the end."""
    with serving(home) as (server, base_url, token):
        worker = worker_of(server)
        done = threading.Event()
        samples: Samples = {"web": [], "worker": []}
        sampler = threading.Thread(target=sample, args=(server, worker, samples, done))
        sampler.start()
        try:
            headers = {"authorization": f"Bearer {token}"}
            with httpx2.Client(base_url=base_url, headers=headers, timeout=60) as page:
                read(page, upload(page, path))
            time.sleep(IDLE_S)
            for process in (server, worker):
                require_no_torch(process)
        finally:
            done.set()
            sampler.join()
    return samples


@contextmanager
def serving(home: Path) -> Iterator[tuple[psutil.Process, str, str]]:
    """Run `neuroscope serve` on a free port, as a user would; give process, address and token."""
    program = Path(sys.executable).with_name("neuroscope")
    command = [str(program), "serve", "--port", "0", "--no-browser"]
    environment = {**os.environ, "NEUROSCOPE_HOME": str(home), "NEUROSCOPE_DATABASE_URL": ""}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            link = process.stdout.readline().strip()
            if not link:
                sys.exit("neuroscope serve did not start; run it by hand to see why.")
            base_url, _, token = link.partition("/?token=")
            yield psutil.Process(process.pid), base_url, token
        finally:
            process.terminate()


def worker_of(server: psutil.Process) -> psutil.Process:
    """Wait for the worker that the server starts."""
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        for child in server.children():
            if WORKER in child.cmdline():
                return child
        time.sleep(EVERY_S)
    sys.exit("The server started no worker.")


def sample(
    server: psutil.Process, worker: psutil.Process, samples: Samples, done: threading.Event
) -> None:
    """Write down RSS and PSS of both in MiB until `done`."""
    while not done.wait(EVERY_S):
        for name, process in (("web", server), ("worker", worker)):
            memory = process.memory_full_info()
            samples[name].append((memory.rss / 2**20, memory.pss / 2**20))


def upload(page: httpx2.Client, path: Path) -> dict[str, Any]:
    """Upload a file in chunks; give the job once it is done."""
    content = path.read_bytes()
    files = [{"name": path.name, "size": len(content)}]
    upload_id = told(page.post("/api/uploads", json={"files": files}))["id"]
    for offset in range(0, len(content), CHUNK_BYTES):
        chunk = content[offset : offset + CHUNK_BYTES]
        told(page.put(f"/api/uploads/{upload_id}/files/0?offset={offset}", content=chunk))
    job = told(page.post(f"/api/uploads/{upload_id}/complete"))
    deadline = time.monotonic() + WITHIN_S
    while job["state"] not in ("done", "failed", "canceled") and time.monotonic() < deadline:
        time.sleep(EVERY_S)
        job = told(page.get(f"/api/jobs/{job['id']}"))
    if job["state"] != "done":
        sys.exit(f"The job ended as {job['state']}: {job['problem']}")
    return job


def read(page: httpx2.Client, job: dict[str, Any]) -> None:
    """Fetch what the reading room fetches: volume, evidence of all classes, report."""
    study = told(page.get(f"/api/studies/{job['study_id']}"))
    analysis = f"/api/studies/{job['study_id']}/analyses/{job['analysis_id']}"
    told(page.get(analysis))
    series_id = study["series"][0]["id"]
    addresses = [f"/api/studies/{job['study_id']}/series/{series_id}/volume"]
    addresses += [
        f"{analysis}/series/{series_id}/evidence?target={target}"
        for target in ("glioma", "meningioma", "pituitary", "notumor")
    ]
    for address in (*addresses, f"{analysis}/report.pdf"):
        page.get(address).raise_for_status()


def told(response: httpx2.Response) -> dict[str, Any]:
    """Give the JSON of an answer that went well."""
    response.raise_for_status()
    content: dict[str, Any] = response.json()
    return content


def require_no_torch(process: psutil.Process) -> None:
    """Stop if a process has mapped a library of PyTorch."""
    found = [part.path for part in process.memory_maps() if "torch" in part.path.lower()]
    if found:
        sys.exit(f"{' '.join(process.cmdline())} has loaded PyTorch: {found[0]}")


if __name__ == "__main__":
    main()
