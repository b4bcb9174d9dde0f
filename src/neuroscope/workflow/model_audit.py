"""From pictures and models to the audit: whether being right means looking at the tumor.

Every picture is read once; some are changed in many ways. The sections are functions that take what
is known of one model and give numbers, curves, tables and decisions: another section is one line.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from neuroscope.records.focus import DELTAS, Flag, FocusRow
from neuroscope.records.modelaudit import (
    AuditedSet,
    Curve,
    ModelAudit,
    ModelSheet,
    NotDone,
)
from neuroscope.records.progress import Progress, ignore
from neuroscope.reliability.audited import BATCH, AuditedModel, Case, Said, asked
from neuroscope.reliability.counterfactual.effects import Effect, run_tests
from neuroscope.reliability.counterfactual.severity import (
    KINDS,
    LEVELS,
    Others,
    Worsen,
    like_another,
    severity_curve,
)
from neuroscope.reliability.counterfactual.surroundings import without_head
from neuroscope.reliability.model.answers import accuracy, calibration
from neuroscope.reliability.model.changes import counterfactual, robustness
from neuroscope.reliability.model.compare import answer_of, compared
from neuroscope.reliability.model.doubts import doubt
from neuroscope.reliability.model.material import NO_LABEL, Material, Part
from neuroscope.reliability.model.methods import methods
from neuroscope.reliability.model.reasons import localization, reasons
from neuroscope.reliability.model.shortcuts import shortcuts, speed
from neuroscope.statistics import FEW_UNITS
from neuroscope.workflow.audited_pictures import Pictures
from neuroscope.workflow.explained_methods import EXPLAINED, METHODS_COST, by_methods
from neuroscope.workflow.looked_at import Looked, Seen, look_at_all

SECTIONS: tuple[Callable[[Material], Part], ...] = (
    accuracy,
    calibration,
    localization,
    reasons,
    counterfactual,
    robustness,
    shortcuts,
    methods,
    doubt,
    speed,
)
CHANGED = 120  # pictures that are changed: 50 answers for each
TIMED = 5  # batches whose time is measured
LOOKING = 0.35  # share of the time that reading all pictures takes
OTHER_SOURCE = "gray values of another picture"


def audit_models(
    pictures: Pictures,
    models: Sequence[AuditedModel],
    *,
    changed: int = CHANGED,
    explained: int = EXPLAINED,
    missing: Sequence[NotDone] = (),
    seed: int = 0,
    progress: Progress = ignore,
) -> ModelAudit:
    """Audit models on the same pictures; the first one is compared with the others.

    Parameters
    ----------
    changed
        Pictures at most that are changed, as many of every label, outlined ones first.
    explained
        Outlined pictures at most, among those changed, on which methods of explanation are
        compared; 0 leaves them out.
    missing
        What could not be done before, to be told with the rest.

    Raises
    ------
    BadInputError
        If no picture can be read.
    """
    models = _told_apart(models)
    chosen = set(pictures.chosen(changed))
    looked = look_at_all(
        pictures, models, chosen, seed=seed, progress=lambda done: progress(LOOKING * done)
    )
    materials = []
    for number, seen in enumerate(looked.seen):

        def told(done: float, number: int = number) -> None:
            progress(LOOKING + (1 - LOOKING) * (number + done) / len(models))

        material = _material(
            seen, looked, explained=explained, is_first=number == 0, seed=seed, progress=told
        )
        materials.append(material)
    sheets, not_done = [], list(missing)
    for material in materials:
        parts = [section(material) for section in SECTIONS]
        sheets.append(_sheet(material, parts))
        not_done += [one for part in parts for one in part.not_done]
    progress(1.0)
    return ModelAudit(
        data=_data(pictures, looked),
        models=tuple(sheets),
        comparisons=compared(materials),
        answer=answer_of(sheets),
        not_done=tuple(not_done),
        cautions=(*pictures.cautions, *_cautions(looked), *looked.cautions),
    )


def _told_apart(models: Sequence[AuditedModel]) -> tuple[AuditedModel, ...]:
    counts: Counter[str] = Counter()
    found = []
    for model in models:
        counts[model.name] += 1
        n = counts[model.name]
        found.append(model if n == 1 else replace(model, name=f"{model.name} {n}"))
    return tuple(found)


def _material(
    seen: Seen, looked: Looked, *, explained: int, is_first: bool, seed: int, progress: Progress
) -> Material:
    """Change the chosen pictures in every way, and ask the model about them."""
    model, cases = seen.model, looked.chosen
    labels = looked.pictured.labels[looked.chosen_rows]
    kinds = len(KINDS) + 1
    total = len(cases) * (3 + 2 * len(DELTAS) + kinds * (len(LEVELS) - 1))
    total += METHODS_COST * min(explained, looked.outlined) * (model.explain is not None)
    count = 0

    def told(more: int) -> None:
        nonlocal count
        count += more
        progress(min(1.0, count / max(total, 1)))

    before = asked(model, [case.pixels for case in cases], told=told)
    effects = run_tests(model, cases, before, seed=seed, told=told)
    chosen = looked.chosen_rows
    others = Others(looked.pictured.sources[chosen], looked.pictured.patients[chosen])
    curves, borne, borne_rows = _worse(model, cases, before, labels, others, seed, told)
    maps = by_methods(model, cases, before.predicted, most=explained, told=told)
    return Material(
        model=model,
        pictured=looked.pictured,
        said=seen.said,
        rows=_with_tests(seen.rows, effects, looked.chosen_rows),
        localized=seen.localized,
        at_best=seen.at_best,
        best_rows=seen.best_rows,
        localized_rows=looked.localized_rows,
        changed=cases,
        changed_rows=looked.chosen_rows,
        said_of_changed=before,
        without_head=asked(model, (without_head(case) for case in cases), told=told),
        mirrored=asked(model, (case.pixels[:, ::-1].copy() for case in cases), told=told),
        effects=effects,
        curves=curves,
        borne=borne,
        borne_rows=looked.chosen_rows[borne_rows],
        ms_per_picture=_timed(model, cases),
        explained=maps.scores,
        explained_rows=looked.chosen_rows[maps.rows],
        not_explained=maps.missing,
        is_first=is_first,
        seed=seed,
    )


def _worse(
    model: AuditedModel,
    cases: Sequence[Case],
    before: Said,
    labels: NDArray[np.int64],
    others: Others,
    seed: int,
    told: Callable[[int], None],
) -> tuple[list[Curve], NDArray[np.float64], NDArray[np.int64]]:
    """Make pictures with a known label worse in every way."""
    rows = np.flatnonzero(labels != NO_LABEL)
    if not len(rows):
        return [], np.zeros(0), rows
    known = [cases[n] for n in rows.tolist()]
    right = before.predicted[rows] == labels[rows]
    changes: dict[str, Worsen | list[Worsen]] = {**KINDS}
    rng = np.random.default_rng([seed, 7])
    givers = [others.of(int(row), rows, rng) for row in rows]
    changes[OTHER_SOURCE] = [like_another(cases[giver]) for giver in givers]
    curves, areas = [], []
    for kind, worsen in changes.items():
        curve, area = severity_curve(model, known, kind, worsen, right, seed=seed, told=told)
        curves.append(curve)
        areas.append(area)
    return curves, np.asarray(np.mean(areas, 0), np.float64), rows


def _with_tests(
    rows: Sequence[FocusRow], effects: Mapping[str, Effect], chosen: NDArray[np.int64]
) -> tuple[FocusRow, ...]:
    """Add to the rows of the changed pictures what the tests found."""
    deltas: dict[int, dict[str, float]] = {}
    flags: dict[int, list[Flag]] = {}
    for test, effect in effects.items():
        beyond = effect.drop - effect.sham_drop
        for place, number in enumerate(effect.rows.tolist()):
            row = int(chosen[number])
            deltas.setdefault(row, {})[test] = float(beyond[place])
            if effect.hit[place] > max(0.0, effect.sham_hit[place]):
                flags.setdefault(row, []).append("follows a tag")
            if test == "tumor_out" and not effect.flipped[place] and beyond[place] <= 0:
                flags.setdefault(row, []).append("stays without the tumor")
    return tuple(
        replace(
            row,
            deltas=deltas.get(number, {}),
            flags=(*row.flags, *dict.fromkeys(flags.get(number, ()))),
        )
        for number, row in enumerate(rows)
    )


def _timed(model: AuditedModel, cases: Sequence[Case]) -> NDArray[np.float64]:
    batch = [case.pixels for case in cases[:BATCH]]
    times = []
    for _ in range(TIMED if batch else 0):
        begun = time.perf_counter()
        model.ask(batch, False)
        times.append(1000 * (time.perf_counter() - begun) / len(batch))
    return np.array(times, np.float64)


def _sheet(material: Material, parts: Sequence[Part]) -> ModelSheet:
    model = material.model
    return ModelSheet(
        name=model.name,
        model_id=model.model_id,
        kind=model.kind,
        input_size=model.input_size,
        temperature=model.temperature,
        notes=model.notes,
        measures=tuple(one for part in parts for one in part.measures),
        curves=tuple(one for part in parts for one in part.curves),
        tables=(*(one for part in parts for one in part.tables), *model.known),
        findings=tuple(one for part in parts for one in part.findings),
        rows=tuple(material.rows),
    )


def _data(pictures: Pictures, looked: Looked) -> AuditedSet:
    counts = Counter(label or "no label" for label in looked.labels)
    return AuditedSet(
        name=pictures.name,
        pictures=len(looked.pictured),
        patients=len(np.unique(looked.pictured.patients)),
        grouped_by=pictures.grouped_by,
        by_class=dict(sorted(counts.items())),
        with_mask=looked.outlined,
        unreadable=(*pictures.refused, *looked.unreadable),
    )


def _cautions(looked: Looked) -> list[str]:
    found = []
    patients = len(np.unique(looked.pictured.patients))
    if patients < FEW_UNITS:
        found.append(f"There are {patients} patients: too few for any verdict ({FEW_UNITS}).")
    if not looked.outlined:
        found.append("No tumor is outlined: whether evidence lies on it is not known.")
    return found
