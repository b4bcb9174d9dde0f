"""Toy networks for the audit of models: one that learned a tag, and one that saw tags at random.

Both see round heads with one of three lesions and a tag in the corner, as the benchmark of learning
from reasons makes them. In one training set the tag names the class; in the other it says nothing.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from neuroscope.learn.reasons.planted import PlantedConfig, shortcut_network
from neuroscope.learn.reasons.planted_slices import PlantedSlices, toy_slices
from neuroscope.models.classes import CLASS_NAMES
from neuroscope.models.evidence import EvidenceNetwork
from neuroscope.preprocess.slice_input import map_on_pixels
from neuroscope.records.modelaudit import Finding
from neuroscope.reliability.audited import AuditedModel, Case, Gray, Said, asked, case_of
from neuroscope.reliability.counterfactual.effects import run_tests
from neuroscope.reliability.counterfactual.findings import planted_tag

TOY = PlantedConfig(train=900, epochs=8)
QUICK = PlantedConfig(train=384, epochs=7)
ASKED = 48  # toy slices of an audit
TAGS = ("background", "text_tag")
PLANTED, CLEAN = 1.0, 0.0  # share of training slices whose tag names their class


def toy_model(*, planted: bool, seed: int, config: PlantedConfig = TOY) -> AuditedModel:
    """Train a toy network; the same seed gives the same network."""
    bias = PLANTED if planted else CLEAN
    config = replace(config, bias=bias)
    train = toy_slices(config.train, bias=bias, seed=2 * seed)
    return audited_network(shortcut_network(config, train, seed), f"toy {seed}")


def audited_network(network: EvidenceNetwork, name: str) -> AuditedModel:
    """Let a network be asked about pictures of its own size, which it takes as they are."""
    size = network.shape.input_size
    centers = network.centers

    @torch.inference_mode()
    def ask(pictures: Sequence[Gray], maps: bool) -> Said:
        batch = torch.from_numpy(np.stack(pictures)[:, None]) / 255
        answer = network(batch)
        said = Said(answer.logits.numpy(), answer.embedding.numpy())
        if not maps:
            return said
        shown = answer.evidence.numpy()[np.arange(len(pictures)), said.predicted]
        drawn = map_on_pixels(
            shown, np.eye(3), (size, size), offset=centers.offset, jump=centers.jump
        )
        return replace(said, maps=tuple(drawn))

    return AuditedModel(name, name, "toy", CLASS_NAMES, size, 1.0, ask)


def toy_cases(slices: PlantedSlices) -> list[Case]:
    """Make cases of toy slices; every slice is a patient."""
    return [
        case_of(
            f"{number}.png",
            slices.cases.images[number],
            label=CLASS_NAMES[int(slices.cases.labels[number])],
            patient=str(slices.cases.units[number]),
            tumor=slices.tumors[number] > 0.5,
            tumor_from="reader",
        )
        for number in range(len(slices))
    ]


def judged_toy(*, planted: bool, seed: int, config: PlantedConfig = TOY) -> Finding:
    """Train a toy network and decide whether its answers follow the tag."""
    model = toy_model(planted=planted, seed=seed, config=config)
    cases = toy_cases(toy_slices(ASKED, bias=1.0, seed=2 * seed + 1))
    before = asked(model, [case.pixels for case in cases])
    return planted_tag(run_tests(model, cases, before, tests=TAGS, seed=seed))
