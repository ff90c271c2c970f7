"""Rounded things: blends of balls and rods, lumpy spheres, abstract sculpture, toy animals."""

from __future__ import annotations

from typing import Callable, Dict, List, Sequence, Tuple  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.shapes import implicit as sdf
from scene_generator.shapes.implicit import axis, fitted, solid, standing
from scene_generator.shapes.mesh import Mesh
from scene_generator.shapes.rock import star
from scene_generator.shapes.waves import cube_sphere, waves

Numbers = Sequence[float]


def rotation(rng: np.random.Generator) -> np.ndarray:
    """Return a random rotation (3, 3), uniform over all (the sign-fixed QR factor of a normal matrix)."""
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    if np.linalg.det(q) < 0:
        q[:, 0] = -q[:, 0]
    return np.asarray(q)


def _metaballs(numbers: Numbers, seed: int) -> Mesh:
    # In units where the parts' middles lie within 0.7 of the origin; scaled to the radius at the end.
    (radius,) = numbers
    rng = np.random.default_rng(seed)
    count = int(rng.integers(4, 10))
    blend = float(rng.uniform(0.06, 0.35))
    parts: List[Tuple[str, np.ndarray, np.ndarray, np.ndarray]] = []  # noqa: UP006
    middle = np.zeros(3)
    for i in range(count):
        kind = ("ball", "rod", "box", "ring", "egg")[int(rng.integers(5))]
        parts.append((kind, middle, rotation(rng), rng.uniform(0, 1, 4)))
        # Each next part starts at an earlier one, so that all hang together.
        step = rng.normal(size=3)
        middle = parts[int(rng.integers(i + 1))][1] + step / np.linalg.norm(step) * rng.uniform(0.2, 0.42)
        middle = middle * min(1.0, 0.7 / max(float(np.linalg.norm(middle)), 1e-6))
    cuts = [
        (rng.normal(0, 0.55, 3), float(rng.uniform(0.12, 0.4)), rotation(rng), rng.uniform() < 0.5)
        for _ in range(int(rng.integers(0, 4)))
    ]

    def field(p: np.ndarray) -> np.ndarray:
        d = None
        for kind, centre, turn, size in parts:
            q = sdf.turned(p, turn, centre)
            one = _part(kind, q, size)
            d = one if d is None else sdf.smooth_union(d, one, blend)
        assert d is not None
        for centre, size_of_cut, turn, ball in cuts:
            q = sdf.turned(p, turn, centre)
            hole = (
                sdf.sphere(q, (0, 0, 0), size_of_cut)
                if ball
                else sdf.capsule(q, (0, -2, 0), (0, 2, 0), 0.5 * size_of_cut, 0.5 * size_of_cut)
            )
            d = sdf.smooth_subtraction(d, hole, 0.4 * blend)
        return d

    a = axis(-1.45, 1.45, 0.042)
    return fitted(solid(field, a, a, a), radius, 2 * radius)


def _part(kind: str, q: np.ndarray, size: np.ndarray) -> np.ndarray:
    a, b, c = (float(0.16 + 0.24 * s) for s in size[:3])
    if kind == "ball":
        return sdf.sphere(q, (0, 0, 0), a)
    if kind == "rod":
        return sdf.capsule(q, (0, -1.2 * a, 0), (0, 1.2 * a, 0), 0.55 * b, 0.55 * c)
    if kind == "box":
        return sdf.rounded_box(q, (0, 0, 0), (a, b, 0.8 * c), 0.15 * min(a, b, 0.8 * c) * (1 + 3 * float(size[3])))
    if kind == "ring":
        return sdf.torus(q, (0, 0, 0), 1.1 * a, 0.25 * b + 0.02)
    return sdf.ellipsoid(q, (0, 0, 0), (a, b, c))


