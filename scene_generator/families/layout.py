"""What a family hands back, and the few ways to put things in a world (+Y up, metres)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import List, Optional, Sequence, Tuple  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.materials import color
from scene_generator.spec import Camera, Material, Matrix, QuadLight, SceneObject, Shape, Sky, SoftBox, Vec3

Rng = np.random.Generator


@dataclass
class Layout:
    """A scene while it is being put together."""

    camera: Camera
    sky: Sky
    objects: List[SceneObject] = field(default_factory=list)  # noqa: UP006
    lights: List[QuadLight] = field(default_factory=list)  # noqa: UP006

    def add(
        self, name: str, kind: str, numbers: Sequence[float], place: np.ndarray, material: Material, seed: int = 0
    ) -> None:
        """Add a shape; `place` is a rigid 4 x 4 matrix, object to world."""
        shape = Shape(kind, tuple(float(n) for n in numbers), seed)
        self.objects.append(SceneObject(f"{name}_{len(self.objects):03d}", shape, matrix(place), material))


def matrix(m: np.ndarray) -> Matrix:
    """Return a 4 x 4 array as the tuple that specs hold, rounded so that JSON is the same on every machine."""
    return tuple(round(float(v), 9) + 0.0 for v in np.asarray(m, np.float64).ravel())


def at(x: float, y: float, z: float, yaw: float = 0.0) -> np.ndarray:
    """Return an upright place turned by `yaw` radians about +Y."""
    c, s = math.cos(yaw), math.sin(yaw)
    return np.array([[c, 0, s, x], [0, 1, 0, y], [-s, 0, c, z], [0, 0, 0, 1]], np.float64)


def facing(position: Sequence[float], normal: Sequence[float], up: Sequence[float] = (0, 1, 0)) -> np.ndarray:
    """Return a place whose +Y looks along `normal`: for quads that are walls, panes or pictures.

    Object -Z is then as much `up` as the normal allows.
    """
    y = np.asarray(normal, np.float64) / np.linalg.norm(normal)
    hint = np.asarray(up, np.float64)
    if abs(hint @ y) > 0.99:
        hint = np.array([0.0, 0.0, -1.0])
    z = -(hint - (hint @ y) * y)
    z /= np.linalg.norm(z)
    m = np.eye(4)
    m[:3, 0], m[:3, 1], m[:3, 2], m[:3, 3] = np.cross(y, z), y, z, position
    return m


def tumbled(rng: Rng) -> np.ndarray:
    """Return a uniformly random rotation (Shoemake, "Uniform random rotations", 1992) as a 4 x 4 matrix."""
    q = rng.standard_normal(4)
    w, x, y, z = q / np.linalg.norm(q)
    m = np.eye(4)
    m[:3, :3] = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return m


def look_at(eye: Sequence[float], target: Sequence[float], roll: float = 0.0) -> np.ndarray:
    """Return camera-to-world: +X right, +Y up, looking down -Z from `eye` to `target`, rolled by radians."""
    back = np.asarray(eye, np.float64) - np.asarray(target, np.float64)
    back /= np.linalg.norm(back)
    up = np.array([0.0, 1.0, 0.0]) if abs(back[1]) < 0.995 else np.array([0.0, 0.0, -1.0])
    right = np.cross(up, back)
    right /= np.linalg.norm(right)
    up = np.cross(back, right)
    c, s = math.cos(roll), math.sin(roll)
    m = np.eye(4)
    m[:3, 0], m[:3, 1], m[:3, 2], m[:3, 3] = c * right + s * up, c * up - s * right, back, eye
    return m


def focal_length(rng: Rng, low: float, high: float) -> float:
    """Return a focal length in millimetres, uniform in its logarithm."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def camera(eye: Sequence[float], target: Sequence[float], focal_mm: float, roll: float = 0.0) -> Camera:
    """Return a camera at `eye` that looks at `target`."""
    return Camera(matrix(look_at(eye, target, roll)), round(focal_mm, 6))


