import json

import pytest

from neuroscope.io.earlier_results import (
    MARK,
    belongs_to_result,
    is_named_as_result,
    is_result,
    result_folders,
)


@pytest.mark.parametrize("indent", [None, 1, 2])
@pytest.mark.parametrize("number", [1, 2, 17])
def test_a_result_is_known_by_its_schema_of_any_version(tmp_path, indent, number):
    path = tmp_path / "result.json"
    path.write_text(json.dumps({"schema": f"{MARK}{number}", "software": {}}, indent=indent))
    assert is_result(path)


@pytest.mark.parametrize(
    "content", ["", "{}", "[1]", '{"schema": "other/1"}', '{"label": "neuroscope/result/1"}']
)
def test_another_result_json_is_not_ours(tmp_path, content):
    path = tmp_path / "result.json"
    path.write_text(content)
    assert not is_result(path)
    assert not is_result(tmp_path / "absent.json")


@pytest.mark.parametrize(
    "name",
    [
        "result.json",
        "report.pdf",
        "predictions.csv",
        "evidence/a.png",
        "evidence/a.b.npy",
        "evidence.nii.gz",
        "evidence_t1c-2.nii.gz",
    ],
)
def test_files_of_a_result_are_known_by_name_beside_its_result_json(name):
    assert is_named_as_result(name)
    assert belongs_to_result(f"case/out/{name}", ["case/out"])
    assert belongs_to_result(name, ["."])
    assert not belongs_to_result(f"case/{name}", ["case/out"])


@pytest.mark.parametrize(
    "name", ["a.png", "t1c.nii.gz", "more/report.pdf", "evidence/scan.dcm", "evidence/more/a.png"]
)
def test_images_beside_a_result_are_not_part_of_it(name):
    assert not belongs_to_result(name, ["."])


def test_a_file_that_bears_the_name_of_a_folder_with_a_result_is_not_part_of_it():
    assert not belongs_to_result("a", ["a"])  # only a hostile zip holds both


def test_every_folder_with_a_result_is_found(tmp_path):
    names = ("result.json", "a/b/result.json", "c/result.json", "a/result.txt")
    files = {}
    for number, name in enumerate(names):
        files[name] = tmp_path / f"{number}"  # as a zip is unpacked: under neutral names
        files[name].write_text(json.dumps({"schema": "other" if name[0] == "c" else f"{MARK}1"}))
    assert result_folders(files) == (".", "a/b")
