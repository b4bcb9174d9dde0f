"""The PDF: an archive format, complete, the same every time, safe against hostile names."""

import io
import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime

import pypdf
import pytest

from neuroscope.records.study import Series
from neuroscope.report.pages import VOLUMES_DRAWN
from neuroscope.report.render import pdf_bytes, report_html, write_pdf
from neuroscope.settings import RESEARCH_USE

WRITTEN = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def rendered(case) -> bytes:
    return pdf_bytes(case.analysis, case.imported, evidence_of=case.evidence_of, written=WRITTEN)


@pytest.fixture
def volume_pdf(volume_case) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(rendered(volume_case)))


def test_the_file_declares_pdf_a_3b(volume_pdf):
    root = volume_pdf.trailer["/Root"]
    xmp = root["/Metadata"].get_object().get_data().decode()
    assert 'pdfaid:part="3"' in xmp
    assert 'pdfaid:conformance="B"' in xmp
    assert root["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"
    assert "/ID" in volume_pdf.trailer


def test_all_fonts_are_embedded(volume_pdf):
    fonts = {}
    for page in volume_pdf.pages:
        fonts |= page["/Resources"]["/Font"]
    assert fonts
    for font in fonts.values():
        descriptor = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)


def test_every_page_says_research_use_only_and_its_number(volume_pdf):
    number = len(volume_pdf.pages)
    for count, page in enumerate(volume_pdf.pages, start=1):
        text = page.extract_text()
        assert RESEARCH_USE in text
        assert f"Page {count} of {number}" in text
        assert "NS-XYZ777" in text


def test_model_hash_probabilities_and_cautions_are_printed(volume_pdf):
    text = " ".join(page.extract_text() for page in volume_pdf.pages)
    for part in ("ab" * 32, "0.93", "The sequence is not known.", "It is not a segmentation"):
        assert part in text


def test_the_result_is_attached_for_programs(volume_pdf):
    attached = json.loads(volume_pdf.attachments["result.json"][0])
    assert attached["series"][0]["decision"]["label"] == "meningioma"


def test_equal_inputs_give_equal_bytes(volume_case):
    assert rendered(volume_case) == rendered(volume_case)


def test_a_study_of_slices_lists_all_and_says_how_many_are_drawn(slices_case):
    reader = pypdf.PdfReader(io.BytesIO(rendered(slices_case(9))))
    text = " ".join(page.extract_text() for page in reader.pages)
    assert "6 of 9 slices are drawn" in text
    assert all(f"slice {i}" in text for i in range(9))
    assert "torn.png" in text


def test_names_from_files_cannot_inject_markup(slices_case):
    case = slices_case(2, name="<script>alert(1)</script><img src=x>")
    html = report_html(case.analysis, case.imported, evidence_of=case.evidence_of, written=WRITTEN)
    assert "<script>" not in html
    assert "<img src=x>" not in html


def test_write_pdf_writes_the_file(slices_case, tmp_path):
    case = slices_case(1)
    path = tmp_path / "report.pdf"
    write_pdf(case.analysis, case.imported, path, evidence_of=case.evidence_of, written=WRITTEN)
    assert path.read_bytes().startswith(b"%PDF-1.7")


def test_a_report_does_not_make_pillow_accept_torn_pictures():
    # In a process of its own: another test may have imported WeasyPrint before.
    script = (
        "from PIL import ImageFile\n"
        "from neuroscope.report.render import _pillow_stays_strict\n"
        "with _pillow_stays_strict():\n    import weasyprint\n"
        "assert ImageFile.LOAD_TRUNCATED_IMAGES is False"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_the_first_page_says_which_series_speaks_and_what_contradicts_it(two_volumes_case):
    reader = pypdf.PdfReader(io.BytesIO(rendered(two_volumes_case)))
    first = " ".join(reader.pages[0].extract_text().split())
    assert "Finding of the study" in first
    assert two_volumes_case.analysis.cautions[0] in first


def test_the_bars_stand_beside_their_own_series(two_volumes_case):
    case = two_volumes_case
    html = report_html(case.analysis, case.imported, evidence_of=case.evidence_of, written=WRITTEN)
    flair, t1c = html.split("<h2>Finding: ")[1:3]
    assert flair.startswith("FLAIR")
    assert "0.98" in flair.split('class="decision"')[1]
    assert "0.93" in t1c.split('class="decision"')[1].split("</table>")[0]


def test_the_series_that_speaks_is_drawn_even_if_it_comes_last(two_volumes_case):
    case = two_volumes_case
    surer, speaks = case.analysis.series
    names = [f"f{n}" for n in range(VOLUMES_DRAWN)]
    series = [Series(id=name, role="flair", description=name) for name in names]
    imported = case.imported
    many = replace(
        imported,
        study=replace(imported.study, series=(*series, imported.study.series[1])),
        volumes=dict.fromkeys((*names, "v1"), imported.volumes["v1"]),
    )
    analysis = replace(
        case.analysis, series=(*(replace(surer, series_id=name) for name in names), speaks)
    )
    drawn = type(case)(analysis, many)
    html = report_html(analysis, many, evidence_of=drawn.evidence_of, written=WRITTEN)
    assert "T1 with contrast, “T1 POST”: evidence for meningioma" in html
    assert f"FLAIR, “{names[-1]}” is not drawn" in html


def test_a_study_in_space_gets_its_pages(space_case):
    case = space_case
    pdf = pdf_bytes(
        case.analysis,
        case.imported,
        evidence_of=lambda *_: case.volumetry.evidence.heatmap,
        written=WRITTEN,
        space=case.space,
    )
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    pages = [" ".join(page.extract_text().split()) for page in reader.pages]
    assert "whole tumor 3.46 ml" in pages[0]
    assert "Segmented without T1: the outline is less reliable." in pages[0]
    space = next(page for page in pages if "The study in space" in page and "unet 7" in page)
    assert "12" * 32 in space
    text = " ".join(pages)
    for part in ("left frontal lobe", "not assessed", "0.61", "T2 was moved by 8 mm.", "p 0.02"):
        assert part in text
    attached = json.loads(reader.attachments["measurements.json"][0])
    assert attached == json.loads(json.dumps(case.space.content))
    summary = json.loads(reader.attachments["result.json"][0])["volumetry"]
    assert summary["files"] == {}
    assert summary["regions"] == attached["regions"]


def test_a_study_of_slices_has_no_pages_in_space(slices_case):
    case = slices_case(1)
    html = report_html(case.analysis, case.imported, evidence_of=case.evidence_of, written=WRITTEN)
    assert "The study in space" not in html
