"""Write what a training gave as a folder of weights, and certify the very weights in it."""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from neuroscope.io.certificate import PDF_NAME, write_certificate
from neuroscope.learn.reasons.certificate import certify
from neuroscope.learn.reasons.lost_answers import flip_pictures
from neuroscope.learn.reasons.release import write_retrained
from neuroscope.learn.reasons.retrain import Retrained, weights_sha256
from neuroscope.learn.reasons.run import RetrainConfig
from neuroscope.models.evidence import EvidenceNetwork
from neuroscope.models.passport_rules import load_passport_rules
from neuroscope.models.weights import load_network, read_sidecar
from neuroscope.records.certificate import Certificate
from neuroscope.records.measurement import Measurement
from neuroscope.records.passport import PassportRules
from neuroscope.records.prediction import ModelRef
from neuroscope.records.progress import Progress, ignore
from neuroscope.report.certificate import certificate_pdf
from neuroscope.store.askings import ask, note_certificate
from neuroscope.store.database import Store
from neuroscope.workflow.tested_maps import flips_with_tests
from neuroscope.workflow.training_cases import TrainingCases


@dataclass(frozen=True, slots=True, eq=False)
class Release:
    """A folder of weights with its certificate."""

    model: ModelRef
    certificate: Certificate
    metrics: tuple[Measurement, ...]


def certified_release(
    before: EvidenceNetwork,
    found: Retrained,
    cases: TrainingCases,
    config: RetrainConfig,
    *,
    store: Store,
    actor: str,
    base: Path,
    folder: Path,
    written: datetime,
    progress: Progress = ignore,
) -> Release:
    """Write weights, graph, certificate (JSON, PDF) and the pictures of negative flips.

    Parameters
    ----------
    store
        Its audit trail counts how often the held-out patients were asked.
    before, base
        The network that was trained again, and the folder of its weights.
    found
        What the training gave. Weights are kept in half precision; what is read back from the
        folder is what is certified.
    written
        The time that the PDF names.

    Raises
    ------
    ModelError
        If the exported graph does not answer as the weights do.
    BadInputError
        If a patient or a picture is both trained on and held out.
    """
    record = write_retrained(found, base, cases.replay, config, folder)
    progress(0.15)
    kept = load_network(folder)
    sidecar = read_sidecar(folder)
    digest = weights_sha256(kept)
    patients = {str(unit) for unit in (*cases.held_out.cases.units, *cases.answers.units)}
    asking = ask(store, digest, replaces=weights_sha256(before), patients=patients, actor=actor)
    certificate = certify(
        before,
        replace(found, network=kept, weights_sha256=digest),
        annotated=cases.annotated,
        replay=cases.replay,
        held_out=cases.held_out,
        answers=cases.answers,
        config=config,
        seed=config.seed,
        temperature=float(sidecar["temperature"]),
        asking=asking,
        cautions=cases.cautions,
        progress=lambda done: progress(0.15 + 0.8 * done),
    )
    drawn = flip_pictures(before, kept, cases.answers, certificate)
    pictures = flips_with_tests(drawn, before, kept, _rules_of(base))
    write_certificate(certificate, pictures, folder)
    model = ModelRef("evidence", str(sidecar["version"]), str(record["weights_sha256"]))
    pdf = certificate_pdf(
        certificate, pictures, written=written, name=f"{model.name} {model.version}"
    )
    (folder / PDF_NAME).write_bytes(pdf)
    note_certificate(store, certificate, actor=actor)
    progress(1.0)
    return Release(model, certificate, metrics_of(certificate))


def metrics_of(certificate: Certificate) -> tuple[Measurement, ...]:
    """Give the numbers of the retrained network as the registry keeps them."""
    metrics = []
    for row in certificate.rows:
        score = row.after
        if score.value is None:
            continue
        has_interval = score.low is not None and score.high is not None
        metrics.append(
            Measurement(
                name=row.metric,
                value=score.value,
                unit=row.unit or "1",
                how=f"{row.name}, {score.n} slices of {score.patients} patients held out",
                source="certificate",
                interval=(score.low or 0.0, score.high or 0.0) if has_interval else None,
            )
        )
    return tuple(metrics)


def _rules_of(folder: Path) -> PassportRules:
    sidecar = read_sidecar(folder)
    model = ModelRef("evidence", str(sidecar["version"]), str(sidecar["sha256"]))
    return load_passport_rules(model, weights=folder)
