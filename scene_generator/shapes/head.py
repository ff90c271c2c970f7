"""A human head, its neck and its hair as distance fields, in units of the head's height from chin to crown.

Origin in the middle of the head at the eyes' level, +Y up, +Z forward, +X the head's left. The proportions are the
canon of drawing books: eyes half-way, the nose's base at a quarter, five eye widths across, ears from brow to nose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Sequence, Tuple  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.shapes import implicit as sdf
from scene_generator.shapes.pose import turn

STYLES = ("none", "cap", "short", "curly", "parted", "long", "bun", "hat")


@dataclass(frozen=True)
class Face:
    """What varies from one face to the next; sizes are factors about 1 unless said otherwise."""

    width: float
    jaw: float
    chin: float
    cheeks: float
    brow: float
    eyes: float
    eye_distance: float
    lids: float
    """How open the eyes are, 0 .. 1."""
    nose_length: float
    nose_width: float
    bridge: float
    mouth: float
    lips: float
    smile: float
    """Lift of the mouth's corners, -0.02 .. 0.03 of the head."""
    neck: float
    ears: float
    child: float
    """0 .. 1: larger forehead and eyes, smaller nose and jaw."""
    bend: float
    """Asymmetry: sideways bend of the face's middle line."""
    hair: str
    """One of STYLES."""


def face(seed: int, height: float = 1.75, female: float = 0.5) -> Face:
    """Return the face of `seed` for a person of `height` metres; `female` 0 .. 1 softens jaw, brow and neck."""
    rng = np.random.default_rng((seed, 0xFACE))
    child = float(np.clip((1.6 - height) / 0.6, 0, 1))

    def about(spread: float) -> float:
        return float(np.exp(np.clip(rng.normal(0, spread), -2 * spread, 2 * spread)))

    return Face(
        width=about(0.06),
        jaw=about(0.1) * (1.06 - 0.12 * female) * (1 - 0.06 * child),
        chin=about(0.15) * (1.1 - 0.2 * female) * (1 - 0.2 * child),
        cheeks=about(0.2) * (1 + 0.4 * child),
        brow=about(0.3) * (1.35 - 0.7 * female) * (1 - 0.6 * child),
        eyes=about(0.05) * (1 + 0.14 * child + 0.05 * female),
        eye_distance=about(0.04),
        lids=float(rng.uniform(0.45, 1.0)) if rng.uniform() < 0.9 else 0.05,
        nose_length=about(0.12) * (1 - 0.15 * child),
        nose_width=about(0.13) * (1.05 - 0.1 * female),
        bridge=about(0.35) * (1 - 0.5 * child),
        mouth=about(0.1),
        lips=about(0.25) * (0.9 + 0.25 * female),
        smile=float(rng.normal(0.006, 0.012)),
        neck=about(0.06) * (1.06 - 0.16 * female) * (1 - 0.12 * child),
        ears=about(0.1),
        child=child,
        bend=float(rng.normal(0, 0.012)),
        hair=STYLES[int(rng.choice(len(STYLES), p=[0.08, 0.1, 0.2, 0.14, 0.16, 0.16, 0.08, 0.08]))],
    )


def skull(p: np.ndarray, f: Face) -> np.ndarray:
    """Return the distance of `p` (3, N) to the cranium, the round that hair grows on."""
    return sdf.ellipsoid(p, (0, 0.1, -0.045), (0.325 * f.width, 0.395, 0.415))


