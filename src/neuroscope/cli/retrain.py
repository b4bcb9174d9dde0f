"""`neuroscope retrain`: teach a network where to look, from annotations."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast, get_args

import typer
from typer.core import TyperCommand

from neuroscope.cli.certify import HeldOut, certify_run
from neuroscope.cli.console import bar, bars, say, tell
from neuroscope.cli.learning_options import DataFolder, Steps
from neuroscope.cli.retrain_options import way_of
from neuroscope.cli.train import data_folder
from neuroscope.errors import BadInputError, extra
from neuroscope.settings import read_settings

if TYPE_CHECKING:
    from neuroscope.learn.reasons.cases import Annotated as AnnotatedSlices
    from neuroscope.learn.reasons.cases import Cases
    from neuroscope.learn.reasons.run import Look, RetrainConfig

REPLAYED = 600  # slices
SEGMENTER_TIERS = ("head", "last", "full")
BENCHMARKS = ("planted-shortcut", "planted-shortcut-real")


class Retrain(TyperCommand):
    """The command, whose context is of the class that Typer annotates."""

    context_class = typer.Context


def retrain(
    ctx: typer.Context,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Folder of the weights; resumed if it exists."),
    ] = None,
    annotations: Annotated[
        Path | None,
        typer.Option(
            help="COCO JSON beside a folder of pictures per class; else expert masks.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    masks: Annotated[
        int, typer.Option(help="Slices whose expert mask serves as annotation.", min=4)
    ] = 60,
    replay: Annotated[
        int | None, typer.Option(help="Slices replayed against forgetting (600).", min=4)
    ] = None,
    from_store: Annotated[
        bool,
        typer.Option(
            "--from-store", help="Learn from the annotations and answers in the store (the page)."
        ),
    ] = False,
    segmenter: Annotated[
        Path | None,
        typer.Option(
            help="Teach the segmenter instead: a folder of studies with edited masks.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    weights: Annotated[
        Path | None, typer.Option(help="Folder of the weights to start from; the shipped ones.")
    ] = None,
    data: DataFolder = None,
    loss: Annotated[
        str, typer.Option(help="energy, rrr_input, rrr_cam, hint, l1, or none (the control).")
    ] = "energy",
    tier: Annotated[
        str, typer.Option(help="What learns: head, adapter, last (block) or full.")
    ] = "last",
    epsilon: Annotated[
        float | None,
        typer.Option(help="How far the loss of a class may rise (0.05; of a region 0.02).", min=0),
    ] = None,
    steps: Steps = None,
    polish: Annotated[
        int | None,
        typer.Option(help="Evaluations of everything to come to rest (head, adapter 100).", min=0),
    ] = None,
    swap_ignored: Annotated[
        bool,
        typer.Option(
            "--swap-ignored",
            help="Replace on replayed slices too what most marks agree to ignore.",
        ),
    ] = False,
    threads: Annotated[
        int, typer.Option(help="Threads of the CPU; 1 gives the same weights each time.", min=1)
    ] = 2,
    seed: Annotated[int, typer.Option(help="Same seed, same slices and steps.", min=0)] = 0,
    certify: Annotated[
        bool,
        typer.Option("--certify", help="Write a certificate too: trains two controls as well."),
    ] = False,
    held_out: Annotated[
        Path | None,
        typer.Option(
            help="COCO JSON of other patients' marks for it; else expert masks.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    benchmark: Annotated[
        str | None, typer.Option(help="planted-shortcut, or planted-shortcut-real (needs data).")
    ] = None,
    seeds: Annotated[int, typer.Option(help="Rounds of the benchmark.", min=1)] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Retrain the evidence network from annotated slices, or run the benchmark of retraining."""
    way_of(ctx)
    with extra("train"):
        import torch

        from neuroscope.learn.reasons.run import RetrainConfig
    torch.set_num_threads(threads)
    if segmenter is not None:
        from neuroscope.cli.retrain_segmenter import retrain_segmenter
        from neuroscope.learn.corrections.run import CorrectionConfig

        plain = CorrectionConfig()
        retrain_segmenter(
            segmenter,
            CorrectionConfig(
                tier=_one_of(tier, plain, "tier", SEGMENTER_TIERS),
                epsilon=plain.epsilon if epsilon is None else epsilon,
                steps=steps or plain.steps,
                seed=seed,
            ),
            out or Path("runs") / f"corrected-seed{seed}",
            weights=weights,
            data=data,
            synthetic=replay,
            workers=threads,
            as_json=as_json,
        )
        return
    if from_store:
        from neuroscope.cli.retrain_store import retrain_store
        from neuroscope.records.training import TrainingConfig

        asked = TrainingConfig()
        retrain_store(
            TrainingConfig(
                loss=_one_of(loss, asked, "loss"),
                tier=_one_of(tier, asked, "tier"),
                epsilon=asked.epsilon if epsilon is None else epsilon,
                steps=steps or asked.steps,
                seed=seed,
                polish=polish,
                swap_ignored=swap_ignored,
            ),
            threads=threads,
            as_json=as_json,
        )
        return
    if benchmark is not None:
        _benchmark(benchmark, seeds, data or read_settings().data, as_json)
        return
    usual = RetrainConfig()
    config = RetrainConfig(
        loss=_one_of(loss, usual, "loss"),
        tier=_one_of(tier, usual, "tier"),
        epsilon=usual.epsilon if epsilon is None else epsilon,
        steps=steps or usual.steps,
        polish=polish,
        swap_ignored=swap_ignored,
        seed=seed,
    )
    folder = data_folder(data)
    target = out or Path("runs") / f"retrain-seed{seed}"
    if held_out is not None and not certify:
        raise BadInputError("Marks are held out for no certificate.", fix="Add --certify.")
    apart = HeldOut(folder, held_out) if certify else None
    given = _Given(folder, weights, annotations, masks, replay or REPLAYED, apart)
    record = _retrained(config, given, target)
    if as_json:
        tell(json.dumps(record, indent=2))
    else:
        tell(f"Retrained: {target} ({record['status']}, after step {record['step']})")
    if record["status"] == "infeasible":
        say("No step kept the promise on every class: these are the weights of before.")
        say("Next: allow more with --epsilon, or annotate more slices.")
        return
    if "not stationary" in record["status"]:
        say("The weights keep all bounds, but are not at rest: their multipliers say nothing.")
        say("Next: more steps, or --polish 200.")
    say(f"Next: neuroscope evaluate classifier {target}")


