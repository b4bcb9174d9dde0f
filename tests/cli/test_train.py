"""`neuroscope train` and `evaluate` before any work: what is missing is said."""


def test_without_development_data_training_says_what_to_set(command):
    code, _, err = command("train", "classifier")
    assert code == 2
    assert "NEUROSCOPE_DATA" in err


def test_an_unknown_architecture_is_refused(command, tmp_path):
    code, _, err = command("train", "classifier", "--data", tmp_path, "--architecture", "gpt")
    assert code == 2
    assert "resnet18" in err


def test_without_development_data_evaluation_says_what_to_set(command, tmp_path):
    code, _, err = command("evaluate", "classifier", tmp_path)
    assert code == 2
    assert "NEUROSCOPE_DATA" in err
