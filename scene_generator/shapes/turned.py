"""Turned shapes: balusters and finials, columns, lampshades, plates, wine glasses, fruit. Metres, standing on y = 0."""

from __future__ import annotations

from typing import Callable, Dict, List, Sequence, Tuple  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.shapes.mesh import Mesh, join
from scene_generator.shapes.surfaces import boxes, skin, smooth_curve, tubes, turn

Numbers = Sequence[float]
ARC = np.linspace(0, 1, 9)


def _member(kind: str, r0: float, r1: float, y0: float, y1: float) -> np.ndarray:
    # One member of a turning between two radii and heights, (K, 2).
    y = y0 + (y1 - y0) * ARC
    if kind == "bead":
        r = max(r0, r1) + 0.5 * (y1 - y0) * np.sin(np.pi * ARC)
    elif kind == "cove":
        r = r0 + (r1 - r0) * ARC - 0.35 * (y1 - y0) * np.sin(np.pi * ARC)
    elif kind == "ogee":
        r = r0 + (r1 - r0) * ARC * ARC * (3 - 2 * ARC)
    elif kind == "ovolo":
        r = r0 + (r1 - r0) * np.sin(np.pi / 2 * ARC)
    else:  # a fillet: a short cylinder with steps at both ends
        r = np.full_like(ARC, max(r0, r1) * 1.06)
    return np.stack([r, y], 1)


def _lathe(numbers: Numbers, seed: int) -> Mesh:
    """A random turning. `sharpness` 0 gives long swelling curves, 1 many beads, coves and fillets with sharp steps."""
    radius, height, sharpness = numbers
    rng = np.random.default_rng(seed)
    count = int(rng.integers(4, 7) + round(5 * sharpness))
    spans = rng.dirichlet(np.where(rng.random(count) < 0.35 * sharpness + 0.15, 0.8, 3.0)) * 0.9 + 0.1 / count
    edges = np.concatenate([[0], np.cumsum(spans)])
    r = np.clip(0.55 + 0.3 * rng.standard_normal(count + 1).cumsum() / np.sqrt(np.arange(1, count + 2)), 0.22, 0.95)
    r[0] = rng.uniform(0.8, 1.0)
    pieces: List[np.ndarray] = [np.array([[0.0, 0.0], [r[0] * 0.97, 0.0]])]  # noqa: UP006
    for k in range(count):
        sharp = rng.random() < 0.25 + 0.6 * sharpness
        kind = str(rng.choice(["bead", "cove", "fillet", "ovolo"])) if sharp else "ogee"
        aspect = height / radius  # members are as round as the piece is slender
        piece = _member(kind, r[k], r[k + 1], edges[k] * aspect, edges[k + 1] * aspect)
        pieces.append(piece)
    top = pieces[-1][-1]
    if rng.random() < 0.6:  # a knob
        knob = float(rng.uniform(0.25, 0.5)) * min(1.0, top[0] + 0.2)
        angle = np.linspace(-np.pi / 2 + 0.5, np.pi / 2, 14)
        pieces.append(np.stack([knob * np.cos(angle), top[1] + knob * (np.sin(angle) + np.cos(0.5))], 1))
    else:
        pieces.append(np.array([[top[0] * 0.5, top[1]], [0.0, top[1]]]))
    profile = np.concatenate(pieces)
    profile[:, 0] = np.maximum(profile[:, 0], 0)
    profile *= [radius / profile[:, 0].max(), height / profile[:, 1].max()]
    profile[-1, 0] = 0.0
    return turn(profile, 48, 0.55)