def head(p: np.ndarray, f: Face, neck_end: np.ndarray, chest: Tuple[np.ndarray, ...] = ()) -> np.ndarray:  # noqa: UP006
    """Return the distance of `p` (3, N) to head and neck.

    Args:
        neck_end: (3,) where the neck ends, in the head's frame. chest: up to two points of the upper chest that an
            open collar shows.
    """
    union = sdf.smooth_union
    q = np.stack([p[0] + f.bend * np.sin(4 * p[1] + 1), p[1], p[2]])
    # The two halves are mirrored: one eye, one cheek and one ear serve for both.
    q = np.stack([np.sqrt(q[0] * q[0] + 1e-5), q[1], q[2]])
    w = f.width
    d = skull(q, f)
    d = union(d, sdf.ellipsoid(q, (0, 0.13, 0.13), (0.25 * w, 0.2, 0.212)), 0.1)
    d = union(d, sdf.ellipsoid(q, (0, -0.15, 0.1), (0.232 * w, 0.3, 0.25)), 0.12)
    corner, point = (0.155 * w * f.jaw, -0.265, 0.0), (0.05 * f.chin, -0.42, 0.25)
    d = union(d, sdf.capsule(q, corner, point, 0.06, 0.06), 0.13)
    d = union(d, sdf.ellipsoid(q, (0, -0.435, 0.29), (0.07 * f.chin, 0.058, 0.058)), 0.07)
    cheek = (0.16 * w, -0.125, 0.225)
    d = union(d, sdf.ellipsoid(q, cheek, (0.085, 0.07 * f.cheeks, 0.085)), 0.1)
    # Neck: a column, and the two cords that run from behind the ears to its pit.
    r = 0.2 * f.neck
    d = union(d, sdf.capsule(q, (0, -0.2, -0.1), neck_end, r, 1.08 * r), 0.07)
    pit = neck_end + np.array([0.0, 0.08, 0.17])
    d = union(d, sdf.capsule(q, (0.2 * w, -0.24, -0.12), pit + np.array([0.03, 0, 0]), 0.045, 0.035), 0.07)
    for place in chest:
        d = union(d, sdf.sphere(p, place, 0.24), 0.15)
    # Small features are worked out only near where they are; a fillet's width away they change nothing.
    near = np.flatnonzero((q[2] > 0.1) & (q[1] > -0.55) & (q[1] < 0.26) & (np.abs(d) < 0.2))
    d[near] = _features(q[:, near], d[near], f)
    near = np.flatnonzero((q[0] > 0.2) & (np.abs(q[1] + 0.05) < 0.25) & (np.abs(q[2] + 0.05) < 0.25))
    d[near] = _ears(q[:, near], d[near], f)
    return d


def _features(q: np.ndarray, d: np.ndarray, f: Face) -> np.ndarray:
    # Muzzle, sockets, brow, then nose, mouth and eyes.
    union, less = sdf.smooth_union, sdf.smooth_subtraction
    d = union(d, sdf.ellipsoid(q, (0, -0.315, 0.26), (0.13, 0.11, 0.1)), 0.07)
    ex = 0.134 * f.eye_distance
    d = less(d, sdf.ellipsoid(q, (ex + 0.005, 0.002, 0.43), (0.09, 0.06, 0.105)), 0.06)
    arch = 0.088 + 0.01 * f.eyes
    inner, top, outer = (0.045, arch - 0.02, 0.335), (0.135, arch + 0.006, 0.316), (0.215, arch - 0.024, 0.245)
    d = union(d, sdf.capsule(q, inner, top, 0.02 * f.brow**0.5, 0.02 * f.brow**0.5), 0.05)
    d = union(d, sdf.capsule(q, top, outer, 0.02 * f.brow**0.5, 0.014), 0.045)
    d = _nose(q, d, f)
    d = _mouth(q, d, f)
    return _eyes(q, d, f, ex)


