"""The table of methods holds what was scored, and names what is missing."""

from dataclasses import replace

import numpy as np
from tests.reliability.counterfactual.conftest import model_of, sees_tumor

from neuroscope.reliability.audited import MethodScore, Said
from neuroscope.reliability.model.material import Material, Pictured
from neuroscope.reliability.model.methods import NO_NETWORK, NOT_ASKED, methods
from neuroscope.reliability.model.reasons import NO_MASKS


def never(case, target, method):
    raise AssertionError("scores are given")


def material(n, explain=never, **given):
    nothing = np.zeros((n, 1), np.float32)
    pictured = Pictured(
        files=tuple(str(k) for k in range(n)),
        labels=np.zeros(n, np.int64),
        patients=np.array([f"p{k // 2}" for k in range(n)]),
        sources=np.zeros(n, np.int64),
        source_from="the set",
        surroundings=nothing,
        without_tumor=nothing,
        without_tumor_rows=np.zeros(0, np.int64),
    )
    model = replace(model_of(sees_tumor, "toy"), explain=explain)
    return Material(model, pictured, Said(np.zeros((n, 4), np.float32)), **given)


def scored(method, n, *, agreement=0.5):
    return [MethodScore(method, k % 2 == 0, 0.25, 1.5, agreement, 12.4) for k in range(n)]


def test_every_method_has_a_row_with_intervals_by_patient():
    found = methods(
        material(
            8,
            explained={"gradcam": scored("gradcam", 8), "rise": scored("rise", 8, agreement=None)},
            explained_rows=np.arange(8),
            not_explained={"evidence": "It lacks the layer."},
        )
    )
    (table,) = found.tables
    assert table.columns == (
        "method", "pointing", "mass on the tumor", "faithfulness", "agreement", "ms a picture",
    )  # fmt: skip
    gradcam, rise = table.rows
    assert gradcam == (
        "Grad-CAM", "50.0% (50.0% to 50.0%)", "25.0% (25.0% to 25.0%)", "1.50 (1.50 to 1.50)",
        "0.50 (0.50 to 0.50)", "12",
    )  # fmt: skip
    assert rise[4] == "not defined"
    assert "8 outlined pictures of 4 patients" in table.note
    assert "insufficient below 20" in table.note
    (missing,) = found.not_done
    assert (missing.part, missing.why) == (
        "Methods of explanation: Evidence map", "It lacks the layer.",
    )  # fmt: skip
    assert missing.model == "toy"


def test_why_there_is_no_table_is_told():
    assert methods(material(2, explain=None)).not_done[0].why == NO_NETWORK
    assert methods(material(2)).not_done[0].why == NO_MASKS
    outlined = material(2, localized_rows=np.arange(2))
    assert methods(outlined).not_done[0].why == NOT_ASKED
