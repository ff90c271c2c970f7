"""One figure's curve as inline SVG, with the numbers that the page's script reads out under the pointer."""

from __future__ import annotations

import json
from html import escape
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from core.training.report.history import Curve, smooth
from core.training.report.scale import Scale, fit_scale, round_steps
from core.training.report.wording import number, readable

__all__ = ["chart"]

_WIDTH, _HEIGHT = 460, 208
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 20, 8, 24
_EDGE = 5  # beyond the last step, so that its dot is whole
_PLOT_WIDTH, _PLOT_HEIGHT = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
_TITLES = {"lr": "learning rate, share of the highest", "size": "size of the samples, pixels"}
_MOST_POINTS = 400
_MOST_DOTS = 60

Values = npt.NDArray[np.float64]


def chart(curve: Curve, last_step: int, *, kind: str, beside: Curve | None = None) -> str:
    """Return one figure as a `<figure>`: a smoothed line over the faint raw one, axes, and a place for the readout.

    Args:
        last_step: right end of the axis, the same for all charts of a page, >= 0.
        kind: "training", "validation" or "pace"; gives the colour. Only "training" is smoothed: validation figures are
            few and already means.
        beside: another curve for comparison, dashed and smoothed, such as the training figure of the same name.
    """
    smoothed = smooth(curve.values) if kind == "training" else curve.values
    is_smoothed = smoothed is not curve.values
    other = smooth(beside.values) if beside is not None else np.zeros(0)
    scale = fit_scale(np.concatenate([smoothed, other]), curve.values, from_zero=kind == "pace")
    lines = []
    if beside is not None:
        lines.append(_line("beside", *_thin(*_points(beside.steps, other, last_step, scale))))
    if is_smoothed:
        lines.append(_line("raw", *_envelope(*_points(curve.steps, curve.values, last_step, scale))))
    x, y = _points(curve.steps, smoothed, last_step, scale)
    lines.append(_line("line", *_thin(x, y)))
    if len(x) <= _MOST_DOTS and not is_smoothed:
        lines += [f'<circle class="point" cx="{_n(a)}" cy="{_n(b)}" r="2.6"/>' for a, b in zip(x, y, strict=True)]
    chosen = _spread(len(curve.steps))
    told = [
        [int(curve.steps[k]), number(float(curve.values[k])), number(float(smoothed[k])) if is_smoothed else "",
         round(float(x[k]), 1), round(float(y[k]), 1)]
        for k in chosen
    ]  # fmt: skip
    name, title = escape(curve.name, quote=True), escape(_TITLES.get(curve.name) or readable(curve.name))
    rest = f"{number(curve.last)} at step {number(curve.steps[-1] + 1)}"
    spoken = f"{title}: {number(float(curve.values[0]))} at first, {rest}"
    log = ' <span class="soft">log</span>' if scale.log else ""
    dashed = ' <span class="soft key">training</span>' if beside is not None else ""
    box = f'x="{_LEFT}" y="{_TOP}" width="{_PLOT_WIDTH + _EDGE}" height="{_PLOT_HEIGHT}"'
    return (
        f'<figure class="chart {kind}" data-figure="{name}" data-kind="{kind}" '
        f'data-points="{escape(json.dumps(told, separators=(",", ":")), quote=True)}">'
        f"<figcaption><b>{title}</b>{log}{dashed}<output>{rest}</output></figcaption>"
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{spoken}">{_axes(last_step, scale)}'
        f'<svg class="plot" {box}>{"".join(lines)}'
        f'<line class="guide" y1="0" y2="{_PLOT_HEIGHT}"/><circle class="mark" r="3.4"/></svg></svg></figure>'
    )


def _axes(last_step: int, scale: Scale) -> str:
    parts = []
    ticks = scale.ticks()
    for value, place in zip(ticks, scale.place(np.array(ticks)), strict=True):
        y = _TOP + _PLOT_HEIGHT * (1 - float(place))
        parts.append(f'<line class="rule" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{_n(y)}" y2="{_n(y)}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{_n(y + 3.5)}" text-anchor="end">{number(value)}</text>')
    base = _TOP + _PLOT_HEIGHT
    parts.append(f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{base}" y2="{base}"/>')
    for step in round_steps(0, last_step + 1, 6):
        x = _LEFT + _PLOT_WIDTH * step / (last_step + 1)
        if step == int(step):
            parts.append(f'<text x="{_n(x)}" y="{_HEIGHT - 8}" text-anchor="middle">{number(step)}</text>')
    return "".join(parts)


def _points(steps: npt.NDArray[np.int64], values: Values, last_step: int, scale: Scale) -> tuple[Values, Values]:
    # Step k is known when k + 1 steps are done; the axis counts steps done.
    x = _PLOT_WIDTH * (steps + 1) / (last_step + 1)
    return x, _PLOT_HEIGHT * (1 - scale.place(values))


def _thin(x: Values, y: Values) -> tuple[Values, Values]:
    chosen = _spread(len(x))
    return x[chosen], y[chosen]


def _spread(count: int) -> npt.NDArray[np.int64]:
    """At most `_MOST_POINTS` of `count` places, evenly, first and last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, _MOST_POINTS)).round().astype(np.int64))


def _envelope(x: Values, y: Values) -> tuple[Values, Values]:
    """Lowest and highest of each of `_MOST_POINTS` / 2 stretches: a lone spike stays to be seen."""
    if len(x) <= _MOST_POINTS:
        return x, y
    edges = np.linspace(0, len(x), _MOST_POINTS // 2 + 1).astype(np.int64)
    kept: list[int] = []
    for first, last in pairwise(edges.tolist()):
        kept += sorted({first + int(y[first:last].argmin()), first + int(y[first:last].argmax())})
    return x[kept], y[kept]


def _line(name: str, x: Values, y: Values) -> str:
    return f'<polyline class="{name}" points="{" ".join(f"{_n(a)},{_n(b)}" for a, b in zip(x, y, strict=True))}"/>'


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
