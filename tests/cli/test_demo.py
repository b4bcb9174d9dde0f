"""`neuroscope demo`: from nothing to analyzed studies, and nothing twice."""

import numpy as np
import pytest
from PIL import Image

from neuroscope.settings import Settings
from neuroscope.store.database import open_store
from neuroscope.store.jobs import list_jobs
from neuroscope.store.results import read_analysis


def small_studies(folder, head_pixels):
    """Two small studies in the place of the large ones that `make_demo` would make."""
    for number in range(2):
        study = folder / f"study-{number}"
        study.mkdir(parents=True)
        for part in range(2):
            pixels = np.roll(head_pixels, 3 * part + number, axis=0)
            Image.fromarray(pixels).save(study / f"slice-{part}.png")
        (study / "truth.json").write_text("{}")


@pytest.mark.server
def test_the_set_up_analyzes_every_study_once(command, tmp_path, head_slice):
    folder = tmp_path / "demo"
    small_studies(folder / "studies", head_slice)
    code, out, err = command("demo", "--dir", folder, "--once")
    assert code == 0, err
    assert "ready" in out
    store = open_store(Settings(home=folder / "store"))
    jobs = list_jobs(store)
    store.close()
    assert [job.state for job in jobs] == ["done", "done"]
    assert len({job.study_id for job in jobs}) == 2
    assert command("demo", "--dir", folder, "--once")[0] == 0
    store = open_store(Settings(home=folder / "store"))
    assert len(list_jobs(store)) == 2
    store.close()


@pytest.mark.server
def test_the_store_of_the_user_is_not_touched(command, tmp_path, head_slice, own_home):
    folder = tmp_path / "demo"
    small_studies(folder / "studies", head_slice)
    assert command("demo", "--dir", folder, "--once")[0] == 0
    assert not own_home.exists()


@pytest.mark.slow
@pytest.mark.server
@pytest.mark.timeout(1200)
def test_the_whole_demo_is_made_from_nothing(command, tmp_path):
    code, _, err = command("demo", "--dir", tmp_path / "demo", "--once")
    assert code == 0, err
    made = list((tmp_path / "demo" / "studies").iterdir())
    store = open_store(Settings(home=tmp_path / "demo" / "store"))
    jobs = list_jobs(store)
    reports = [read_analysis(store, job.analysis_id).report for job in jobs if job.analysis_id]
    store.close()
    assert [job.state for job in jobs] == ["done"] * len(made)
    assert len({job.study_id for job in jobs}) == len(made)
    assert all(reports)
    assert len(reports) == len(made)
