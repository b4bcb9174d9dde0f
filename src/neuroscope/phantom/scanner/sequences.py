"""The sequences a phantom can be scanned with, and what each shows of one person."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from neuroscope.errors import BadInputError
from neuroscope.phantom.scanner.contrast import Contrast
from neuroscope.phantom.scanner.ct import CtProtocol, ct_contrast, draw_ct_protocol, draw_hounsfield
from neuroscope.phantom.scanner.diffusion import (
    adc_contrast,
    draw_diffusion_protocol,
    draw_diffusivity,
    dwi_contrast,
)
from neuroscope.phantom.scanner.options import ScannerOptions
from neuroscope.phantom.scanner.random_look import random_contrast
from neuroscope.phantom.scanner.relaxation import at_field
from neuroscope.phantom.scanner.signal import NUCLEI, Protocol, draw_protocols, mr_contrast
from neuroscope.phantom.scanner.tissues import draw_relaxation
from neuroscope.phantom.streams import side_stream

SEQUENCES: tuple[str, ...] = ("t1", "t1c", "t2", "flair")  # what a study has unless asked
CT: tuple[str, ...] = ("ct", "ctc")
EVERY_SEQUENCE: tuple[str, ...] = (*SEQUENCES, "dwi", "adc", *CT, "random")
AnyProtocol = Protocol | CtProtocol


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """What every sequence of one visit shows, and how it is run (nothing for `random`)."""

    contrasts: Mapping[str, Contrast]
    protocols: Mapping[str, AnyProtocol]


def checked_sequences(
    sequences: tuple[str, ...], options: ScannerOptions, *, head: bool
) -> tuple[str, ...]:
    """Bring the sequences into their usual order and leave the missing ones out.

    Raises
    ------
    BadInputError
        For an unknown sequence, none at all, or a CT without a head.
    """
    unknown = sorted({*sequences, *options.missing, *options.scans} - set(EVERY_SEQUENCE))
    if unknown or not sequences:
        raise BadInputError(
            f"The phantom has no sequence {', '.join(unknown) or 'when none is named'}.",
            fix=f"Choose from {', '.join(EVERY_SEQUENCE)}.",
        )
    if not head and set(sequences) & set(CT):
        raise BadInputError(
            "A CT shows skull and air, and this phantom has only what lies inside the skull.",
            fix="Ask for a head too (head=True, --head), or leave ct and ctc out.",
        )
    chosen = tuple(
        name for name in EVERY_SEQUENCE if name in sequences and name not in options.missing
    )
    if not chosen:
        raise BadInputError(
            "Every sequence that was asked for is also said to be missing.",
            fix="Leave one of them out of `missing`.",
        )
    return chosen


def draw_session(
    rng: np.random.Generator,
    sequences: tuple[str, ...],
    options: ScannerOptions,
    *,
    tissue_rng: np.random.Generator | None = None,
) -> Session:
    """Draw tissue properties and protocols of one visit.

    Draws the same whichever sequences are wanted, so that a choice changes no other picture.
    `tissue_rng` draws the tissues where they must be the same at several visits.
    """
    tissue_rng = rng if tissue_rng is None else tissue_rng
    relaxation = at_field(draw_relaxation(tissue_rng), options.field_t)
    usual = draw_protocols(rng, SEQUENCES)
    diffusion = draw_diffusion_protocol(side_stream(rng, "diffusion"))
    hounsfield = draw_hounsfield(side_stream(tissue_rng, "hounsfield"))
    diffusivity = draw_diffusivity(side_stream(tissue_rng, "diffusivity"))
    contrasts = {
        name: mr_contrast(relaxation, usual[name], nuclei=NUCLEI[name], pulsation=name == "flair")
        for name in SEQUENCES
    }
    contrasts["dwi"] = dwi_contrast(relaxation, diffusion, diffusivity)
    contrasts["adc"] = adc_contrast(diffusivity)
    contrasts["random"] = random_contrast(side_stream(rng, "random look"), relaxation)
    protocols: dict[str, AnyProtocol] = {**usual, "dwi": diffusion, "adc": diffusion}
    for name in CT:
        iodine = name == "ctc"
        protocols[name] = draw_ct_protocol(side_stream(rng, name), iodine=iodine)
        contrasts[name] = ct_contrast(hounsfield, iodine=iodine)
    return Session(
        MappingProxyType({name: contrasts[name] for name in sequences}),
        MappingProxyType({name: protocols[name] for name in sequences if name in protocols}),
    )
