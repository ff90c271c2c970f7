"""Small charts as inline SVG and HTML, for a page without scripts.

Every function returns markup whose texts are escaped; colours are classes and variables of the page's style, so that
the charts read on a light and on a dark ground.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import numpy as np
import numpy.typing as npt

from scene_generator.report.pictures import data_uri, png_bytes

WIDTH, HEIGHT = 230, 84
"""Size of a histogram in CSS pixels."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 6, 6, 4, 16

_HEAT = np.array(
    [
        (0.02, 0.02, 0.09),
        (0.28, 0.07, 0.40),
        (0.60, 0.16, 0.42),
        (0.88, 0.36, 0.28),
        (0.99, 0.68, 0.25),
        (0.99, 0.99, 0.75),
    ]
)


def number(value: float) -> str:
    """Return `value` with as many digits as a chart needs: three significant ones, thousands apart."""
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}".replace(",", " ")
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{value:.{min(digits, 6)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def counts(values: Sequence[float], low: float, high: float, bins: int, log: bool = False) -> npt.NDArray[np.int64]:
    """Count finite `values` in `bins` equal steps (of the logarithm, if `log`); those outside count in the end bins."""
    array = np.asarray(values, np.float64)
    array = array[np.isfinite(array)]
    if log:
        low, high, array = math.log(low), math.log(high), np.log(np.maximum(array, 1e-300))
    place = np.floor((array - low) / max(high - low, 1e-300) * bins).astype(np.int64)
    return np.bincount(np.clip(place, 0, bins - 1), minlength=bins)


def histogram(
    title: str,
    values: Sequence[float],
    *,
    asked: tuple[float, float] | None = None,
    log: bool = False,
    unit: str = "",
    note: str = "",
) -> str:
    """Return a histogram as a `<figure>` with median, count and, shaded, the range `asked` for.

    Whole numbers over a short span get one bar each. The axis spans the asked range and all finite values.
    """
    array = np.asarray(values, np.float64)
    array = array[np.isfinite(array)]
    more = f'<span class="soft">{escape(note)}</span>' if note else ""
    if not array.size:
        return _said(title, "none drawn", more)
    if asked is None and float(array.max()) == float(array.min()):
        return _said(title, f"always {number(float(array[0]))}{_unit(unit)}, n {number(array.size)}", more)
    ends = [*(asked or ()), float(array.min()), float(array.max())]
    low, high = min(ends), max(ends)
    log = log and low > 0
    whole = bool((array == np.rint(array)).all()) and high - low <= 40 and not log
    if whole:
        low, high = math.floor(low) - 0.5, math.ceil(high) + 0.5
        bins = round(high - low)
    else:
        if high - low < 1e-9 * max(abs(high), 1):
            low, high, log = low - 0.5 * max(abs(low), 1e-3), high + 0.5 * max(abs(high), 1e-3), False
        bins = 32
    heights = counts(array.tolist(), low, high, bins, log)
    plot_w, plot_h = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM

    def x(value: float) -> float:
        part = math.log(value / low) / math.log(high / low) if log else (value - low) / (high - low)
        return float(_LEFT + plot_w * part)

    parts = []
    if asked is not None:
        first, last = (asked[0] - 0.5, asked[1] + 0.5) if whole else asked
        parts.append(
            f'<rect class="asked" x="{x(first):.1f}" y="{_TOP}" height="{plot_h}" '
            f'width="{max(x(last) - x(first), 1):.1f}"/>'
        )
    step = plot_w / bins
    for k, count in enumerate(heights.tolist()):
        if count:
            tall = max(plot_h * count / max(int(heights.max()), 1), 1)
            parts.append(
                f'<rect class="bar" x="{_LEFT + k * step + 0.4:.1f}" y="{_TOP + plot_h - tall:.1f}" '
                f'width="{max(step - 0.8, 0.6):.1f}" height="{tall:.1f}"/>'
            )
    base = HEIGHT - _BOTTOM
    parts.append(f'<line class="axis" x1="{_LEFT}" y1="{base}" x2="{WIDTH - _RIGHT}" y2="{base}"/>')
    shown = (math.ceil(low), math.floor(high)) if whole else (low, high)
    parts.append(f'<text x="{_LEFT}" y="{HEIGHT - 4}">{number(shown[0])}</text>')
    parts.append(
        f'<text x="{WIDTH - _RIGHT}" y="{HEIGHT - 4}" text-anchor="end">{number(shown[1])}{_unit(unit)}</text>'
    )
    scale = '<tspan class="soft">log</tspan>' if log else ""
    parts.append(f'<text x="{WIDTH / 2}" y="{HEIGHT - 4}" text-anchor="middle">{scale}</text>')
    summary = f"median {number(float(np.median(array)))}{_unit(unit)}, n {number(array.size)}"
    if asked is not None:
        outside = int(((array < asked[0] - 1e-6) | (array > asked[1] + 1e-6)).sum())
        summary += f"; asked {number(asked[0])} to {number(asked[1])}{_unit(unit)}"
        summary += f'; <em class="bad">{outside} outside</em>' if outside else ""
    return (
        f'<figure class="chart"><figcaption><b>{escape(title)}</b><span>{summary}</span>{more}</figcaption>'
        f"{_svg(title, WIDTH, HEIGHT, parts)}</figure>"
    )


def bars(title: str, items: Sequence[tuple[str, float]], *, share: bool = False, marks: Sequence[float] = ()) -> str:
    """Return horizontal bars, one a row; `marks` sets a tick on each, for instance the share that was asked for."""
    most = max([value for _, value in items] + list(marks) + [1e-12])
    total = sum(value for _, value in items)
    rows = []
    for k, (name, value) in enumerate(items):
        told = f"{value:.1%}" if share else f'{number(value)} <span class="soft">{value / max(total, 1e-12):.0%}</span>'
        tick = f'<i class="tick" style="left:{100 * marks[k] / most:.1f}%"></i>' if marks else ""
        rows.append(
            f'<div class="row"><span class="name">{escape(name)}</span><span class="track">'
            f'<i class="fill" style="width:{100 * value / most:.1f}%"></i>{tick}</span>'
            f'<span class="value">{told}</span></div>'
        )
    many = " many" if len(items) > 16 else ""
    head = f"<figcaption><b>{escape(title)}</b></figcaption>"
    return f'<figure class="chart bars{many}">{head}<div class="rows">{"".join(rows)}</div></figure>'


def scatter(
    title: str,
    points: Sequence[tuple[float, float, int]],
    x_label: str,
    y_label: str,
    *,
    arrows: Sequence[tuple[float, float]] = (),
    square: bool = False,
) -> str:
    """Return dots of up to eight colours (the third number of each); `arrows` are directions drawn from them.

    With `square` both axes have one scale, y up, and the origin is marked: a plan seen from above.
    """
    wide, tall = 300, 260
    margin = 26
    finite = [k for k, p in enumerate(points) if math.isfinite(p[0]) and math.isfinite(p[1])]
    if not finite:
        return ""
    xs = np.array([points[k][0] for k in finite])
    ys = np.array([points[k][1] for k in finite])
    (x0, x1), (y0, y1) = _span(xs), _span(ys)
    if square:
        reach = max(abs(x0), abs(x1), abs(y0), abs(y1)) * 1.05
        x0, x1, y0, y1 = (
            -reach,
            reach,
            -reach * (tall - margin) / (wide - margin),
            reach * (tall - margin) / (wide - margin),
        )

    def at(x: float, y: float) -> tuple[float, float]:
        return margin + (wide - margin - 4) * (x - x0) / (x1 - x0), 4 + (tall - margin - 4) * (y1 - y) / (y1 - y0)

    parts = [f'<rect class="plot" x="{margin}" y="4" width="{wide - margin - 4}" height="{tall - margin - 4}"/>']
    if square:
        cx, cy = at(0, 0)
        parts.append(f'<path class="axis" d="M{cx - 5:.1f} {cy:.1f}h10M{cx:.1f} {cy - 5:.1f}v10"/>')
    for k in finite:
        px, py = at(points[k][0], points[k][1])
        if not (margin - 2 <= px <= wide and 0 <= py <= tall - margin + 6):
            continue
        color = f"k{points[k][2] % 10}"
        if arrows:
            ax, ay = arrows[k]
            parts.append(f'<path class="ray {color}" d="M{px:.1f} {py:.1f}l{9 * ax:.1f} {-9 * ay:.1f}"/>')
        parts.append(f'<circle class="dot {color}" cx="{px:.1f}" cy="{py:.1f}" r="1.7"/>')
    foot = tall - margin + 12
    parts.append(f'<text x="{margin}" y="{foot}">{number(x0)}</text>')
    parts.append(f'<text x="{wide - 4}" y="{foot}" text-anchor="end">{number(x1)}</text>')
    parts.append(f'<text x="{(wide + margin) / 2}" y="{foot}" text-anchor="middle">{escape(x_label)}</text>')
    parts.append(f'<text x="{margin - 3}" y="12" text-anchor="end">{number(y1)}</text>')
    parts.append(f'<text x="{margin - 3}" y="{tall - margin}" text-anchor="end">{number(y0)}</text>')
    middle = (tall - margin) / 2
    parts.append(
        f'<text transform="translate({margin - 8} {middle}) rotate(-90)" text-anchor="middle">{escape(y_label)}</text>'
    )
    return (
        f'<figure class="chart plan"><figcaption><b>{escape(title)}</b></figcaption>'
        f"{_svg(title, wide, tall, parts)}</figure>"
    )


def disc(title: str, grid: npt.NDArray[np.float64], note: str = "") -> str:
    """Return a (n, n) count of normals by x (columns, to the right) and y (rows, up) as a log-coloured disc.

    Rings are at 30 and 60 degrees from the view axis; the rim is at 90.
    """
    level = np.log1p(np.maximum(grid[::-1], 0))
    level = level / max(float(level.max()), 1e-12)
    side = grid.shape[0]
    y, x = np.mgrid[0:side, 0:side]
    inside = np.hypot(x + 0.5 - side / 2, y + 0.5 - side / 2) <= side / 2 + 0.5
    place = level * (len(_HEAT) - 1)
    k = np.minimum(place.astype(np.int64), len(_HEAT) - 2)
    color = _HEAT[k] + (_HEAT[k + 1] - _HEAT[k]) * (place - k)[..., None]
    picture = np.concatenate([color, inside[..., None]], -1).astype(np.float32)
    uri = data_uri(png_bytes(picture))
    image = f'<image href="{uri}" width="100" height="100" style="image-rendering:pixelated"/>'
    rings = "".join(
        f'<circle class="ring" cx="50" cy="50" r="{50 * math.sin(math.radians(a)):.1f}"/>' for a in (30, 60, 89)
    )
    return (
        f'<figure class="chart disc"><figcaption><b>{escape(title)}</b><span>{escape(note)}</span></figcaption>'
        f"{_svg(title, 100, 100, [image, rings])}</figure>"
    )


def swatches(title: str, colors: Sequence[tuple[float, float, float]], note: str = "") -> str:
    """Return a strip of display-encoded colours (0..1): greys by lightness, then the rest by hue."""
    cells = []
    for r, g, b in sorted(colors, key=_hue):
        code = "".join(f"{round(255 * min(max(c, 0.0), 1.0)):02x}" for c in (r, g, b))
        cells.append(f'<i style="background:#{code}"></i>')
    return (
        f'<figure class="chart wide"><figcaption><b>{escape(title)}</b><span>{escape(note)}</span></figcaption>'
        f'<div class="swatches">{"".join(cells)}</div></figure>'
    )


def legend(names: Sequence[str]) -> str:
    """Return the colours of `scatter` with their names."""
    return (
        '<p class="legend">'
        + "".join(f'<span><i class="k{k % 10}"></i>{escape(name)}</span>' for k, name in enumerate(names))
        + "</p>"
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows of markup as a table; `head` may be empty. Columns of numbers are set flush right."""
    width = max((len(row) for row in rows), default=0)
    numeric = [
        k > 0 and bool(head) and all(row[k][:1].isdigit() or row[k] in ("", "–") for row in rows) for k in range(width)
    ]
    top = "".join(f"<th{' class=n' if numeric[k] else ''}>{name}</th>" for k, name in enumerate(head)) if rows else ""
    body = "".join(
        "<tr>" + "".join(f"<td{' class=n' if numeric[k] else ''}>{cell}</td>" for k, cell in enumerate(row)) + "</tr>"
        for row in rows
    )
    return f"<table>{f'<thead><tr>{top}</tr></thead>' if head else ''}<tbody>{body}</tbody></table>"


def _said(title: str, text: str, more: str) -> str:
    return f'<figure class="chart"><figcaption><b>{escape(title)}</b><span>{text}</span>{more}</figcaption></figure>'


def _svg(title: str, wide: int, tall: int, parts: Sequence[str]) -> str:
    label = escape(title, quote=True)
    return f'<svg viewBox="0 0 {wide} {tall}" role="img" aria-label="{label}">{"".join(parts)}</svg>'


def _unit(unit: str) -> str:
    return f" {escape(unit)}" if unit else ""


def _span(values: npt.NDArray[np.float64]) -> tuple[float, float]:
    # A few strays must not squeeze all others into a corner.
    low, high = (float(v) for v in np.percentile(values, (0.5, 99.5)))
    pad = 0.04 * (high - low) or 0.5
    return low - pad, high + pad


def _hue(color: tuple[float, float, float]) -> tuple[int, float, float]:
    most, least = max(color), min(color)
    spread = most - least
    if spread < 0.08 * max(most, 1e-6) + 0.02:
        return 0, most, 0.0
    r, g, b = color
    hue = ((g - b) / spread) % 6 if most == r else (b - r) / spread + 2 if most == g else (r - g) / spread + 4
    # Steps of hue, light to dark within each, read as a strip; hue alone is speckled.
    return 1, math.floor(hue * 4), most
