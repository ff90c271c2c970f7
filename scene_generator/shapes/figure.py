"""A posed, dressed human figure in parts of one material each, and a bust.

All parts are functions of the same numbers - height in metres (0.9 .. 2.0), seated (0 or 1), stride (0 .. 1) - and the
same seed, which gives pose, build, face and clothes; together they make one person that faces +Z with the soles on
y = 0 and the hips above the origin. A seated one has the hips 0.27 of its height up and the thighs along +Z.
"""

from __future__ import annotations

from typing import Callable, Dict, List, Sequence, Tuple  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.shapes import implicit as sdf
from scene_generator.shapes.bust import bust
from scene_generator.shapes.head import Face, face, face_axes, face_warp, hair, head
from scene_generator.shapes.implicit import Field, axis, solid, warped_solid
from scene_generator.shapes.mesh import Mesh, join
from scene_generator.shapes.pose import ANKLE, SIDES, Pose, pose

Numbers = Sequence[float]


def _placed(mesh: Mesh, scale: float, rotation: np.ndarray, origin: np.ndarray) -> Mesh:
    # Even scale first, then the turn, then the way; `origin` in metres.
    s = np.float32(scale)
    r = rotation.astype(np.float32)
    return Mesh(mesh.positions * s @ r.T + origin.astype(np.float32), mesh.normals @ r.T, mesh.uvs * s, mesh.faces)


def _boxed(field: Field, points: Sequence[np.ndarray], margin: float, cell: float) -> Mesh:
    # A grid around `points`, which the surface passes by at less than `margin`.
    low, high = np.min(points, axis=0) - margin, np.max(points, axis=0) + margin
    x, y, z = (axis(float(a), float(b), cell) for a, b in zip(low, high))
    return solid(field, x, y, z)


def _face_of(body: Pose, seed: int) -> Face:
    return face(seed, body.height, body.female)


def _in_head(body: Pose, point: np.ndarray) -> np.ndarray:
    return np.asarray(body.head_turn.T @ (point - body.head) / body.head_size)


def _head(numbers: Numbers, seed: int) -> Mesh:
    body = pose(numbers, seed)
    f = _face_of(body, seed)
    end = _in_head(body, body.torso_point(0.0, body.spine + 0.004, -0.012))
    chest: Tuple[np.ndarray, ...] = ()  # noqa: UP006
    if body.garment == "jacket":
        # An open collar shows the chest's beginning.
        chest = (_in_head(body, body.torso_point(0.0, body.spine - 0.035, 0.012)),)
    low = min(float(point[1]) for point in (end, *chest)) - 0.36
    wide = max(0.44, max(abs(float(point[0])) for point in (end, *chest)) + 0.42)
    mesh = warped_solid(lambda p: head(p, f, end, chest), face_warp, *face_axes(low, wide, 1.04))
    return _placed(mesh, body.head_size * body.height, body.head_turn, body.head * body.height)


def _hair(numbers: Numbers, seed: int) -> Mesh:
    body = pose(numbers, seed)
    f = _face_of(body, seed)
    cell = 0.0205 if f.hair != "curly" else 0.0225
    mesh = solid(
        lambda p: hair(p, f, seed), axis(-0.6, 0.6, cell), axis(-1.05, 0.75, cell), axis(-0.8, 0.72, cell), 1.6
    )
    return _placed(mesh, body.head_size * body.height, body.head_turn, body.head * body.height)


