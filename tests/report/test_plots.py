"""The legend and the plot: fixed scale, one bar for every slice."""

import xml.etree.ElementTree as ET

import pytest

from neuroscope.report.plots import Line, evidence_along_svg, legend_svg, lines_svg


@pytest.mark.parametrize("scale", [0.02, 0.5, 12.0])
def test_legend_names_its_scale(scale: float):
    texts = [node.text for node in ET.fromstring(legend_svg(scale, scale / 3)).iter()]  # noqa: S314
    assert f"≥ +{scale:.3g}" in texts


def test_plot_has_a_bar_for_every_slice_and_marks_the_deciding_ones():
    svg = evidence_along_svg([2, 3, 4], [1.0, -0.5, 2.0], (4,), last=9)
    bars = [n for n in ET.fromstring(svg).iter() if n.tag.endswith("rect")]  # noqa: S314
    assert len(bars) == 3
    assert [bar.get("fill") == "#de5416" for bar in bars] == [False, False, True]


def test_lines_run_from_corner_to_corner_and_carry_escaped_names():
    line = Line("<a> & b", (0.0, 2.0), (0.0, 1.0), (0.0, 0.5), (0.5, 1.0))
    root = ET.fromstring(lines_svg([line], x_name="x", y_name="y"))  # noqa: S314
    paths = [node for node in root.iter() if node.tag.endswith("path")]
    assert paths[-1].get("d") == "M34.0 138.0 L292.0 6.0"
    assert paths[-2].get("opacity") == "0.15"
    assert "<a> & b" in [node.text for node in root.iter()]
