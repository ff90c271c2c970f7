"""What a scene is, whoever renders it: frozen dataclasses that go to JSON and come back equal.

World space is right-handed, +Y up, in metres. A camera looks down its own -Z with +X right and +Y up. Matrices are
4 x 4, row-major tuples of 16 floats, and act on column vectors. Colours are scene-linear Rec.709. Material parameters
carry the names and ranges of MaterialX `standard_surface`; glossiness is `1 - specular_roughness`.
"""

from __future__ import annotations

import hashlib
import json
import sys
import typing
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, is_dataclass
from typing import Any, Dict, Tuple, Type, TypeVar  # noqa: UP035 - evaluated by get_type_hints on Python 3.9

from worker_link.json_text import parse_json

Vec3 = Tuple[float, float, float]  # noqa: UP006
Matrix = Tuple[float, ...]  # noqa: UP006
T = TypeVar("T")

SPEC_VERSION = 2


def vec3(values: Iterable[float]) -> Vec3:
    """Three numbers of an array, or of anything else, as a spec holds them."""
    x, y, z = (float(value) for value in values)
    return (x, y, z)


class SpecError(ValueError):
    """A scene, recipe or number of one that cannot be used; the message says which and how to mend it."""


@dataclass(frozen=True)
class Pattern:
    """A tileable grey pattern in 0..1, made by `scene_generator.textures.patterns`."""

    kind: str
    """One of `scene_generator.textures.patterns.KINDS`."""
    seed: int
    """Seed of the pattern's own random numbers, 0 .. 2**32 - 1."""
    scale: int = 4
    """How many cells, stripes or bricks fit across the tile, 1 .. 64."""
    contrast: float = 1.0
    """Exponent-like sharpening about the middle: 1 leaves it, 4 is nearly two-valued."""


@dataclass(frozen=True)
class ScalarTexture:
    """A number over the surface: `low + (high - low) * pattern`."""

    low: float
    high: float
    pattern: Pattern


@dataclass(frozen=True)
class ColorTexture:
    """A colour over the surface: the pattern blends `low` to `high`; `mottle` darkens and lightens both with noise."""

    low: Vec3
    high: Vec3
    pattern: Pattern
    mottle: float = 0.0
    """Amplitude of a fine multiplicative noise, 0 .. 0.5."""
    palette: Tuple[Vec3, ...] = ()  # noqa: UP006
    """Colours between `low` and `high`, at even steps of the pattern: posters and marble are rarely of two colours."""


@dataclass(frozen=True)
class Bump:
    """Relief as height in units of the tile's width; 0 depth is a flat surface."""

    depth: float
    """Height from the lowest to the highest point divided by the width of one texture tile, 0 .. 0.1."""
    pattern: Pattern


@dataclass(frozen=True)
class Layer:
    """Something that lies over a material in places - rust, dirt, paint, scratches - and changes all maps together."""

    mask: Pattern
    cover: float
    """Share of the surface that it covers, 0 .. 1: the mask's highest values."""
    softness: float
    """Width of its edge in units of the mask, 0.005 .. 1."""
    color: ColorTexture
    metalness: float
    specular_roughness: float
    height: float = 0.0
    """Height of the layer in units of the tile's width, -0.05 .. 0.05; below zero it is cut in."""


@dataclass(frozen=True)
class Material:
    """The part of MaterialX `standard_surface` that the recipes use; every texture tiles."""

    base: float
    """Diffuse weight, 0 .. 1."""
    base_color: ColorTexture
    metalness: ScalarTexture
    specular: float
    """Specular weight, 0 .. 1, at `specular_IOR` 1.5."""
    specular_roughness: ScalarTexture
    """0 .. 1; glossiness is one minus this."""
    bump: Bump
    repeat: Tuple[float, float] = (1.0, 1.0)  # noqa: UP006
    """Tiles per metre of surface along u and v; meshes carry texture coordinates in metres."""
    layers: Tuple[Layer, ...] = ()  # noqa: UP006
    """From the lowest to the topmost."""
    texture_set: str = ""
    """Name of a user's texture set (`scene_generator.assets`): the maps that it has replace the procedural ones."""