def _hands(numbers: Numbers, seed: int) -> Mesh:
    # Hand and forearm, and the upper arm's lower half, which shows below a short sleeve.
    body = pose(numbers, seed)
    rng = np.random.default_rng((seed, 0x4A4D))
    parts: List[Mesh] = []  # noqa: UP006
    size = 0.102 * (0.96 + 0.08 * (1 - body.female))
    for i, side in enumerate(SIDES):
        along = body.wrists[i] - body.elbows[i]
        along = along / np.linalg.norm(along)
        thumb = body.thumbs[i]
        frame = np.stack([thumb, along, np.cross(thumb, along)], 1)
        curl, spread = float(rng.uniform(0.1, 0.95)), float(rng.uniform(0.0, 1.0))
        elbow = (frame.T @ (body.elbows[i] - body.wrists[i])) / size
        shoulder = (frame.T @ (body.shoulders[i] - body.wrists[i])) / size
        inner = elbow + 0.55 * (shoulder - elbow) if body.sleeves < 0.9 else 0.5 * elbow
        grows = body.stout**0.5

        def field(
            p: np.ndarray,
            palm: float = side,
            e: np.ndarray = elbow,
            s: np.ndarray = inner,
            c: float = curl,
            w: float = spread,
            g: float = grows,
        ) -> np.ndarray:
            # The palm faces the body: -Z of the left hand's frame, +Z of the right one's.
            q = np.stack([p[0], p[1], p[2] * np.float32(palm)])
            arm = sdf.capsule(p, e, (0, 0.05, 0), 0.25 * g, 0.165 * g)
            if body.sleeves < 0.9:
                arm = sdf.smooth_union(arm, sdf.capsule(p, s, e, 0.28 * g, 0.25 * g), 0.05)
            else:
                arm = sdf.capsule(p, s, (0, 0.05, 0), 0.2 * g, 0.165 * g)
            return sdf.smooth_union(arm, _hand(q, c, w), 0.12)

        ends = np.stack([inner, elbow if body.sleeves < 0.9 else inner, np.zeros(3)])
        low, high = ends.min(0) - 0.42, ends.max(0) + 0.42
        fine = 0.036
        y = np.concatenate([axis(float(low[1]), -0.1, 0.1)[:-1], axis(-0.1, 1.15, fine)])
        x = _refined(float(min(low[0], -0.7)), float(max(high[0], 0.8)), 0.45, fine)
        z = _refined(float(min(low[2], -0.75)), float(max(high[2], 0.75)), 0.4, fine)
        scale = size * body.height
        parts.append(_placed(solid(field, x, y, z), scale, frame, body.wrists[i] * body.height))
    return join(parts)


def _refined(low: float, high: float, near: float, cell: float) -> np.ndarray:
    # Fine within +- `near`, three times coarser outside.
    return np.concatenate([axis(low, -near, 3 * cell)[:-1], axis(-near, near, cell), axis(near, high, 3 * cell)[1:]])


def _hand(q: np.ndarray, curl: float, spread: float) -> np.ndarray:
    # In hand lengths from the wrist: +Y to the fingertips, +X the thumb's side, the palm towards -Z.
    union = sdf.smooth_union
    d = sdf.rounded_box(q, (0.0, 0.27, 0.0), (0.2, 0.25, 0.08), 0.078)
    d = union(d, sdf.ellipsoid(q, (0.12, 0.2, -0.05), (0.1, 0.17, 0.07)), 0.05)
    lengths = (0.42, 0.47, 0.44, 0.34)
    for n, (x, length) in enumerate(zip((0.145, 0.05, -0.048, -0.142), lengths)):
        fan = (1.5 - n) * 0.09 * spread
        root = np.array([x, 0.5 - 0.02 * abs(n - 1), 0.0])
        joint, bend = root, 0.0
        for part, share, thick in ((0, 0.48, 0.052), (1, 0.3, 0.047), (2, 0.22, 0.042)):
            bend += curl * (0.5, 0.75, 0.45)[part] * (1 + 0.12 * n)
            tip = joint + share * length * np.array(
                [np.sin(fan) * np.cos(bend), np.cos(fan) * np.cos(bend), -np.sin(bend)]
            )
            d = union(d, sdf.capsule(q, joint, tip, thick, thick - 0.005), 0.018)
            joint = tip
    ball = np.array([0.19, 0.3, -0.07])
    tip = ball + np.array([0.1 + 0.06 * spread, 0.17, -0.05 - 0.1 * curl])
    d = union(d, sdf.capsule(q, (0.1, 0.1, -0.03), ball, 0.085, 0.068), 0.05)
    return union(d, sdf.capsule(q, ball, tip, 0.062, 0.05), 0.02)


