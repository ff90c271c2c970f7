"""Things of the street: cars, lamps, bollards, benches, signs, bins, bicycles, fences, cones. Metres, on y = 0."""

from __future__ import annotations

from typing import Callable, Dict, List, Sequence, Tuple  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.shapes.car import car_body, car_glass, car_wheels
from scene_generator.shapes.mesh import Mesh, join
from scene_generator.shapes.surfaces import (
    box,
    boxes,
    extrude,
    grounded,
    rotation,
    rounded,
    smooth_curve,
    translation,
    tubes,
    turn,
)

Numbers = Sequence[float]
Points = List[List[float]]  # noqa: UP006
UP = np.array([0.0, 1.0, 0.0])


def _pole(height: float, low: float, high: float) -> np.ndarray:
    # A profile from the ground to `height`: a foot with a collar, then a taper.
    return np.array(
        [
            [0.0, 0.0], [1.9 * low, 0.0], [1.9 * low, 0.012 * height], [1.45 * low, 0.02 * height],
            [1.45 * low, 0.13 * height], [1.15 * low, 0.15 * height], [low, 0.155 * height],
            [high, height], [0.0, height],
        ]
    )  # fmt: skip


def _street_lamp(numbers: Numbers, seed: int) -> Mesh:
    """A lamp post: a lantern on top, one or two curved arms with flat heads, or a globe, by seed."""
    height = numbers[0]
    rng = np.random.default_rng((seed, 51))
    kind = int(rng.integers(3))
    low = height * float(rng.uniform(0.011, 0.017))
    if kind == 0:  # curved arms
        parts = [turn(_pole(0.86 * height, low, 0.6 * low), 24)]
        reach = height * float(rng.uniform(0.14, 0.25))
        for side in (1.0, -1.0)[: int(rng.integers(1, 3))]:
            knots = [[0, 0.84, 0], [0, 0.93, 0], [0.28, 0.985, 0], [1.0, 0.99, 0]]
            line = smooth_curve(np.array(knots) * [side * reach, height, 1.0], 20)
            parts.append(tubes(line, np.full(20, 0.55 * low), 12))
            head = np.array([[side * (reach + 0.05 * height), 0.985 * height, 0.0]])
            parts.append(boxes(head, np.array([[0.13 * height, 0.022 * height, 0.05 * height]]), 0.009 * height))
    elif kind == 1:  # a lantern
        parts = [turn(_pole(0.82 * height, low, 0.7 * low), 24)]
        r, y = 0.05 * height, 0.82 * height
        glass = np.array([[0.0, y], [0.4 * r, y], [0.5 * r, y + 0.2 * r], [r, y + 2.1 * r], [0.0, y + 2.1 * r]])
        parts.append(turn(glass, 6))
        top = height - y
        roof = [[0.0, y + 2.1 * r], [1.25 * r, y + 2.1 * r], [1.2 * r, y + 2.2 * r], [0.35 * r, y + 0.82 * top]]
        parts.append(turn(np.array([*roof, [0.12 * r, y + 0.88 * top], [0.14 * r, y + 0.94 * top], [0.0, height]]), 24))
    else:  # a globe
        parts = [turn(_pole(0.9 * height, low, 0.7 * low), 24)]
        r, a = 0.055 * height, np.linspace(-np.pi / 2, np.pi / 2, 15)
        parts.append(turn(np.stack([r * np.cos(a), height - r + r * np.sin(a)], 1), 32))
        y = height - 2.05 * r
        cup = [[0.0, y - 0.6 * r], [0.4 * r, y - 0.4 * r], [0.7 * r, y + 0.2 * r], [0.0, y + 0.2 * r]]
        parts.append(turn(np.array(cup), 24))
    return join(parts)


