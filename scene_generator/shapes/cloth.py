"""Cloth: curtains, drapes over things, crumpled sheets, hung towels, cushions, waves, bedding. Metres, +Y up."""

from __future__ import annotations

from typing import Callable, Dict, Sequence, Tuple  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.shapes.dynamics import finer, relax, resampled, softened
from scene_generator.shapes.mesh import Mesh, join
from scene_generator.shapes.surfaces import grounded, skin, thick

Numbers = Sequence[float]
THICKNESS = 0.002
"""Metres between the two sides of a cloth."""


def _noise(x: np.ndarray, y: np.ndarray, rng: np.random.Generator, scale: float, count: int = 6) -> np.ndarray:
    # A smooth random field with features about `scale` wide, roughly -1 .. 1.
    k = rng.normal(0, 1.0 / scale, (count, 2)) * 2.2
    phase = rng.uniform(0, 2 * np.pi, count)
    out: np.ndarray = np.sin(x[..., None] * k[:, 0] + y[..., None] * k[:, 1] + phase).sum(-1) / np.sqrt(count)
    return out


def _curtain(numbers: Numbers, seed: int) -> Mesh:
    """A hanging curtain, `width` wide when hung, top at y = height, hem at y = 0, folds on both sides of z = 0.

    `folds` is the count of pleats at the top; `fullness` is cloth by rail, 1 (flat) .. 3. Folds are regular at the top,
    merge, wander and deepen towards the hem.
    """
    width, height, folds, fullness = numbers
    rng = np.random.default_rng((seed, 31))
    u, v = np.linspace(0, 1, 181), np.linspace(0, 1, 40)
    vv, uu = np.meshgrid(v, u, indexing="ij")  # v = 0 at the hem
    down = 1 - vv
    # For a sine z = a sin(k x), cloth by rail is about 1 + (a k)^2 / 4.
    k = 2 * np.pi * folds / width
    depth = np.sqrt(np.maximum(4 * (fullness - 1), 0.02)) / k
    warp = 0.35 / folds * (0.35 + down) * _noise(uu * folds / 2.5, vv * 0.6, rng, 1.0)
    phase = 2 * np.pi * folds * (uu + warp) + rng.uniform(0, 2 * np.pi)
    merge = 0.5 * down * np.sin(phase * 0.5 + _noise(uu, vv, rng, 0.6))
    sharp = np.sin(phase + 0.35 * np.sin(2 * phase + 1.0) + merge)
    size = depth * (0.55 + 0.45 * down) * (1 + 0.35 * _noise(uu * folds / 3, vv * 0.4, rng, 1.0))
    z = size * sharp + 0.25 * depth * down**2 * _noise(uu, vv, rng, 0.3)
    z += 0.03 * depth * _noise(uu * folds, vv * height * 5, rng, 0.8)
    sway = size * 0.55 * np.sin(2 * phase + 0.6) * np.minimum(fullness - 1, 1)
    x = (uu - 0.5) * width + sway
    low, high = x.min(1, keepdims=True), x.max(1, keepdims=True)
    x = ((x - low) / (high - low) - 0.5) * width * (1 - 0.05 * np.sin(np.pi * np.clip(down, 0, 1)))
    y = height * vv + 0.006 * height * down * np.sin(phase * 0.5)
    y = np.clip(y, 0, height)
    return grounded(thick(np.stack([x, y, z], -1), THICKNESS))


