"""`neuroscope models`."""

import json

from neuroscope.models.cards import read_cards


def test_list_as_json_holds_every_card(command):
    code, out, _ = command("models", "--json")
    assert code == 0
    assert [card["model"]["name"] for card in json.loads(out)] == [
        card.model.name for card in read_cards()
    ]


def test_an_unknown_model_ends_with_2(command):
    code, _, err = command("models", "show", "oracle")
    assert code == 2
    assert "oracle" in err


def test_the_shipped_weights_are_intact(command):
    code, out, err = command("models", "verify")
    assert code == 0, err
    assert "intact" in out


def test_half_a_command_ends_with_2(command):
    for words in (("show",), ("shine",)):
        code, _, err = command("models", *words)
        assert code == 2
        assert "models show NAME" in err