def _bollard(numbers: Numbers, seed: int) -> Mesh:
    """A short post: a dome, a ball or a flat top; rings by seed; `radius` is the widest."""
    radius, height = numbers
    rng = np.random.default_rng((seed, 52))
    r = 0.78 * radius
    profile: Points = [[0.0, 0.0], [radius, 0.0], [radius, 0.06 * height], [r, 0.09 * height]]
    for y in np.sort(rng.uniform(0.3, 0.8, int(rng.integers(0, 3)))) * height:
        profile += [
            [r, y - 0.02 * height],
            [1.1 * r, y - 0.012 * height],
            [1.1 * r, y + 0.012 * height],
            [r, y + 0.02 * height],
        ]
    kind, a = int(rng.integers(3)), np.linspace(0, np.pi / 2, 9)
    if kind == 0:
        profile += np.stack([r * np.cos(a), height - r + r * np.sin(a)], 1).tolist()
    elif kind == 1:
        b, ball = np.linspace(-np.pi / 3, np.pi / 2, 14), 0.95 * r
        profile += [[r, height - 2.3 * r], [0.6 * r, height - 2.1 * r]]
        profile += np.stack([ball * np.cos(b), height - ball + ball * np.sin(b)], 1).tolist()
    else:
        profile += [[r, height - 0.1 * r], [0.9 * r, height], [0.0, height]]
    points = np.array(profile)
    points[:, 1] = np.maximum.accumulate(points[:, 1])
    return turn(points, 40)


def _bench(numbers: Numbers, seed: int) -> Mesh:
    """A slatted park bench, `width` along X, the sitter facing +Z; back rest and frame by seed."""
    width = numbers[0]
    rng = np.random.default_rng((seed, 53))
    seat, deep = 0.44, float(rng.uniform(0.4, 0.5))
    n, thick = int(rng.integers(3, 8)), float(rng.uniform(0.025, 0.045))
    z = (np.arange(n) / max(n - 1, 1) - 0.5) * (deep - deep / n)
    parts = [boxes(np.stack([0 * z, 0 * z + seat, z], 1), np.array([width, thick, 0.82 * deep / n]), 0.006)]
    backed = rng.random() < 0.75
    lean = float(rng.uniform(0.1, 0.3))
    turned = rotation(0, -lean)[:3, :3]
    if backed:
        m = int(rng.integers(2, 5))
        h = 0.12 + 0.36 * (np.arange(m) + 0.5) / m
        at = np.stack([0 * h, seat + h * np.cos(lean), -deep / 2 - 0.02 - h * np.sin(lean)], 1)
        parts.append(boxes(at, np.array([width, 0.27 / m, thick]), 0.006, np.broadcast_to(turned, (m, 3, 3))))
    iron = rng.random() < 0.5
    for x in np.array([-0.4, 0.4]) * width:
        if iron:  # bent bars
            back = [[x, seat - 0.03, -deep / 2], [x, seat + 0.5, -deep / 2 - 0.5 * np.sin(lean) - 0.05]]
            front = [[x, 0.0, 0.52 * deep], [x, 0.5 * seat, 0.4 * deep], [x, seat - 0.03, 0.46 * deep]]
            rear = [[x, 0.0, -0.62 * deep], [x, 0.5 * seat, -0.42 * deep], *(back if backed else back[:1])]
            for knots in (front, rear):
                line = smooth_curve(np.array(knots), 18)
                line[:, 1] = np.maximum(line[:, 1], 0.018)
                parts.append(tubes(line, np.full(18, 0.018), 10))
            bar = np.array([[x, seat - 0.03, -0.5 * deep], [x, seat - 0.03, 0.46 * deep]])
            parts.append(tubes(bar, np.full(2, 0.018), 10))
        else:
            legs = np.array([[x, (seat - thick / 2) / 2, s * 0.38 * deep] for s in (-1, 1)])
            parts.append(boxes(legs, np.array([0.06, seat - thick / 2, 0.07]), 0.005))
            parts.append(box((float(x), seat - thick / 2 - 0.03, 0.0), (0.05, 0.06, 0.9 * deep), 0.005))
            if backed:
                post = np.array([[x, seat + 0.25 * np.cos(lean) - 0.02, -deep / 2 - 0.045 - 0.25 * np.sin(lean)]])
                parts.append(boxes(post, np.array([[0.05, 0.54, 0.035]]), 0.004, turned[None]))
    return grounded(join(parts))