def _nose(q: np.ndarray, d: np.ndarray, f: Face) -> np.ndarray:
    union = sdf.smooth_union
    base = -0.02 - 0.2 * f.nose_length
    out = 0.405 + 0.05 * f.nose_length
    wide = f.nose_width
    root = (0.0, 0.05, 0.322 + 0.015 * f.bridge)
    middle = (0.0, 0.45 * base, 0.365 + 0.018 * f.bridge)
    tip = (0.0, base + 0.026, out - 0.006)
    d = union(d, sdf.capsule(q, root, middle, 0.026, 0.03 * wide), 0.05)
    d = union(d, sdf.capsule(q, middle, tip, 0.03 * wide, 0.04 * wide), 0.04)
    wing = (0.05 * wide, base + 0.012, out - 0.068)
    d = union(d, sdf.ellipsoid(q, wing, (0.032 * wide, 0.032, 0.045)), 0.042)
    # The nostrils open downwards, so the front hides them.
    hole = (0.03 * wide, base - 0.022, out - 0.052)
    return sdf.smooth_subtraction(d, sdf.ellipsoid(q, hole, (0.014 * wide, 0.014, 0.024)), 0.014)


def _mouth(q: np.ndarray, d: np.ndarray, f: Face) -> np.ndarray:
    # The lips follow the muzzle's round: depth falls, and the corners lift, with the square of the distance sideways.
    half = 0.1 * f.mouth
    t2 = (q[0] / half) ** 2
    y = q[1] + 0.345 - f.smile * np.minimum(t2, 1.6)
    bent = np.stack([q[0], y, q[2] + 0.045 * np.minimum(t2, 2.0)])
    bow = np.stack([q[0], y + 0.007 * np.exp(-((q[0] / 0.018) ** 2)), bent[2]])
    full = f.lips**0.5
    upper = sdf.ellipsoid(bow, (0, 0.018, 0.362), (half, 0.023 * full, 0.029 * full))
    lower = sdf.ellipsoid(bent, (0, -0.026, 0.354), (0.82 * half, 0.028 * full, 0.036 * full))
    d = sdf.smooth_union(d, upper, 0.014)
    d = sdf.smooth_union(d, lower, 0.014)
    line = sdf.ellipsoid(bent, (0, -0.001, 0.4), (1.08 * half, 0.007, 0.045))
    d = sdf.smooth_subtraction(d, line, 0.012)
    fold = sdf.ellipsoid(bent, (0, -0.075, 0.385), (0.075, 0.016, 0.03))
    d = sdf.smooth_subtraction(d, fold, 0.04)
    groove = sdf.capsule(q, (0, -0.265, 0.42), (0, -0.315, 0.415), 0.01, 0.012)
    return sdf.smooth_subtraction(d, groove, 0.025)


def _eyes(q: np.ndarray, d: np.ndarray, f: Face, ex: float) -> np.ndarray:
    # A ball with its cornea, and over it a shell with an almond slit: the lids.
    r = 0.07 * f.eyes
    z = 0.272 - (r - 0.07)
    centre = (ex, 0.0, z)
    t = (q[0] - ex) / (0.064 * f.eyes)
    curve = np.maximum(1 - t * t, -1.0)
    above, below = (0.012 + 0.022 * f.lids) * f.eyes, (0.012 + 0.012 * f.lids) * f.eyes
    y = q[1] - 0.005 * t
    slit = np.maximum(np.maximum(y - above * curve, -below * curve - y), z - q[2]) * 0.75
    # The upper lid is the thicker one; above it the skin sinks in a crease.
    lid = sdf.sphere(q, centre, r + 0.012) - 0.004 * np.clip(y / above, -1, 1)
    crease = np.abs(y - above * (0.55 + 0.45 * curve) - 0.02) - 0.001
    lid = lid + 0.007 * np.exp(-((np.maximum(crease, 0) / 0.006) ** 2)) * (q[2] > z)
    lid = sdf.smooth_subtraction(lid, slit, 0.006)
    d = sdf.smooth_subtraction(d, np.maximum(slit, sdf.sphere(q, centre, r + 0.03)), 0.006)
    d = sdf.smooth_union(d, lid, 0.012)
    ball = sdf.smooth_union(sdf.sphere(q, centre, r), sdf.sphere(q, (ex, 0.003, z + r - 0.032), 0.037), 0.004)
    return sdf.smooth_union(d, ball, 0.002)


