"""Pictures are looked at alike in threads and in processes, and what cannot be read is named."""

from functools import partial

import numpy as np
from PIL import Image
from tests.reliability.dataset.conftest import head

from neuroscope.io.picture_set import list_pictures
from neuroscope.reliability.dataset import observe
from neuroscope.settings import Limits


def test_processes_see_what_threads_see(tmp_path, monkeypatch):
    rng = np.random.default_rng(3)
    for number in range(5):
        Image.fromarray(head(rng)).save(tmp_path / f"{number}.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    given = list_pictures(tmp_path, limits=Limits())
    read = partial(given.read, limits=Limits())
    here, refused_here = observe.observe_all(given.pictures, read, view_size=32)
    monkeypatch.setattr(observe, "MANY", 1)
    apart, refused_apart = observe.observe_all(given.pictures, read, view_size=32, portable=True)
    assert refused_apart == refused_here
    assert [one.name for one in refused_apart] == ["broken.png"]
    assert list(apart) == list(here)
    for number, one in here.items():
        other = apart[number]
        assert other.look.sha256 == one.look.sha256
        assert other.flags == one.flags
        np.testing.assert_array_equal(other.marks, one.marks)
        np.testing.assert_array_equal(other.view, one.view)
