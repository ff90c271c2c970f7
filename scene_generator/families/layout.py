"""What a family hands back, and the few ways to put things in a world (+Y up, metres)."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from typing import Dict, List, Optional, Sequence, Tuple  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.assets import Asset
from scene_generator.families.ranges import Dice
from scene_generator.spec import Camera, Material, Matrix, QuadLight, SceneObject, Shape, Sky, Vec3

Rng = np.random.Generator


@dataclass
class Layout:
    """A scene while it is being put together."""

    camera: Camera
    sky: Sky
    focus: float = 2.0
    """Metres from the camera to what the picture is about."""
    objects: List[SceneObject] = field(default_factory=list)  # noqa: UP006
    lights: List[QuadLight] = field(default_factory=list)  # noqa: UP006
    movable: List[Tuple[str, ...]] = field(default_factory=list)  # noqa: UP006
    """Groups of objects that may move without leaving a hole or passing through what they stand on."""
    meshes: Tuple[Asset, ...] = ()  # noqa: UP006
    """A user's meshes, which `things.thing` may choose."""
    mesh_share: float = 0.0
    """Share of loose things that are one of `meshes`, 0 .. 1."""

    def add(
        self,
        name: str,
        kind: str,
        numbers: Sequence[float],
        place: np.ndarray,
        material: Material,
        seed: int = 0,
        asset: str = "",
    ) -> str:
        """Add a shape and return its name; `place` is a rigid 4 x 4 matrix, object to world."""
        shape = Shape(kind, tuple(round(float(n), 9) for n in numbers), int(seed), asset)
        self.objects.append(SceneObject(f"{name}_{len(self.objects):03d}", shape, matrix(place), material))
        return self.objects[-1].name

    def since(self, count: int) -> Tuple[str, ...]:  # noqa: UP006
        """Return the names of the objects that were added after there were `count`."""
        return tuple(thing.name for thing in self.objects[count:])


def begin(dice: Dice, view: Camera, sky: Sky, focus: float) -> Layout:
    """Return an empty layout that knows the user's meshes. `focus` is metres to what the picture is about."""
    return Layout(view, sky, focus, meshes=dice.assets.meshes, mesh_share=dice.shares.meshes)


def matrix(m: np.ndarray) -> Matrix:
    """Return a 4 x 4 array as the tuple that specs hold, rounded so that JSON is the same on every machine."""
    return tuple(round(float(v), 9) + 0.0 for v in np.asarray(m, np.float64).ravel())


def at(x: float, y: float, z: float, yaw: float = 0.0) -> np.ndarray:
    """Return an upright place turned by `yaw` radians about +Y."""
    c, s = math.cos(yaw), math.sin(yaw)
    return np.array([[c, 0, s, x], [0, 1, 0, y], [-s, 0, c, z], [0, 0, 0, 1]], np.float64)


def tilted(pitch: float) -> np.ndarray:
    """Return a turn by `pitch` radians about +X: +Y goes towards +Z."""
    c, s = math.cos(pitch), math.sin(pitch)
    return np.array([[1, 0, 0, 0], [0, c, -s, 0], [0, s, c, 0], [0, 0, 0, 1]], np.float64)


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


def camera(eye: Sequence[float], target: Sequence[float], focal_mm: float, roll: float = 0.0) -> Camera:
    """Return a camera at `eye` that looks at `target`."""
    return Camera(matrix(look_at(eye, target, roll)), round(focal_mm, 6))


def framed(
    rng: Rng,
    spots: Sequence[Vec3],
    y: float,
    focal_mm: float,
    crop: float,
    pitch: float,
    azimuth: float,
    roll: float,
    wall: Optional[float] = None,  # noqa: UP045
) -> Tuple[Camera, float]:  # noqa: UP006
    """Return a camera that looks at one of the things at `spots`, and its distance.

    Args:
        spots: (x, z, radius) of things that stand on height `y`, metres; at least one.
        crop: width of the frame at the thing over the thing's diameter.
        pitch, azimuth: of the camera about the thing, radians; the azimuth is turned on until nothing is in the way.
        wall: z of a wall or curtain that the camera must stay in front of, on its +Z side.
    """
    x, z, r = spots[int(rng.integers(len(spots)))]
    distance = max(2 * r * crop * focal_mm / 36.0, 1.5 * r + 0.15)
    target = (x + rng.normal(0, 0.15 * r), y + r * rng.uniform(0.3, 1.1), z + rng.normal(0, 0.15 * r))
    best, room = look_at((0, 0, 1), (0, 0, 0)), -1.0
    for k in range(8):
        a = azimuth + k * 2.4 * (1 if k % 2 else -1)
        flat = distance * math.cos(pitch)
        eye = (target[0] + flat * math.sin(a), max(target[1] + distance * math.sin(pitch), y + 0.1), 0.0)
        eye = (eye[0], eye[1], target[2] + flat * math.cos(a))
        free = min([math.hypot(eye[0] - q[0], eye[2] - q[1]) - q[2] for q in spots])
        if wall is not None and eye[2] < wall + 0.4:
            free = -0.5 + 0.01 * min(eye[2] - wall, 0.0)
        if free > room:
            best, room = look_at(eye, target, roll), free
        if room > 0.3:
            break
    return Camera(matrix(best), round(focal_mm, 6)), distance


def calmed(skin: Material, eye_height: float, reach: float) -> Material:
    """Return a ground's material with less relief where it is seen at grazing angles.

    Seen so, most of a relief's far slopes are hidden by near ones, which a bump map cannot do: its normals would face
    away from the camera instead.

    Args:
        eye_height: camera above the ground, metres.
        reach: how far off the ground still fills much of the picture, metres.
    """
    factor = min(1.0, 3.0 * max(eye_height, 0.05) / max(reach, 0.05))
    if factor >= 1.0:
        return skin
    bump = dataclasses.replace(skin.bump, depth=skin.bump.depth * factor)
    layers = tuple(dataclasses.replace(layer, height=layer.height * factor) for layer in skin.layers)
    return dataclasses.replace(skin, bump=bump, layers=layers)


def calm_walls(to: Layout, first: int, off: float, reach: float) -> None:
    """Calm the relief of everything that was added after there were `first` objects; see `calmed`.

    Args:
        off: camera to the plane of the walls, metres. reach: how far along them the picture goes, metres.
    """
    seen: Dict[Material, Material] = {}  # noqa: UP006
    for i in range(first, len(to.objects)):
        skin = to.objects[i].material
        if skin not in seen:
            seen[skin] = calmed(skin, off, reach)
        to.objects[i] = dataclasses.replace(to.objects[i], material=seen[skin])


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
