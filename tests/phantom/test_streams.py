import numpy as np

from neuroscope.phantom.streams import side_stream


def test_a_side_stream_takes_nothing_and_depends_on_nothing_drawn():
    rng, twin = np.random.default_rng(3), np.random.default_rng(3)
    first = side_stream(rng, "motion").random()
    twin.random(5)

    assert side_stream(twin, "motion").random() == first
    assert rng.random() == np.random.default_rng(3).random()


def test_names_and_seeds_give_streams_of_their_own():
    rng = np.random.default_rng(3)
    values = {side_stream(rng, name).random() for name in ("a", "b")}
    values.add(side_stream(np.random.default_rng(4), "a").random())

    assert len(values) == 3