def _sign_post(numbers: Numbers, seed: int) -> Mesh:
    """A traffic or street sign on a post, facing +Z: round, triangular, square, octagonal or two long name plates."""
    height = numbers[0]
    rng = np.random.default_rng((seed, 54))
    r = 0.022 + 0.004 * height
    post = np.array([[0.0, 0.0], [r, 0.0], [r, height * 0.99], [0.7 * r, height], [0.0, height]])
    parts = [turn(post, 16)]
    kind, size = int(rng.integers(5)), float(rng.uniform(0.1, 0.14)) * height
    if kind == 4:
        for k in range(2):
            wide, tall = height * float(rng.uniform(0.2, 0.32)), 0.055 * height
            corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * [wide / 2, tall / 2]
            plate = extrude(rounded(corners, 0.2 * tall, closed=True), 0.006, 0.0015)
            out = float(rng.uniform(-0.3, 0.3)) * wide
            yaw = rotation(1, float(rng.uniform(-0.2, 0.2)) + k * np.pi / 2)
            turned = translation(0, height * (0.93 - 0.06 * k), 0) @ yaw @ translation(out, 0, r)
            parts.append(plate.moved(turned))
    else:
        count = (40, 3, 4, 8)[kind]
        start = (0.0, np.pi / 2 * (1 if rng.random() < 0.6 else -1), np.pi / 4, np.pi / 8)[kind]
        a = start + np.arange(count) * 2 * np.pi / count
        outline = np.stack([np.cos(a), np.sin(a)], 1) * size * (1.25 if kind == 1 else 1.1 if kind == 2 else 1.0)
        if kind:
            outline = rounded(outline, 0.14 * size, closed=True)
        top = float(outline[:, 1].max())
        plate = extrude(outline, 0.008, 0.002).moved(translation(0, height - top, r))
        parts.append(plate)
        clamp = [[0.0, height - top + s * 0.5 * size, 0.6 * r] for s in (-1, 1)]
        parts.append(boxes(np.array(clamp), np.array([2.6 * r, 0.02 * size + 0.012, 1.2 * r]), 0.002))
    return join(parts)


def _bin(numbers: Numbers, seed: int) -> Mesh:
    """A litter bin: an open drum with slats or rings, or a closed one with a dome and a slot ring, by seed."""
    radius, height = numbers
    rng = np.random.default_rng((seed, 55))
    kind = int(rng.integers(3))
    low, wall = radius * float(rng.uniform(0.75, 0.95)), 0.04 * radius
    body = 0.96 * radius
    if kind == 2:
        a = np.linspace(0, np.pi / 2, 10)
        lid = np.stack([body * np.cos(a), 0.8 * height + 0.2 * height * np.sin(a)], 1)
        profile = [
            [0.0, 0.0],
            [low * 0.9, 0.0],
            [low * 0.94, 0.03 * height],
            [body, 0.62 * height],
            [0.86 * body, 0.63 * height],
        ]
        profile += [[0.86 * body, 0.76 * height], [radius, 0.77 * height], [radius, 0.8 * height], *lid.tolist()]
        return turn(np.array(profile), 48)
    outer: Points = [[0.0, 0.0], [0.88 * low, 0.0], [0.9 * low, 0.04 * height]]
    rings = int(rng.integers(2, 6))
    if kind == 0:
        for k in range(rings):
            y = (0.15 + 0.7 * k / rings) * height
            r = 0.9 * low + (body - 0.9 * low) * y / height
            outer += [[r, y], [r * 1.025, y + 0.015 * height], [r * 1.025, y + 0.03 * height], [r, y + 0.045 * height]]
    outer += [[body, 0.95 * height], [radius, 0.96 * height], [radius, height], [body - wall, height]]
    inner = [[0.86 * low - wall, 0.05 * height], [0.0, 0.05 * height]]
    parts = [turn(np.array(outer + inner), 48)]
    if kind == 1:  # upright slats round the drum
        n = int(rng.integers(16, 30))
        a = np.arange(n) * 2 * np.pi / n
        lean = np.arctan2(body - 0.9 * low, 0.9 * height)
        turns = np.stack([(rotation(1, -x) @ rotation(2, -lean))[:3, :3] for x in a])
        mid = (body + 0.9 * low) / 2 + 0.5 * wall
        at = np.stack([mid * np.cos(a), 0 * a + 0.49 * height, mid * np.sin(a)], 1)
        size = np.array([wall, 0.86 * height, 0.72 * 2 * np.pi * mid / n])
        parts.append(boxes(at, np.broadcast_to(size, (n, 3)), 0.3 * wall, turns))
    return join(parts)


