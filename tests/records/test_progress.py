from neuroscope.records.progress import ignore


def test_ignore_takes_any_fraction():
    assert ignore(0.5) is None
