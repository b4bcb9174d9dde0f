"""The evidence network: a small gray-scale classifier whose explanation is its decision.

A contracting path, a top-down path back to a quarter of the input, and at every place there a
vector of class evidence and (in the gated variants) a gate that says how much the place counts.
The score of a class is the weighted sum of its evidence over all places, so the contributions of
the places add up to the score exactly; no gradient, hook or second pass is involved.

References
----------
Zhou et al. 2016 (arXiv:1512.04150) for evidence by linear pooling; Ilse et al. 2018
(arXiv:1802.04712) for gated pooling; Lin et al. 2017 (arXiv:1612.03144) for the top-down path.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Literal, NamedTuple, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional

from neuroscope.models.classes import CLASS_NAMES

Pooling = Literal["mean", "softmax", "sigmoid"]

INPUT_SIZE = 160  # pixels a side; `prepare_slice` is told the size of the weights in use
GRAY_MEAN = 0.25  # of prepared slices: typical, and part of the graph rather than of the caller
GRAY_SPREAD = 0.25
GATE_FLOOR = 3e-4  # keeps every place in the sum, so that an image without a lesion is averaged
GATE_BIAS = -3.0  # a gate starts nearly closed: lesions cover about 4 % of the places


@dataclass(frozen=True, slots=True)
class Centers:
    """Where the places of a map lie: place n is centered on input pixel ``offset + n * jump``."""

    offset: float
    jump: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceShape:
    """All that decides the graph; stored beside the weights."""

    widths: tuple[int, ...] = (32, 64, 128, 192, 256)
    deepened: int = 2  # last stages that get a residual block more: coarse ones are cheap
    merges: int = 1  # residual blocks on the way back, before the finest level
    neck: int = 64
    pooling: Pooling = "sigmoid"
    input_size: int = INPUT_SIZE
    gate_floor: float = GATE_FLOOR
    adapter: int = 0  # hidden width of a 1x1 correction learned from annotations; 0 is none

    def __post_init__(self) -> None:
        if self.pooling not in get_args(Pooling):
            raise ValueError(f"pooling is {self.pooling!r}; it must be one of {get_args(Pooling)}.")
        stride = 2 ** len(self.widths)
        if self.input_size % stride:
            raise ValueError(f"input_size is {self.input_size}; it must be a multiple of {stride}.")

    def as_dict(self) -> dict[str, object]:
        """Give plain values for a JSON sidecar."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "EvidenceShape":
        """Read what `as_dict` gave; a file older than the residual blocks has none."""
        values = {"deepened": 0, "merges": 0, **stored, "widths": tuple(stored["widths"])}
        return cls(**values)


class Trunk(NamedTuple):
    """What the network has seen before its last block; the same however that block is trained."""

    top: Tensor  # (n, neck, h, w), what `refine` works on
    deep: Tensor  # (n, widths[-1]), mean of the coarsest features


class Places(NamedTuple):
    """What the network says at every place, before pooling."""

    features: Tensor  # (n, neck, h, w)
    evidence: Tensor  # (n, classes, h, w), bias included
    gate_logit: Tensor  # (n, 1, h, w)
    weight: Tensor  # (n, 1, h, w), sums to 1 over the places
    deep: Tensor  # (n, widths[-1]), mean of the coarsest features


class Answer(NamedTuple):
    """The three outputs of the shipped graph."""

    logits: Tensor  # (n, classes)
    evidence: Tensor  # (n, classes, h, w): class-centered contributions, summing to centered logits
    embedding: Tensor  # (n, neck + widths[-1]); the logits are linear in the first `neck` numbers


