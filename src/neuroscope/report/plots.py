"""Draw the legend and the plot of the report as SVG, so that they print sharp at any size."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neuroscope.report.figures import FOR, overlay

ORANGE = "#{:02x}{:02x}{:02x}".format(*FOR)
FOR_CLASS, AGAINST_CLASS = "#9aa3ad", "#c6d3e4"
STEPS = 60


def legend_svg(scale: float, threshold: float) -> str:
    """Draw the color bar: evidence over its fixed scale, with the threshold marked."""
    positions = np.linspace(-1, 1, STEPS)
    on_gray = np.full((1, STEPS, 3), 110, np.uint8)
    colors = overlay(on_gray, positions[None] * scale, scale=scale)[0]
    boxes = "".join(
        f'<rect x="{10 + i * 3:g}" y="4" width="3.2" height="9" fill="rgb({r},{g},{b})"/>'
        for i, (r, g, b) in enumerate(colors)
    )
    mark = 10 + (min(threshold / scale, 1.0) + 1) / 2 * STEPS * 3
    tick = f'<path d="M{mark:.1f} 1V16" stroke="#111" stroke-width="1.2"/>'
    texts = "".join(
        f'<text x="{x}" y="24" text-anchor="{anchor}">{text}</text>'
        for x, anchor, text in (
            (10, "start", f"≤ −{scale:.3g}"),
            (100, "middle", "0"),
            (190, "end", f"≥ +{scale:.3g}"),
        )
    )
    return _svg(200.0, 27.0, boxes + tick + texts)


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame of the plot: slices 0 to `last` across, evidence `low` to `high` upwards."""

    last: int
    low: float
    high: float
    width: float = 480.0
    height: float = 104.0
    left: float = 34.0
    right: float = 474.0
    top: float = 6.0
    bottom: float = 80.0

    def x(self, index: int) -> float:
        """Place the middle of a slice."""
        return self.left + (index + 0.5) * self.step

    def y(self, value: float) -> float:
        """Place an amount of evidence."""
        span = (self.high - self.low) or 1.0
        return self.top + (self.high - value) / span * (self.bottom - self.top)

    @property
    def step(self) -> float:
        """The room that one slice has."""
        return (self.right - self.left) / (self.last + 1)


def evidence_along_svg(
    indices: Sequence[int], evidence: Sequence[float], decided_by: Sequence[int], *, last: int
) -> str:
    """Plot the evidence of every slice of a volume for the decided class, in logits.

    Parameters
    ----------
    indices, evidence
        Slices (counted from 0) and the evidence of each; slices that were not run are missing.
    decided_by
        Slices that made the decision; their bars are orange.
    last
        Index of the last slice of the volume. Printed numbers count from 1.
    """
    frame = Frame(last=last, low=min(0.0, *evidence, 0.0), high=max(0.0, *evidence, 0.0))
    bars = "".join(
        _bar(frame, index, value, index in decided_by)
        for index, value in zip(indices, evidence, strict=True)
    )
    line = (
        f'<path d="M{frame.left} {frame.y(0.0):.1f}H{frame.right}" '
        'stroke="#666" stroke-width="0.6"/>'
    )
    return _svg(frame.width, frame.height, line + bars + _plot_texts(frame))


def _bar(frame: Frame, index: int, value: float, decided: bool) -> str:
    zero, tip = frame.y(0.0), frame.y(value)
    width = max(0.8, 0.8 * frame.step)
    color = ORANGE if decided else FOR_CLASS if value > 0 else AGAINST_CLASS
    return (
        f'<rect x="{frame.x(index) - width / 2:.2f}" y="{min(zero, tip):.2f}" '
        f'width="{width:.2f}" height="{max(0.3, abs(zero - tip)):.2f}" fill="{color}"/>'
    )


def _plot_texts(frame: Frame) -> str:
    values = "".join(
        f'<text x="{frame.left - 4}" y="{frame.y(value) + 3:.1f}" text-anchor="end">'
        f"{f'{value:+.1f}' if value else '0'}</text>"
        for value in sorted({frame.low, 0.0, frame.high})
    )
    last = frame.last
    numbers = "".join(
        f'<text x="{frame.x(index):.1f}" y="{frame.bottom + 11}" text-anchor="middle">'
        f"{index + 1}</text>"
        for index in sorted({0, last // 4, last // 2, 3 * last // 4, last})
    )
    middle = (frame.left + frame.right) / 2
    name = f'<text x="{middle}" y="{frame.height - 2}" text-anchor="middle">slice number</text>'
    return values + numbers + name


def _svg(width: float, height: float, content: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" font-family="Report" font-size="8" fill="#333">'
        f"{content}</svg>"
    )
