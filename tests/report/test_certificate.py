"""The printed certificate: an archive format, verdict first, every lost slice, names escaped."""

import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pypdf
import pytest

from neuroscope.records.certificate import (
    Certificate,
    ClassCount,
    Comparison,
    Condition,
    FlipPicture,
    MetricRow,
    NegativeFlip,
    Score,
)
from neuroscope.records.passport import Passport, judged
from neuroscope.report.certificate import certificate_html, certificate_pdf
from neuroscope.settings import RESEARCH_USE

WRITTEN = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SCORE = Score(0.512, 0.4, 0.6, 30, 20)
NOTHING = Score(None, None, None, 0, 0)
FLIP = NegativeFlip("u1", 4, "glioma", "glioma", "notumor")
FOUND = Certificate(
    verdict="refuse",
    reasons=("Not shown: the evidence rises.",),
    conditions=(
        Condition("patients", "at least 20", "30", True),
        Condition("evidence", "must rise", "0.0", False),
        Condition("flips", "must not rise", "nothing", None),
    ),
    rows=(MetricRow("pointing", "pointing", "1", "higher", SCORE, SCORE, SCORE, NOTHING),),
    tests=(Comparison("pointing", "before", SCORE, 0.0004, None),),
    counts=(ClassCount("glioma", 3, 2, 8, 5),),
    negative_flips=(FLIP, replace(FLIP, index=9)),
    positive_flips=2,
    status="feasible",
    step=20,
    controls={"control_classification": "feasible, step 10"},
    hashes={"after": "ab" * 32, "before": "cd" * 32},
    settings={"loss": "energy"},
    seed=3,
    cautions=("Few patients.",),
)
FAILED = Passport("meningioma", "evidence", (judged("repeatability", 0.1, 0.5, reason="Overlap."),))
PICTURE = FlipPicture(
    FLIP,
    np.linspace(0, 1, 1024, dtype=np.float32).reshape(32, 32),
    np.eye(8, dtype=np.float32),
    -np.eye(8, dtype=np.float32),
    tests_after=FAILED,
)


@pytest.fixture(scope="module")
def printed() -> bytes:
    return certificate_pdf(FOUND, (PICTURE,), written=WRITTEN, name="evidence 1.0+ab")


def test_the_file_is_pdf_a_3b_with_the_certificate_attached(printed: bytes):
    reader = pypdf.PdfReader(io.BytesIO(printed))
    xmp = reader.trailer["/Root"]["/Metadata"].get_object().get_data().decode()
    assert 'pdfaid:part="3"' in xmp
    attached = json.loads(reader.attachments["certificate.json"][0])
    assert Certificate.from_dict(attached).as_dict() == FOUND.as_dict()


def test_a_map_that_failed_is_gray_and_says_why():
    def blocks(picture: FlipPicture) -> str:
        return certificate_html(FOUND, (picture,), written=WRITTEN)

    colored, gray = blocks(replace(PICTURE, tests_after=None)), blocks(PICTURE)
    assert "The map now is gray. This map failed 1 of 1 tests" in gray
    assert "is gray" not in colored
    drawn = [re.findall(r'src="(data:[^"]+)"', html)[-2:] for html in (colored, gray)]
    assert drawn[0][0] == drawn[1][0]
    assert drawn[0][1] != drawn[1][1]


def test_verdict_reasons_numbers_and_lost_slices_are_printed(printed: bytes):
    reader = pypdf.PdfReader(io.BytesIO(printed))
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    for part in (
        "Refuse: not everything was shown",
        "Not shown: the evidence rises.",
        "Few patients.",
        "0.512 (0.400 to 0.600)",
        "not measured",
        "< .001",
        "right and are wrong now: 2",
        "No tumor",
        "ab" * 32,
        RESEARCH_USE,
    ):
        assert part in text, part
    assert all(RESEARCH_USE in page.extract_text() for page in reader.pages)


def test_equal_inputs_give_equal_bytes(printed: bytes):
    assert printed == certificate_pdf(FOUND, (PICTURE,), written=WRITTEN, name="evidence 1.0+ab")


def test_slices_without_a_picture_are_listed_and_names_are_escaped():
    hostile = replace(FOUND, negative_flips=(replace(FLIP, unit="<script>"),))
    html = certificate_html(hostile, written=WRITTEN)
    assert "&lt;script&gt;" in html
    assert "<script>" not in html


def test_a_lost_slice_is_drawn_for_what_was_said_before_and_is_said_now():
    html = certificate_html(replace(FOUND, negative_flips=(FLIP,)), (PICTURE,), written=WRITTEN)
    assert "before: evidence for Glioma" in html
    assert "now: evidence for No tumor" in html
    assert html.count("data:image/png") == 2


def test_a_certificate_without_any_score_is_printed():
    empty = replace(FOUND, verdict="insufficient", rows=(), tests=(), negative_flips=())
    assert "too little was held out" in certificate_html(empty, written=WRITTEN)
