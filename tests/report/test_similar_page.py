from typing import Any

import pytest

from neuroscope.report.similar_page import disputed, similar_block, trust_sentences

VOTE = {
    "label": "meningioma",
    "shares": {"meningioma": 0.9, "glioma": 0.1},
    "labeled": 10,
    "p_right": 0.8,
    "p_right_interval": [0.7, 0.9],
    "p_right_cases": 50,
}
FOUND: dict[str, Any] = {
    "vote": VOTE,
    "predicted": "glioma",
    "same_source": 0.5,
    "base_same_source": 0.1,
    "neighbors": [
        {
            "rank": 1,
            "case_id": "case7",
            "name": "axial 13",
            "score": 0.81,
            "facts": {"label": "meningioma", "label_source": "reader"},
            "compared": [
                {"feature": "age", "query": 60.0, "match": 61.0, "is_alike": True},
                {"feature": "plane", "query": "axial", "match": "coronal", "is_alike": False},
                {"feature": "volume_ml", "query": 12.345, "match": 40.0, "is_alike": False},
            ],
        }
    ],
    "cautions": ["They differ."],
}


def test_a_row_says_what_the_case_was_by_whom_why_and_what_differs():
    block = similar_block(FOUND)
    assert block is not None
    (row,) = block.rows
    assert (row.rank, row.answer, row.score) == (1, "Meningioma (by readers)", "0.810")
    assert row.alike == "age"
    assert row.differs == "plane (axial here, coronal there), volume (12.3 ml here, 40 ml there)"
    assert row.case == "case7, axial 13"
    assert block.cautions == ("They differ.",)


def test_the_vote_stands_with_its_interval_and_number():
    said = " ".join(trust_sentences(FOUND))
    assert "the vote is meningioma (weighted share 90%)" in said
    assert "right in 80% (70% to 90%, n = 50 cases of this index)" in said
    assert "50% of the neighbors were made where this study was made, 10% of all cases" in said


@pytest.mark.parametrize(
    ("vote", "words"),
    [
        ({"p_right": None, "p_right_cases": 7}, "insufficient labeled cases (n = 7"),
        ({"label": None, "shares": {}}, "No neighbor has a label that a person gave."),
    ],
)
def test_a_vote_that_tells_nothing_says_so(vote, words):
    assert words in " ".join(trust_sentences(FOUND | {"vote": VOTE | vote}))


def test_neighbors_that_contradict_the_network_become_a_caution():
    assert disputed(FOUND).startswith(
        "The most similar past cases say meningioma, the network says glioma."
    )


def test_without_an_answer_nothing_stands_and_a_problem_is_told():
    assert similar_block(None) is None
    block = similar_block({"problem": "The index holds no cases yet."})
    assert block is not None
    assert (block.rows, block.problem) == ((), "The index holds no cases yet.")
