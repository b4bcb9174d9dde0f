"""Certify a retrained network on patients nobody trained on, against two controls.

See docs/explanation/certificate.md for what is measured and by which rule.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace

import numpy as np

from neuroscope.errors import BadInputError, GeometryMismatchError
from neuroscope.learn.reasons import rule as rules
from neuroscope.learn.reasons.cases import Annotated, Cases
from neuroscope.learn.reasons.comparison import Compared, compare
from neuroscope.learn.reasons.controls import Controls, train_controls
from neuroscope.learn.reasons.held_out_scores import (
    Metric,
    Scores,
    held_out_scores,
)
from neuroscope.learn.reasons.interventions import intervened
from neuroscope.learn.reasons.lost_answers import flips
from neuroscope.learn.reasons.retrain import Retrained, weights_sha256
from neuroscope.learn.reasons.run import RetrainConfig
from neuroscope.models.classes import CLASS_NAMES, NO_TUMOR
from neuroscope.models.evidence import EvidenceNetwork
from neuroscope.records.certificate import (
    FIRST,
    RIVAL_NAMES,
    Asking,
    Certificate,
    ClassCount,
    Rival,
)
from neuroscope.records.progress import Progress, ignore
from neuroscope.statistics import RESAMPLES


def certify(
    before: EvidenceNetwork,
    retrained: Retrained,
    *,
    annotated: Annotated,
    replay: Cases,
    held_out: Annotated,
    answers: Cases,
    config: RetrainConfig,
    seed: int = 0,
    temperature: float = 1.0,
    controls: Controls | None = None,
    asking: Asking = FIRST,
    cautions: Sequence[str] = (),
    resamples: int = RESAMPLES,
    progress: Progress = ignore,
) -> Certificate:
    """Train both controls, measure all four networks on what was held out, and conclude.

    Parameters
    ----------
    before, retrained
        The network as it was, and what `retrain` made of it.
    annotated, replay, config
        What it was retrained from; both controls are.
    held_out
        Marked slices of patients in no training; slices of weight 0 are dropped.
    answers
        Labeled slices of patients in no training, for accuracy and calibration.
    temperature
        Of the calibration, the same for all networks.
    controls
        Both controls, where they were trained before; from the same slices and settings.
    asking
        How often these patients were asked before: the oftener, the more must be shown.
    cautions
        What is to be said of the slices.
    resamples
        Draws of patients for an interval, of a first attempt.

    Raises
    ------
    BadInputError
        If a patient or a picture is both trained on and held out.
    GeometryMismatchError
        If held-out slices have another size than the network reads.
    """
    annotated, held_out = annotated.marked(), held_out.marked()
    require_apart((annotated.cases, replay), (held_out.cases, answers))
    check_size(before, held_out.cases, answers)
    networks = {"before": before, "after": retrained.network}
    runs: dict[Rival, Retrained] = {}
    if len(held_out) and len(annotated):
        controls = controls or train_controls(
            before, annotated, replay, config, seed=seed, progress=lambda f: progress(0.8 * f)
        )
        runs["control_classification"] = controls.classification
        runs["control_other_masks"] = controls.other_masks
        networks |= {name: run.network for name, run in runs.items()}
    changed = intervened(held_out, answers, seed=seed)
    scores: dict[str, Scores] = {}
    for number, (name, network) in enumerate(networks.items()):
        scores[name] = held_out_scores(network, held_out, changed, answers, temperature=temperature)
        progress(0.8 + 0.15 * (number + 1) / len(networks))
    found = conclude(
        before,
        retrained,
        runs,
        scores,
        annotated=annotated,
        replay=replay,
        held_out=held_out,
        answers=answers,
        config=config,
        seed=seed,
        asking=asking,
        cautions=cautions,
        resamples=resamples,
    )
    progress(1.0)
    return found


def conclude(
    before: EvidenceNetwork,
    retrained: Retrained,
    runs: Mapping[Rival, Retrained],
    scores: Mapping[str, Scores],
    *,
    annotated: Annotated,
    replay: Cases,
    held_out: Annotated,
    answers: Cases,
    config: RetrainConfig,
    seed: int = 0,
    asking: Asking = FIRST,
    cautions: Sequence[str] = (),
    resamples: int = RESAMPLES,
) -> Certificate:
    """Write the certificate from what was measured.

    Parameters
    ----------
    runs
        The controls, by name; none where nothing could be measured.
    scores
        Of all networks: ``before``, ``after`` and the controls.
    """
    rule = rules.Rule(attempt=asking.attempt)
    draws = min(rule.attempt, rule.most_attempts)
    stretch = rules.Rule(attempt=draws).stretch
    compared = compare(scores, held_out, answers, seed=seed, resamples=resamples, stretch=stretch)
    counts = class_counts(held_out, answers)
    hashes = {name: weights_sha256(run.network) for name, run in runs.items()}
    start = weights_sha256(before)
    unmoved = tuple(name for name, digest in hashes.items() if digest == start)
    evidence = _evidence(annotated, replay, held_out, counts, compared, retrained)
    asked = rules.conditions(replace(evidence, unmoved=unmoved), rule)
    verdict, reasons = rules.verdict_of(asked)
    negative, positive = flips(scores["before"], scores["after"], answers)
    return Certificate(
        verdict=verdict,
        reasons=reasons,
        conditions=asked,
        rows=compared.rows,
        tests=compared.tests,
        counts=counts,
        negative_flips=negative,
        positive_flips=positive,
        status=retrained.status,
        step=retrained.step,
        controls={name: f"{run.status}, step {run.step}" for name, run in runs.items()},
        hashes={
            "before": start,
            "after": weights_sha256(retrained.network),
            **{str(name): digest for name, digest in hashes.items()},
            "manifest": retrained.manifest_sha256,
            "held_out": slices_sha256(held_out.cases, held_out),
            "answers": slices_sha256(answers),
        },
        settings=asdict(config),
        seed=seed,
        cautions=(*_cautions(runs, unmoved, held_out, asking), *cautions),
        rule=rules.VERSION,
        attempt=asking.attempt,
        asked_before=asking.before,
        level=rule.level,
        unmoved=unmoved,
    )


def require_apart(training: Sequence[Cases], held_out: Sequence[Cases]) -> None:
    """Refuse held-out slices of patients, or with pictures, that are trained on.

    Raises
    ------
    BadInputError
        With how many there are.
    """
    for what, names in (("patients", _units), ("pictures", _pictures)):
        shared = set().union(*map(names, training)) & set().union(*map(names, held_out))
        if shared:
            raise BadInputError(
                f"{len(shared)} held-out {what} are also trained on: nothing can be shown on them.",
                fix="Hold whole patients out, before anything is trained.",
            )


def check_size(network: EvidenceNetwork, *held_out: Cases) -> None:
    """Refuse slices of another size than the network reads.

    Raises
    ------
    GeometryMismatchError
        With both sizes.
    """
    size = network.shape.input_size
    for cases in held_out:
        if cases.images.shape[1:] != (size, size):
            raise GeometryMismatchError(
                f"Held-out slices have {cases.images.shape[1:]} pixels; these weights read {size} "
                "a side.",
                fix="Prepare the slices for these weights.",
            )


def class_counts(held_out: Annotated, answers: Cases) -> tuple[ClassCount, ...]:
    """Count slices and patients held out of every class that occurs."""
    counts = []
    for c, label in enumerate(CLASS_NAMES):
        marked, labeled = held_out.cases.labels == c, answers.labels == c
        if marked.any() or labeled.any():
            counts.append(
                ClassCount(
                    label=label,
                    annotated_slices=int(marked.sum()),
                    annotated_patients=len(set(held_out.cases.units[marked].astype(str))),
                    answer_slices=int(labeled.sum()),
                    answer_patients=len(set(answers.units[labeled].astype(str))),
                )
            )
    return tuple(counts)


def slices_sha256(cases: Cases, marks: Annotated | None = None) -> str:
    """Hash slices, labels and patients, and their marks if there are any."""
    digest = hashlib.sha256(json.dumps([str(unit) for unit in cases.units]).encode())
    digest.update(np.ascontiguousarray(cases.images).tobytes())
    digest.update(np.ascontiguousarray(cases.labels).tobytes())
    if marks is not None:
        for field in fields(marks.masks):
            digest.update(getattr(marks.masks, field.name).contiguous().numpy().tobytes())
    return digest.hexdigest()


def _evidence(
    annotated: Annotated,
    replay: Cases,
    held_out: Annotated,
    counts: tuple[ClassCount, ...],
    compared: Compared,
    retrained: Retrained,
) -> rules.Evidence:
    has_place = annotated.masks.evidence.numpy().max((1, 2), initial=0) > 0
    places = has_place & (annotated.cases.labels != NO_TUMOR)
    primary: Metric = "evidence_energy" if places.any() else "ignored_share"
    row = {row.metric: row for row in compared.rows}[primary]
    marked = annotated.cases.labels[places] if places.any() else annotated.cases.labels
    return rules.Evidence(
        primary=primary,
        has_ignored=bool((held_out.masks.not_evidence > 0).any()),
        counts=counts,
        marked_classes=tuple(CLASS_NAMES[c] for c in np.unique(marked)),
        answered_classes=tuple(CLASS_NAMES[c] for c in np.unique(replay.labels)),
        marked_patients=row.before.patients,
        rows=compared.rows,
        tests=compared.tests,
        differences=compared.differences,
        infeasible=retrained.status == "infeasible",
    )


def _cautions(
    runs: Mapping[Rival, Retrained],
    unmoved: Sequence[Rival],
    held_out: Annotated,
    asking: Asking,
) -> tuple[str, ...]:
    said = [_stayed(name, runs[name]) for name in unmoved]
    if asking.before:
        said.append(
            f"Some of these patients were asked about {asking.before} other networks before. "
            "Whoever chose this one by what those certificates said learned from these patients."
        )
    without = int((held_out.masks.not_evidence.numpy().max((1, 2), initial=0) <= 0).sum())
    if without:
        said.append(
            f"On {without} of {len(held_out)} marked slices nothing is marked 'ignore this': a "
            "place of the shape of the mark, elsewhere in the head, was changed instead."
        )
    return tuple(said)


def _stayed(name: Rival, run: Retrained) -> str:
    why = (
        "no step kept the bounds"
        if run.status == "infeasible"
        else "no step was better by its own measure"
    )
    return (
        f"The control '{RIVAL_NAMES[name]}' is the network of before: {why}. It says nothing that "
        "the comparison with before does not say."
    )


def _units(cases: Cases) -> set[str]:
    return {str(unit) for unit in cases.units}


def _pictures(cases: Cases) -> set[str]:
    return {
        hashlib.sha256(np.ascontiguousarray(image).tobytes()).hexdigest() for image in cases.images
    }
