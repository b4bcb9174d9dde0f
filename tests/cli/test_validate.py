import numpy as np
from PIL import Image
from tests.cli.conftest import head_pixels

from neuroscope.settings import read_settings
from neuroscope.store.database import open_store
from neuroscope.store.jobs import list_jobs
from neuroscope.store.reader_labels import read_all_labels


def test_a_labeled_folder_waits_to_be_browsed(command, tmp_path):
    for number, label in enumerate(("glioma", "notumor", "cyst")):
        (tmp_path / "set" / label).mkdir(parents=True)
        pixels = np.asarray(head_pixels(number))
        Image.fromarray(pixels).save(tmp_path / "set" / label / f"{number}.png")
    code, told, said = command("validate", tmp_path / "set")
    assert code == 0, said
    assert "Pictures: 3, of them 2 with an answer and 0 with an outline, by 'set set'." in told
    assert "Without an answer: 1, as 'cyst' is no class." in " ".join(said.split())
    store = open_store(read_settings())
    try:
        (job,) = list_jobs(store)
        assert (job.kind, job.state) == ("analyze", "queued")
        assert {one.label for one in read_all_labels(store)} == {"glioma", "notumor"}
    finally:
        store.close()


def test_nothing_there_is_said(command, tmp_path):
    code, _, said = command("validate", tmp_path / "none")
    assert code == 2
    assert "neither a folder nor a CSV file" in said
