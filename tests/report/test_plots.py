"""The legend and the plot: fixed scale, one bar for every slice."""

import xml.etree.ElementTree as ET

import pytest

from neuroscope.report.plots import evidence_along_svg, legend_svg


@pytest.mark.parametrize("scale", [0.02, 0.5, 12.0])
def test_legend_names_its_scale(scale: float):
    texts = [node.text for node in ET.fromstring(legend_svg(scale, scale / 3)).iter()]  # noqa: S314
    assert f"≥ +{scale:.3g}" in texts


def test_plot_has_a_bar_for_every_slice_and_marks_the_deciding_ones():
    svg = evidence_along_svg([2, 3, 4], [1.0, -0.5, 2.0], (4,), last=9)
    bars = [n for n in ET.fromstring(svg).iter() if n.tag.endswith("rect")]  # noqa: S314
    assert len(bars) == 3
    assert [bar.get("fill") == "#de5416" for bar in bars] == [False, False, True]