def _displaced(numbers: Numbers, seed: int) -> Mesh:
    radius, roughness, octaves = numbers
    rng = np.random.default_rng(seed)
    directions = cube_sphere(48)
    d = directions.reshape(-1, 3).T.astype(np.float32)
    # Billows are round lumps between creases (coral, loaf, cauliflower), ridges are their inverse, plain is fruit.
    style = ("plain", "billow", "ridge", "dimple")[int(rng.integers(4))]
    frequency, gain = float(rng.uniform(0.35, 0.9)), float(rng.uniform(0.4, 0.6))
    stretch = (1.0, float(rng.choice([0.35, 1.0, 1.0, 2.0])), 1.0)
    total: np.ndarray = np.zeros(d.shape[1], np.float32)
    slope: np.ndarray = np.zeros_like(d)
    for octave in range(max(round(octaves), 1)):
        if octave and frequency * 2.0**octave * max(stretch) > 6.5:
            break  # waves under three cells would alias
        value, change = waves(d, rng, frequency * 2.0**octave, 7, stretch)
        crease = np.sqrt(value * value + 0.08)
        # Pits where the noise is high, smooth elsewhere.
        pit = 1 / (1 + np.exp(-6 * (value - 0.9)))
        lift, steep = {
            "plain": (value, np.ones_like(value)),
            "billow": (crease - 0.8, value / crease),
            "ridge": (0.8 - crease, -value / crease),
            "dimple": (-pit, -6 * pit * (1 - pit)),
        }[style if octave else "plain"]
        amplitude = 0.19 * roughness * gain**octave
        total, slope = total + amplitude * lift, slope + amplitude * steep * change
    # Keeps the distance above zero however rough.
    r = np.exp(0.9 * np.tanh(total))
    slope = r * 0.9 * (1 - np.tanh(total) ** 2) * slope
    squash = np.array([1.0, rng.uniform(0.55, 1.25), rng.uniform(0.8, 1.0)])
    return fitted(star(1.0, r, slope, directions, squash), radius, 2 * radius)


def _sculpture(numbers: Numbers, seed: int) -> Mesh:
    # Five themes of modern carving; the field lives in a box of -1 .. 1 by -1.5 .. 1.5 by -1 .. 1.
    radius, height = numbers
    rng = np.random.default_rng(seed)
    theme = ("pierced", "twisted", "rings", "reclining", "sheet")[int(rng.integers(5))]
    twist = float(rng.uniform(0.4, 1.8) * rng.choice([-1, 1]))
    turn = rotation(rng)
    holes = [(rng.uniform(-0.8, 0.8), rng.uniform(0, np.pi), rng.uniform(0.14, 0.3)) for _ in range(3)]
    bones = [rng.uniform(-0.55, 0.55, 3) * [1, 1.6, 1] for _ in range(6)]
    thick = rng.uniform(0.14, 0.3, 6)
    rings = [(rng.normal(0, 0.22, 3), rotation(rng), rng.uniform(0.4, 0.62), rng.uniform(0.1, 0.17)) for _ in range(3)]
    square = float(rng.uniform(0.3, 0.5))

    def field(p: np.ndarray) -> np.ndarray:
        if theme in ("pierced", "twisted"):
            angle = p[1] * np.float32(twist)
            c, s = np.cos(angle), np.sin(angle)
            q = np.stack([c * p[0] - s * p[2], p[1], s * p[0] + c * p[2]])
            if theme == "twisted":
                body = sdf.rounded_box(q, (0, 0, 0), (square, 1.3, square * 0.7), 0.1)
            else:
                body = sdf.ellipsoid(q, (0, 0, 0), (0.75, 1.35, 0.5))
            for y, around, size in holes[: 2 if theme == "twisted" else 3]:
                way = (float(np.cos(around)), float(np.sin(around)))
                low, high = (-2 * way[0], y - 0.3, -2 * way[1]), (2 * way[0], y + 0.3, 2 * way[1])
                rod = sdf.capsule(q, low, high, size, size)
                body = sdf.smooth_subtraction(body, rod, 0.18)
            # A twist lengthens distances by up to its shear.
            return np.asarray(body * 0.75)
        if theme == "rings":
            d = sdf.torus(sdf.turned(p, rings[0][1], rings[0][0]), (0, 0, 0), rings[0][2], rings[0][3])
            for centre, r, major, minor in rings[1:]:
                d = sdf.smooth_union(d, sdf.torus(sdf.turned(p, r, centre), (0, 0, 0), major, minor), 0.15)
            return d
        if theme == "reclining":
            d = sdf.capsule(p, bones[0], bones[1], thick[0], thick[1])
            for i in range(1, 5):
                one = sdf.capsule(p, bones[i], bones[i + 1], thick[i], thick[i + 1])
                d = sdf.smooth_union(d, one, 0.3)
            return sdf.smooth_subtraction(d, sdf.sphere(p, (bones[1] + bones[3]) / 2, 0.24), 0.12)
        # A minimal-looking sheet: the gyroid (A. Schoen, 1970) thickened, inside an egg.
        q = turn.T.astype(np.float32) @ p * np.float32(2.3)
        sx, sy, sz = np.sin(q)
        cx, cy, cz = np.cos(q)
        wall = (np.abs(sx * cy + sy * cz + sz * cx) - 0.5) * (1 / 2.3 / 1.4)
        return sdf.smooth_intersection(wall, sdf.ellipsoid(p, (0, 0, 0), (0.85, 1.2, 0.85)), 0.25)

    a, b = axis(-1.6, 1.6, 0.044), axis(-1.6, 1.6, 0.044)
    return fitted(solid(field, a, b, a), radius, height)


