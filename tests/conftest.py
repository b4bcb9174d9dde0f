"""Fixtures that every test may ask for."""

from pathlib import Path

import pytest

from neuroscope.settings import read_settings


@pytest.fixture(scope="session")
def development_data() -> Path:
    """Folder of the private development data; the test is skipped, visibly, without it."""
    folder = read_settings().data
    if folder is None or not folder.is_dir():
        pytest.skip("needs the private development data: set NEUROSCOPE_DATA")
    return folder