@dataclass(frozen=True, slots=True)
class _Given:
    """Where the slices come from."""

    data: Path
    weights: Path | None
    coco: Path | None
    masks: int
    replay: int
    held_out: HeldOut | None  # None where no certificate is asked for


def _retrained(config: "RetrainConfig", given: _Given, target: Path) -> dict[str, Any]:
    from neuroscope.learn.reasons.release import RECORD_NAME, write_retrained
    from neuroscope.learn.reasons.retrain import retrain as run_retrain
    from neuroscope.models.cards import SHIPPED
    from neuroscope.models.weights import load_network

    base = given.weights or SHIPPED
    network = load_network(base)
    size = network.shape.input_size
    annotated, replay = _slices(config, given, size, size // int(network.centers.jump))
    with bars() as progress:
        found = run_retrain(
            network,
            annotated,
            replay,
            config,
            bar(progress, "Retraining"),
            watch=lambda look, _: _shown(look),
            keep=target,
        )
    if given.held_out is None or found.status == "infeasible":
        return write_retrained(found, base, replay, config, target)
    verdict = certify_run(
        network, found, annotated, replay, config, given.held_out, base=base, target=target
    )
    record: dict[str, Any] = json.loads((target / RECORD_NAME).read_text(encoding="utf-8"))
    return {**record, "verdict": verdict}


def _slices(
    config: "RetrainConfig", given: _Given, size: int, cells: int
) -> tuple["AnnotatedSlices", "Cases"]:
    from neuroscope.learn.reasons.from_coco import annotated_folder
    from neuroscope.learn.reasons.from_masks import (
        masked_slices_as_annotations,
        replayed_slices,
        training_pool,
    )

    if given.coco is not None:
        found = annotated_folder(given.coco, size=size, cells=cells)
        annotated = found.annotated
        for caution in found.cautions:
            say(f"Caution: {caution}", style="yellow")
    say("Reading training slices.")
    pool = training_pool(given.data, size=size)
    if given.coco is None:
        annotated = masked_slices_as_annotations(
            pool, slices=given.masks, cells=cells, seed=config.seed
        )
    return annotated, replayed_slices(pool, annotated, slices=given.replay, seed=config.seed)


def _shown(look: "Look") -> bool:
    worst = max(look.violations)
    say(
        f"step {look.step}: evidence on the marks {look.energy:.3f}, accuracy held out "
        f"{look.accuracy:.3f}, worst class {worst:+.3f} nats beyond what is allowed"
    )
    return True


def _benchmark(name: str, seeds: int, data: Path | None, as_json: bool) -> None:
    from neuroscope.learn.reasons.planted import (
        REAL,
        PlantedConfig,
        planted_benchmark,
        summary,
    )

    if name not in BENCHMARKS:
        raise BadInputError(
            f"There is no benchmark '{name}'.", fix=f"Use one of {', '.join(BENCHMARKS)}."
        )
    config = PlantedConfig() if name == BENCHMARKS[0] else REAL
    rounds = []
    with bars() as progress:
        moved = bar(progress, "Benchmark")
        for found in planted_benchmark(config, tuple(range(seeds)), moved, data=data):
            rounds.append(found)
            say(
                f"seed {found.seed}: answers that change with the tag "
                f"{found.control.flips:.3f} -> {found.after.flips:.3f}, balanced accuracy "
                f"{found.control.accuracy:.3f} -> {found.after.accuracy:.3f} "
                f"(classification only -> with annotations); certificate: {found.verdict}"
            )
    result = summary(rounds, config)
    if as_json:
        tell(json.dumps(result, indent=2))
    else:
        flips, right = result["mean_flips"], result["mean_accuracy"]
        tell(
            f"{result['benchmark']}, {len(rounds)} seeds: flips {flips['control']} -> "
            f"{flips['after']}, balanced accuracy {right['control']} -> {right['after']}, "
            f"{'reached' if result['reached'] else 'not reached'}; certificates rightly given: "
            f"{result['promoted_rightly']}"
        )


def _one_of(asked: str, usual: object, option: str, known: tuple[str, ...] = ()) -> Any:
    from neuroscope.learn.reasons.losses import LossName
    from neuroscope.learn.reasons.tiers import Tier

    known = known or {"loss": (*get_args(LossName), "none"), "tier": get_args(Tier)}[option]
    if asked not in known:
        raise BadInputError(
            f"There is no {option} '{asked}'.",
            fix=f"Use one of {', '.join(known)} (usual: {getattr(usual, option)}).",
        )
    return cast("Any", asked)