def quad_light(
    position: Sequence[float], target: Sequence[float], width: float, height: float, radiance: Vec3
) -> QuadLight:
    """Return a light at `position` whose bright side looks at `target`."""
    m = look_at(position, target)
    m[:3, 2] *= -1.0  # look_at looks down -Z, a light shines along +Z ...
    m[:3, 0] *= -1.0  # ... and stays right-handed
    m[:3, 0] *= width / 2
    m[:3, 1] *= height / 2
    return QuadLight(matrix(m), radiance)


def light_color(rng: Rng) -> Vec3:
    """Return a colour of unit luminance on a warm-to-cool line with a little tint: lamps, daylight, gels."""
    t = rng.normal(0, 0.22)
    rgb = np.array([math.exp(t), 1.0, math.exp(-t)]) * np.exp(rng.normal(0, 0.04, 3))
    rgb /= rgb @ np.array([0.2126, 0.7152, 0.0722])
    return (float(rgb[0]), float(rgb[1]), float(rgb[2]))


def scaled(c: Vec3, factor: float) -> Vec3:
    """Return `c` times `factor`."""
    return (c[0] * factor, c[1] * factor, c[2] * factor)


def outdoor_sky(rng: Rng) -> Sky:
    """Return a random sky: clear with a sun, overcast, dusk, or a studio with softboxes."""
    kind = rng.random()
    patches: List[SoftBox] = []  # noqa: UP006
    level = float(np.exp(rng.uniform(-1.3, 0.6)))
    if kind < 0.65:
        azimuth, height = rng.uniform(0, 2 * np.pi), rng.uniform(0.15, 1.4)
        toward = (
            float(np.cos(height) * np.sin(azimuth)),
            float(np.sin(height)),
            float(np.cos(height) * np.cos(azimuth)),
        )
        radius = float(rng.uniform(0.04, 0.22))
        strength = float(rng.uniform(0.5, 9.0)) * level / radius**2 * 0.3
        patches.append(SoftBox(toward, radius, scaled(light_color(rng), strength)))
        blue = float(rng.uniform(0, 0.6))
        zenith = scaled((1 - blue, 1 - 0.5 * blue, 1.0), 0.5 * level)
        horizon = scaled(light_color(rng), 0.9 * level)
    elif kind < 0.8:
        zenith, horizon = scaled(light_color(rng), level), scaled(light_color(rng), 0.5 * level)
    else:
        zenith, horizon = scaled(light_color(rng), 0.12 * level), scaled(light_color(rng), 0.12 * level)
        for _ in range(int(rng.integers(2, 5))):
            v = rng.standard_normal(3)
            v[1] = abs(v[1]) * 0.8 + 0.05
            v /= np.linalg.norm(v)
            strength = float(rng.uniform(1.0, 6.0)) * level
            patches.append(
                SoftBox(
                    (float(v[0]), float(v[1]), float(v[2])),
                    float(rng.uniform(0.15, 0.5)),
                    scaled(light_color(rng), strength),
                )
            )
    return Sky(
        zenith,
        horizon,
        scaled(color(rng, 0.3), 0.4 * level),
        float(rng.uniform(0, 0.5)),
        tuple(patches),
        int(rng.integers(2**32)),
    )


def scatter(
    rng: Rng,
    count: int,
    half_x: float,
    half_z: float,
    radius: Tuple[float, float],  # noqa: UP006
    taken: Optional[List[Vec3]] = None,  # noqa: UP006, UP045
) -> List[Vec3]:  # noqa: UP006
    """Return up to `count` discs (x, z, radius) in a rectangle about the origin; none overlaps another or `taken`."""
    discs: List[Vec3] = list(taken or [])  # noqa: UP006
    first = len(discs)
    for _ in range(count * 12):
        if len(discs) - first >= count:
            break
        r = float(np.exp(rng.uniform(np.log(radius[0]), np.log(radius[1]))))
        x, z = float(rng.uniform(-half_x, half_x)), float(rng.uniform(-half_z, half_z))
        if all(math.hypot(x - q[0], z - q[1]) > r + q[2] for q in discs):
            discs.append((x, z, r))
    return discs[first:]