def _column(numbers: Numbers, seed: int) -> Mesh:
    """A column of shaft radius `radius` at its foot, with plinth, base, entasis, capital and abacus.

    `flutes` > 0 is the count of flutes (20 to 24 are usual). The plinth and the abacus are square, 2.7 radii wide.
    """
    radius, height, flutes = numbers
    rng = np.random.default_rng(seed)
    foot, head = min(1.1 * radius, 0.2 * height), min(float(rng.uniform(0.9, 1.4)) * radius, 0.2 * height)
    plinth = 0.4 * foot
    upper = radius * float(rng.uniform(0.8, 0.88))
    wide = 2.7 * radius
    base = [[0.0, plinth], [1.28 * radius, plinth]]
    base += (_member("bead", 1.22 * radius, 1.22 * radius, plinth, plinth + 0.28 * foot)).tolist()
    base += (_member("cove", 1.16 * radius, 1.1 * radius, plinth + 0.3 * foot, plinth + 0.42 * foot)).tolist()
    base += (_member("bead", 1.06 * radius, 1.06 * radius, plinth + 0.44 * foot, foot)).tolist()
    base += [[0.8 * radius, foot]]
    parts = [turn(np.array(base), 64)]
    y = np.linspace(0, 1, 26)
    shaft = radius + (upper - radius) * y**1.6  # entasis: nearly straight below, drawn in above
    count = round(flutes)
    per = 10
    angle = np.linspace(0, 2 * np.pi, (count * per if count > 0 else 64) + 1)
    r = np.broadcast_to(shaft[:, None], (len(y), len(angle)))
    if count > 0:
        x = np.abs((np.arange(len(angle)) % per) / per * 2 - 1) / 0.9  # 0 in the flute's middle, above 1 on the arris
        depth = 0.42 * np.pi * radius / count * np.sqrt(np.maximum(1 - x**2, 0))
        ends = np.clip(np.minimum(y, 1 - y) * height / (0.6 * radius), 0, 1)
        r = r - depth * np.sqrt(1 - (1 - ends[:, None]) ** 2)
    yy = np.broadcast_to((foot + y * (height - foot - head))[:, None], r.shape)
    parts.append(skin(np.stack([r * np.cos(angle), yy, r * np.sin(angle)], -1), closed=True))
    low = height - head
    cap = [[0.9 * upper, low], [upper * 1.02, low]]
    cap += _member("bead", upper, upper, low, low + 0.12 * head).tolist()
    cap += [[upper, low + 0.13 * head], [upper, low + 0.4 * head]]
    kind = str(rng.choice(["ovolo", "ogee", "cove"]))
    cap += _member(kind, upper * 1.02, 1.3 * radius, low + 0.42 * head, low + 0.75 * head).tolist()
    cap += [[0.0, low + 0.75 * head]]
    parts.append(turn(np.array(cap), 64))
    slabs = np.array([[0, plinth / 2, 0], [0, height - 0.125 * head, 0]])
    parts.append(boxes(slabs, np.array([[wide, plinth, wide], [wide, 0.25 * head, wide]]), 0.03 * radius))
    return join(parts)


def _lampshade(numbers: Numbers, seed: int) -> Mesh:
    """A thin open cone with an inside, pleated for one seed in three; the bottom rim is at y = 0."""
    bottom, top, height = numbers
    rng = np.random.default_rng(seed)
    t = np.linspace(0, 1, 16)
    curve = float(rng.choice([0.0, 0.0, 0.12])) * np.sin(np.pi * t)
    r = (bottom + (top - bottom) * t) * (1 - curve)
    pleats = int(rng.integers(30, 60)) if rng.random() < 0.34 else 0
    per = 6 if pleats else 1
    angle = np.linspace(0, 2 * np.pi, (pleats * per if pleats else 64) + 1)
    wave = 0.02 * bottom * np.abs(np.sin(angle * pleats / 2)) if pleats else 0 * angle
    wall = 0.003 + 0.01 * bottom
    sides = []
    for inset in (0.0, wall):
        rr = r[:, None] + wave[None] - inset
        yy = np.broadcast_to((t * height)[:, None], rr.shape)
        sides.append(skin(np.stack([rr * np.cos(angle), yy, rr * np.sin(angle)], -1), True, inset > 0))
    for k in (0, -1):
        rr = r[k] + wave - np.array([[0.0], [wall]])
        rim = np.stack([rr * np.cos(angle), np.full_like(rr, t[k] * height), rr * np.sin(angle)], -1)
        sides.append(skin(rim, True, k == 0))
    return join(sides)


def _plate_dish(numbers: Numbers, seed: int) -> Mesh:
    """A plate or shallow dish with foot ring, well and rim; `radius` and `height` are its extents."""
    radius, height = numbers
    rng = np.random.default_rng(seed)
    well, lift = float(rng.uniform(0.5, 0.75)), float(rng.uniform(0.35, 0.8))
    wall = min(0.12 * height + 0.002, 0.3 * height)
    ring = 0.12 * height
    under = np.array([[well - 0.02, ring], [well + 0.06, lift * height], [0.97, height - wall], [0.99, height - wall]])
    upper = np.array([[1.0, height], [0.98, height], [well + 0.07, lift * height + wall], [well, ring + wall]])
    scale = np.array([radius, 1.0])
    foot = [[0.0, ring * 0.6], [well - 0.12, ring * 0.6], [well - 0.12, 0.0], [well - 0.06, 0.0], [well - 0.05, ring]]
    lower, above = smooth_curve(under * scale, 20), smooth_curve(upper * scale, 24)
    profile = np.concatenate([np.array(foot) * scale, lower, above, [[well * 0.6 * radius, ring + wall]]])
    return turn(np.concatenate([profile, [[0.0, ring + wall]]]), 72, 0.7)


