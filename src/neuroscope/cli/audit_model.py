"""`neuroscope audit model`: whether a model is right for the right reasons."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuroscope.cli.console import bar, bars, say, tell
from neuroscope.cli.outputs import check_folder, result_folder, write_json
from neuroscope.errors import BadInputError, extra
from neuroscope.settings import RESEARCH_USE, read_settings

if TYPE_CHECKING:
    from neuroscope.records.modelaudit import ModelAudit


def audit_model(
    out: Annotated[Path, typer.Option("--out", "-o", help="New or empty folder to write into.")],
    weights: Annotated[
        Path | None,
        typer.Argument(help="Folder of weights or of a training run; the shipped weights if none."),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="Folder of pictures, CSV file, or development data (NEUROSCOPE_DATA)."),
    ] = None,
    baselines: Annotated[
        Path | None, typer.Option(help="Folder with a folder for each model to compare with.")
    ] = None,
    ablations: Annotated[
        Path | None, typer.Option(help="The same for variants trained without something.")
    ] = None,
    split: Annotated[str, typer.Option(help="test, or val while developing.")] = "test",
    limit: Annotated[
        int | None, typer.Option(min=1, help="Look at so many pictures at most.")
    ] = None,
    changed: Annotated[
        int, typer.Option(min=0, help="Change so many of them, in 50 ways each.")
    ] = 120,
    explained: Annotated[
        int, typer.Option(min=0, help="Compare methods of explanation on so many outlined ones.")
    ] = 6,
    seed: Annotated[int, typer.Option(min=0, help="The same seed, the same audit.")] = 0,
    keep: Annotated[
        bool, typer.Option("--keep", help="Show it on the validation page of this installation.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the audit as JSON.")] = False,
) -> None:
    """Test whether a model's answers rest on the tumor, and compare it with others.

    Writes report.html, focus.csv (one row for each picture and model) and model-audit.json.
    """
    with extra("train"):
        from neuroscope.workflow.model_audit import audit_models

    from neuroscope.models.cards import SHIPPED
    from neuroscope.report.model_audit import focus_csv, model_audit_html
    from neuroscope.workflow.audited_models import find_models
    from neuroscope.workflow.audited_pictures import pictures_of

    check_folder(out, overwrite=False)
    settings = read_settings()
    place = data or settings.data
    if place is None:
        raise BadInputError(
            "There are no pictures to audit the model on.",
            fix="Name a folder or a CSV file with --data, or set NEUROSCOPE_DATA.",
        )
    others = [_folder(one) for one in (baselines, ablations) if one is not None]
    pictures = pictures_of(place, split=split, limits=settings.limits)
    if limit is not None:
        pictures = pictures.thinned(limit)
    with bars() as progress:
        loading = bar(progress, "Loading models")
        models, missing = find_models(
            weights or SHIPPED, others, data=place, threads=settings.threads or 2
        )
        loading(1.0)
        found = audit_models(
            pictures,
            models,
            changed=changed,
            explained=explained,
            missing=missing,
            seed=seed,
            progress=bar(progress, "Auditing"),
        )
    with result_folder(out) as folder:
        (folder / "report.html").write_text(model_audit_html(found), encoding="utf-8")
        (folder / "focus.csv").write_text(focus_csv(found), encoding="utf-8")
        write_json(found.as_dict(), folder / "model-audit.json")
    if keep:
        from neuroscope.store.database import open_store
        from neuroscope.store.model_audits import save_model_audit

        save_model_audit(open_store(settings), found.as_dict(), actor=settings.reader)
    if as_json:
        tell(json.dumps(found.as_dict(), indent=2, ensure_ascii=False))
    else:
        _summarize(found, out)
        say(RESEARCH_USE)


def _folder(given: Path) -> Path:
    if not given.is_dir():
        raise BadInputError(
            f"'{given.name}' is no folder.", fix="Name the folder that holds the models' folders."
        )
    return given


def _summarize(found: "ModelAudit", out: Path) -> None:
    for line in found.answer:
        tell(line)
    tell(f"Report in {out / 'report.html'}")
    for caution in found.cautions:
        say(f"Caution: {caution}", style="yellow")
    for one in found.data.unreadable:
        say(f"Not read: {one.name}: {one.problem}", style="yellow")
    for missing in found.not_done:
        where = f" ({missing.model})" if missing.model else ""
        say(f"Not done: {missing.part}{where}: {missing.why}", style="yellow")
