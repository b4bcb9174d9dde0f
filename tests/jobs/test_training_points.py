import json
import math

from neuroscope.jobs.training_points import point_of
from neuroscope.learn.reasons.run import Look

LOOK = Look(
    step=10,
    reasons=0.4,
    reasons_held_out=math.nan,
    class_losses=(0.2, 0.3),
    violations=(-0.05, 0.01),
    violations_held_out=(-0.05, math.nan),
    multipliers=(0.0, 0.4),
    penalty=1.0,
    energy=0.6,
    accuracy=0.9,
    feasible=False,
    criterion=0.4,
)


def test_a_point_names_classes_and_holds_nothing_that_json_cannot() -> None:
    point = point_of(LOOK, ("glioma", "notumor"))
    assert point["violation"] == {"glioma": -0.05, "notumor": 0.01}
    assert point["held_out_violation"] == {"glioma": -0.05, "notumor": None}
    assert (point["energy"], point["held_out_energy"]) == (0.6, None)
    json.dumps(point, allow_nan=False)


def test_evidence_on_held_out_patients_is_not_taken_for_that_on_the_others() -> None:
    from dataclasses import replace

    point = point_of(replace(LOOK, reasons_held_out=0.5), ("glioma", "notumor"))
    assert (point["energy"], point["held_out_energy"]) == (None, 0.6)
