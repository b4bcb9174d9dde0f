import numpy as np
import pytest

from neuroscope.errors import BadInputError
from neuroscope.records.analysis import Analysis, SeriesFinding, SliceFinding
from neuroscope.records.heatmap import EvidenceCells
from neuroscope.records.prediction import ModelRef, Prediction


def _finding(index, **p_class):
    cells = EvidenceCells(
        np.zeros((2, 3, 3), np.float32), np.zeros(2, np.float32), ("a", "b"), np.eye(3), (9, 9)
    )
    return SliceFinding(index, str(index), Prediction(p_class, ModelRef("m", "1", "0")), cells)


def test_findings_out_of_order_or_twice_are_refused():
    one, two = _finding(1, glioma=1.0), _finding(2, glioma=1.0)
    for wrong in ((two, one), (one, one)):
        with pytest.raises(BadInputError, match="not in order"):
            SeriesFinding("s", wrong)


def test_the_headline_of_slices_is_the_surest_tumor():
    findings = (
        _finding(0, glioma=0.1, notumor=0.9),
        _finding(1, glioma=0.6, notumor=0.4),
        _finding(2, glioma=0.8, notumor=0.2),
    )
    assert SeriesFinding("s", findings).headline.p_label == 0.8


def test_the_headline_without_tumor_is_the_surest_slice():
    findings = (_finding(0, glioma=0.1, notumor=0.9), _finding(1, glioma=0.4, notumor=0.6))
    assert SeriesFinding("s", findings).headline.p_label == 0.9
    assert SeriesFinding("s", ()).headline is None


def test_the_headline_of_a_volume_is_its_decision():
    decision = Prediction({"pituitary": 1.0}, ModelRef("m", "1", "0"))
    assert SeriesFinding("s", (), decision=decision).headline is decision


def test_an_analysis_knows_the_finding_that_speaks_for_its_study():
    model = ModelRef("m", "1", "0")
    series = (SeriesFinding("a", ()), SeriesFinding("b", ()))
    assert Analysis("s", "NS-ABCDEF", model, series, headline_series="b").headline is series[1]
    assert Analysis("s", "NS-ABCDEF", model, series).headline is None
    with pytest.raises(BadInputError, match="not among"):
        Analysis("s", "NS-ABCDEF", model, series, headline_series="c")