@dataclass(frozen=True)
class Shape:
    """A mesh by name and numbers, made by `scene_generator.shapes.build`."""

    kind: str
    numbers: Tuple[float, ...] = ()  # noqa: UP006
    seed: int = 0
    asset: str = ""
    """Name of a user's mesh (`scene_generator.assets`); only for the kind `mesh`."""


@dataclass(frozen=True)
class SceneObject:
    """A shape in the world with its material; `to_world` is rigid, the shape's numbers carry its size."""

    name: str
    shape: Shape
    to_world: Matrix
    material: Material


@dataclass(frozen=True)
class QuadLight:
    """A one-sided rectangle that emits from its +Z face: a lamp, a window or a softbox."""

    to_world: Matrix
    """Maps the square -1..1 in X and Y (Z = 0) to the world."""
    radiance: Vec3
    """W / (m^2 sr) up to one common factor, scene-linear."""


@dataclass(frozen=True)
class SoftBox:
    """A bright round patch of the sky."""

    direction: Vec3
    """Unit, from the scene towards the patch."""
    radius: float
    """Angular radius in radians."""
    radiance: Vec3


@dataclass(frozen=True)
class Sky:
    """Light from everywhere: a vertical gradient, clouds, and bright patches (sun or softboxes)."""

    zenith: Vec3
    horizon: Vec3
    ground: Vec3
    clouds: float = 0.0
    """Amplitude of multiplicative noise, 0 .. 1."""
    patches: Tuple[SoftBox, ...] = ()  # noqa: UP006
    seed: int = 0
    hdri: str = ""
    """Name of a user's environment map (`scene_generator.assets`), which replaces everything above."""
    hdri_turn: float = 0.0
    """Its rotation about +Y in turns, 0 .. 1."""
    hdri_gain: float = 1.0
    """Factor on its radiance after its mean has been made 1."""


@dataclass(frozen=True)
class Camera:
    """A camera by film back and focal length, as in `core.camera.PinholeCamera`, with a thin lens for the beauty."""

    to_world: Matrix
    focal_length_mm: float
    horizontal_aperture_mm: float = 36.0
    f_number: float = 0.0
    """Focal length over the diameter of the opening; 0 is a pinhole. Data passes always see a pinhole."""
    focus_distance: float = 1.0
    """Metres along the optical axis that are sharp."""


@dataclass(frozen=True)
class Motion:
    """A steady rigid motion of the camera or of objects, for motion vectors and sequences."""

    targets: Tuple[str, ...]  # noqa: UP006
    """Names of objects that move as one, or `("camera",)`."""
    velocity: Vec3
    """Metres a frame, world."""
    turn: Vec3 = (0.0, 0.0, 0.0)
    """Rotation a frame: world axis times radians, about `pivot`."""
    pivot: Vec3 = (0.0, 0.0, 0.0)
    """World, metres, at frame 0; it travels with `velocity`."""


@dataclass(frozen=True)
class Draw:
    """One number that a family drew from a documented range."""

    name: str
    value: float


@dataclass(frozen=True)
class SceneSpec:
    """One random scene, whole: enough for any renderer, and nothing that depends on one."""

    recipe: str
    family: str
    seed: int
    index: int
    attempt: int
    camera: Camera
    objects: Tuple[SceneObject, ...]  # noqa: UP006
    lights: Tuple[QuadLight, ...]  # noqa: UP006
    sky: Sky
    motion: Tuple[Motion, ...] = ()  # noqa: UP006
    drawn: Tuple[Draw, ...] = ()  # noqa: UP006
    """What the family drew from its ranges, for reports."""
    frame: int = 0
    """Which frame of the motion this is; see `scene_generator.motion.at_frame`."""
    version: int = SPEC_VERSION

    def to_json(self) -> str:
        """Return the scene as compact JSON with sorted keys; equal scenes give equal text."""
        return json.dumps(self.to_dict(), sort_keys=True, separators=(",", ":"), allow_nan=False)

    def to_dict(self) -> Dict[str, Any]:  # noqa: UP006
        """Return the scene as plain JSON values."""
        return asdict(self)

    @staticmethod
    def from_json(text: str) -> SceneSpec:
        """Read what `to_json` wrote.

        Raises:
            SpecError: the text is no JSON, has unknown or missing keys, or is of another version.
        """
        try:
            data = parse_json(text)
        except ValueError as error:
            raise SpecError(f"scene spec is not JSON: {error}") from error
        return SceneSpec.from_dict(data)

    @staticmethod
    def from_dict(data: Dict[str, Any]) -> SceneSpec:  # noqa: UP006
        """Build a spec from parsed JSON. Raises SpecError as `from_json`."""
        spec = read(SceneSpec, data, "scene")
        if spec.version != SPEC_VERSION:
            raise SpecError(f"scene.version is {spec.version}, this generator reads {SPEC_VERSION}; generate it again")
        return spec

    def hash(self) -> str:
        """Return the SHA-256 of the JSON text as 64 hex digits: the identity of a scene."""
        return hashlib.sha256(self.to_json().encode("ascii")).hexdigest()


