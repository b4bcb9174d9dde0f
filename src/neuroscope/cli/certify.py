"""`neuroscope retrain --certify`: write a certificate beside the weights."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from neuroscope.cli.console import bar, bars, say
from neuroscope.settings import read_settings

if TYPE_CHECKING:
    from neuroscope.learn.reasons.cases import Annotated as AnnotatedSlices
    from neuroscope.learn.reasons.cases import Cases
    from neuroscope.learn.reasons.retrain import Retrained
    from neuroscope.learn.reasons.run import RetrainConfig
    from neuroscope.models.evidence import EvidenceNetwork

SPLIT = "val"  # of the development data; the test split is read by benchmarks, once


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Where the slices come from that nothing is trained on."""

    data: Path
    coco: Path | None  # marks on pictures of other patients; else expert masks


def certify_run(
    before: "EvidenceNetwork",
    found: "Retrained",
    annotated: "AnnotatedSlices",
    replay: "Cases",
    config: "RetrainConfig",
    given: HeldOut,
    *,
    base: Path,
    target: Path,
) -> str:
    """Write weights and certificate, say the verdict and why, and give it.

    The audit trail of the store counts how often the same patients were asked.
    """
    from neuroscope.learn.reasons.copies import copied_patients, rows_without, told
    from neuroscope.store.database import open_store
    from neuroscope.workflow.certified_release import certified_release
    from neuroscope.workflow.training_cases import TrainingCases

    size = before.shape.input_size
    say("Reading slices that nothing was trained on.")
    held_out, answers, cautions = _slices(given, size, size // int(before.centers.jump))
    say("Looking for copies of them among the training slices.")
    copied = copied_patients([annotated.cases, replay], [held_out.cases, answers])
    left = told(copied, held_out.cases, answers)
    held_out = held_out.select(rows_without(held_out.cases, copied))
    answers = answers.select(rows_without(answers, copied))
    cases = TrainingCases(annotated, replay, held_out, answers, (), {}, (*left, *cautions), "")
    settings = read_settings()
    store = open_store(settings)
    try:
        with bars() as progress:
            release = certified_release(
                before,
                found,
                cases,
                config,
                store=store,
                actor=settings.reader,
                base=base,
                folder=target,
                written=datetime.now(UTC),
                progress=bar(progress, "Certifying"),
            )
    finally:
        store.close()
    certificate = release.certificate
    say(f"Certificate: {certificate.verdict} (attempt {certificate.attempt} on these patients)")
    for caution in certificate.cautions:
        say(f"Caution: {caution}", style="yellow")
    for reason in certificate.reasons:
        say(f"  {reason}")
    if certificate.negative_flips:
        say(f"{len(certificate.negative_flips)} answers were right before and are wrong now.")
    return certificate.verdict


def _slices(
    given: HeldOut, size: int, cells: int
) -> tuple["AnnotatedSlices", "Cases", tuple[str, ...]]:
    from neuroscope.learn.reasons.from_coco import annotated_folder
    from neuroscope.learn.reasons.from_masks import held_out_slices

    marked, answers = held_out_slices(given.data, SPLIT, size=size, cells=cells)
    if given.coco is None:
        return marked, answers, ()
    found = annotated_folder(given.coco, size=size, cells=cells)
    return found.annotated, answers, found.cautions