def _ears(q: np.ndarray, d: np.ndarray, f: Face) -> np.ndarray:
    frame = turn(-0.12, -0.45, -0.12)
    e = sdf.turned(q, frame, (0.315 * f.width, -0.055, -0.05)) / np.float32(f.ears)
    # A shell, hollowed, with a rolled rim and the ridge inside.
    body = sdf.ellipsoid(e, (0.014, 0, -0.03), (0.036, 0.125, 0.075))
    body = sdf.smooth_subtraction(body, sdf.ellipsoid(e, (0.058, 0.014, -0.024), (0.036, 0.088, 0.046)), 0.02)
    ridge = sdf.capsule(e, (0.026, -0.05, -0.042), (0.03, 0.05, -0.03), 0.013, 0.011)
    body = sdf.smooth_union(body, ridge, 0.015)
    return sdf.smooth_union(d, body * f.ears, 0.022)


def hair(p: np.ndarray, f: Face, rng_seed: int) -> np.ndarray:
    """Return the distance of `p` (3, N) to the hair, a hat or the thinnest cap; strands are a displacement."""
    rng = np.random.default_rng((rng_seed, 0x4A12))
    u = rng.uniform
    style = f.hair
    d = skull(p, f)
    thick = {
        "none": 0.012,
        "cap": 0.02,
        "short": 0.045,
        "curly": 0.085,
        "parted": 0.055,
        "long": 0.05,
        "bun": 0.03,
        "hat": 0.04,
    }[style] * float(u(0.8, 1.3))
    # The face, the ears and the neck stay free: what is cut away lies inside the head, or below the hairline.
    line = float(u(0.2, 0.29))
    part = float(u(-0.12, 0.12))
    x = np.abs(p[0])
    if style == "hat":
        # A cap with a peak: six panels, a button, and a band.
        seams = 0.006 * np.abs(np.sin(3 * np.arctan2(p[0], p[2] + 0.045))) ** 0.5 * (p[1] > 0.22)
        dome = sdf.smooth_intersection(d - thick + 0.006 - seams, 0.16 - p[1] + 0.12 * p[2], 0.012)
        dome = sdf.smooth_union(dome, sdf.sphere(p, (0, 0.5 + thick, -0.045), 0.022), 0.01)
        bent = p[1] - 0.175 + 0.9 * p[0] ** 2 + 0.16 * (p[2] - 0.3)
        outline = sdf.ellipsoid(np.stack([p[0], 0 * p[1], p[2]]), (0, 0, 0.26), (0.27, 1.0, 0.34))
        peak = sdf.smooth_intersection(outline, np.abs(bent) - 0.014, 0.012) * 0.85
        return np.asarray(sdf.smooth_union(dome, peak, 0.012))
    shell = d - thick * (1 + 0.5 * np.clip(p[1] / 0.4, -0.5, 1))
    front = sdf.rounded_box(p, (0, line - 0.5, 0.5), (0.262 * f.width, 0.5, 0.46), 0.13)
    nape = np.maximum(-0.2 - p[1] + 0.5 * np.clip(p[2] + 0.1, 0, 1) + 0.0 * x, p[2] - 0.25)
    if style == "long":
        fall = sdf.ellipsoid(p, (0, -0.2 - 0.2 * float(u()), -0.17), (0.37 * f.width, 0.62, 0.28))
        shell = sdf.smooth_union(shell, fall, 0.1)
        low = -0.55 - 0.35 * float(u())
        nape = low - p[1]
        front = np.minimum(front, sdf.capsule(p, (0, 0, 0.3), (0, -1.2, 0.42), 0.25, 0.4))
    elif style == "bun":
        shell = sdf.smooth_union(shell, sdf.sphere(p, (0, 0.22 + 0.2 * float(u()), -0.48), 0.14), 0.03)
    elif style == "curly":
        shell = d - thick - 0.06 * np.clip(p[1] + 0.2, 0, 1)
    # Strands run from the crown, or from the parting, down: waves around that axis.
    crown = np.float32(part) if style == "parted" else np.float32(0.0)
    angle = np.arctan2(p[0] - crown, p[2] + 0.12 if style != "parted" else 0.5 * p[2] - 0.3 * p[1] - 0.6)
    down = p[1] * 9
    strands = np.sin(angle * 23 + 1.3 * np.sin(down + angle * 3)) + 0.6 * np.sin(angle * 41 + 2 * np.sin(down * 0.7))
    amount = np.float32({"none": 0.0, "cap": 0.001, "curly": 0.0, "bun": 0.004}.get(style, 0.007))
    shell = shell + amount * strands
    if style == "curly":
        k = np.float32(34)
        lump = (
            np.sin(p[0] * k + 2 * np.sin(p[1] * 13))
            * np.sin(p[1] * k + 2 * np.sin(p[2] * 12))
            * np.sin(p[2] * k + 2 * np.sin(p[0] * 14))
        )
        shell = shell - np.float32(0.028) * lump
    elif style == "parted":
        shell = shell + 0.03 * np.exp(-(((p[0] - crown) / 0.025) ** 2)) * np.clip(p[1] * 4, 0, 1)
        shell = shell - 0.05 * np.clip(p[2], 0, 0.4) * np.clip(p[1] * 5, 0, 1)
    edge = 0.02 if style in ("none", "cap") else 0.035
    d = sdf.smooth_subtraction(shell, front, edge)
    d = sdf.smooth_intersection(d, nape, edge)
    if style in ("none", "cap", "short", "parted", "bun", "curly"):
        ear = sdf.ellipsoid(np.stack([x, p[1], p[2]]), (0.36 * f.width, -0.1, -0.03), (0.15, 0.16, 0.11))
        d = sdf.smooth_subtraction(d, ear, edge)
    return np.asarray(d * 0.9)