def read(kind: Type[T], data: Any, where: str) -> T:  # noqa: UP006
    """Build the dataclass `kind` from parsed JSON, strictly.

    `where` names the place in messages. Lists become tuples; integers are accepted for floats.

    Raises:
        SpecError: a key is unknown or missing, or a value has the wrong type or is not finite.
    """
    value = _read(kind, data, where)
    return typing.cast(T, value)


def _read(kind: Any, data: Any, where: str) -> Any:
    if is_dataclass(kind) and isinstance(kind, type):
        return _read_dataclass(kind, data, where)
    if typing.get_origin(kind) is tuple:
        return _read_tuple(typing.get_args(kind), data, where)
    if typing.get_origin(kind) is dict:
        if not isinstance(data, dict):
            raise SpecError(f"{where} is {_shown(data)}, expected an object")
        return {str(k): _read(typing.get_args(kind)[1], v, f"{where}.{k}") for k, v in data.items()}
    if kind is float:
        if isinstance(data, bool) or not isinstance(data, (int, float)) or not abs(data) <= sys.float_info.max:
            raise SpecError(f"{where} is {_shown(data)}, expected a finite number")
        return float(data)
    if kind in (int, str, bool):
        if not isinstance(data, kind) or (kind is int and isinstance(data, bool)):
            raise SpecError(f"{where} is {_shown(data)}, expected {kind.__name__}")
        return data
    raise TypeError(f"{where}: no reader for {kind!r}")


def _shown(data: Any) -> str:
    """A value in a message, not longer than a line."""
    try:
        text = repr(data)
    except (ValueError, RecursionError):  # an integer of more digits than Python prints, or lists without end
        text = f"a {type(data).__name__}"
    return text if len(text) <= 80 else text[:77] + "..."


def _read_dataclass(kind: Any, data: Any, where: str) -> Any:
    if not isinstance(data, dict):
        raise SpecError(f"{where} is {type(data).__name__}, expected an object")
    hints = typing.get_type_hints(kind)
    known = {field.name for field in fields(kind)}
    unknown = sorted(str(name)[:80] for name in set(data) - known)
    if unknown:
        raise SpecError(f"{where} has unknown keys {unknown[:8]}; known are {sorted(known)}")
    values = {name: _read(hints[name], value, f"{where}.{name}") for name, value in data.items()}
    try:
        return kind(**values)
    except TypeError as error:
        raise SpecError(f"{where}: {error}") from error


def _read_tuple(args: Tuple[Any, ...], data: Any, where: str) -> Any:  # noqa: UP006
    if not isinstance(data, (list, tuple)):
        raise SpecError(f"{where} is {_shown(data)}, expected a list")
    if len(args) == 2 and args[1] is Ellipsis:
        return tuple(_read(args[0], item, f"{where}[{i}]") for i, item in enumerate(data))
    if len(args) != len(data):
        raise SpecError(f"{where} has {len(data)} values, expected {len(args)}")
    return tuple(_read(arg, item, f"{where}[{i}]") for i, (arg, item) in enumerate(zip(args, data)))
