"""A training curve as inline SVG: axes with units, numbers one can read, colours that follow the page."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Series", "curve_svg", "ticks"]

_WIDTH, _HEIGHT = 720, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 24, 20, 48


@dataclass(frozen=True)
class Series:
    """One line of a plot.

    Attributes:
        label: what it is, for the legend.
        points: (x, y), x ascending; points that are not finite are left out.
        css_class: `line-a`, `line-b`, ...: the page's style sheet gives the colour.
        dots: mark every point, for series with few of them.
    """

    label: str
    points: Sequence[tuple[float, float]]
    css_class: str = "line-a"
    dots: bool = False


def curve_svg(series: Sequence[Series], *, x_label: str, y_label: str) -> str:
    """Draw `series` over common axes.

    The y axis starts at 0, so that a fall looks as large as it is. First and last value of each series are written
    beside their points.

    Args:
        series: at least one, with at least one finite point among them.
        x_label, y_label: names with units, such as `angular error (degrees)`.

    Returns:
        An `<svg>` element without script or external reference, sized by its view box.

    Raises:
        ValueError: there is nothing to draw.
    """
    cleaned = [(entry, [(x, y) for x, y in entry.points if math.isfinite(x) and math.isfinite(y)]) for entry in series]
    cleaned = [(entry, points) for entry, points in cleaned if points]
    if not cleaned:
        raise ValueError("no finite points to draw")
    x_ticks = ticks(0.0, max(points[-1][0] for _, points in cleaned))
    y_ticks = ticks(0.0, max(y for _, points in cleaned for _, y in points))
    x_scale = (_WIDTH - _LEFT - _RIGHT) / (x_ticks[-1] or 1.0)
    y_scale = (_HEIGHT - _TOP - _BOTTOM) / (y_ticks[-1] or 1.0)

    def place(x: float, y: float) -> tuple[float, float]:
        return _LEFT + x * x_scale, _HEIGHT - _BOTTOM - y * y_scale

    parts = [
        f'<svg class="curve" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{html.escape(y_label)} over {html.escape(x_label)}">'
    ]
    for value in y_ticks:
        _, y = place(0.0, value)
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text class="tick" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
    for value in x_ticks:
        x, y = place(value, 0.0)
        parts.append(f'<line class="axis" x1="{x:.1f}" x2="{x:.1f}" y1="{y:.1f}" y2="{y + 5:.1f}"/>')
        parts.append(f'<text class="tick" x="{x:.1f}" y="{y + 19:.1f}" text-anchor="middle">{value:g}</text>')
    middle_x, middle_y = (_LEFT + _WIDTH - _RIGHT) / 2, (_TOP + _HEIGHT - _BOTTOM) / 2
    parts.append(
        f'<text class="label" x="{middle_x:.0f}" y="{_HEIGHT - 8}" text-anchor="middle">{html.escape(x_label)}</text>'
        f'<text class="label" transform="translate(16 {middle_y:.0f}) rotate(-90)" text-anchor="middle">'
        f"{html.escape(y_label)}</text>"
    )
    for index, (entry, points) in enumerate(cleaned):
        parts += _line(entry, points, [place(x, y) for x, y in points], index)
    return "\n".join([*parts, "</svg>"])


def ticks(lowest: float, highest: float, most: int = 6) -> list[float]:
    """Round numbers (1, 2 or 5 times a power of ten apart) from at most `lowest` to at least `highest`.

    Returns:
        Ascending values, two at least, `most` + 1 at most.
    """
    span = highest - lowest
    if not span > 1e-9 * max(1.0, abs(lowest)):
        span, highest = 1.0, lowest + 1.0  # one value alone gets an axis too
    power = 10.0 ** math.floor(math.log10(span / most))
    step = next(power * factor for factor in (1, 2, 5, 10, 20) if span / (power * factor) <= most)
    first, last = math.floor(lowest / step + 1e-9), math.ceil(highest / step - 1e-9)
    return [round(index * step, 12) for index in range(first, max(last, first + 1) + 1)]


def _line(
    entry: Series, values: Sequence[tuple[float, float]], places: Sequence[tuple[float, float]], index: int
) -> list[str]:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    name = html.escape(entry.css_class, quote=True)
    parts = [f'<polyline class="{name}" points="{path}"/>']
    if entry.dots:
        parts += [f'<circle class="{name}" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>' for x, y in places]
        for (x, y), (_, value) in {places[0]: values[0], places[-1]: values[-1]}.items():
            anchor = "start" if x < _WIDTH / 2 else "end"
            parts.append(f'<text class="value" x="{x:.1f}" y="{y - 10:.1f}" text-anchor="{anchor}">{value:.3g}</text>')
    top = _TOP + 6 + 18 * index
    parts.append(f'<line class="{name}" x1="{_WIDTH - 236}" x2="{_WIDTH - 208}" y1="{top}" y2="{top}"/>')
    parts.append(f'<text class="legend" x="{_WIDTH - 200}" y="{top + 4}">{html.escape(entry.label)}</text>')
    return parts
