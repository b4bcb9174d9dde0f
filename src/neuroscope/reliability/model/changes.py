"""What answers do when pictures are changed: beyond the sham, and as pictures get worse."""

from collections.abc import Mapping

import numpy as np

from neuroscope.records.modelaudit import Measure, NotDone
from neuroscope.reliability.averages import mean_by_patient
from neuroscope.reliability.counterfactual.findings import needs_tumor
from neuroscope.reliability.model.material import Material, Part, cannot

TESTS: Mapping[str, tuple[str, str]] = {
    "tumor_out": ("tumor healed away", "healthy brain of the same shape healed"),
    "tumor_only": ("all but the tumor blanked", "all but a healthy place blanked"),
    "skull_strip": ("skull and scalp removed", "skull and scalp blurred"),
    "background": ("surroundings of another class", "surroundings of the own class"),
    "border_crop": ("border of 5 % cut off", "resampled as much"),
    "text_tag": ("name of another class written in", "a gray box of that size"),
}


def counterfactual(material: Material) -> Part:
    """Give flips and falling logits of every test, beyond its sham."""
    measures: list[Measure] = []
    missing: list[NotDone] = []
    for test, (what, sham) in TESTS.items():
        effect = material.effects.get(test)
        if effect is None or not len(effect):
            why = "It was not run."
            if effect is not None and effect.why_not:
                why = max(effect.why_not, key=effect.why_not.__getitem__)
            missing += cannot(f"Test: {what}", why, material).not_done
            continue
        how = f"{what}, minus {sham}"
        wanted = {"tumor_out": "higher"}.get(test, "lower")
        if test == "tumor_only":
            kept = effect.kept()
            how_kept = f"{what}: share of answers that stay"
            measures.append(
                Measure("counterfactual", "answers kept by the tumor alone", kept, "share",
                        how_kept, "higher")
            )  # fmt: skip
            wanted = "lower"
        measures += [
            Measure("counterfactual", f"flips: {what}", effect.flips_beyond_sham(), "share",
                    f"answers that change, {how}", wanted),  # type: ignore[arg-type]
            Measure("counterfactual", f"logit fall: {what}", effect.drop_beyond_sham(), "logit",
                    f"fall of the class-centered logit, {how}", wanted),  # type: ignore[arg-type]
        ]  # fmt: skip
    return Part(tuple(measures), findings=(needs_tumor(material.effects),), not_done=tuple(missing))


def robustness(material: Material) -> Part:
    """Give right answers against severity, and their mean over all kinds of change."""
    curves = tuple(material.curves)
    if not curves:
        return cannot("Robustness", "No picture with a known label was changed.", material)
    measures = [
        Measure(
            "robustness",
            f"right under {curve.name}",
            curve.area,
            "share",
            "mean share right over severities 0 to 1",
            "higher",
        )
        for curve in curves
        if curve.area is not None
    ]
    return Part((*measures, *_mirrored(material)), curves)


def _mirrored(material: Material) -> tuple[Measure, ...]:
    said, before = material.mirrored, material.said_of_changed
    if said is None or before is None:
        return ()
    changes = (said.predicted != before.predicted).astype(np.float64)
    patients = material.pictured.patients[material.changed_rows]
    how = "answers that change when left and right are exchanged"
    interval = mean_by_patient(changes, patients, seed=material.seed)
    return (Measure("robustness", "flips: mirrored", interval, "share", how, "lower"),)