def _quadruped(numbers: Numbers, seed: int) -> Mesh:
    # Facing +Z, in units of the shoulder's height; every size is drawn, so dogs, sheep, bears, horses and pigs occur.
    (height,) = numbers
    rng = np.random.default_rng(seed)
    belly, long, legs = rng.uniform(0.15, 0.3), rng.uniform(0.35, 0.62), rng.uniform(0.045, 0.075)
    neck, up = rng.uniform(0.15, 0.5), rng.uniform(0.2, 1.1)
    skull, snout = rng.uniform(0.12, 0.19), rng.uniform(0.08, 0.26)
    tail, droop = rng.uniform(0.1, 0.5), rng.uniform(-1.2, 0.8)
    ears, ear_out, horns = rng.uniform(0.08, 0.24), rng.uniform(0.3, 1.2), rng.uniform() < 0.25
    wool = rng.uniform(0.003, 0.008) if rng.uniform() < 0.4 else 0.0
    swing = rng.uniform(-0.16, 0.16, 2)
    back = 1.0 - belly
    chest = np.array([0, back, long])
    hips = np.array([0, back - 0.03, -long])
    head = chest + neck * np.array([0, np.sin(up), np.cos(up)]) + np.array([0, 0.1, 0.12])
    nose = head + snout * np.array([0, -0.35, 1.0])
    phase = rng.uniform(0, 6.28, 3)

    def field(p: np.ndarray) -> np.ndarray:
        q = np.stack([np.abs(p[0]), p[1], p[2]])
        d = sdf.capsule(q, chest, hips, belly, 0.88 * belly)
        d = sdf.smooth_union(
            d, sdf.ellipsoid(q, chest + np.array([0, -0.02, -0.05]), (belly, 1.15 * belly, 1.1 * belly)), 0.1
        )
        d = sdf.smooth_union(d, sdf.capsule(q, chest + np.array([0, 0.03, 0]), head, 0.75 * belly, 0.75 * skull), 0.12)
        if wool:
            w = (
                np.sin(p[0] * 46 + phase[0] + 7 * p[2])
                + np.sin(p[1] * 41 + phase[1] + 9 * p[0])
                + np.sin(p[2] * 43 + phase[2] + 8 * p[1])
            )
            d = d + np.float32(wool) * w
        for end, shift in ((chest, swing[0]), (hips, swing[1])):
            side = 0.62 * belly
            # The left and the right leg swing apart, so these are not folded at x = 0.
            for sign in (-1.0, 1.0):
                foot = np.array([sign * side * 1.05, legs * 0.6, end[2] + sign * shift])
                knee = np.array(
                    [sign * side * 1.1, 0.5 * back, end[2] + sign * shift * 0.4 + (0.05 if end is chest else -0.06)]
                )
                hip = np.array([sign * side, end[1] - 0.3 * belly, end[2]])
                thigh = sdf.capsule(p, hip, knee, 0.6 * belly, 1.15 * legs)
                shin = sdf.capsule(p, knee, foot, 1.1 * legs, 0.8 * legs)
                paw = sdf.ellipsoid(
                    p, foot + np.array([0, -0.1 * legs, 0.5 * legs]), (1.15 * legs, 0.8 * legs, 1.5 * legs)
                )
                leg = sdf.smooth_union(sdf.smooth_union(thigh, shin, 0.05), paw, 0.03)
                d = sdf.smooth_union(d, leg, 0.07)
        face = sdf.sphere(q, head, skull)
        face = sdf.smooth_union(
            face, sdf.capsule(q, head + np.array([0, -0.03, 0.04]), nose, 0.75 * skull, 0.45 * skull), 0.06
        )
        face = sdf.smooth_union(
            face, sdf.sphere(q, nose + np.array([0, 0.25 * skull, 0.38 * skull]), 0.16 * skull), 0.02
        )
        face = sdf.smooth_subtraction(
            face, sdf.sphere(q, head + np.array([0.62 * skull, 0.25 * skull, 0.85 * skull]), 0.2 * skull), 0.03
        )
        face = sdf.smooth_union(
            face, sdf.sphere(q, head + np.array([0.5 * skull, 0.25 * skull, 0.72 * skull]), 0.19 * skull), 0.008
        )
        tip = head + np.array([0.6 * skull + ears * np.sin(ear_out), 0.6 * skull + ears * np.cos(ear_out), -0.05])
        face = sdf.smooth_union(
            face,
            sdf.capsule(q, head + np.array([0.55 * skull, 0.65 * skull, -0.02]), tip, 0.3 * skull, 0.12 * skull),
            0.03,
        )
        if horns:
            point = head + np.array([0.9 * skull, 1.9 * skull, -0.12])
            face = sdf.smooth_union(
                face,
                sdf.capsule(q, head + np.array([0.35 * skull, 0.8 * skull, 0]), point, 0.2 * skull, 0.05 * skull),
                0.02,
            )
        d = sdf.smooth_union(d, face, 0.07)
        root = hips + np.array([0, 0.55 * belly, -0.75 * belly])
        end_of_tail = root + tail * np.array([0, np.sin(droop), -np.cos(droop)])
        d = sdf.smooth_union(d, sdf.capsule(q, root, end_of_tail, 0.05, 0.035), 0.06)
        # Flat soles.
        return sdf.smooth_intersection(d, 0.02 - p[1], 0.02)

    cell = 0.026
    mesh = standing(solid(field, axis(-0.65, 0.65, cell), axis(-0.06, 2.2, cell), axis(-1.6, 1.9, cell)))
    scale = np.float32(height / float(mesh.positions[:, 1].max()))
    return Mesh(mesh.positions * scale, mesh.normals, mesh.uvs * scale, mesh.faces)


KINDS: Dict[str, Tuple[Callable[[Numbers, int], Mesh], Tuple[str, ...]]] = {  # noqa: UP006
    "metaballs": (_metaballs, ("radius",)),
    "displaced": (_displaced, ("radius", "roughness", "octaves")),
    "sculpture": (_sculpture, ("radius", "height")),
    "quadruped": (_quadruped, ("height",)),
}
