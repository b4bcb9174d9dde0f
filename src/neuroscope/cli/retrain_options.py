"""Which options of `neuroscope retrain` belong to which way of retraining."""

from collections.abc import Mapping
from types import MappingProxyType

import typer

from neuroscope.errors import BadInputError

_ALWAYS = frozenset({"threads", "as_json"})
_STEPS = frozenset({"tier", "epsilon", "steps", "seed"})
_EVIDENCE = _STEPS | {"loss", "polish", "swap_ignored"}
APPLY: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "--from-store": _ALWAYS | _EVIDENCE | {"from_store"},
        "--segmenter": _ALWAYS | _STEPS | {"segmenter", "out", "weights", "data", "replay"},
        "--benchmark": _ALWAYS | {"benchmark", "seeds", "data"},
        "annotations": _ALWAYS
        | _EVIDENCE
        | {"out", "annotations", "masks", "replay", "weights", "data", "certify", "held_out"},
    }
)
SAID: Mapping[str, str] = MappingProxyType({"annotations": "from files"})


def way_of(ctx: typer.Context) -> str:
    """Tell which way of retraining is asked for, and refuse options that it would not read.

    Raises
    ------
    BadInputError
        With the options that do not apply, or the ways that exclude each other.
    """
    given = {
        name
        for name in ctx.params
        if getattr(ctx.get_parameter_source(name), "name", "") == "COMMANDLINE"
    }
    asked = [way for way in APPLY if way.removeprefix("--").replace("-", "_") in given]
    ways = [way for way in asked if way.startswith("--")]
    if len(ways) > 1:
        raise BadInputError(
            f"{' and '.join(ways)} are different ways of retraining.", fix="Choose one."
        )
    way = ways[0] if ways else "annotations"
    stray = [_spelled(ctx, name) for name in sorted(given - APPLY[way])]
    if stray:
        raise BadInputError(
            f"Retraining {SAID.get(way, f'with {way}')} does not read {', '.join(stray)}.",
            fix=f"Leave {'them' if len(stray) > 1 else 'it'} out. It reads "
            f"{', '.join(_spelled(ctx, name) for name in sorted(APPLY[way]))}.",
        )
    if {"annotations", "masks"} <= given:
        raise BadInputError(
            "--masks asks for expert masks, --annotations for marks of a file.", fix="Choose one."
        )
    return way


def _spelled(ctx: typer.Context, name: str) -> str:
    for parameter in ctx.command.params:
        if parameter.name == name:
            return next((o for o in parameter.opts if o.startswith("--")), parameter.opts[0])
    return name