class EvidenceNetwork(nn.Module):
    """Classify prepared slices by pooled evidence."""

    centers = Centers(offset=1.5, jump=4.0)  # one even-sized stride-2 kernel and one 2x2 pool
    last_features = "adapter"  # what gives `Places.features`, for methods that look at gradients

    def __init__(self, shape: EvidenceShape | None = None) -> None:
        super().__init__()
        self.shape = shape or EvidenceShape()
        widths, neck = self.shape.widths, self.shape.neck
        self.stem = _convolution(1, widths[0], kernel=4, stride=2)
        self.stages = nn.ModuleList(_Stage(before, after) for before, after in pairwise(widths))
        self.deeper = nn.ModuleList(
            _Residual(width) if len(widths) - number <= self.shape.deepened else nn.Identity()
            for number, width in enumerate(widths[1:], start=1)
        )
        self.merge = nn.Sequential(*(_Residual(neck) for _ in range(self.shape.merges)))
        self.laterals = nn.ModuleList(nn.Conv2d(width, neck, 1) for width in widths[1:])
        self.refine = _Stage(neck, neck)
        self.adapter = _Adapter(neck, self.shape.adapter) if self.shape.adapter else nn.Identity()
        self.head = nn.Conv2d(neck, len(CLASS_NAMES), 1)
        self.gate = nn.Conv2d(neck, 1, 1)
        nn.init.constant_(self.gate.bias, GATE_BIAS)  # type: ignore[arg-type]

    def forward(self, image: Tensor) -> Answer:
        """Map prepared slices ``(n, 1, size, size)`` in 0..1 to logits, evidence and embedding."""
        return pooled(self.places(image))

    def places(self, image: Tensor) -> Places:
        """Compute features, class evidence and pooling weights at every place."""
        top, deep = self.trunk(image)
        return self.weighed(self.refine(top), deep)

    def trunk(self, image: Tensor) -> Trunk:
        """Compute all that lies before the last block."""
        levels = []
        x = self.stem((image - GRAY_MEAN) / GRAY_SPREAD)
        for stage, deeper in zip(self.stages, self.deeper, strict=True):
            x = deeper(stage(functional.max_pool2d(x, 2)))
            levels.append(x)
        top = self.laterals[-1](levels[-1])
        for number in range(len(levels) - 2, -1, -1):
            if number == 0:
                top = self.merge(top)
            top = functional.interpolate(top, scale_factor=2.0, mode="nearest")
            top = top + self.laterals[number](levels[number])
        return Trunk(top, levels[-1].float().mean((2, 3)))

    def weighed(self, refined: Tensor, deep: Tensor) -> Places:
        """Compute class evidence and pooling weights from what `refine` gave."""
        features = self.adapter(refined)
        gate_logit = self.gate(features).float()
        return Places(
            features=features,
            evidence=self.head(features).float(),
            gate_logit=gate_logit,
            weight=pooling_weight(gate_logit, self.shape.pooling, floor=self.shape.gate_floor),
            deep=deep,
        )


def pooling_weight(gate_logit: Tensor, pooling: Pooling, *, floor: float = GATE_FLOOR) -> Tensor:
    """Turn gate logits ``(n, 1, h, w)`` into weights that sum to 1 over the places."""
    if pooling == "mean":
        return torch.full_like(gate_logit, 1.0 / (gate_logit.shape[2] * gate_logit.shape[3]))
    if pooling == "softmax":
        return torch.softmax(gate_logit.flatten(2), -1).view_as(gate_logit)
    gate = torch.sigmoid(gate_logit) + floor
    return gate / gate.sum((2, 3), keepdim=True)


def pooled(places: Places) -> Answer:
    """Sum the evidence over the places, and give every place's share.

    Returns
    -------
    Answer
        ``evidence.sum((2, 3)) == logits - logits.mean(1)`` up to rounding. Centering over the
        classes removes the freedom of adding one vector to all class weights, which changes no
        probability and would move an uncentered map at will.
    """
    weighted = places.weight * places.evidence
    logits = weighted.sum((2, 3))
    contributions = weighted - weighted.mean(1, keepdim=True)
    summary = (places.weight * places.features).sum((2, 3))
    return Answer(logits, contributions, torch.cat([summary, places.deep], 1))


class _Stage(nn.Module):
    """Two 3x3 convolutions, the second as a residual."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.enter = _convolution(before, after, kernel=3, stride=1)
        self.conv = nn.Conv2d(after, after, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(after)

    def forward(self, x: Tensor) -> Tensor:
        x = self.enter(x)
        return functional.relu(x + self.norm(self.conv(x)))


class _Residual(nn.Module):
    """Two 3x3 convolutions that change nothing until they are trained."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.enter = _convolution(width, width, kernel=3, stride=1)
        self.conv = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(width)
        nn.init.zeros_(self.norm.weight)

    def forward(self, x: Tensor) -> Tensor:
        change: Tensor = self.norm(self.conv(self.enter(x)))
        return x + change


class _Adapter(nn.Module):
    """Correct every place by itself; changes nothing until trained, and cannot move evidence."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.down = nn.Conv2d(width, hidden, 1)
        self.up = nn.Conv2d(hidden, width, 1)
        nn.init.zeros_(self.up.weight)
        nn.init.zeros_(self.up.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.up(functional.relu(self.down(x))))


def _convolution(before: int, after: int, *, kernel: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, kernel, stride, padding=(kernel - stride + 1) // 2, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(inplace=True),
    )
