import pytest

from neuroscope.errors import BadInputError
from neuroscope.records.modelcard import ModelCard
from neuroscope.records.prediction import ModelRef


def _card(intended_use="Research."):
    model = ModelRef("evidence", "1", "0" * 64)
    return ModelCard(model, intended_use, {"set": "CC BY 4.0"}, "by range", (), (), "1 h")


def test_a_card_without_intended_use_is_refused():
    with pytest.raises(BadInputError, match="no intended use"):
        _card("")


def test_the_training_data_cannot_be_changed():
    with pytest.raises(TypeError):
        _card().training_data["set"] = "mine"
