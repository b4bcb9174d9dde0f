"""`neuroscope retrain --segmenter`: teach the segmenter from masks that readers edited."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuroscope.cli.analyze import read_given
from neuroscope.cli.console import bar, bars, say, tell
from neuroscope.errors import BadInputError, ModelError
from neuroscope.settings import Settings, read_settings
from neuroscope.store.askings import ask, note_verdict
from neuroscope.store.database import open_store

if TYPE_CHECKING:
    from neuroscope.learn.corrections.cases import EditedCase
    from neuroscope.learn.corrections.run import CorrectionConfig, CorrectionLook
    from neuroscope.learn.segmentation_cases import StoredCase

IMAGES, MASK = "images", "edited.nii.gz"
LAYOUT = f"Lay each study into a folder of its own: {IMAGES}/ with its files, and {MASK}."
SYNTHETIC = 24  # studies; a third of them proves, the others are replayed
SYNTHETIC_SEED = 900_000  # training and the hold-outs of the segmenter use others


def retrain_segmenter(
    folder: Path,
    config: "CorrectionConfig",
    out: Path,
    *,
    weights: Path | None,
    data: Path | None,
    synthetic: int | None,
    workers: int,
    as_json: bool,
) -> None:
    """Read edited studies, retrain, certify, and say what came of it."""
    from neuroscope.learn.corrections.release import correct_and_release
    from neuroscope.models.cards import SHIPPED

    settings = read_settings()
    edited = _edited(folder, settings)
    shown = _synthetic(synthetic or SYNTHETIC, out, data or settings.data, workers)
    store = open_store(settings)
    try:
        with bars() as progress:
            record = correct_and_release(
                weights or SHIPPED,
                edited,
                shown,
                config,
                out,
                bar(progress, "Retraining"),
                watch=_say_look,
                ask=lambda now, before, patients: ask(
                    store, now, replaces=before, patients=patients, actor=settings.reader
                ),
            )
        note_verdict(
            store,
            record["certified_sha256"],
            verdict=record["certificate"]["verdict"],
            attempt=record["certificate"]["attempt"],
            content=record["certificate"],
            actor=settings.reader,
        )
    finally:
        store.close()
    if as_json:
        tell(json.dumps(record, indent=2))
        return
    _summarize(record, out)


def _edited(folder: Path, settings: Settings) -> "list[EditedCase]":
    from neuroscope.io.nifti import read_nifti
    from neuroscope.workflow.edited_study import edited_study
    from neuroscope.workflow.volumes import load_extractor

    homes = sorted(path.parent for path in folder.glob(f"*/{MASK}"))
    homes = [home for home in homes if (home / IMAGES).is_dir()]
    if not homes:
        raise BadInputError(f"There is no edited study in '{folder.name}'.", fix=LAYOUT)
    try:
        extract = load_extractor(settings)
    except ModelError:
        extract = None
    found = []
    with bars() as progress:
        for number, home in enumerate(homes, start=1):
            moved = bar(progress, f"Reading study {number} of {len(homes)}")
            imported = read_given(home / IMAGES, progress=lambda _: None)
            case, cautions = edited_study(
                imported,
                read_nifti(home / MASK, limits=settings.limits),
                unit=imported.study.pseudonym,
                extract_brain=extract,
                progress=moved,
            )
            for caution in cautions:
                say(f"Caution: study {number}: {caution}", style="yellow")
            found.append(case)
    return found


def _synthetic(number: int, out: Path, data: Path | None, workers: int) -> "list[StoredCase]":
    from neuroscope.learn.segmentation_cases import CaseDraw, made_cases, read_case

    with bars() as progress:
        paths = made_cases(
            CaseDraw(first_seed=SYNTHETIC_SEED),
            range(number),
            cache=out / "synthetic",
            data=data,
            workers=workers,
            progress=bar(progress, "Making synthetic studies"),
        )
    return [read_case(path) for path in paths]


def _say_look(look: "CorrectionLook") -> None:
    say(
        f"step {look.step}: loss on edited studies {look.edited:.3f} "
        f"(held out {look.edited_held_out:.3f}), worst region on replay "
        f"{max(look.violations):+.4f} beyond what is allowed"
    )


def _summarize(record: dict[str, Any], out: Path) -> None:
    certificate = record["certificate"]
    tell(f"Retrained: {out} ({record['status']}, after step {record['step']})")
    for row in certificate["rows"]:
        change = row["change"]
        tell(
            f"  {row['of']} {row['region']}, n = {row['n']}: Dice {row['before']:.3f} -> "
            f"{row['after']:.3f} ({change['low']:+.3f} to {change['high']:+.3f}); "
            f"same steps without edits {row['control']:.3f}"
        )
    attempt = certificate["attempt"]
    tell(f"Certificate: {certificate['verdict']} (attempt {attempt} on these patients)")
    for reason in certificate["reasons"]:
        tell(f"  {reason}")
    if record["status"] == "infeasible":
        say("No step kept the promise on every region: these are the weights of before.")
    elif certificate["verdict"] == "promote":
        say(f"Next: neuroscope models register {out}")
        say(f"Or without the store: neuroscope segment STUDY --weights {out} --out RESULTS")
