"""Give every map of a slice its passport, whichever method drew it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from neuroscope.explain.attribution.asking import scores
from neuroscope.explain.attribution.question import Question
from neuroscope.explain.methods import attribute
from neuroscope.models.classes import CLASS_NAMES
from neuroscope.models.evidence import EvidenceNetwork
from neuroscope.records.certificate import FlipPicture
from neuroscope.records.passport import Passport, PassportRules
from neuroscope.reliability.passport.of_method import AskedSlice, method_passports
from neuroscope.reliability.passport.of_slice import PassportConfig
from neuroscope.workflow.attribute import Explained, explain_slice


def with_tests(
    network: nn.Module,
    question: Question,
    explained: Sequence[Explained],
    rules: PassportRules,
    *,
    classes: Sequence[str],
    cells: int,
    answer: str,
    outline: NDArray[np.bool_] | None = None,
    config: PassportConfig = PassportConfig(),
) -> tuple[Explained, ...]:
    """Test maps of one question, and return them with their passports.

    Parameters
    ----------
    network
        The one that is explained; it is asked 2 + 6 (n + 5) times for n maps, and by quick methods
        for three noisy copies each.
    classes
        In the order of the logits.
    cells
        Places of the evidence map along a side.
    answer
        The class that was predicted.
    outline
        Of a tumor, on the pixels of the prepared slice.
    """
    seen = AskedSlice(
        image=question.image,
        head=question.where_head,
        cells=cells,
        target=classes[question.target],
        answer=answer,
        outline=outline,
    )
    passports = method_passports(
        seen,
        [one.attribution for one in explained],
        lambda images: scores(network, images[:, 0], question.target),
        lambda method, image: attribute(network, replace(question, image=image), method).values,
        rules,
        config=config,
    )
    return tuple(
        replace(one, passport=passport) for one, passport in zip(explained, passports, strict=True)
    )


def evidence_passport(
    network: EvidenceNetwork, image: NDArray[np.float32], target: str, rules: PassportRules
) -> Passport:
    """Test the evidence map of one class on a prepared slice `(side, side)`, 0..1."""
    with torch.inference_mode():
        logits = network.eval()(torch.from_numpy(image)[None, None]).logits
    question = Question(image=image, target=CLASS_NAMES.index(target))
    (found,) = with_tests(
        network,
        question,
        [explain_slice(network, question, "evidence")],
        rules,
        classes=CLASS_NAMES,
        cells=len(image) // int(network.centers.jump),
        answer=CLASS_NAMES[int(logits.argmax())],
    )
    assert found.passport is not None  # noqa: S101 - with_tests gives every map one
    return found.passport


def rules_for_retrained(rules: PassportRules) -> PassportRules:
    """Give the rules for weights that were trained on from those that the rules were measured with.

    They are held against the same bounds; what is known of the model as a whole was not measured
    with them.
    """
    return replace(rules, of_model=(), fitted=False, of_method={})


def flips_with_tests(
    pictures: Sequence[FlipPicture],
    before: EvidenceNetwork,
    after: EvidenceNetwork,
    rules: PassportRules,
) -> tuple[FlipPicture, ...]:
    """Test both maps of every lost answer, those of `after` as of retrained weights.

    Parameters
    ----------
    rules
        Of the network before.
    """
    fresh = rules_for_retrained(rules)
    return tuple(
        replace(
            one,
            tests_before=evidence_passport(before, one.pixels, one.flip.before, rules),
            tests_after=evidence_passport(after, one.pixels, one.flip.after, fresh),
        )
        for one in pictures
    )
