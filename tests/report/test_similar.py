import json

import numpy as np

from neuroscope.records.similar import (
    CaseFacts,
    Compared,
    Entry,
    Hit,
    Neighbor,
    Similar,
    VectorSpace,
    Vote,
    WhySimilar,
)
from neuroscope.report.similar import SCHEMA, similar_json, similar_lines

SPACE = VectorSpace("evidence", "0.1.0", "c" * 64, "slices-1", 4)


def found(**changes) -> Similar:
    facts = CaseFacts(label="meningioma", label_source="reader", age=61.0)
    past = Entry("e", "slice", "case7", "p", "g", "s", 12, "axial 13", facts)
    asked = Entry("q", "slice", "query", "q", "q", name="axial 40")
    flat = np.full((2, 2), 0.2, np.float32)
    why = WhySimilar(0.8, flat, flat, np.full((4, 4), 0.05, np.float32), (2, 2))
    rows = (Compared("age", 60.0, 61.0, True), Compared("plane", "axial", "coronal", False))
    one = Neighbor("case7", 0.81, Hit(past, 0.8), asked, rows, why, ("Look twice.",))
    given = {
        "predicted": "glioma",
        "p_predicted": 0.7,
        "same_source": 0.5,
        "base_same_source": 0.1,
        "cautions": ("They differ.",),
    }
    vote = Vote({"meningioma": 0.9, "glioma": 0.1}, 10, 0.8, 0.7, 0.9, 50)
    return Similar(SPACE, (one,), vote, 100, 3, **(given | changes))


def test_the_json_says_all_and_survives_a_round_trip():
    told = json.loads(json.dumps(similar_json(found())))
    assert told["schema"] == SCHEMA
    assert told["space"]["sha256"] == "c" * 64
    assert (told["searched_vectors"], told["excluded_vectors"]) == (100, 3)
    assert told["is_disputed"] is True
    assert told["vote"]["p_right_interval"] == [0.7, 0.9]
    (one,) = told["neighbors"]
    assert (one["rank"], one["case_id"], one["slice_index"]) == (1, "case7", 12)
    assert one["facts"] == {"label": "meningioma", "label_source": "reader", "age": 61.0}
    assert sum(map(sum, one["why"]["query_map"])) - one["why"]["score"] < 1e-5
    assert one["why"]["strongest_pairs"][0]["contribution"] > 0
    assert one["compared"][1] == {
        "feature": "plane", "query": "axial", "match": "coronal", "is_alike": False,
    }  # fmt: skip


def test_patients_and_groups_stay_out_of_the_answer():
    told = json.dumps(similar_json(found())["neighbors"])
    assert '"patient"' not in told
    assert '"group"' not in told


def test_the_lines_name_class_reason_vote_and_source():
    text = "\n".join(similar_lines(found()))
    for said in (
        "Meningioma (by readers)",
        "alike: age",
        "other: plane (axial / coronal)",
        "Look twice.",
        "so clear a vote was right in 80% of 50 cases (70% to 90%)",
        "The network says Glioma, p = 0.70",
        "50% of the neighbors, 10% of all",
    ):
        assert said in text


def test_what_is_not_known_is_left_out_or_said():
    silent = found(same_source=None, base_same_source=None, predicted=None)
    assert "source" not in "\n".join(similar_lines(silent))
    assert similar_json(silent)["is_disputed"] is False
    few = Similar(SPACE, (), Vote({"glioma": 1.0}, 1), 100, 0)
    assert "too few labeled cases" in "\n".join(similar_lines(few))
    assert similar_json(few)["vote"]["p_right_interval"] is None
    nobody = Similar(SPACE, (), Vote({}, 0), 100, 0)
    assert len(similar_lines(nobody)) == 1