def _folds(p: np.ndarray, seed: int, bends: Sequence[np.ndarray], depth: float, vertical: float) -> np.ndarray:
    # Cloth gathers where the body bends: sharp-crested waves, warped, deep near `bends` and slight elsewhere.
    # `vertical` 0 is rings around limbs, 1 is drapes that hang.
    rng = np.random.default_rng((seed, 0xF01D))
    near = np.float32(0.0)
    for at in bends:
        d2 = (p[0] - at[0]) ** 2 + (p[1] - at[1]) ** 2 + (p[2] - at[2]) ** 2
        near = np.maximum(near, np.exp(d2 * np.float32(-1 / 0.075**2)))
    warp = np.sin(p[0] * 37 + p[1] * 23 + rng.uniform(0, 6)) + np.sin(p[2] * 41 - p[1] * 19 + rng.uniform(0, 6))
    total = np.float32(0.0)
    for size in (0.085, 0.055, 0.036):
        k = rng.normal(size=3) * [1.0, 0.4 if vertical > 0.5 else 1.6, 1.0]
        k = k / np.linalg.norm(k) * (2 * np.pi / size)
        wave = np.sin(p[0] * k[0] + p[1] * k[1] + p[2] * k[2] + 1.1 * warp + rng.uniform(0, 6))
        total = total + np.float32(size / 0.085) * (0.8 - np.sqrt(wave * wave + 0.04))
    return np.asarray(np.float32(depth) * (0.3 + near) * total)


def _top(numbers: Numbers, seed: int) -> Mesh:
    body = pose(numbers, seed)
    rng = np.random.default_rng((seed, 0x7095))
    fit = {"tight": 0.002, "loose": 0.009, "jacket": 0.011}[body.garment]
    depth = {"tight": 0.0012, "loose": 0.0034, "jacket": 0.0026}[body.garment]
    hem = float(rng.uniform(-0.05, 0.0)) if body.garment != "tight" else float(rng.uniform(-0.02, 0.03))
    if body.seated:
        hem = max(hem, -0.01)
    open_to = float(rng.uniform(0.5, 0.75))
    s, w, g, f = body.spine, body.shoulder_width, body.stout, body.female
    belly = max(g - 1.0, 0.0)
    neck = body.torso_point(0.0, s + 0.028, -0.006)
    bends = [*body.elbows, *body.shoulders - np.array([0, 0.03, 0]), body.torso_point(0.0, 0.25 * s, 0.04)]
    cuffs = [e + (x - e) * max(body.sleeves * 2 - 1, 0.0) * 0.97 for e, x in zip(body.elbows, body.wrists)]
    uppers = [a + (b - a) * min(body.sleeves * 2, 1.0) for a, b in zip(body.shoulders, body.elbows)]

    def field(p: np.ndarray) -> np.ndarray:
        union = sdf.smooth_union
        t = sdf.turned(p, body.torso_turn, body.pelvis)
        m = np.stack([np.abs(t[0]), t[1], t[2]])
        d = sdf.ellipsoid(t, (0, 0.68 * s, 0.0), ((0.093 - 0.01 * f) * g, 0.46 * s, 0.06 * g))
        d = union(
            d,
            sdf.ellipsoid(t, (0, 0.3 * s, 0.004 + 0.12 * belly), ((0.078 - 0.008 * f) * g, 0.45 * s, 0.054 * g)),
            0.05,
        )
        d = union(d, sdf.ellipsoid(t, (0, 0.01, -0.004), ((0.088 + 0.008 * f) * g, 0.085, 0.064 * g)), 0.05)
        d = union(d, sdf.capsule(m, (0, s - 0.022, -0.004), (w, s - 0.018, -0.006), 0.036, 0.031), 0.035)
        d = union(d, sdf.capsule(m, (0.02, s + 0.018, -0.014), (0.085, s + 0.0, -0.01), 0.02, 0.016), 0.04)
        d = union(d, sdf.ellipsoid(m, (0.042, 0.7 * s, 0.045 * g), (0.036, 0.036, 0.012 + 0.024 * f)), 0.025)
        d = sdf.smooth_intersection(d - fit, hem - t[1], 0.008)
        for i in range(2):
            loose = fit * 0.9
            r = 0.9 + 0.1 * g
            arm = sdf.capsule(p, body.shoulders[i], uppers[i], 0.033 * r + loose, 0.028 * r + loose)
            if body.sleeves > 0.9:
                arm = union(arm, sdf.capsule(p, body.elbows[i], cuffs[i], 0.027 * r + loose, 0.0205 * r + loose), 0.012)
            d = union(d, arm, 0.022)
        d = d + _folds(p, seed, bends, depth, 0.0)
        up = t - np.array([0.0, s + 0.022, -0.008], np.float32)[:, None]
        # The collar tilts forward with the neck's base.
        up = np.stack([up[0], up[1] + 0.35 * up[2], up[2]])
        ring = sdf.torus(up, (0, 0, 0), 0.034, 0.0085 if body.garment != "tight" else 0.006)
        d = union(d, ring, 0.01)
        if body.garment == "jacket":
            wedge = np.maximum(
                m[0] - 0.5 * np.maximum(t[1] - open_to * s, 0) * (0.075 / (s * (1.08 - open_to))) * 2, -t[2]
            )
            skin = sdf.ellipsoid(t, (0, 0.68 * s, -0.004), ((0.09 - 0.01 * f) * g, 0.46 * s, 0.058 * g))
            cut = np.maximum(np.maximum(wedge, 0.004 - skin), open_to * s - t[1])
            d = sdf.smooth_subtraction(d, cut * 0.8, 0.006)
            seam = np.maximum(np.abs(t[0] - 0.004) - 0.0012, -t[2])
            d = d + 0.0035 * np.exp(-((np.maximum(seam, 0) / 0.002) ** 2)) * (t[2] > 0)
        return d

    ends = [
        *body.shoulders,
        *uppers,
        *cuffs,
        body.pelvis,
        neck,
        body.torso_point(0, 0, 0.06),
        body.torso_point(0, 0, -0.06),
    ]
    if body.sleeves < 0.9:
        ends = [*body.shoulders, *uppers, *ends[-4:]]
    return _scaled(_boxed(field, ends, 0.085 + 0.13 * belly, 0.0066), body.height)