def _wine_glass(numbers: Numbers, seed: int) -> Mesh:
    """A stemmed glass: foot, stem and a hollow bowl; `radius` is the widest of bowl and foot."""
    radius, height = numbers
    rng = np.random.default_rng(seed)
    stem, bowl = float(rng.uniform(0.35, 0.5)), float(rng.uniform(0.75, 1.0))
    mouth, knot = float(rng.uniform(0.6, 1.0)), float(rng.choice([0.0, 0.0, 0.08]))
    thin = 0.09
    knots = [[0.86, 0.012], [0.5, 0.03], [thin * 1.4, 0.06], [thin, 0.2 * stem + 0.05], [thin + knot, 0.6 * stem]]
    knots += [[thin, 0.85 * stem], [0.45 * bowl, stem + 0.06], [bowl, stem + 0.22], [bowl * (0.5 + mouth / 2), 0.88]]
    knots += [[bowl * mouth, 1.0]]
    outer = smooth_curve(np.array(knots) * [radius, height], 64)
    wall = 0.025 * radius + 0.0006
    inside = outer[outer[:, 1] > (stem + 0.05) * height] - [wall, 0.0]
    inside[:, 0] = np.maximum(inside[:, 0], 0.05 * radius)
    bottom = inside[0]
    bowl_floor = np.array([[bottom[0] * 0.6, bottom[1] - 0.008 * height], [0.0, bottom[1] - 0.012 * height]])
    base = np.array([[0.0, 0.0], [0.86 * radius, 0.0]])
    lip = np.array([[outer[-1, 0] - wall / 2, height + wall * 0.4]])
    profile = np.concatenate([base, outer, lip, inside[::-1], bowl_floor])
    profile[:, 1] *= height / profile[:, 1].max()
    profile[:, 0] *= radius / profile[:, 0].max()
    return turn(profile, 64, 0.8)


def _fruit(numbers: Numbers, seed: int) -> Mesh:
    """An apple, pear, citrus or pumpkin with its stalk. `dent` 0 .. 1 is how deep both ends are drawn in."""
    radius, dent = numbers
    rng = np.random.default_rng(seed)
    kind = int(rng.integers(4))
    theta, phi = np.linspace(0, np.pi, 49), np.linspace(0, 2 * np.pi, 97)
    squash = (float(rng.uniform(0.85, 1.0)), float(rng.uniform(1.0, 1.15)), 0.97, float(rng.uniform(0.6, 0.8)))[kind]
    pear = 0.45 if kind == 1 else float(rng.uniform(0.0, 0.12))
    # Radius against the polar angle from the top; cusp-like dips at both poles make stalk and calyx.
    top, low = np.exp(-((theta / 0.42) ** 2)), np.exp(-(((np.pi - theta) / 0.38) ** 2))
    r = 1 - dent * (0.42 * top * (kind != 1) + 0.25 * low)
    width = r * np.sin(theta) * (1 - pear * np.clip(np.cos(theta), 0, 1) ** 0.8)
    y = r * np.cos(theta) * squash * (1 + (0.35 if kind == 1 else 0.0) * np.clip(np.cos(theta), 0, 1))
    lobes = int(rng.integers(8, 14)) if kind == 3 else int(rng.integers(4, 6))
    depth = (0.02, 0.015, 0.006, 0.13)[kind] * np.sin(theta)[:, None] ** 0.7
    rib = np.abs(np.sin(phi * lobes / 2 + 0.3)) ** (0.5 if kind == 3 else 1.0)
    wobble = 0.02 * np.sin(phi + rng.uniform(0, 6)) + 0.012 * np.sin(2 * phi + rng.uniform(0, 6))
    ring = width[:, None] * (1 - depth * (1 - rib[None]) + wobble[None] * np.sin(theta)[:, None])
    ring[[0, -1]] = 0
    ring *= radius / ring.max()
    y = y * radius
    points = np.stack([ring * np.cos(phi), np.broadcast_to(y[:, None], ring.shape), ring * np.sin(phi)], -1)
    floor = points[..., 1].min()
    points[..., 1] -= floor
    body = skin(points, closed=True, flip=True)
    body = _poles(body, len(phi))
    start = np.array([0.0, y[0] - floor - 0.08 * radius, 0.0])
    lean = np.append(rng.uniform(-0.12, 0.12, 2), 0.0)[[0, 2, 1]] * radius
    tall = (0.5 if kind != 2 else 0.12) * radius
    s = np.linspace(0, 1, 8)[:, None]
    path = start + s * np.array([0.0, tall, 0.0]) + s**2 * lean
    thin = (0.035 if kind != 3 else 0.11) * radius
    return join([body, tubes(path, thin * (1.3 - 0.5 * s[:, 0] + 0.4 * s[:, 0] ** 6), 8)])


def _poles(mesh: Mesh, columns: int) -> Mesh:
    # Differences across a pole are zero: its normals are straight up and down.
    n = mesh.normals.copy()
    n[:columns], n[-columns:] = [0, 1, 0], [0, -1, 0]
    return Mesh(mesh.positions, n, mesh.uvs, mesh.faces)


KINDS: Dict[str, Tuple[Callable[[Numbers, int], Mesh], Tuple[str, ...]]] = {  # noqa: UP006
    "lathe": (_lathe, ("radius", "height", "sharpness")),
    "column": (_column, ("radius", "height", "flutes")),
    "lampshade": (_lampshade, ("bottom_radius", "top_radius", "height")),
    "plate_dish": (_plate_dish, ("radius", "height")),
    "wine_glass": (_wine_glass, ("radius", "height")),
    "fruit": (_fruit, ("radius", "dent")),
}
