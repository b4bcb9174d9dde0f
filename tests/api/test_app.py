import subprocess
import sys

import pytest

LOOK = """
import asyncio, json, sys, tempfile
from pathlib import Path
import psutil
from neuroscope.api.app import create_app
from neuroscope.api.auth import Access
from neuroscope.settings import Settings

async def start():
    app = create_app(Settings(home=Path(tempfile.mkdtemp())), Access("token", 8000))
    async with app.router.lifespan_context(app):
        return psutil.Process().memory_info().rss

rss = asyncio.run(start())
print(json.dumps({"rss_mb": rss / 1e6, "modules": sorted(sys.modules)}))
"""
HEAVY = {"torch", "monai", "onnxruntime", "openvino", "weasyprint", "matplotlib", "sklearn"}


@pytest.mark.server
def test_the_web_process_stays_light() -> None:
    import json

    ran = subprocess.run(
        [sys.executable, "-c", LOOK], capture_output=True, text=True, check=True, timeout=120
    )
    found = json.loads(ran.stdout.splitlines()[-1])
    assert HEAVY.isdisjoint(found["modules"])
    assert found["rss_mb"] < 300