def _scaled(mesh: Mesh, height: float) -> Mesh:
    return _placed(mesh, height, np.eye(3), np.zeros(3))


def _legs(numbers: Numbers, seed: int) -> Mesh:
    body = pose(numbers, seed)
    rng = np.random.default_rng((seed, 0x1E65))
    loose = float(rng.uniform(0.001, 0.011))
    flare = float(rng.uniform(-0.002, 0.008))
    hem = float(rng.uniform(0.012, 0.03))
    pleats = int(rng.integers(9, 20))
    g, f = body.stout, body.female
    waist = body.torso_point(0.0, 0.42 * body.spine, 0.0)
    bends = [*body.knees, *body.hips]
    girth = 0.5 + 0.5 * g
    # A skirt ends between the knee and the ankle; seated, it spans the thighs.
    knees = body.knees.mean(0)
    ankles = body.ankles.mean(0)
    drop = float(np.clip(body.skirt, 0, 1))

    def field(p: np.ndarray) -> np.ndarray:
        union = sdf.smooth_union
        d = (
            sdf.ellipsoid(p, body.pelvis + np.array([0, 0.012, -0.008]), ((0.086 + 0.01 * f) * g, 0.075, 0.066 * g))
            - 0.4 * loose
        )
        d = union(d, sdf.capsule(p, body.pelvis + np.array([0, 0.03, 0]), waist, 0.06 * g, 0.054 * g), 0.03)
        for i in range(2):
            hip, knee, ankle = body.hips[i], body.knees[i], body.ankles[i]
            slack = loose if body.skirt == 0 else 0.0
            thigh = sdf.capsule(p, hip, knee, 0.05 * girth + 0.6 * slack, 0.033 * girth + slack)
            end = ankle + np.array([0, hem - ANKLE + 0.012, 0.0])
            cuff = 0.023 * girth + 1.4 * slack + (flare if body.skirt == 0 else 0.0)
            shin = sdf.capsule(p, knee, end, 0.032 * girth + slack, cuff)
            back = knee + 0.32 * (ankle - knee) + body.feet[i] @ np.array([0, 0, -0.012])
            calf = (
                sdf.ellipsoid(p, back, (0.028 * girth + 0.6 * slack, 0.075, 0.028 * girth + 0.6 * slack))
                if not body.seated
                else sdf.sphere(p, back, 0.03 * girth)
            )
            leg = union(union(thigh, shin, 0.02), calf, 0.03)
            d = union(d, leg, 0.012)
        if body.skirt:
            if body.seated:
                lap = sdf.capsule(
                    p,
                    body.pelvis + np.array([0, 0.0, 0.01]),
                    knees + np.array([0, -0.005, -0.02 + 0.02 * drop]),
                    0.07 * g,
                    0.055,
                )
                wide = sdf.capsule(
                    p,
                    body.knees[0] - np.array([0, 0.01, 0.02]),
                    body.knees[1] - np.array([0, 0.01, 0.02]),
                    0.042,
                    0.042,
                )
                cloth = union(lap, wide, 0.05)
            else:
                end = knees + (ankles - knees) * (1.4 * drop - 0.4)
                bell = sdf.capsule(p, body.pelvis + np.array([0, 0.01, 0]), end, 0.085 * g, 0.115 + 0.05 * drop)
                around = np.arctan2(p[0] - body.pelvis[0], p[2])
                down = np.clip((body.pelvis[1] - p[1]) * 4, 0, 1)
                bell = bell + 0.006 * down * np.sin(pleats * around + 2 * np.sin(3 * around))
                cloth = sdf.smooth_intersection(bell * 0.8, end[1] - p[1], 0.006)
            d = union(d, cloth, 0.008)
        d = d + _folds(p, seed + 1, bends, 0.0006 + 0.3 * loose * (body.skirt == 0), 0.0)
        top = waist[1] - 0.004
        d = sdf.smooth_intersection(d, p[1] - top, 0.006)
        return np.asarray(np.maximum(d, hem - p[1]))

    ends = [*body.hips, *body.knees, *body.ankles, waist]
    wide = 0.08 + (0.11 if body.skirt and not body.seated else 0.03)
    return _scaled(_boxed(field, ends, wide, 0.0068 if not body.skirt else 0.0078), body.height)


