"""Draw the legend and the plot of the report as SVG, so that they print sharp at any size."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

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


LINES = ("#f07b1a", "#2f6db3", "#3d8f5b", "#8a5bb0", "#8c6d31", "#b03a48")


@dataclass(frozen=True, slots=True)
class Line:
    """A curve of a plot: points from left to right, in data units; `low`, `high` may be empty."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()


def lines_svg(lines: Sequence[Line], *, x_name: str, y_name: str) -> str:
    """Plot shares (0 to 1 upwards) over another number, with bands for their intervals."""
    width, height, left, right, top, bottom = 300.0, 190.0, 34.0, 292.0, 6.0, 138.0
    span = max((line.x[-1] for line in lines), default=1.0) or 1.0

    def at(x: float, y: float) -> str:
        down = bottom - min(max(y, 0.0), 1.0) * (bottom - top)
        return f"{left + x / span * (right - left):.1f} {down:.1f}"

    parts = []
    for number, line in enumerate(lines):
        color = LINES[number % len(LINES)]
        if line.low and line.high and len(lines) <= 2:
            there = " L".join(at(x, y) for x, y in zip(line.x, line.high, strict=True))
            back = " L".join(
                at(x, y) for x, y in zip(reversed(line.x), reversed(line.low), strict=True)
            )
            parts.append(f'<path d="M{there} L{back} Z" fill="{color}" opacity="0.15"/>')
        points = " L".join(at(x, y) for x, y in zip(line.x, line.y, strict=True))
        parts.append(f'<path d="M{points}" fill="none" stroke="{color}" stroke-width="1.6"/>')
        row = bottom + 30 + 9 * (number // 3)
        place = left + 88 * (number % 3)
        parts.append(f'<rect x="{place}" y="{row - 5}" width="8" height="3" fill="{color}"/>')
        parts.append(f'<text x="{place + 11}" y="{row}">{escape(line.name)}</text>')
    axes = (
        f'<path d="M{left} {top}V{bottom}H{right}" fill="none" stroke="#666" stroke-width="0.6"/>'
    )
    marks = "".join(
        f'<text x="{left - 4}" y="{bottom - y * (bottom - top) + 3:.1f}" text-anchor="end">{y:g}'
        "</text>"
        for y in (0, 0.5, 1)
    )
    marks += "".join(
        f'<text x="{left + x * (right - left):.1f}" y="{bottom + 10}" text-anchor="middle">'
        f"{x * span:g}</text>"
        for x in (0, 0.5, 1)
    )
    middle = (left + right) / 2
    names = f'<text x="{middle}" y="{bottom + 20}" text-anchor="middle">{escape(x_name)}</text>'
    names += f'<text x="{left + 4}" y="{top + 8}">{escape(y_name)}</text>'
    return _svg(width, height, axes + marks + names + "".join(parts))


def _svg(width: float, height: float, content: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" font-family="Report" font-size="8" fill="#333">'
        f"{content}</svg>"
    )
