"""A car by lofted cross sections: body with wheel recesses, window panes a little proud of it, and four wheels.

The same numbers and seed give body, glass and wheels of the same car. Length along X (front at +X), on y = 0. Metres.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Sequence, Tuple  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.shapes.mesh import Mesh, grid, join
from scene_generator.shapes.surfaces import boxes, rotation, skin, smooth_curve, turn

Numbers = Sequence[float]
STATIONS = 121
SIDE = 48
"""Points of a half section from the sill's middle below to the roof's middle."""


@dataclass(frozen=True)
class Car:
    """The lines of one car; shares of the length run from -0.5 (rear) to 0.5 (front), heights are metres."""

    length: float
    width: float
    height: float
    kind: int
    """0 saloon, 1 hatchback, 2 van, 3 estate or off-roader."""
    cowl: float
    """Share of the length where windscreen and bonnet meet."""
    roof: Tuple[float, float]  # noqa: UP006
    """Shares of the length where the roof begins behind the windscreen and ends before the rear window."""
    tail: float
    """Share of the length where the rear window ends."""
    belt: float
    bonnet: float
    wheel: float
    """Radius of a tyre."""
    axles: Tuple[float, float]  # noqa: UP006
    clearance: float
    tumble: float
    """How much narrower the roof is than the body, 0 .. 0.3."""


def design(numbers: Numbers, seed: int) -> Car:
    """Return the lines of the car for `length`, `width` and `height` metres and a seed."""
    length, width, height = (float(v) for v in numbers)
    rng = np.random.default_rng((seed, 41))
    kind = int(rng.integers(4))
    u = rng.uniform(-1, 1, 8)
    cowl = (0.2, 0.23, 0.36, 0.2)[kind] + 0.02 * u[0]
    front = (0.05, 0.09, 0.27, 0.07)[kind] + 0.015 * u[1]
    back = (-0.22, -0.34, -0.45, -0.4)[kind] + 0.015 * u[2]
    tail = (-0.37, -0.46, -0.485, -0.47)[kind] + 0.01 * u[3]
    belt = height * ((0.63, 0.62, 0.56, 0.62)[kind] + 0.015 * u[4])
    bonnet = belt * ((0.97, 0.97, 0.98, 0.99)[kind] + 0.01 * u[5])
    wheel = min(height * ((0.215, 0.215, 0.18, 0.225)[kind] + 0.008 * u[6]), 0.09 * length)
    axles = (0.315 + 0.01 * u[7], -0.29 - 0.01 * u[7])
    return Car(
        length, width, height, kind, cowl, (front, back), tail, belt, bonnet, wheel, axles,
        0.55 * wheel, (0.2, 0.18, 0.1, 0.15)[kind],
    )  # fmt: skip


def _top(car: Car, t: np.ndarray) -> np.ndarray:
    # The roof line over the length: bonnet, windscreen, roof, rear window, boot.
    boot = car.belt * (1.0 if car.kind == 0 else 0.98)
    nose, rump = 0.78 * car.bonnet, (0.9 if car.kind == 0 else 0.96) * boot
    f, b = car.roof
    knots = [
        (-0.5, rump * 0.93), (-0.49, rump), (car.tail, boot), (b, car.height * 0.965), ((f + b) / 2, car.height),
        (f, car.height * 0.97), (car.cowl, car.bonnet * 1.01), ((car.cowl + 0.5) / 2, car.bonnet * 0.965),
        (0.47, nose * 1.06), (0.5, nose * 0.9),
    ]  # fmt: skip
    x, y = np.array(knots).T
    fine = np.linspace(-0.5, 0.5, 401)
    line = np.interp(fine, x, y)
    for _ in range(3):  # rounds the corners over about 3 % of the length
        line = np.convolve(np.pad(line, 7, mode="edge"), np.full(15, 1 / 15), "valid")
    return np.asarray(np.interp(t, fine, line * car.height / line.max()))


def _plan(car: Car, t: np.ndarray) -> np.ndarray:
    # Half width over the length: nearly parallel sides, rounded front and rear.
    front, rear = np.clip(t / 0.5, 0, 1), np.clip(-t / 0.5, 0, 1)
    round_off = 1 - 0.28 * front**5 - 0.2 * rear**6
    return np.asarray(car.width / 2 * (0.985 - 0.02 * (2 * t) ** 2) * round_off / 0.985)


def surface(car: Car) -> Tuple[np.ndarray, np.ndarray]:  # noqa: UP006
    """Return the half body as a grid (STATIONS, SIDE, 3), z >= 0, and the row-wise share of the window's height.

    Columns run from the middle below, over sill, side, shoulder and window to the roof's middle.
    """
    t = np.sin(np.linspace(-np.pi / 2, np.pi / 2, STATIONS)) * 0.15 + np.linspace(-0.5, 0.5, STATIONS) * 0.7
    top, half = _top(car, t), _plan(car, t)
    low = car.clearance * (1 + 0.5 * np.clip(np.abs(t) - 0.4, 0, 1) / 0.1)
    shoulder = np.minimum(car.belt, top - 0.03 * car.height) * (1 - 0.03 * t)
    house = np.clip((top - shoulder) / (car.height - car.belt), 0, 1)
    edge = half * (1 - 0.08 - (car.tumble + 0.06) * house)
    rail = top - 0.035 * car.height * (0.5 + house)  # where the window ends and the roof curves over
    zero = 0 * t
    knots = [
        (zero, low), (0.6 * half, low), (0.93 * half, low), (0.985 * half, low + 0.12 * car.belt),
        (half, 0.45 * low + 0.55 * shoulder), (0.985 * half, 0.12 * low + 0.88 * shoulder),
        (0.945 * half, np.minimum(shoulder, rail)), ((0.9 * half + edge * 1.0) / 2 * 1.01, 0.5 * (shoulder + rail)),
        (edge, rail), (0.8 * edge, top - 0.012 * car.height), (0.45 * edge, top - 0.003 * car.height), (zero, top),
    ]  # fmt: skip
    section = np.stack([np.stack(k, 1) for k in knots], 1)
    curves = smooth_curve(section.transpose(1, 0, 2).reshape(len(knots), -1), SIDE).reshape(SIDE, STATIONS, 2)
    z, y = np.maximum(curves[..., 0].T, 0), curves[..., 1].T
    z[:, [0, -1]] = 0
    x = np.broadcast_to((t * car.length)[:, None], z.shape).copy()
    # Nose and tail are rounded in profile, too.
    middle = 0.5 * car.belt
    for sign in (-1.0, 1.0):
        end = np.clip((sign * t - 0.44) / 0.06, 0, 1)[:, None]
        x -= sign * end**2 * 0.05 * car.length * np.clip(np.abs(y - middle) / car.belt, 0, 1) ** 2 * 1.6
    return np.stack([x, y, z], -1), house


def car_body(numbers: Numbers, seed: int) -> Mesh:
    """The painted body without glass and wheels; recesses show where the wheels are."""
    car = design(numbers, seed)
    half, _ = surface(car)
    half = half.copy()
    for axle in car.axles:
        far = np.hypot(half[..., 0] - axle * car.length, half[..., 1] - car.wheel)
        arch = 1.16 * car.wheel
        inside = 1 / (1 + np.exp((far - arch) / (0.025 * arch)))
        lip = 0.012 * car.width * np.exp(-(((far - 1.08 * arch) / (0.12 * arch)) ** 2))
        outer = half[..., 2] > 0.5 * car.width / 2
        deep = np.where(
            outer,
            half[..., 2] - inside * 0.26 * car.width / 2 + lip * (half[..., 2] > 0.8 * car.width / 2),
            half[..., 2],
        )
        half[..., 2] = np.minimum(deep, car.width / 2)
        # The sill's underside is lifted out of the wheel's way.
        under = (half[..., 1] < arch + car.wheel) & outer
        lift = np.sqrt(np.maximum(arch**2 - (half[..., 0] - axle * car.length) ** 2, 0)) + car.wheel * 0.98
        rim = np.arange(SIDE)[None] < 14
        half[..., 1] = np.where(
            under & rim & (far < arch), np.maximum(half[..., 1], np.minimum(lift, half[..., 1] + 0.0)), half[..., 1]
        )
    whole = np.concatenate([half * np.array([1.0, 1.0, -1.0]), half[:, -2::-1]], 1)
    parts = [skin(whole, flip=True)]
    for row, sign in ((0, -1.0), (-1, 1.0)):
        ring = whole[row]
        centre = ring.mean(0)
        cap = np.stack([ring, np.broadcast_to(centre, ring.shape)])
        parts.append(grid(cap, np.broadcast_to([sign, 0.0, 0.0], cap.shape), cap[..., [2, 1]]))
    parts.append(_trim(car))
    mesh = join(parts)
    return Mesh(mesh.positions, mesh.normals, mesh.uvs, mesh.faces)


def _trim(car: Car) -> Mesh:
    # Mirrors, lamps, number plates, handles: boxes with large chamfers.
    L, W = car.length, car.width
    at: List[List[float]] = []  # noqa: UP006
    size: List[List[float]] = []  # noqa: UP006
    for s in (-1.0, 1.0):
        at += [[(car.cowl - 0.06) * L, car.belt + 0.035 * car.height, s * 0.485 * W]]
        size += [[0.03 * L, 0.075 * car.height, 0.09 * W]]
        at += [[0.02 * L, 0.86 * car.belt, s * 0.497 * W], [-0.2 * L, 0.86 * car.belt, s * 0.494 * W]]
        size += [[0.04 * L, 0.018 * car.height, 0.02 * W]] * 2
    at += [[0.495 * L, 0.42 * car.belt, 0.0], [-0.497 * L, 0.55 * car.belt, 0.0]]
    size += [[0.012 * L, 0.08 * car.height, 0.28 * W]] * 2
    return boxes(np.array(at), np.array(size), 0.012 * car.height)


def car_glass(numbers: Numbers, seed: int) -> Mesh:
    """Windscreen, rear window and side panes of the same car, 4 mm outside the body, facing out."""
    car = design(numbers, seed)
    half, _ = surface(car)
    normal = np.cross(np.gradient(half, axis=0), np.gradient(half, axis=1))
    normal = -normal / np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-12)
    normal *= np.where((normal * (half - [0, 0.4 * car.height, 0])).sum(-1).mean() < 0, -1.0, 1.0)
    t = half[:, -1, 0] / car.length
    column = (SIDE - 1) / 11  # columns from knot to knot
    low, high = 6.25 * column, 7.9 * column
    parts = []
    if car.kind == 2:
        spans = [(car.roof[0] - 0.1, car.cowl - 0.045)]
        if seed % 2:
            spans += [(car.tail + 0.06, -0.16), (-0.13, car.roof[0] - 0.13)]
    else:
        middle = (car.roof[0] + car.roof[1]) / 2 + 0.02
        spans = [(car.tail + 0.06, middle - 0.012), (middle + 0.012, car.cowl - 0.045)]
    for a, b in spans:
        for side in (-1.0, 1.0):
            parts.append(_pane(half, normal, t, np.linspace(a, b, 22), (low, high), side))
    screen = (car.cowl - 0.012, car.roof[0] + 0.012)
    rear = (car.tail + 0.012, car.roof[1] - 0.012)
    for a, b in (screen, rear):
        for side in (-1.0, 1.0):
            parts.append(_pane(half, normal, t, np.linspace(a, b, 14), (8.15 * column, SIDE - 1.0), side))
    return join(parts)


def _pane(
    half: np.ndarray,
    normal: np.ndarray,
    t: np.ndarray,
    along: np.ndarray,
    columns: Tuple[float, float],  # noqa: UP006
    side: float,
) -> Mesh:
    # Bilinear look-up on the half body, moved out along its normal, mirrored for the other side.
    order = np.argsort(t)
    rows = np.interp(along, t[order], np.arange(len(t), dtype=float)[order])
    cols = np.linspace(columns[0], columns[1], 12)

    def sample(field: np.ndarray) -> np.ndarray:
        i, j = np.minimum(rows.astype(int), len(t) - 2), np.minimum(cols.astype(int), SIDE - 2)
        f, g = (rows - i)[:, None, None], (cols - j)[None, :, None]
        a = field[i][:, j] * (1 - g) + field[i][:, j + 1] * g
        b = field[i + 1][:, j] * (1 - g) + field[i + 1][:, j + 1] * g
        return np.asarray(a * (1 - f) + b * f)

    n = sample(normal)
    n /= np.maximum(np.linalg.norm(n, axis=-1, keepdims=True), 1e-9)
    mirror = np.array([1.0, 1.0, side])
    points, n = (sample(half) + 0.004 * n) * mirror, n * mirror
    return grid(points, n, points[..., :2])


def car_wheels(numbers: Numbers, seed: int) -> Mesh:
    """Four tyres with spoked hubs for the same car, standing on y = 0."""
    car = design(numbers, seed)
    rng = np.random.default_rng((seed, 42))
    one = wheel(car.wheel, 0.62 * car.wheel, int(rng.integers(5, 10)), float(rng.uniform(0.62, 0.72)))
    back = one.moved(rotation(1, np.pi))
    parts = []
    for axle in car.axles:
        for mesh, side in ((one, 1.0), (back, -1.0)):
            at = np.array([axle * car.length, car.wheel, side * (car.width / 2 - 0.36 * car.wheel)], np.float32)
            parts.append(Mesh(mesh.positions + at, mesh.normals, mesh.uvs, mesh.faces))
    return join(parts)


def wheel(radius: float, width: float, spokes: int, rim: float) -> Mesh:
    """Return a wheel about the Z axis, its face to +Z: a tyre with round shoulders and a dished, spoked disc."""
    w, r0 = width / 2, rim * radius
    tyre = np.array(
        [[r0, -w * 0.9], [r0 * 1.08, -w], [radius * 0.93, -w], [radius * 0.99, -w * 0.85], [radius, -w * 0.6],
         [radius, w * 0.6], [radius * 0.99, w * 0.85], [radius * 0.93, w], [r0 * 1.08, w],
         [r0, w * 0.9], [r0 * 0.96, w * 0.55]]
    )  # fmt: skip
    fine = smooth_curve(tyre, 36)
    fine[:, 0] = np.minimum(fine[:, 0], radius)  # the spline overshoots at the tread
    body = turn(fine, 40, 0.9).moved(rotation(0, np.pi / 2))
    r = np.linspace(0, 1, 15)
    a = np.linspace(0, 2 * np.pi, spokes * 10 + 1)
    wave = np.clip(np.cos(a * spokes) * 1.6 + 0.5, -1, 1)[None]
    gate = np.clip((r - 0.25) / 0.1, 0, 1) * np.clip((0.92 - r) / 0.06, 0, 1)
    z = w * (0.62 + 0.12 * (1 - r**2))[:, None] - w * 0.35 * gate[:, None] * (0.5 - 0.5 * wave)
    rr = (r * r0 * 0.97)[:, None]
    disc = skin(np.stack([rr * np.cos(a), rr * np.sin(a), z], -1), closed=True)
    n = disc.normals.copy()
    n[: len(a)] = [0, 0, 1]
    back = np.array([[0.0, 0.0, -w * 0.85]])
    return join(
        [body, Mesh(disc.positions, n, disc.uvs, disc.faces), boxes(back, np.array([1.2 * r0, 1.2 * r0, 0.02]), 1e-3)]
    )