def _shoes(numbers: Numbers, seed: int) -> Mesh:
    body = pose(numbers, seed)
    rng = np.random.default_rng((seed, 0x540E))
    heel, cuff = float(rng.uniform(0.004, 0.012)), float(rng.uniform(0.0, 0.035))
    toe = float(rng.uniform(0.8, 1.15))
    size = float(np.interp(body.height, [0.9, 1.6], [1.05, 1.0]))
    parts: List[Mesh] = []  # noqa: UP006
    for i in range(2):
        frame, ankle = body.feet[i], body.ankles[i]

        def field(p: np.ndarray, r: np.ndarray = frame, a: np.ndarray = ankle) -> np.ndarray:
            union = sdf.smooth_union
            # Foot frame, sole at y = 0 under the ankle.
            q = sdf.turned(p, r, a) + np.array([0, ANKLE, 0], np.float32)[:, None]
            long = 0.105 * size
            d = sdf.capsule(q, (0, 0.022, -0.022), (0, 0.016, long - 0.018), 0.0225, 0.02 * toe)
            d = union(d, sdf.ellipsoid(q, (0.0, 0.012, 0.68 * long), (0.029, 0.02, 0.038)), 0.012)
            d = union(d, sdf.capsule(q, (0, 0.02, 0.0), (0, 0.05 + cuff, -0.006), 0.027, 0.024), 0.022)
            d = union(d, sdf.capsule(q, (0, 0.046, 0.012), (0, 0.03, 0.055), 0.012, 0.012), 0.02)
            laces = (
                0.0014
                * np.sin(q[2] * 520)
                * np.exp(-(((q[2] - 0.035) / 0.022) ** 2) - (q[0] / 0.01) ** 2)
                * (q[1] > 0.03)
            )
            d = d + laces
            outline = np.maximum(d - 0.0025, q[1] - 0.011)
            d = sdf.smooth_union(d + 0.0008, outline, 0.001)
            # The heel's arch under the sole, then the floor.
            arch = sdf.ellipsoid(q, (0, 0.0, 0.03), (0.05, heel, 0.022))
            d = sdf.smooth_subtraction(d, arch, 0.003)
            d = sdf.smooth_intersection(d, -q[1], 0.004) if r[1, 1] > 0.999 else d
            return np.asarray(np.maximum(d, -p[1]))

        tip = ankle + frame @ np.array([0, -ANKLE, 0.105 * size])
        back = ankle + frame @ np.array([0, -ANKLE, -0.03])
        top = ankle + frame @ np.array([0, 0.03 + cuff, -0.006])
        parts.append(_boxed(field, [tip, back, top, tip * [1, 0, 1], ankle], 0.042, 0.0042))
    return _scaled(join(parts), body.height)


_FIGURE = ("height", "seated", "stride")

KINDS: Dict[str, Tuple[Callable[[Numbers, int], Mesh], Tuple[str, ...]]] = {  # noqa: UP006
    "figure_head": (_head, _FIGURE),
    "figure_hair": (_hair, _FIGURE),
    "figure_hands": (_hands, _FIGURE),
    "figure_top": (_top, _FIGURE),
    "figure_legs": (_legs, _FIGURE),
    "figure_shoes": (_shoes, _FIGURE),
    "bust": (bust, ("height",)),
}
