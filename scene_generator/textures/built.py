"""What is laid or pressed: bricks, tiles, planks, slabs, sheets. NAME has a tone a piece, NAME_height has none."""

from __future__ import annotations

from typing import Callable, Dict, NamedTuple, Tuple  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.textures.coordinates import apart, axis, plane, ramp, to_edge
from scene_generator.textures.noise import Painter, cells, noise


class Laid(NamedTuple):
    """Pieces on a tile."""

    edge: np.ndarray
    """Distance to the nearest joint in units of the tile's width, broadcasts to (size, size)."""
    tone: np.ndarray
    """One random number 0..1 a piece, broadcasts to (size, size)."""
    joint: float
    """Half the width of a joint in units of the tile's width."""


Layout = Callable[[np.random.Generator, int, int], Laid]


def _colored(layout: Layout, darkest: float) -> Painter:
    def paint(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
        laid = layout(rng, size, scale)
        soft = max(0.5 * laid.joint, 0.6 / size)
        tone = darkest + (1 - darkest) * laid.tone + 0.04 * np.clip(noise(rng, size, 12, 1.0), -2, 2)
        values: np.ndarray = ramp(laid.edge, laid.joint - soft, laid.joint + soft) * np.clip(tone, 0.5 * darkest, 1.1)
        return values

    return paint


def _raised(layout: Layout, uneven: float, rough: float) -> Painter:
    def paint(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
        laid = layout(rng, size, scale)
        face = ramp(laid.edge, 0.6 * laid.joint, max(2.2 * laid.joint, 0.6 * laid.joint + 3.0 / size))
        # A rounded rim: the slope is greatest at the joint and runs out on the face.
        face = face * (2 - face)
        grain = rough * np.clip(noise(rng, size, 16, 1.2), -2, 2) if rough > 0 else 0.0
        values: np.ndarray = face * (1 + uneven * laid.tone + grain)
        return values

    return paint


def _brick_layout(rng: np.random.Generator, size: int, scale: int) -> Laid:
    rows, columns = 2 * max(1, round(1.5 * scale)), max(1, scale)
    v, u = plane(size)
    row = (v * rows).astype(np.int64)
    shift = float(rng.choice([0.5, 0.5, 0.25]))
    across = u * columns + shift * (row % 2)
    edge = np.minimum(to_edge(across % 1.0) / columns, to_edge((v * rows) % 1.0) / rows)
    tone = rng.random((rows, columns))[row, across.astype(np.int64) % columns]
    return Laid(edge, tone, float(rng.uniform(0.04, 0.1)) / rows)


def _tile_layout(rng: np.random.Generator, size: int, scale: int) -> Laid:
    t = axis(size) * scale
    edge = to_edge(t % 1.0) / scale
    cell = t.astype(np.int64)
    tone = rng.random((scale, scale))[np.ix_(cell, cell)]
    return Laid(np.minimum(edge[:, None], edge[None, :]), tone, float(rng.uniform(0.01, 0.035)) / scale)


def _slab_layout(rng: np.random.Generator, size: int, scale: int) -> Laid:
    # Courses of random heights, each cut into blocks of random lengths.
    rows = max(2, round(1.5 * scale))
    height = rng.uniform(0.6, 1.4, rows)
    bounds = np.concatenate([[0.0], np.cumsum(height) / height.sum()])
    t = axis(size)
    row = np.clip(np.searchsorted(bounds, t, side="right") - 1, 0, rows - 1)
    edge_v = np.minimum(t - bounds[row], bounds[row + 1] - t)
    edges, tones = np.empty((rows, size)), np.empty((rows, size))
    for i in range(rows):
        count = max(1, scale + int(rng.integers(-1, 2)))
        width = rng.uniform(0.5, 1.5, count)
        cuts = np.concatenate([[0.0], np.cumsum(width) / width.sum()])
        x = (t + rng.random()) % 1.0
        k = np.clip(np.searchsorted(cuts, x, side="right") - 1, 0, count - 1)
        edges[i] = np.minimum(x - cuts[k], cuts[k + 1] - x)
        tones[i] = rng.random(count)[k]
    return Laid(np.minimum(edges[row], edge_v[:, None]), tones[row], float(rng.uniform(0.02, 0.06)) / rows)


def _herringbone_layout(rng: np.random.Generator, size: int, scale: int) -> Laid:
    # Blocks of 1 x 2 cells: (x - y) mod 4 says which half of a lying (0, 1) or standing (3, 2) block a cell is.
    n = 4 * max(1, round(scale / 2))
    t = axis(size) * n
    cell, f = t.astype(np.int64), t % 1.0
    x, y = cell[None, :], cell[:, None]
    fx, fy = f[None, :], f[:, None]
    k = (x - y) % 4
    lying = np.minimum(to_edge(fy), np.where(k == 0, fx, 1 - fx))
    standing = np.minimum(to_edge(fx), np.where(k == 3, fy, 1 - fy))
    tone = rng.random((n, n))[(y - (k == 2)) % n, (x - (k == 1)) % n]
    return Laid(np.where(k < 2, lying, standing) / n, tone, float(rng.uniform(0.03, 0.08)) / n)


def _hexagon_layout(rng: np.random.Generator, size: int, scale: int) -> Laid:
    columns = max(2, scale)
    rows = 2 * max(1, round(columns / np.sqrt(3.0)))
    v, u = plane(size)
    x, y = u * columns, v * rows
    # Two rectangular lattices, every second row moved by half a cell; rows lie sqrt(3) / 2 apart.
    near = None
    for shift in (0.0, 1.0):
        j = 2 * np.round((y - shift) / 2) + shift
        i = np.round(x - 0.5 * shift)
        dx, dy = np.abs(x - i - 0.5 * shift), np.abs(y - j) * (np.sqrt(3.0) / 2)
        d = np.maximum(dx, 0.5 * dx + np.sqrt(0.75) * dy)
        number = (i % columns) * rows + j % rows
        near = (d, number) if near is None else (np.minimum(near[0], d), np.where(d < near[0], number, near[1]))
    assert near is not None
    tone = rng.random(rows * columns)[near[1].astype(np.int64)]
    return Laid((0.5 - near[0]) / columns, tone, float(rng.uniform(0.015, 0.05)) / columns)


def _mosaic_layout(rng: np.random.Generator, size: int, scale: int) -> Laid:
    # Small stones of which neighbours often share a tone, as in a laid picture.
    n = min(32, 5 * scale)
    near, second, number = cells(int(rng.integers(2**32)), size, n, 0.35)
    v, u = np.divmod(np.arange(n * n), n)
    waves = rng.integers(1, 4, (2, 2))
    picture = np.sin(2 * np.pi * (waves[0, 0] * u + waves[0, 1] * v) / n) + np.cos(
        2 * np.pi * (waves[1, 0] * u - waves[1, 1] * v) / n
    )
    tone = np.clip(np.round(1.5 + picture) / 3 + rng.normal(0, 0.06, n * n), 0, 1)
    return Laid((second - near) / (2 * n), tone[number], 0.07 / n)


def _plank_layout(rng: np.random.Generator, size: int, scale: int) -> Laid:
    # Boards along v with butt joints at random heights.
    v, u = plane(size)
    column = (u * scale).astype(np.int64)
    along = v + rng.random(scale)[column]
    joints = int(rng.integers(1, 3))
    edge = np.minimum(to_edge((u * scale) % 1.0) / scale, to_edge((along * joints) % 1.0) / joints)
    piece = (along * joints).astype(np.int64) % joints
    return Laid(edge, rng.random((scale, joints))[column, piece], 0.02 / scale)


def _planks(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    laid = _plank_layout(rng, size, scale)
    fibre = np.clip(noise(rng, size, 24, 1.0, (12.0, 1.0)), -2, 2)
    rings = np.sin(40 * laid.tone + 4 * np.pi * scale * plane(size)[1] + noise(rng, size, 2, 2.5))
    tone = 0.45 + 0.4 * laid.tone + 0.06 * fibre + 0.05 * rings
    values: np.ndarray = ramp(laid.edge, 0.5 * laid.joint, 2 * laid.joint) * np.clip(tone, 0.2, 1.1)
    return values


def _planks_height(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    laid = _plank_layout(rng, size, scale)
    fibre = np.clip(noise(rng, size, 24, 1.0, (12.0, 1.0)), -2, 2)
    values: np.ndarray = ramp(laid.edge, 0.5 * laid.joint, 3 * laid.joint) * (1 + 0.02 * fibre + 0.08 * laid.tone)
    return values


def _checker(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    del rng
    cell = (axis(size) * (2 * max(1, scale // 2))).astype(np.int64)
    values: np.ndarray = ((cell[:, None] + cell[None, :]) % 2).astype(np.float32)
    return values


def _stripes(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    x = plane(size)[1] * scale + noise(rng, size, 2) * rng.choice([0.0, 0.0, 0.05])
    wave = 0.5 + 0.5 * np.sin(2 * np.pi * x)
    return np.broadcast_to(np.clip((wave - 0.5) * rng.uniform(1, 12) + 0.5, 0, 1), (size, size)).astype(np.float32)


def _corrugated(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    wave = np.sin(2 * np.pi * plane(size)[1] * max(2, 2 * scale))
    # From a sine to a trapezoid.
    wave = np.clip(wave * rng.choice([1.0, 1.0, 2.0, 4.0]), -1, 1)
    values: np.ndarray = wave + 0.02 * np.clip(noise(rng, size, 3, 2.0), -2, 2)
    return values


def _roof(rng: np.random.Generator, size: int, scale: int) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:  # noqa: UP006
    rows, columns = 2 * max(1, round(0.6 * scale)), max(2, scale)
    v, u = plane(size)
    row = (v * rows).astype(np.int64)
    across = u * columns + float(rng.choice([0.5, 0.5, 0.0])) * (row % 2)
    tone = rng.random((rows, columns))[row, across.astype(np.int64) % columns]
    return (v * rows) % 1.0, across % 1.0, tone


def _roof_tiles(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    up, across, tone = _roof(rng, size, scale)
    gap = ramp(to_edge(across), 0.01, 0.05) * ramp(up, 1.0, 0.9) * ramp(up, 0.0, 0.08)
    values: np.ndarray = (0.35 + 0.65 * tone) * gap + 0.05 * np.clip(noise(rng, size, 10, 1.0), -2, 2)
    return values


def _roof_tiles_height(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Each course lies on the one below: thick at its lower edge, thin where the next one covers it.
    up, across, tone = _roof(rng, size, scale)
    curved = np.sin(np.pi * across) if rng.random() < 0.5 else ramp(to_edge(across), 0.0, 0.06)
    values: np.ndarray = (1 - up) * ramp(up, 0.0, 0.06) + (0.5 + 0.1 * tone) * curved
    return values


def _panel_layout(rng: np.random.Generator, size: int, scale: int) -> Tuple[Laid, np.ndarray]:  # noqa: UP006
    laid = _slab_layout(rng, size, max(1, scale // 2))
    # Rivets on a regular grid, where they fall near a seam.
    n = 12 * max(1, scale // 2)
    v, u = plane(size)
    r = np.hypot((v * n) % 1.0 - 0.5, (u * n) % 1.0 - 0.5)
    rivet = ramp(r, 0.34, 0.2) * (np.abs(laid.edge - 0.6 / n) < 0.5 / n)
    return Laid(laid.edge, laid.tone, 0.06 / n), rivet


def _panels(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    laid, rivet = _panel_layout(rng, size, scale)
    seam = ramp(laid.edge, laid.joint, 2.5 * laid.joint)
    values: np.ndarray = seam * (0.6 + 0.4 * laid.tone) + 0.05 * rivet + 0.03 * np.clip(noise(rng, size, 3), -2, 2)
    return values


def _panels_height(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    laid, rivet = _panel_layout(rng, size, scale)
    return ramp(laid.edge, 0.5 * laid.joint, 3 * laid.joint) * (1 + 0.2 * laid.tone) + 0.5 * rivet


def _diamond_plate(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    n = 2 * max(2, scale)
    t = axis(size) * n
    x, y = (t % 1.0 - 0.5)[None, :], (t % 1.0 - 0.5)[:, None]
    cell = t.astype(np.int64)
    turn = np.where((cell[None, :] + cell[:, None]) % 2 == 0, 1.0, -1.0)
    along, across = (x + turn * y) * np.sqrt(0.5), (x - turn * y) * np.sqrt(0.5)
    worn = 1 + 0.1 * np.clip(noise(rng, size, 3), -2, 2)
    values: np.ndarray = np.clip(1.2 - np.hypot(along / 0.5, across / 0.17), 0, 0.6) * worn
    return values


def _louvres(rng: np.random.Generator, size: int, scale: int) -> np.ndarray:
    # Slats of a shutter, a blind or clapboard: each leans over the one below.
    v, u = plane(size)
    up = (v * max(2, 2 * scale)) % 1.0
    post = ramp(np.abs(apart(u, float(rng.random()))), 0.02, 0.03)
    values: np.ndarray = np.maximum((1 - up) * ramp(up, 0.0, 0.12) * post, 0.9 * (1 - post))
    return values


KINDS: Dict[str, Painter] = {  # noqa: UP006
    "bricks": _colored(_brick_layout, 0.45),
    "bricks_height": _raised(_brick_layout, 0.08, 0.05),
    "tiles": _colored(_tile_layout, 0.8),
    "tiles_height": _raised(_tile_layout, 0.03, 0.0),
    "ashlar": _colored(_slab_layout, 0.55),
    "ashlar_height": _raised(_slab_layout, 0.2, 0.08),
    "herringbone": _colored(_herringbone_layout, 0.5),
    "herringbone_height": _raised(_herringbone_layout, 0.05, 0.01),
    "hexagons": _colored(_hexagon_layout, 0.6),
    "hexagons_height": _raised(_hexagon_layout, 0.03, 0.0),
    "mosaic": _colored(_mosaic_layout, 0.25),
    "mosaic_height": _raised(_mosaic_layout, 0.1, 0.0),
    "planks": _planks,
    "planks_height": _planks_height,
    "checker": _checker,
    "stripes": _stripes,
    "corrugated": _corrugated,
    "roof_tiles": _roof_tiles,
    "roof_tiles_height": _roof_tiles_height,
    "panels": _panels,
    "panels_height": _panels_height,
    "diamond_plate": _diamond_plate,
    "louvres": _louvres,
}