def _ring(radius: float, thick: float, steps: int = 64, sides: int = 10) -> Mesh:
    # A torus about Z.
    a = np.linspace(0, 2 * np.pi, sides + 1)
    profile = np.stack([radius + thick * np.cos(a), thick * np.sin(a)], 1)
    return turn(profile, steps, 3.0).moved(rotation(0, np.pi / 2))


def _bicycle(numbers: Numbers, seed: int) -> Mesh:
    """A bicycle along X, front at +X, upright: tyres, rims, spokes, frame, saddle, bars, cranks, mudguards by seed."""
    length = numbers[0]
    rng = np.random.default_rng((seed, 56))
    r = 0.198 * length
    base = length - 2 * r
    tyre = float(rng.uniform(0.045, 0.075)) * r
    rear, front = np.array([-base / 2, r, 0.0]), np.array([base / 2, r, 0.0])
    parts = []
    ring = join([_ring(r - tyre, tyre), _ring(r - 2.3 * tyre, 0.55 * tyre, 48, 6)])
    a = np.arange(24) * np.pi / 12
    flange = np.where(np.arange(24) % 2 == 0, 1.0, -1.0) * 0.06 * r
    hub = np.stack([0.06 * r * np.cos(a + 0.9), 0.06 * r * np.sin(a + 0.9), flange], 1)
    rim = np.stack([(r - 2.4 * tyre) * np.cos(a), (r - 2.4 * tyre) * np.sin(a), 0 * a], 1)
    spokes = tubes(np.stack([hub, rim], 1), np.full((24, 2), 0.0014), 4, "open")
    axle = tubes(np.array([[0, 0, -0.16 * r], [0, 0, 0.16 * r]]), np.full(2, 0.05 * r), 10, "flat")
    for centre in (rear, front):
        for mesh in (ring, spokes, axle):
            parts.append(mesh.moved(translation(*centre)))
    bracket = np.array([-0.06 * length, 0.82 * r, 0.0])
    dropped = rng.random() < 0.35  # a low top tube
    seat = bracket + np.array([-0.11, 0.31, 0.0]) * length
    head = front + np.array([-0.115, 0.235, 0.0]) * length
    crown = front + np.array([-0.075, 0.13, 0.0]) * length
    thick = 0.0105 * length
    joint = bracket + (seat - bracket) * (0.45 if dropped else 0.88)
    frame = [
        (bracket, seat),
        (joint, head + (crown - head) * (0.4 if dropped else 0.15)),
        (bracket, crown + 0.25 * (head - crown)),
        (head, crown),
    ]
    for p, q in frame:
        parts.append(tubes(np.stack([p, q]), np.full(2, thick), 12))
    out = np.array([0.0, 0.0, 0.032 * length])
    for side in (-1.0, 1.0):
        fork = smooth_curve(
            np.stack(
                [
                    crown + 0.4 * side * out,
                    crown + side * out + [0.012 * length, -0.03 * length, 0],
                    (crown + front) / 2 + side * out,
                    front + side * out,
                ]
            ),
            14,
        )
        parts.append(tubes(fork, np.linspace(0.8, 0.5, 14) * thick, 8))
        for start in (bracket, joint):
            parts.append(tubes(np.stack([start + 0.4 * side * out, rear + side * out]), np.full(2, 0.55 * thick), 8))
        turn_of_crank = float(rng.uniform(0, 6.28)) if side < 0 else 0.0
        spin = turn_of_crank + (np.pi if side > 0 else 0.0)
        arm = 0.095 * length * np.array([np.cos(spin), np.sin(spin), 0.0])
        z = side * np.array([0, 0, 0.05 * length])
        parts.append(tubes(np.stack([bracket + z, bracket + arm + z]), np.full(2, 0.6 * thick), 8))
        parts.append(
            box(tuple((bracket + arm + 1.7 * z).tolist()), (0.05 * length, 0.012 * length, 0.055 * length), 0.004)
        )
    shaft = np.array([0, 0, 0.055 * length])
    parts.append(tubes(np.stack([bracket - shaft, bracket + shaft]), np.full(2, 0.9 * thick), 10))
    parts.append(_ring(0.055 * length, 0.004, 32, 6).moved(translation(*(bracket + 0.7 * shaft))))
    for sign in (1.0, -1.0):  # the chain's two runs
        line = np.stack([bracket + UP * sign * 0.055 * length, rear + UP * sign * 0.022 * length]) + 0.7 * shaft
        parts.append(tubes(line, np.full(2, 0.004), 6))
    stem = head + (head - crown) * float(rng.uniform(0.25, 0.6))
    parts.append(tubes(np.stack([head, stem]), np.full(2, 0.8 * thick), 10))
    kind = int(rng.integers(3))
    wide = 0.17 * length
    knots = {
        0: [[0, 0, 0], [0.02, 0.0, 0.4], [0.0, 0.005, 1.0]],
        1: [[0, 0, 0], [0.03, 0.0, 0.7], [0.06, -0.02, 0.85], [0.05, -0.07, 0.85], [0.0, -0.08, 0.85]],
        2: [[0, 0, 0], [0.01, 0.04, 0.35], [-0.02, 0.045, 0.8], [-0.09, 0.04, 1.0]],
    }[kind]
    for side in (-1.0, 1.0):
        line = smooth_curve(stem + np.array(knots) * [length, length, side * wide], 20)
        parts.append(tubes(line, 0.75 * thick * np.where(np.linspace(0, 1, 20) > 0.7, 1.35, 1.0), 8))
    post = seat + (seat - bracket) * 0.16
    parts.append(tubes(np.stack([seat, post]), np.full(2, 0.75 * thick), 10))
    line = smooth_curve(
        post + np.array([[-0.085, 0.02, 0], [-0.03, 0.018, 0], [0.03, 0.016, 0], [0.09, 0.008, 0]]) * length, 16
    )
    parts.append(
        tubes(line, np.interp(np.linspace(0, 1, 16), [0, 0.3, 0.6, 1], [0.03, 0.038, 0.02, 0.013]) * length, 12)
    )
    if rng.random() < 0.5:
        for centre in (rear, front):
            arc = np.linspace(0.3, 2.6, 30)
            line = centre + (r + 0.03 * r + tyre) * np.stack([np.cos(arc), np.sin(arc), 0 * arc], 1)
            parts.append(tubes(line, np.full(30, 0.7 * tyre), 8, "flat"))
    return join(parts)


