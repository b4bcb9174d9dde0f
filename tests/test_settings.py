from pathlib import Path

import pytest

from neuroscope.errors import BadInputError
from neuroscope.settings import Limits, Settings, read_settings


def test_an_empty_environment_gives_the_defaults():
    settings = read_settings({})
    assert settings.home == Path.home() / ".neuroscope"
    assert (settings.host, settings.port, settings.threads) == ("127.0.0.1", 8000, 0)
    assert (settings.data, settings.mindgrab, settings.segmenter) == (None, None, None)
    assert settings.limits == Limits()


def test_every_variable_is_read():
    settings = read_settings(
        {
            "NEUROSCOPE_HOME": "/h",
            "NEUROSCOPE_DATABASE_URL": "postgresql://x",
            "NEUROSCOPE_DATA": "/d",
            "NEUROSCOPE_MINDGRAB": "/m.pth",
            "NEUROSCOPE_SEGMENTER": "/s",
            "NEUROSCOPE_HOST": "10.0.0.1",
            "NEUROSCOPE_PORT": "9000",
            "NEUROSCOPE_THREADS": "2",
        }
    )
    assert (settings.home, settings.data) == (Path("/h"), Path("/d"))
    assert (settings.mindgrab, settings.segmenter) == (Path("/m.pth"), Path("/s"))
    assert settings.resolved_database_url == "postgresql://x"
    assert (settings.host, settings.port, settings.threads) == ("10.0.0.1", 9000, 2)


def test_without_a_url_the_database_lies_in_the_home():
    assert Settings(home=Path("/h")).resolved_database_url == "sqlite:////h/neuroscope.db"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NEUROSCOPE_PORT", "eighty"),
        ("NEUROSCOPE_PORT", "70000"),
        ("NEUROSCOPE_PORT", "-1"),
        ("NEUROSCOPE_THREADS", "-2"),
        ("NEUROSCOPE_THREADS", "many"),
    ],
)
def test_nonsense_is_refused_with_the_name_of_the_variable(name, value):
    with pytest.raises(BadInputError) as caught:
        read_settings({name: value})
    assert name in str(caught.value)