def _drape(numbers: Numbers, seed: int) -> Mesh:
    """A square cloth that fell over a ball (0), a box (1) or a cylinder (2) standing on the floor.

    `size` is the cloth's side; `support_radius` the ball's radius, the cylinder's, or half the box's side;
    `support_height` the top of the support (a ball's centre lies a radius below it, above the floor or not).
    """
    size, radius, top, kind = numbers
    rng = np.random.default_rng((seed, 32))
    shape = int(np.clip(round(kind), 0, 2))
    turn = float(rng.uniform(0, np.pi / 2))
    gap = THICKNESS + 0.004
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])

    def collide(p: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:  # noqa: UP006
        touch = p[..., 1] < gap
        p[..., 1] = np.maximum(p[..., 1], gap)
        hit = _outside(p, shape, radius, top, gap)
        return p, touch | hit

    def grid_at(n: int) -> np.ndarray:
        s = (np.linspace(0, 1, n) - 0.5) * size
        vv, uu = np.meshgrid(-s, s, indexing="ij")
        flat = np.stack([uu, vv], -1) @ spin.T + rng.uniform(-0.08, 0.08, 2) * radius
        # It starts as a blunt cone over the support: what hangs over is already on its way down, in uneven waves.
        far = np.linalg.norm(flat, axis=-1)
        over = np.maximum(far - radius * 0.95, 0)
        angle = np.arctan2(flat[..., 1], flat[..., 0])
        wave = np.sin(angle * rng.integers(5, 9) + rng.uniform(0, 6)) + 0.6 * np.sin(angle * rng.integers(9, 14))
        slope = 1.05 + 0.16 * wave
        scale = (np.minimum(far, radius * 0.95) + over * np.cos(slope)) / np.maximum(far, 1e-9)
        y = np.maximum(top + gap - over * np.sin(slope), gap) + 0.003 * rng.normal(0, 1, far.shape)
        return np.stack([flat[..., 0] * scale, y, flat[..., 1] * scale], -1)

    points = grid_at(32)
    stiff = float(rng.uniform(0.4, 2.0))
    coarse = (size / 31, size / 31)
    points = relax(points, coarse, 95, collide, gravity=0.015, damping=0.96, friction=0.3, bending=stiff)
    points = relax(points, coarse, 30, collide, gravity=0.004, bending=stiff)
    n = 56
    points = finer(points, n, n)
    points = relax(points, (size / (n - 1), size / (n - 1)), 45, collide, gravity=0.002, bending=stiff)
    points, _ = collide(resampled(softened(points, 2), 86))
    return grounded(thick(points.astype(float), THICKNESS, _cloth_uv(points.shape, size, size)))


def _cloth_uv(shape: Tuple[int, ...], width: float, height: float) -> np.ndarray:  # noqa: UP006
    vv, uu = np.meshgrid(np.linspace(0, height, shape[0]), np.linspace(0, width, shape[1]), indexing="ij")
    return np.stack([uu, vv], -1)


def _outside(p: np.ndarray, shape: int, radius: float, top: float, gap: float) -> np.ndarray:
    # Move points out of the support in place; True where they touched.
    if shape == 0:
        centre = np.array([0.0, top - radius, 0.0], p.dtype)
        d = p - centre
        far = np.sqrt(np.einsum("ijk,ijk->ij", d, d))
        hit = far < radius + gap
        p[hit] = centre + d[hit] * ((radius + gap) / np.maximum(far[hit], 1e-6))[:, None]
        return np.asarray(hit)
    wide = radius + gap
    if shape == 1:
        out = np.abs(p[..., [0, 2]])
        side = wide - out.max(-1)
    else:
        side = wide - np.hypot(p[..., 0], p[..., 2])
    above = top + gap - p[..., 1]
    hit = (side > 0) & (above > 0)
    up = hit & (above <= side)
    p[..., 1] = np.where(up, top + gap, p[..., 1])
    sideways = hit & ~up
    if shape == 1:
        axis = np.where(out[..., 0] > out[..., 1], 0, 2)
        for a in (0, 2):
            m = sideways & (axis == a)
            p[..., a] = np.where(m, np.sign(p[..., a]) * wide, p[..., a])
    else:
        r = np.maximum(np.hypot(p[..., 0], p[..., 2]), 1e-9)
        factor = np.where(sideways, wide / r, 1.0).astype(p.dtype)
        p[..., 0] *= factor
        p[..., 2] *= factor
    return np.asarray(hit)


def _crumpled(numbers: Numbers, seed: int) -> Mesh:
    """A sheet of `size` x `size` crumpled and opened again, lying on the floor; `amount` 0 (flat) .. 1.

    Even seeds are paper-like (flat facets between sharp creases), odd ones cloth-like (soft ridges).
    """
    size, amount = numbers
    rng = np.random.default_rng((seed, 33))
    n = 85
    s = np.linspace(-0.5, 0.5, n)
    vv, uu = np.meshgrid(-s, s, indexing="ij")
    paper = seed % 2 == 0
    soft = 0.003 if paper else 0.02
    y = np.zeros_like(uu)
    x, z = uu.copy(), vv.copy()
    creases = 60 if paper else 18
    for _ in range(creases):
        # Each crease folds the half plane beyond it a little up or down; creases end, so facets differ.
        angle, at = rng.uniform(0, 2 * np.pi), rng.uniform(-0.45, 0.45)
        d, e = uu * np.cos(angle) + vv * np.sin(angle) - at, -uu * np.sin(angle) + vv * np.cos(angle)
        fade = 1 / (1 + np.exp(-(e - rng.uniform(-0.3, 0.3)) / rng.uniform(0.03, 0.12)))
        slope = rng.normal(0, 0.5) * amount / np.sqrt(creases / (24 if paper else 8))
        bend = (np.sqrt(d * d + soft**2) - soft) * np.exp(
            -np.abs(d) / (rng.uniform(0.03, 0.16) if paper else rng.uniform(0.06, 0.25))
        )
        y += slope * bend * fade * 2.2
        pull = 0.12 * slope**2 * bend
        x, z = x - pull * np.cos(angle) * np.sign(d), z - pull * np.sin(angle) * np.sign(d)
    if not paper:
        y += 0.05 * amount * np.abs(_noise(uu, vv, rng, 0.16)) ** 1.3
    y += 0.06 * amount * _noise(uu, vv, rng, 0.45)
    y = (y - np.quantile(y, 0.03)) * size
    y = np.where(y < 0.02 * size, 0.02 * size * np.exp(np.minimum(y / (0.02 * size) - 1, 0)), y) - 0.0
    points = np.stack([x * size, y, z * size], -1)
    points[..., 1] += THICKNESS / 2 - points[..., 1].min() + 1e-4
    return grounded(thick(points, 0.25 * THICKNESS if paper else THICKNESS, _cloth_uv(points.shape, size, size)))


def _hanging_cloth(numbers: Numbers, seed: int) -> Mesh:
    """A towel, a sheet or a flag hung at two to five points of its upper edge; top at y = height, facing +Z."""
    width, height = numbers
    rng = np.random.default_rng((seed, 34))
    n = 41
    hooks = int(rng.integers(2, 6))
    gather = float(rng.uniform(0.88, 0.985))  # hooks are closer than the cloth between them is long
    s, t = np.linspace(-0.5, 0.5, n), np.linspace(0, 1, n)
    vv, uu = np.meshgrid(t, s, indexing="ij")
    columns = np.unique(np.round(np.linspace(0, n - 1, hooks)).astype(int))
    pinned = np.zeros((n, n), bool)
    pinned[-1, columns] = True
    z = 0.03 * width * _noise(uu * 3, vv * 0.5, rng, 0.8) + 0.05 * width * np.sin(
        uu * np.pi * hooks + rng.uniform(0, 6)
    ) * (1 - vv)
    x = uu * width * gather
    points = np.stack([x, vv * height, z], -1)
    points[-1, columns, 2] = rng.normal(0, 0.015 * width, len(columns))

    def free(p: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:  # noqa: UP006
        return p, np.zeros(p.shape[:2], bool)

    points = relax(
        points, (height / (n - 1), width / (n - 1)), 110, free, pinned, gravity=0.008, damping=0.95, bending=1.5
    )
    # Without weight for a while: the threads that its weight has stretched shrink back to their length.
    points = relax(points, (height / (n - 1), width / (n - 1)), 60, free, pinned, gravity=0.0006, damping=0.6)
    points = resampled(softened(points, 1, pinned), 81)
    points[..., 1] *= height / max(float(points[..., 1].max() - min(points[..., 1].min(), 0)), 1e-6)
    points[..., 1] += height - points[..., 1].max()
    points[..., 0] -= (points[..., 0].max() + points[..., 0].min()) / 2
    return grounded(thick(points.astype(float), THICKNESS, _cloth_uv(points.shape, width, height)))


def _cushion(numbers: Numbers, seed: int) -> Mesh:
    """A pillow lying flat: drawn-out corners, pinched seam with piping or not, wrinkles that run in from the seam."""
    width, height, depth = numbers
    rng = np.random.default_rng((seed, 35))
    n = 73
    s = np.sin(np.linspace(-np.pi / 2, np.pi / 2, n))  # finer towards the seam
    vv, uu = np.meshgrid(-s, s, indexing="ij")
    waist = float(rng.uniform(0.05, 0.13))
    x, z = uu * (1 - waist * (1 - vv**2)), vv * (1 - waist * (1 - uu**2))
    fat = np.maximum((1 - uu**2) * (1 - vv**2), 0)
    dome = fat ** float(rng.uniform(0.38, 0.55))
    edge = np.maximum(np.abs(uu), np.abs(vv))
    along = np.where(np.abs(uu) > np.abs(vv), vv, uu)
    near = np.exp(-(1 - edge) / 0.22) * np.minimum((1 - edge) / 0.06, 1)
    parts = []
    middle = rng.uniform(-0.3, 0.3, 2)
    dent = float(rng.uniform(0.0, 0.25)) * np.exp(-((uu - middle[0]) ** 2 + (vv - middle[1]) ** 2) / 0.18)
    for sign in (1.0, -1.0):
        wrinkle = np.sin(along * rng.uniform(10, 20) + 2 * _noise(uu, vv, rng, 0.6) + rng.uniform(0, 6)) * near
        soft = _noise(uu, vv, rng, 0.5) * 0.05 + _noise(uu, vv, rng, 0.2) * 0.02
        flat = 1.0 if sign > 0 else 0.8
        top = dome * (1 + soft - (dent if sign > 0 else 0)) + 0.11 * wrinkle * (dome + 0.15) * (fat > 0)
        y = sign * 0.5 * height * flat * np.maximum(top, 0)
        points = np.stack([x * width / 2, y, z * depth / 2], -1)
        parts.append(skin(points, flip=sign > 0, uv=_cloth_uv(uu.shape, width, depth)))
    mesh = join(parts)
    points = mesh.positions.copy()
    points[:, 1] -= points[:, 1].min()
    points *= np.array([1.0, height / float(points[:, 1].max()), 1.0], np.float32)
    return Mesh(points, mesh.normals, mesh.uvs, mesh.faces)


def _wavy(numbers: Numbers, seed: int) -> Mesh:
    """Travelling waves over a rectangle, facing +Y: sharp crests, wide troughs, from `height` below to above y = 0.

    Sums of trochoids: points move towards the crests (Gerstner, 1802; Fournier and Reeves, "A simple model of ocean
    waves", 1986), `wavelength` metres for the longest; seeds lean from swell in one direction to choppy in all.
    """
    width, depth, height, wavelength = numbers
    rng = np.random.default_rng((seed, 36))
    n = 121
    zz, xx = np.meshgrid(np.linspace(depth / 2, -depth / 2, n), np.linspace(-width / 2, width / 2, n), indexing="ij")
    count, spread = int(rng.integers(3, 8)), float(rng.uniform(0.15, 1.2))
    angle = rng.uniform(0, 2 * np.pi) + rng.normal(0, spread, count)
    k = 2 * np.pi / wavelength * np.concatenate([[1.0], rng.uniform(1.1, 3.2, count - 1)])
    amplitude = rng.uniform(0.5, 1.0, count) * (k / k[0]) ** -1.3
    amplitude *= height / amplitude.sum()
    # The sum of amplitude x k must stay below one, or crests loop over themselves.
    steep = min(float(rng.uniform(0.6, 0.95)), 0.95) / max(float((amplitude * k).sum()), 0.95)
    drift = 0.4 * _noise(xx / wavelength, zz / wavelength, rng, 2.5)
    phase = xx[..., None] * (k * np.cos(angle)) + zz[..., None] * (k * np.sin(angle)) + rng.uniform(0, 6.3, count)
    phase = phase + drift[..., None]
    y = np.cos(phase) @ amplitude
    x = xx - np.sin(phase) @ (amplitude * np.cos(angle)) * steep
    z = zz - np.sin(phase) @ (amplitude * np.sin(angle)) * steep
    return skin(np.stack([x, y, z], -1), flip=True, uv=np.stack([xx, -zz], -1))


def _rumple(points: np.ndarray, scale: float, rng: np.random.Generator) -> np.ndarray:
    # Ridges that branch and fade, pushed out along the normal: what is left of someone's sleep.
    n = np.cross(np.gradient(points, axis=0), np.gradient(points, axis=1))
    n *= np.sign(n[..., 1].mean()) / np.maximum(np.linalg.norm(n, axis=-1, keepdims=True), 1e-12)
    x, z = points[..., 0] + 0.4 * points[..., 1], points[..., 2] + 0.4 * points[..., 1]
    angle = rng.uniform(0, np.pi)
    along, across = x * np.cos(angle) + z * np.sin(angle), z * np.cos(angle) - x * np.sin(angle)
    across = across + 0.5 * scale * _noise(x, z, rng, 2.5 * scale)
    height = np.zeros_like(x)
    for stretch, weight in ((2.5, 1.0), (1.2, 0.5)):
        ridge = np.exp(-((_noise(along / stretch, across, rng, scale * weight) / 0.55) ** 2))
        height += weight * ridge * np.clip(0.5 + 0.7 * _noise(x, z, rng, 2.2 * scale), 0, 1.2)
    return np.asarray(n * (0.22 * scale * height)[..., None])


def _bedding(numbers: Numbers, seed: int) -> Mesh:
    """A rumpled blanket of `width` x `depth` over a low box, hanging over its sides; the box is not in the mesh."""
    width, depth = numbers
    rng = np.random.default_rng((seed, 37))
    top = float(rng.uniform(0.14, 0.24)) * min(width, depth)
    half = np.array([width, depth]) / 2 * 0.93 - 0.02
    hang = top * float(rng.uniform(0.5, 0.75))
    gap = THICKNESS + 0.003
    full = np.array([half[0] * 2 + 2 * hang, half[1] * 2 + 2 * hang])

    def collide(p: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:  # noqa: UP006
        touch = p[..., 1] < gap
        p[..., 1] = np.maximum(p[..., 1], gap)
        inside = np.minimum(half[0] - np.abs(p[..., 0]), half[1] - np.abs(p[..., 2]))
        above = top + gap - p[..., 1]
        hit = (inside > 0) & (above > 0)
        up = hit & (above <= inside)
        p[..., 1] = np.where(up, top + gap, p[..., 1])
        side = hit & ~up
        nearer_x = half[0] - np.abs(p[..., 0]) < half[1] - np.abs(p[..., 2])
        p[..., 0] = np.where(side & nearer_x, np.sign(p[..., 0]) * half[0], p[..., 0])
        p[..., 2] = np.where(side & ~nearer_x, np.sign(p[..., 2]) * half[1], p[..., 2])
        return p, touch | hit

    n = 48
    spare = float(rng.uniform(1.05, 1.12))  # more cloth than bed: it must wrinkle
    vv, uu = np.meshgrid(np.linspace(0.5, -0.5, n), np.linspace(-0.5, 0.5, n), indexing="ij")
    x, z = uu * full[0], vv * full[1]
    over = np.maximum(np.maximum(np.abs(x) - half[0], np.abs(z) - half[1]), 0)
    y = top + gap - over * 0.8 + 0.05 * top * np.abs(_noise(x, z, rng, 0.25 * min(width, depth)))
    x = np.clip(x, -half[0] - 0.4 * over, half[0] + 0.4 * over)
    z = np.clip(z, -half[1] - 0.4 * over, half[1] + 0.4 * over)
    y += 0.3 * top * np.maximum(_noise(x, z, rng, 0.3 * min(width, depth)) - 0.3, 0)
    points = np.stack([x, y, z], -1)
    cell = (full[1] * spare / (n - 1), full[0] * spare / (n - 1))
    points = relax(points, cell, 70, collide, gravity=0.02, friction=0.85, bending=2.5)
    points, _ = collide(resampled(softened(points, 2), 86))
    points = points + _rumple(points, 0.16 * float(half.min()), rng)
    reach = np.abs(points[..., [0, 2]]).reshape(-1, 2).max(0)
    points[..., [0, 2]] *= np.array([width, depth]) / 2 / reach
    return grounded(thick(points.astype(float), THICKNESS, _cloth_uv(points.shape, full[0], full[1])))


KINDS: Dict[str, Tuple[Callable[[Numbers, int], Mesh], Tuple[str, ...]]] = {  # noqa: UP006
    "curtain": (_curtain, ("width", "height", "folds", "fullness")),
    "drape": (_drape, ("size", "support_radius", "support_height", "support_kind")),
    "crumpled": (_crumpled, ("size", "amount")),
    "hanging_cloth": (_hanging_cloth, ("width", "height")),
    "cushion": (_cushion, ("width", "height", "depth")),
    "wavy": (_wavy, ("width", "depth", "height", "wavelength")),
    "bedding": (_bedding, ("width", "depth")),
}
