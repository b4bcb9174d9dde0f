"""`neuroscope index` and `neuroscope similar`, typed as a person types them."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image


def head_pixels(seed: int) -> np.ndarray:
    """A gray oval with texture and a bright spot, 8 bits."""
    rows, columns = np.mgrid[-1:1:180j, -1:1:150j]
    rng = np.random.default_rng(seed)
    spot = rng.uniform(-0.3, 0.3, 2)
    bright = np.exp(-((rows - spot[0]) ** 2 + (columns - spot[1]) ** 2) / 0.02)
    inside = (rows / 0.8) ** 2 + (columns / 0.75) ** 2 < 1
    gray = np.where(inside, 90 + 110 * bright + rng.normal(0, 6, rows.shape), 0)
    return np.clip(gray, 0, 255).astype(np.uint8)


@pytest.fixture
def cases(tmp_path: Path) -> tuple[Path, Path]:
    """Six past cases and the table that tells of them."""
    folder = tmp_path / "cases"
    folder.mkdir()
    lines = ["file,class,patient,age,source"]
    for seed in range(6):
        Image.fromarray(head_pixels(seed)).save(folder / f"case{seed}.png")
        label = "glioma" if seed < 3 else "meningioma"
        lines.append(f"case{seed}.png,{label},patient{seed // 2},{40 + seed},site{seed % 2}")
    table = tmp_path / "table.csv"
    table.write_text("\n".join(lines) + "\n")
    return folder, table


@pytest.fixture
def filled(command, cases, tmp_path) -> Path:
    folder, table = cases
    home = tmp_path / "index"
    code, said, _ = command("index", folder, "--table", table, "--index", home)
    assert code == 0
    assert "6 cases added" in said
    return home


@pytest.fixture
def query(tmp_path) -> Path:
    Image.fromarray(head_pixels(77)).save(tmp_path / "query.png")
    return tmp_path / "query.png"


def test_similar_cases_are_found_explained_and_counted(command, filled, query):
    code, said, _ = command("similar", query, "--index", filled, "--json", "-n", 3)
    assert code == 0
    told = json.loads(said)
    assert told["schema"] == "neuroscope/similar/1"
    assert [one["rank"] for one in told["neighbors"]] == [1, 2, 3]
    for one in told["neighbors"]:
        assert one["facts"]["label_source"] == "reference"
        assert one["why"]["completeness_error"] < 1e-5
    code, said, whispered = command("similar", query, "--index", filled)
    assert code == 0
    assert "similar cases" in said
    assert "Research use only" in whispered


def test_filter_patient_and_marks_are_heeded(command, filled, query):
    def ask(*options: object) -> dict:
        code, said, whispered = command("similar", query, "--index", filled, "--json", *options)
        assert code == 0, whispered
        return json.loads(said)

    ages = [n["facts"]["age"] for n in ask("--filter", "age=41..43 class=glioma")["neighbors"]]
    assert sorted(ages) == [41.0, 42.0]
    own = ask("--patient", "patient1", "-n", 10)
    assert {n["facts"]["age"] for n in own["neighbors"]} == {40.0, 41.0, 44.0, 45.0}
    plain = ask("-n", 6)
    last = plain["neighbors"][-1]["case_id"]
    marked = ask("-n", 6, "--relevant", last)["neighbors"]
    scores = {n["case_id"]: n["score"] for n in plain["neighbors"]}
    assert next(n["score"] for n in marked if n["case_id"] == last) > scores[last]
    assert ask("--source", "site1")["base_same_source"] == pytest.approx(0.5, abs=0.2)


def test_filling_again_adds_nothing_and_a_rebuild_starts_anew(command, cases, filled):
    folder, table = cases
    _, said, _ = command("index", folder, "--table", table, "--index", filled, "--json")
    assert (json.loads(said)["added"], json.loads(said)["known"]) == (0, 6)
    (filled / "vectors" / "space.json").write_text("{")
    code, _, whispered = command("index", folder, "--table", table, "--index", filled)
    assert (code, "--rebuild" in whispered) == (1, True)
    again = ("index", folder, "--table", table, "--index", filled, "--rebuild", "--json")
    code, said, _ = command(*again)
    assert code == 0
    assert json.loads(said)["added"] == 6


def test_what_is_asked_wrongly_ends_with_2(command, filled, query, tmp_path):
    for options, said in (
        ((tmp_path / "nowhere.png",), "nothing at"),
        ((query, "--filter", "tumor=big"), "tumor=big"),
        ((query, "--filter", "class=pituitary"), "class=pituitary (0)"),
        ((query, "--region", "1,2,3"), "1,2,3"),
        ((query, "--region", "0,0,2,2"), "outside the head"),
        ((query, "--relevant", "nobody"), "nobody"),
        ((query, "-n", "0"), "0 cases"),
    ):
        code, _, whispered = command("similar", *options, "--index", filled)
        assert (code, said in whispered) == (2, True), whispered


def test_without_an_index_the_way_to_one_is_named(command, query, tmp_path):
    code, _, whispered = command("similar", query)
    assert (code, "neuroscope index" in whispered) == (2, True)
    code, _, whispered = command("similar", query, "--index", tmp_path / "none")
    assert (code, "neuroscope index" in whispered) == (2, True)


def test_an_empty_store_and_a_lost_table_are_said(command, tmp_path):
    code, _, whispered = command("index")
    assert (code, "empty" in whispered) == (2, True)
    code, _, whispered = command("index", "--table", tmp_path / "t.csv")
    assert (code, "folder of its files" in whispered) == (2, True)
    code, _, whispered = command("index", "--index", tmp_path / "own")
    assert (code, "filled from a folder" in whispered) == (2, True)


def test_learning_from_judgments_needs_an_index_and_can_be_forgotten(command):
    code, _, whispered = command("learn-similar")
    assert (code, "neuroscope index" in whispered) == (2, True)
    code, said, _ = command("learn-similar", "--forget")
    assert (code, "plain cosine" in said) == (0, True)
