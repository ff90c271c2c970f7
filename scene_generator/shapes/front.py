"""Parts of a building's front, made for one grid of openings so that they fit together.

All kinds share the numbers (columns, rows, bay, storey, open_width, open_height, reveal): `columns` x `rows` cells of
`bay` x `storey` metres, centred in x, from y = 0 up, outside face in the plane z = 0 facing +Z; in the middle of each
cell an opening whose panes lie `reveal` metres back.
"""

from __future__ import annotations

from typing import Callable, Dict, List, Sequence, Tuple  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.shapes.mesh import Mesh

Numbers = Sequence[float]
_NAMES = ("columns", "rows", "bay", "storey", "open_width", "open_height", "reveal")


def flat(quads: np.ndarray) -> Mesh:
    """Return a flat-shaded mesh of quadrilaterals.

    Args:
        quads: (N, 4, 3) corners, metres, counter-clockwise seen from outside. Texture coordinates are the two
            coordinates of the box face that a quadrilateral looks along, so that textures run on across neighbours.
    """
    q = np.asarray(quads, np.float64)
    normal = np.cross(q[:, 1] - q[:, 0], q[:, 3] - q[:, 0])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    axis = np.abs(normal).argmax(axis=1)
    u = np.where((axis == 0)[:, None], q[..., 2], q[..., 0])
    v = np.where((axis == 1)[:, None], -q[..., 2], q[..., 1])
    start = 4 * np.arange(len(q))[:, None]
    faces = np.concatenate([start + np.array([0, 1, 2]), start + np.array([0, 2, 3])])
    return Mesh(
        q.reshape(-1, 3).astype(np.float32),
        np.repeat(normal, 4, axis=0).astype(np.float32),
        np.stack([u, v], -1).reshape(-1, 2).astype(np.float32),
        faces.astype(np.uint32),
    )


