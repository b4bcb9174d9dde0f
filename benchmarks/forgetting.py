"""Measure whether maps of every method change when the network forgets all it learned.

`neuroscope evaluate forgetting` does the measuring and writes `forgetting.json` beside the weights;
this lays its numbers beside what they should reach. With `--recorded` it measures nothing and takes
what lies beside the shipped weights. With `--adopt` it goes the other way: what was measured with
the shipped weights into `results/forgetting.json` becomes their record.
"""

import json
import os
import sys
from pathlib import Path

from measuring import RESULTS, Answer, Row, write
from neuroscope.learn.evaluate_forgetting import WHAT, evaluate_forgetting
from neuroscope.models.forgetting import FORGETTING_NAME, save_forgetting
from neuroscope.models.inference import SHIPPED_WEIGHTS
from neuroscope.models.weights import read_sidecar
from neuroscope.records.passport import MapTest, judged, map_test_from

BOUND = 0.3
ANYWHERE, INSIDE = ": rank correlation", ": rank correlation, inside the head"


def main() -> None:
    """Measure if need be, and write `results/forgetting.json`."""
    load = os.getloadavg()[0]
    if "--adopt" in sys.argv:
        print(f"Record: {adopt()}")
        return
    if "--recorded" not in sys.argv:
        data = os.environ.get("NEUROSCOPE_DATA")
        if not data:
            sys.exit("needs the private development data: set NEUROSCOPE_DATA")
        evaluate_forgetting(SHIPPED_WEIGHTS, Path(data), SHIPPED_WEIGHTS)
    content = json.loads((SHIPPED_WEIGHTS / FORGETTING_NAME).read_text(encoding="utf-8"))
    tests = {name: map_test_from(stored) for name, stored in content["methods"].items()}
    rows = [row for name, test in tests.items() for row in _rows(name, test)]
    for one in rows[::2]:
        print(f"{one.name}: {one.value:.2f}")
    seen = content["notes"]
    notes = [
        f"{seen['slices']} validation slices of {seen['units']} groups; intervals by group.",
        "Edges and the blob in the middle know no network: they must fail.",
    ]
    write(Answer("Do maps change when the network forgets all?", rows, notes), "forgetting", load)


def _rows(name: str, test: MapTest) -> list[Row]:
    assert test.value is not None
    assert test.interval is not None
    inside, n = test.details, int(test.details["slices"])
    at = "inside the head"
    return [
        Row(f"{name}{ANYWHERE}", test.value, "", n, *test.interval, f"< {BOUND}"),
        Row(f"{name}{INSIDE}", inside[at], "", n, inside[f"{at}, low"], inside[f"{at}, high"]),
    ]


def adopt() -> Path:
    """Make the record of the shipped weights from results that were measured with them."""
    answer = json.loads((RESULTS / "forgetting.json").read_text(encoding="utf-8"))
    rows = {row["name"]: row for row in answer["rows"]}
    methods = [name.removesuffix(ANYWHERE) for name in rows if name.endswith(ANYWHERE)]
    found = {}
    for name in methods:
        row, inside = rows[name + ANYWHERE], rows[name + INSIDE]
        found[name] = judged(
            "model_randomization",
            row["value"],
            BOUND,
            rule="at most",
            interval=(row["least"], row["most"]),
            reason=WHAT,
            details={
                "inside the head": inside["value"],
                "inside the head, low": inside["least"],
                "inside the head, high": inside["most"],
                "slices": float(row["n"]),
            },
        )
    groups = answer["notes"][0].split(" groups")[0].split()[-1]
    notes: dict[str, str | float | int] = {
        "slices": int(next(iter(rows.values()))["n"]),
        "units": int(groups),
        "split": "val",
        "forgot": "every weight drawn anew with the mean and spread of its tensor",
    }
    sha256 = str(read_sidecar(SHIPPED_WEIGHTS)["sha256"])
    return save_forgetting(sha256, found, SHIPPED_WEIGHTS, notes=notes)


if __name__ == "__main__":
    main()
