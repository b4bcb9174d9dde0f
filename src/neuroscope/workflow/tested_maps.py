"""Give every map of a slice its passport, whichever method drew it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from torch import nn

from neuroscope.explain.attribution.asking import scores
from neuroscope.explain.attribution.question import Question
from neuroscope.explain.methods import attribute
from neuroscope.records.passport import PassportRules
from neuroscope.reliability.passport.of_method import AskedSlice, method_passports
from neuroscope.reliability.passport.of_slice import PassportConfig
from neuroscope.workflow.attribute import Explained


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
        The one that is explained; it is asked 18 + 8 (n + 5) times for n maps, and by quick methods
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