def face_warp(p: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:  # noqa: UP006
    """Return the points of a grid whose cells widen sideways from the face to the back of the head, and by how much.

    Args:
        p: (3, N). Returns (3, N) and the factor (N,), 1 in front of z = 0.2 and up to 2.2.
    """
    wide = 1 + 2.0 * np.clip(0.22 - p[2], 0, 0.6)
    return np.stack([p[0] * wide, (p[1] + 0.2) * wide - 0.2, p[2]]), wide


def face_axes(low: float, reach: float, coarseness: float = 1.0) -> List[np.ndarray]:  # noqa: UP006
    """Return grid coordinates for `face_warp`, finest on the face.

    Args:
        low: where the neck ends, y. reach: half the width. coarseness: factor on all steps; at 1 a bare head has some
            25,000 triangles and its finest cells are 0.009 of the head.
    """
    c = coarseness
    sides = [
        (-reach, 0.037 * c),
        (-0.27, 0.018 * c),
        (-0.2, 0.0118 * c),
        (0.2, 0.018 * c),
        (0.27, 0.037 * c),
        (reach, 0.0),
    ]
    # Rows are close at the eyes and the mouth, wider between, widest on the neck and the crown.
    rows = [(low, 0.05 * c), (-0.55, 0.024 * c), (-0.42, 0.01 * c), (-0.27, 0.0135 * c), (-0.06, 0.009 * c)]
    rows += [(0.07, 0.016 * c), (0.14, 0.03 * c), (0.58, 0.0)]
    depths = [(-0.62, 0.036 * c), (-0.18, 0.024 * c), (0.16, 0.0145 * c), (0.58, 0.0)]
    return [_steps(sides), _steps(rows), _steps(depths)]


def _steps(stretches: Sequence[Tuple[float, float]]) -> np.ndarray:  # noqa: UP006
    # Each stretch is where it begins and its step; the last one only ends the one before.
    parts = [sdf.axis(a, b, cell)[:-1] for (a, cell), (b, _) in zip(stretches, stretches[1:])]
    return np.concatenate([*parts, np.array([stretches[-1][0]], np.float32)])
