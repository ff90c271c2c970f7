"""What is printed, painted or shown: flat colour that may look like anything, and must never become relief."""

from __future__ import annotations

from typing import Dict, Tuple  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.textures.coordinates import apart, axis, over, plane, ramp
from scene_generator.textures.noise import Painter, noise


def _print(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Rectangles and discs over each other: the flat colour of labels and signs.
    t = axis(size)
    out = np.full((size, size), rng.random(), np.float32)
    for _ in range(6 + 2 * min(scale, 10)):
        c, half, tone = rng.random(2), rng.uniform(0.02, 0.28, 2), rng.random()
        dy, dx = np.abs(apart(t, float(c[0]))), np.abs(apart(t, float(c[1])))
        if rng.random() < 0.7:
            out[np.ix_(dy < half[0], dx < half[1])] = tone
        else:
            out[(dy**2)[:, None] + (dx**2)[None, :] < half[0] ** 2] = tone
    return out


def _letters(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Rows of small random glyphs on a 5 x 5 raster: text as a camera sees it, without any font.
    rows, columns = 2 * max(2, min(10, scale)), 3 * max(2, min(10, scale))
    page = _glyphs(rng, rows, columns)
    at = (axis(size) * page.shape[0]).astype(np.int64)[:, None], (axis(size) * page.shape[1]).astype(np.int64)[None, :]
    values: np.ndarray = page[at]
    return values


def _glyphs(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    # 1 is paper, 0 ink; each glyph takes 7 x 6 dots with its margin.
    page = np.ones((rows, 7, columns, 6), np.float32)
    ink = rng.random((rows, 5, columns, 5)) < 0.5
    written = (rng.random((rows, 1, columns, 1)) < 0.8) & (rng.random((rows, 1, 1, 1)) < 0.8)
    page[:, 1:6, :, :5] = np.where(ink & written, 0.0, 1.0)
    return page.reshape(rows * 7, columns * 6)


def _place(out: np.ndarray, page: np.ndarray, box: Tuple[float, float, float, float]) -> None:  # noqa: UP006
    # Stretches `page` into (bottom, top, left, right) of `out`, all in 0..1.
    size = out.shape[0]
    i0, i1, j0, j1 = (round(b * size) for b in box)
    if i1 <= i0 or j1 <= j0:
        return
    i = np.arange(i1 - i0) * page.shape[0] // (i1 - i0)
    j = np.arange(j1 - j0) * page.shape[1] // (j1 - j0)
    out[i0:i1, j0:j1] = page[np.ix_(i, j)]


def _newspaper(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    out = np.ones((size, size), np.float32)
    columns = int(rng.integers(2, 5))
    head = float(rng.uniform(0.1, 0.22))
    _place(out, _glyphs(rng, 1, int(rng.integers(6, 14))), (0.96 - head, 0.96, 0.05, 0.95))
    width = 0.9 / columns
    for k in range(columns):
        left, top = 0.05 + k * width, 0.92 - head
        if rng.random() < 0.45:
            high = float(rng.uniform(0.15, 0.35))
            picture = _picture(rng, max(8, size // 3))
            _place(out, picture, (top - high, top, left + 0.01, left + width - 0.01))
            top -= high + 0.02
        lines = max(3, int(8 * scale * (top - 0.05)))
        text = _glyphs(rng, lines, max(4, int(40 / columns)))
        _place(out, text, (0.05, top, left + 0.01, left + width - 0.01))
    return out


def _picture(rng: np.random.Generator, size: int) -> np.ndarray:
    """Return a grey picture of shaded things, (size, size) in 0..1: it looks solid, and is flat."""
    v, u = plane(size)
    sky = 0.5 + rng.uniform(-0.3, 0.3) + rng.uniform(-0.4, 0.4) * v + 0.06 * np.clip(noise(rng, size, 2, 1.6), -2, 2)
    horizon = float(rng.uniform(0.2, 0.6))
    slope = float(rng.normal(0, 0.08))
    ground = rng.random() * (0.4 + 0.6 * v / horizon) + 0.1 * np.clip(noise(rng, size, 5, 1.2), -2, 2)
    out = np.where(v < horizon + slope * (u - 0.5), ground, sky).astype(np.float32)
    light = rng.normal(size=3)
    light[2] = abs(light[2]) + 0.5
    light /= np.linalg.norm(light)
    for _ in range(int(rng.integers(3, 8))):
        y, x, albedo = rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.9), rng.uniform(0.2, 1.0)
        h, w = rng.uniform(0.05, 0.22, 2)
        kind = rng.random()
        dy, dx = (v - y) / h, (u - x) / w
        if kind < 0.5:  # a lit ball
            z2 = 1 - dx * dx - dy * dy
            inside = z2 > 0
            shade = np.maximum(light[0] * dx + light[1] * dy + light[2] * np.sqrt(np.maximum(z2, 0)), 0.08)
        elif kind < 0.75:  # a lit column
            inside = (np.abs(dx) < 1) & (np.abs(dy) < 1)
            shade = np.maximum(light[0] * dx + light[2] * np.sqrt(np.maximum(1 - dx * dx, 0)), 0.08) + 0 * dy
        else:  # a box with a light and a dark side
            inside = (np.abs(dx) < 1) & (np.abs(dy - 0.3 * np.abs(dx)) < 1)
            shade = np.where(dx < rng.uniform(-0.5, 0.5), rng.uniform(0.3, 1), rng.uniform(0.1, 0.7)) + 0 * dy
        out = np.where(inside, albedo * shade, out)
    values: np.ndarray = np.clip(out + 0.03 * np.clip(noise(rng, size, 12, 0.8), -2, 2), 0, 1)
    return values


def _framed(out: np.ndarray, margin: float, tone: float) -> np.ndarray:
    # A border of one tone: the picture itself need not tile.
    size = out.shape[0]
    m = max(1, round(margin * size))
    out = out.copy()
    out[:m] = out[-m:] = tone
    out[:, :m] = out[:, -m:] = tone
    return out


def _photo(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # `scale` pictures of which each fills the tile's width are one: scale 3 and more makes a wall of them.
    n = max(1, min(3, scale // 3))
    pictures = [_framed(_picture(rng, size // n), 0.03, 1.0) for _ in range(n * n)]
    out = np.ones((size, size), np.float32)
    for k, picture in enumerate(pictures):
        i, j = divmod(k, n)
        _place(out, picture, (i / n, (i + 1) / n, j / n, (j + 1) / n))
    return out


def _poster(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    v, u = plane(size)
    angle = rng.uniform(0, 2 * np.pi)
    out = (0.5 + rng.uniform(0, 0.5) * ((u - 0.5) * np.cos(angle) + (v - 0.5) * np.sin(angle))).astype(np.float32)
    if rng.random() < 0.6:
        h = float(rng.uniform(0.3, 0.6))
        bottom = float(rng.uniform(0.08, 0.9 - h))
        _place(out, _picture(rng, max(16, size // 2)), (bottom, bottom + h, 0.1, 0.9))
    for _ in range(int(rng.integers(1, 4))):
        y, half, tone = rng.random(), rng.uniform(0.02, 0.1), rng.random()
        band = np.abs(v - y + rng.choice([0.0, 0.3]) * (u - 0.5)) < half
        out = np.where(band, tone, out)
    for _ in range(int(rng.integers(1, 4))):
        y, h, x = rng.uniform(0.05, 0.85), rng.uniform(0.04, 0.14), rng.uniform(0.06, 0.3)
        dark, light = np.sort(rng.random(2))
        text = dark + (light - dark) * _glyphs(rng, int(rng.integers(1, 4)), int(rng.integers(4, 4 + 2 * scale)))
        _place(out, text, (y, min(y + h, 0.95), x, float(rng.uniform(x + 0.2, 0.95))))
    return _framed(np.clip(out, 0, 1), 0.03, float(rng.random()))


def _screen(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Windows, lines of text and a picture on a display.
    out = np.full((size, size), rng.random(), np.float32)
    for _ in range(2 + scale // 2):
        y, x, h, w = rng.uniform(0, 0.5), rng.uniform(0, 0.5), rng.uniform(0.2, 0.5), rng.uniform(0.2, 0.5)
        paper, ink = rng.random(2)
        if rng.random() < 0.5:
            page = _picture(rng, max(16, size // 2))
        else:
            page = ink + (paper - ink) * _glyphs(rng, int(rng.integers(4, 14)), int(rng.integers(8, 24)))
        _place(out, page, (y, y + h, x, x + w))
        _place(out, np.full((1, 1), ink, np.float32), (y + h, min(y + h + 0.03, 1.0), x, x + w))
    return _framed(out, 0.02, 0.0)


def _graffiti(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Thick curves with an outline: a fine line blurred with a Gaussian and cut at two levels.
    f2 = np.fft.fftfreq(size)[:, None] ** 2 + np.fft.rfftfreq(size)[None, :] ** 2
    out = np.zeros((size, size), np.float32)
    for _ in range(2):
        raster = np.zeros((size, size), np.float32)
        for _ in range(max(1, scale // 2)):
            t = np.linspace(0, 2 * np.pi, 4 * size)
            y, x = (
                c + sum(a * np.sin(k * t + p) for k, (a, p) in enumerate(zip(amplitude, phase), 1))
                for c, amplitude, phase in zip(
                    rng.random(2), rng.normal(0, [0.2, 0.1, 0.06], (2, 3)), rng.uniform(0, 7, (2, 3))
                )
            )
            upto = int(rng.uniform(0.3, 1.0) * len(t))
            raster[(y[:upto] * size).astype(np.int64) % size, (x[:upto] * size).astype(np.int64) % size] = 1.0
        sigma = rng.uniform(0.008, 0.02) * size
        soft = np.fft.irfft2(np.fft.rfft2(raster) * np.exp(-2 * (np.pi * sigma) ** 2 * f2), s=(size, size))
        level = 0.4 / (sigma * np.sqrt(2 * np.pi))
        outline, fill = np.sort(rng.uniform(0.3, 1.0, 2))
        out = np.where(soft > 0.3 * level, outline, out)
        out = np.where(soft > level, fill, out)
    return out


def _dots(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    v, u = plane(size)
    rows = 2 * max(1, scale)
    shift = 0.5 * ((v * rows).astype(np.int64) % 2)
    r = np.hypot((v * rows) % 1.0 - 0.5, (u * rows + shift) % 1.0 - 0.5)
    radius = float(rng.uniform(0.15, 0.42))
    return ramp(r, radius + 0.03, radius - 0.03)


def _stars(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    v, u = plane(size)
    rows = 2 * max(1, scale // 2)
    row = (v * rows).astype(np.int64)
    x, y = (u * rows + 0.5 * (row % 2)) % 1.0 - 0.5, (v * rows) % 1.0 - 0.5
    points, depth = int(rng.choice([4, 5, 5, 6, 8])), float(rng.uniform(0.15, 0.45))
    edge = 0.36 * (1 - depth + depth * np.cos(points * np.arctan2(y, x)))
    r = np.hypot(x, y)
    return ramp(r, edge + 0.03, edge - 0.03)


def _flowers(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Rose curves (Grandi, 1728) on a half-drop lattice, with leaves between them.
    v, u = plane(size)
    n = 2 * max(1, scale // 2)
    column = (u * n).astype(np.int64)
    x, y = (u * n) % 1.0 - 0.5, (v * n + 0.5 * (column % 2)) % 1.0 - 0.5
    angle, r = np.arctan2(y, x), np.hypot(x, y)
    petals = int(rng.integers(3, 7))
    flower = ramp(r - 0.34 * (0.6 + 0.4 * np.abs(np.cos(0.5 * petals * angle + rng.random()))), 0.02, -0.02)
    heart = ramp(r, 0.12, 0.08)
    # The corners of the cell, where four of them meet: a pair of leaves as two discs' common part.
    leaf_x, leaf_y = x % 1.0 - 0.5, y % 1.0 - 0.5
    lens = np.hypot(leaf_x - 0.1, leaf_y + 0.1), np.hypot(leaf_x + 0.1, leaf_y - 0.1)
    leaf = ramp(np.maximum(*lens), 0.25, 0.21)
    values: np.ndarray = np.maximum(0.45 * leaf, 0.75 * flower) + 0.25 * heart * flower
    return values


def _damask(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Foliage-like figures: a noise mirrored left to right and up to down, cut at its middle.
    half = max(8, size // (2 * max(1, min(scale // 2, 4))))
    field = noise(rng, 2 * half, 4, 2.2)[:half, :half]
    figure = np.concatenate([field, field[:, ::-1]], 1)
    figure = np.concatenate([figure, figure[::-1]], 0)
    return over(ramp(figure, -0.12, 0.12), size, max(1, min(scale // 2, 4)))


def _chevrons(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    v, u = plane(size)
    n = max(1, scale)
    zigzag = np.abs((u * n) % 1.0 - 0.5) * float(rng.choice([1.0, 2.0]))
    wave = np.abs((v * n + zigzag) % 1.0 - 0.5)
    return ramp(wave, 0.22, 0.28)


def _road_lines(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Paint on a road: one long line and dashes.
    v, u = plane(size)
    width = 0.1 / max(1, scale // 2)
    line = ramp(np.abs(apart(u, float(rng.random()))), width, width - 0.01) + 0 * v
    dash = ramp(np.abs(apart(u, float(rng.random()))), width, width - 0.01) * ((v * max(1, scale // 2)) % 1.0 < 0.5)
    paint = np.maximum(line, dash) if rng.random() < 0.5 else dash + 0 * line
    values: np.ndarray = paint * ramp(noise(rng, size, 16, 1.0), -2.2, -1.2)
    return values


KINDS: Dict[str, Painter] = {  # noqa: UP006
    "print": _print,
    "letters": _letters,
    "newspaper": _newspaper,
    "photo": _photo,
    "poster": _poster,
    "screen": _screen,
    "graffiti": _graffiti,
    "dots": _dots,
    "stars": _stars,
    "flowers": _flowers,
    "damask": _damask,
    "chevrons": _chevrons,
    "road_lines": _road_lines,
}