def boxes(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return the quadrilaterals (6 N, 4, 3) of N axis-aligned boxes given by their (N, 3) corners."""
    a, b = np.asarray(low, np.float64), np.asarray(high, np.float64)
    sides = []
    for axis, u, v in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        for at_high in (False, True):
            quad = np.empty((len(a), 4, 3))
            quad[:, :, axis] = (b if at_high else a)[:, axis, None]
            order = ((0, 0), (1, 0), (1, 1), (0, 1)) if at_high else ((0, 0), (0, 1), (1, 1), (1, 0))
            for k, (far_u, far_v) in enumerate(order):
                quad[:, k, u] = (b if far_u else a)[:, u]
                quad[:, k, v] = (b if far_v else a)[:, v]
            sides.append(quad)
    return np.concatenate(sides)


def centres(numbers: Numbers) -> np.ndarray:
    """Return the middle of every opening, (columns * rows, 2) x and y in metres."""
    columns, rows, bay, storey = int(numbers[0]), int(numbers[1]), numbers[2], numbers[3]
    x = (np.arange(columns) - (columns - 1) / 2) * bay
    y = (np.arange(rows) + 0.5) * storey
    yy, xx = np.meshgrid(y, x, indexing="ij")
    return np.stack([xx.ravel(), yy.ravel()], 1)


def _wall(numbers: Numbers, seed: int) -> Mesh:
    _, _, bay, storey, width, height, reveal = numbers
    quads: List[np.ndarray] = []  # noqa: UP006
    x0, x1, y0, y1 = -bay / 2, bay / 2, -storey / 2, storey / 2
    a0, a1, b0, b1 = -width / 2, width / 2, -height / 2, height / 2
    for left, right, bottom, top in ((x0, x1, y0, b0), (x0, x1, b1, y1), (x0, a0, b0, b1), (a1, x1, b0, b1)):
        quads.append(np.array([[left, bottom, 0], [right, bottom, 0], [right, top, 0], [left, top, 0]]))
    z = -reveal
    # The reveals face into the opening.
    quads.append(np.array([[a0, b0, 0], [a0, b0, z], [a0, b1, z], [a0, b1, 0]]))
    quads.append(np.array([[a1, b0, z], [a1, b0, 0], [a1, b1, 0], [a1, b1, z]]))
    quads.append(np.array([[a0, b0, z], [a0, b0, 0], [a1, b0, 0], [a1, b0, z]]))
    quads.append(np.array([[a0, b1, 0], [a0, b1, z], [a1, b1, z], [a1, b1, 0]]))
    return flat(_repeat(np.stack(quads), numbers))


def _panes(numbers: Numbers, seed: int) -> Mesh:
    width, height, reveal = numbers[4:7]
    a, b = width / 2, height / 2
    quad = np.array([[[-a, -b, -reveal], [a, -b, -reveal], [a, b, -reveal], [-a, b, -reveal]]])
    return flat(_repeat(quad, numbers))


def _bars(numbers: Numbers, seed: int) -> Mesh:
    # Casement: an edge all round and a cross or grid of bars, a few centimetres before the pane.
    width, height, reveal = numbers[4:7]
    rng = np.random.default_rng(seed)
    edge, thin, proud = rng.uniform(0.04, 0.09), rng.uniform(0.02, 0.05), min(0.05, 0.7 * reveal)
    upright, level = int(rng.integers(0, 4)), int(rng.integers(0, 4))
    a, b, z0, z1 = width / 2, height / 2, -reveal - 0.01, -reveal + proud
    low = [[-a, -b, z0], [a - edge, -b, z0], [-a + edge, -b, z0], [-a + edge, b - edge, z0]]
    high = [[-a + edge, b, z1], [a, b, z1], [a - edge, -b + edge, z1], [a - edge, b, z1]]
    inner = -reveal + 0.6 * proud
    for k in range(1, upright + 1):
        x = -a + k * width / (upright + 1)
        low.append([x - thin / 2, -b + edge, z0])
        high.append([x + thin / 2, b - edge, inner])
    for k in range(1, level + 1):
        y = -b + k * height / (level + 1)
        low.append([-a + edge, y - thin / 2, z0])
        high.append([a - edge, y + thin / 2, 0.98 * inner])
    return flat(_repeat(boxes(np.array(low), np.array(high)), numbers))


def _trim(numbers: Numbers, seed: int) -> Mesh:
    # A surround that stands proud of the wall, a sill, and sometimes a hood.
    bay, width, height = numbers[2], numbers[4], numbers[5]
    rng = np.random.default_rng(seed)
    edge = min(float(rng.uniform(0.06, 0.2)), 0.45 * (bay - width))
    proud = float(rng.uniform(0.03, 0.1))
    a, b = width / 2, height / 2
    low = [[-a - edge, -b, -0.01], [a, -b, -0.01], [-a - edge, b, -0.01]]
    high = [[-a, b, proud], [a + edge, b, proud], [a + edge, b + edge, proud * 1.1]]
    out = proud + float(rng.uniform(0.04, 0.14))
    low.append([-a - 1.3 * edge, -b - 0.08, -0.01])
    high.append([a + 1.3 * edge, -b, out])
    if rng.random() < 0.4:
        low.append([-a - 1.4 * edge, b + edge, -0.01])
        high.append([a + 1.4 * edge, b + edge + 0.09, out * 1.2])
    return flat(_repeat(boxes(np.array(low), np.array(high)), numbers))


def _shutters(numbers: Numbers, seed: int) -> Mesh:
    # A pair of open leaves with slats beside every opening.
    bay, width, height = numbers[2], numbers[4], numbers[5]
    rng = np.random.default_rng(seed)
    leaf = min(0.5 * width, 0.48 * (bay - width))
    slats = int(np.clip(height / rng.uniform(0.06, 0.12), 3, 30))
    low, high = [], []
    edge = 0.12 * leaf
    for side in (-1, 1):
        x = side * (width + leaf + 0.04) / 2
        a, b = leaf / 2, height / 2
        for x0, x1, y0, y1 in (
            (-a, -a + edge, -b, b),
            (a - edge, a, -b, b),
            (-a + edge, a - edge, -b, -b + edge),
            (-a + edge, a - edge, b - edge, b),
        ):
            low.append([x + x0, y0, 0.01])
            high.append([x + x1, y1, 0.06])
        step = (height - 2 * edge) / slats
        for k in range(slats):
            y = -b + edge + k * step
            low.append([x - a + edge, y, 0.015])
            high.append([x + a - edge, y + 0.6 * step, 0.045])
    return flat(_repeat(boxes(np.array(low), np.array(high)), numbers))


def _timbers(numbers: Numbers, seed: int) -> Mesh:
    # Half-timbering: posts between the bays, rails at the storeys, braces in some cells.
    columns, rows, bay, storey = int(numbers[0]), int(numbers[1]), numbers[2], numbers[3]
    width = numbers[4]
    rng = np.random.default_rng(seed)
    beam, proud = float(rng.uniform(0.1, 0.2)), float(rng.uniform(0.015, 0.05))
    total, tall = columns * bay, rows * storey
    low, high = [], []
    for i in range(columns + 1):
        x = -total / 2 + i * bay
        low.append([x - beam / 2, 0, -0.01])
        high.append([x + beam / 2, tall, proud])
    for j in range(rows + 1):
        y = np.clip(j * storey, beam / 2, tall - beam / 2)
        low.append([-total / 2, y - beam / 2, -0.01])
        high.append([total / 2, y + beam / 2, proud * 1.05])
    quads = [boxes(np.array(low), np.array(high))]
    gap = (bay - width) / 2
    if gap > 2.2 * beam:
        for j in range(rows):
            for i in range(columns):
                for side in (-1, 1):
                    if rng.random() < 0.5:
                        x0 = -total / 2 + (i + 0.5) * bay + side * bay / 2
                        x1 = x0 - side * (gap - 0.05)
                        y0, y1 = j * storey + beam, (j + 1) * storey - beam
                        quads.append(_brace(x0, y0, x1, y1, 0.7 * beam, proud * 0.9))
    return flat(np.concatenate(quads))


def _brace(x0: float, y0: float, x1: float, y1: float, wide: float, proud: float) -> np.ndarray:
    along = np.array([x1 - x0, y1 - y0])
    across = np.array([-along[1], along[0]]) / np.linalg.norm(along) * wide / 2
    low, high = np.array([x0, y0]), np.array([x1, y1])
    corners = np.stack([low - across, high - across, high + across, low + across])
    quads = [np.column_stack([corners, np.full(4, proud)])]
    for k in range(4):
        p, q = corners[k], corners[(k + 1) % 4]
        quads.append(np.array([[*p, -0.01], [*q, -0.01], [*q, proud], [*p, proud]]))
    return np.stack(quads)


def _repeat(quads: np.ndarray, numbers: Numbers) -> np.ndarray:
    middle = centres(numbers)
    offset = np.column_stack([middle, np.zeros(len(middle))])
    repeated: np.ndarray = (quads[None] + offset[:, None, None]).reshape(-1, 4, 3)
    return repeated


KINDS: Dict[str, Tuple[Callable[[Numbers, int], Mesh], Tuple[str, ...]]] = {  # noqa: UP006
    "front_wall": (_wall, _NAMES),
    "front_panes": (_panes, _NAMES),
    "front_bars": (_bars, _NAMES),
    "front_trim": (_trim, _NAMES),
    "front_shutters": (_shutters, _NAMES),
    "front_timbers": (_timbers, _NAMES),
}
