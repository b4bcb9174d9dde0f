"""From edited masks to a folder of weights with its proof, in one call."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from neuroscope.learn.corrections.cases import EditedCase, parted
from neuroscope.learn.corrections.certificate import certify_corrections
from neuroscope.learn.corrections.retrain import Corrected, Watch, correct, weights_sha256
from neuroscope.learn.corrections.run import CorrectionConfig
from neuroscope.learn.reasons.checkpoint import without_nan
from neuroscope.learn.segmentation_cases import StoredCase
from neuroscope.models.segmenter_weights import load_segmenter_network, save_segmenter
from neuroscope.models.unet_segmenter import SIDECAR_NAME, SegmenterSpec
from neuroscope.records.certificate import FIRST, Asking
from neuroscope.records.progress import Progress, ignore

RECORD_NAME = "retrain.json"
STATE_NAME = "{}.safetensors"
Ask = Callable[[str, str, Sequence[str]], Asking]
"""Given hashes of weights, of those they shall replace, and the patients that are looked at."""
PROOF = 3  # every third synthetic study is not replayed, but asked for proof


def correct_and_release(
    base: Path,
    edited: Sequence[EditedCase],
    synthetic: Sequence[StoredCase],
    config: CorrectionConfig,
    out: Path,
    progress: Progress = ignore,
    *,
    watch: Watch | None = None,
    ask: Ask | None = None,
) -> dict[str, Any]:
    """Retrain, train the control, write the weights and compare; give the record of it all.

    Parameters
    ----------
    base
        Folder of the weights that are retrained. Thresholds and the doubt of the segmenter are
        taken over from them, which the record says.
    out
        Gets weights, graph, sidecar and `retrain.json`. If the promise could not be kept, the
        weights are those of before.
    ask
        Told before the locked patients are looked at; says how often they were asked before.
    """
    network = load_segmenter_network(base)
    before: dict[str, Any] = json.loads((base / SIDECAR_NAME).read_text(encoding="utf-8"))
    spec = SegmenterSpec.from_dict(before)
    parts = parted(edited)
    proof = synthetic[PROOF - 1 :: PROOF]
    replay = [case for n, case in enumerate(synthetic) if n % PROOF != PROOF - 1]
    state = out / "state"
    found = correct(
        network, parts, replay, config, _part(progress, 0.0, 0.45), watch=watch,
        keep=state / STATE_NAME.format("edits"),
    )  # fmt: skip
    control = correct(
        network, parts, replay, config, _part(progress, 0.45, 0.3), learn_edits=False,
        keep=state / STATE_NAME.format("control"),
    )  # fmt: skip
    digest = save_segmenter(
        found.network,
        spec,
        {**before["run"], "corrected": _told(found, before, config)},
        out,
        version=f"{before['version']}+{found.weights_sha256[:8]}",
    )
    kept = load_segmenter_network(out)
    patients = sorted({one.unit for one in parts.locked})
    certificate = certify_corrections(
        network,
        kept,
        control.network.eval(),
        spec,
        locked=parts.locked,
        synthetic=proof,
        asking=ask(weights_sha256(kept), weights_sha256(network), patients) if ask else FIRST,
        progress=_part(progress, 0.75, 0.25),
    )
    record = {
        "status": found.status,
        "stationarity": "not measured: steps see two studies each",
        "step": found.step,
        "weights_sha256": digest,
        "trained_from_sha256": before["sha256"],
        "manifest_sha256": found.manifest_sha256,
        "config": asdict(config),
        "studies": {
            "edited": len(parts.fit),
            "edited_held_out": len(parts.judge),
            "edited_locked": len(parts.locked),
            "replayed": len(replay),
            "synthetic_locked": len(proof),
        },
        "seconds": round(found.seconds, 1),
        "seconds_of_control": round(control.seconds, 1),
        "multipliers": list(found.multipliers),
        "history": [without_nan(asdict(look)) for look in found.history],
        "certificate": without_nan(certificate.as_dict()),
        "certified_sha256": weights_sha256(kept),
    }
    text = json.dumps(record, indent=2, allow_nan=False) + "\n"
    (out / RECORD_NAME).write_text(text, encoding="utf-8")
    return record


def _told(found: Corrected, before: dict[str, Any], config: CorrectionConfig) -> str:
    return (
        f"from {before['sha256'][:12]}, tier {config.tier}, {found.status}, step {found.step}; "
        "thresholds and doubt are of those weights"
    )


def _part(progress: Progress, start: float, share: float) -> Progress:
    return lambda done: progress(start + share * done)