def _fence(numbers: Numbers, seed: int) -> Mesh:
    """A picket fence along X, its front to +Z: pointed, round, flat or iron spear pickets by seed, rails and posts."""
    length, height, spacing = numbers
    rng = np.random.default_rng((seed, 57))
    n = int(np.clip(round(length / spacing), 2, 200))
    kind = int(rng.integers(4))
    wide, thick = spacing * float(rng.uniform(0.5, 0.8)), min(0.022, 0.15 * spacing + 0.004)
    x = (np.arange(n) + 0.5) / n * length - length / 2
    parts = []
    if kind == 3:
        paths = np.stack(
            np.broadcast_arrays(x[:, None], np.array([0.04, 0.86, 0.9, 0.93, 1.0])[None] * height, 0.0), -1
        )
        bar = min(0.1 * spacing, 0.012)
        parts.append(tubes(paths, bar * np.array([1, 1, 2.0, 1.8, 0.1])[None] * np.ones((n, 1)), 8, "flat"))
        z, thick = 0.0, 2 * bar
    else:
        low, top = 0.05 * height, height - 0.05 * height
        tip = {0: [[0.0, top]], 1: [[s * 0.5 * wide, top - 0.5 * wide + 0.0] for s in (1.0,)], 2: []}[kind]
        neck = top - (0.6 * wide if kind == 0 else 0.5 * wide if kind == 1 else 0.0)
        if kind == 1:
            a = np.linspace(0, np.pi, 9)[1:-1]
            tip = np.stack([0.5 * wide * np.cos(a), neck + 0.5 * wide * np.sin(a)], 1).tolist()
        outline = np.array([[-wide / 2, 0.0], [wide / 2, 0.0], [wide / 2, neck], *tip, [-wide / 2, neck]])
        middle = np.array([0.0, neck / 2])
        one = extrude(rounded(outline - middle, 0.004, closed=True, steps=2), thick, 0.002)
        jitter = rng.normal(0, 0.012, (n, 2)) * (rng.random() < 0.5)
        for k in range(n):
            lean = rotation(2, float(np.clip(jitter[k, 0], -0.03, 0.03)))
            at = translation(x[k], low + middle[1] + float(np.clip(jitter[k, 1], -0.04, 0.04)) * height, thick / 2)
            parts.append(one.moved(at @ lean))
        z = -thick
    rails = np.array([[0, 0.22 * height, z], [0, 0.75 * height, z]])
    parts.append(boxes(rails, np.array([length, max(0.05 * height, thick), 1.4 * thick]), 0.15 * thick))
    m = max(1, round(length / 2.0))
    px = np.linspace(-length / 2 + 2 * thick, length / 2 - 2 * thick, m + 1)
    post = np.stack([px, 0 * px + 0.48 * height, 0 * px + z - (1.9 * thick if kind != 3 else 0.0)], 1)
    parts.append(boxes(post, np.array([3.5 * thick, 0.96 * height, 3.0 * thick]), 0.2 * thick))
    return join(parts)


