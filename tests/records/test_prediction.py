import pytest

from neuroscope.errors import BadInputError
from neuroscope.records.prediction import CLASS_NAMES, TUMOR_CLASSES, ModelRef, Prediction

MODEL = ModelRef("evidence", "1", "0" * 64)


def test_every_class_has_a_name_for_people():
    assert tuple(CLASS_NAMES) == TUMOR_CLASSES


def test_the_label_is_the_most_probable_class():
    prediction = Prediction({"glioma": 0.2, "meningioma": 0.8}, MODEL)
    assert (prediction.label, prediction.p_label) == ("meningioma", 0.8)


@pytest.mark.parametrize("p_class", [{"a": 0.5, "b": 0.4}, {"a": 1.5, "b": -0.5}, {}])
def test_what_is_no_distribution_is_refused(p_class):
    with pytest.raises(BadInputError, match="sum to"):
        Prediction(p_class, MODEL)


def test_the_probabilities_cannot_be_changed():
    prediction = Prediction({"a": 1.0}, MODEL)
    with pytest.raises(TypeError):
        prediction.p_class["a"] = 0.5
