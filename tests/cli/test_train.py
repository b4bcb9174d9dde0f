"""`neuroscope train` and `evaluate` before any work: what is missing is said."""

import pytest


@pytest.mark.parametrize("model", ["classifier", "pose"])
def test_without_development_data_training_says_what_to_set(command, model):
    code, _, err = command("train", model)
    assert code == 2
    assert "NEUROSCOPE_DATA" in err


def test_what_tells_planes_apart_needs_data_and_a_table(command, tmp_path):
    labels = tmp_path / "labels.csv"
    labels.write_text("set,file,split,plane\n")
    for verb in ("train", "evaluate"):
        code, _, err = command(verb, "plane", labels)
        assert code == 2
        assert "NEUROSCOPE_DATA" in err
        out = tmp_path / verb
        code, _, err = command(verb, "plane", labels, "--data", tmp_path, "--out", out)
        assert code != 0
        assert "labels.csv" in err


def test_an_unknown_architecture_is_refused(command, tmp_path):
    code, _, err = command("train", "classifier", "--data", tmp_path, "--architecture", "gpt")
    assert code == 2
    assert "resnet18" in err


def test_a_size_that_cannot_be_halved_is_refused_with_those_beside_it(command, tmp_path):
    code, _, err = command("train", "classifier", "--data", tmp_path, "--input-size", 100)
    assert code == 2
    assert "Give 96 or 128" in err


@pytest.mark.parametrize("model", ["classifier", "pose"])
def test_without_development_data_evaluation_says_what_to_set(command, tmp_path, model):
    code, _, err = command("evaluate", model, tmp_path)
    assert code == 2
    assert "NEUROSCOPE_DATA" in err


@pytest.mark.parametrize("model", ["classifier", "pose"])
def test_an_unknown_split_is_refused(command, tmp_path, model):
    code, _, err = command("evaluate", model, "--data", tmp_path, "--split", "guard")
    assert code == 2
    assert "test, val" in err