def _traffic_cone(numbers: Numbers, seed: int) -> Mesh:
    """A traffic cone on its square foot, a little worn out of round."""
    height = numbers[0]
    rng = np.random.default_rng((seed, 58))
    r, foot = 0.2 * height * float(rng.uniform(0.85, 1.05)), 0.045 * height
    profile = np.array(
        [
            [0.0, foot * 0.5], [1.25 * r, foot * 0.9], [1.2 * r, foot * 1.2], [1.02 * r, foot * 1.5],
            [0.96 * r, foot * 2.4],
            [0.2 * r, 0.985 * height], [0.14 * r, height], [0.08 * r, height],
            [0.07 * r, 0.97 * height], [0.0, 0.97 * height],
        ]
    )  # fmt: skip
    side = 0.27 * height * 2 * float(rng.uniform(0.9, 1.05))
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * side / 2
    slab = extrude(rounded(corners, 0.12 * side, closed=True, steps=5), foot, 0.25 * foot).moved(
        rotation(0, -np.pi / 2)
    )
    return join([slab, turn(profile, 48)])


KINDS: Dict[str, Tuple[Callable[[Numbers, int], Mesh], Tuple[str, ...]]] = {  # noqa: UP006
    "car_body": (car_body, ("length", "width", "height")),
    "car_glass": (car_glass, ("length", "width", "height")),
    "car_wheels": (car_wheels, ("length", "width", "height")),
    "street_lamp": (_street_lamp, ("height",)),
    "bollard": (_bollard, ("radius", "height")),
    "bench": (_bench, ("width",)),
    "sign_post": (_sign_post, ("height",)),
    "bin": (_bin, ("radius", "height")),
    "bicycle": (_bicycle, ("length",)),
    "fence": (_fence, ("length", "height", "spacing")),
    "traffic_cone": (_traffic_cone, ("height",)),
}
