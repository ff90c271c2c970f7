"""A user's textures: pictures that belong together by their names, as maps that a material can take.

`brick_wall_color.jpg`, `brick_wall_rough.png`, `brick_wall_normal_gl.png` form the set `brick_wall`. Separators are
`_ - .` and spaces, case does not matter, a resolution such as `_2k` at the end is passed over, and a picture without a
known last word is a colour map, as is one that ends in `metal` and has no company.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from core.color import to_scene_linear
from core.errors import BadInput, UnreadableImage
from core.image import Image, read_image
from scene_generator.asset_files.resampling import resample
from scene_generator.textures.maps import TextureMaps

__all__ = ["ENDINGS", "ROLES", "check_maps", "group", "read_maps", "role_of", "usable"]

ENDINGS = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".exr", ".webp", ".tga", ".bmp")

ROLES: Mapping[str, tuple[str, ...]] = {
    "color": ("color", "colour", "albedo", "basecolor", "basecolour", "diffuse", "diff", "col"),
    "roughness": ("rough", "roughness"),
    "gloss": ("gloss", "glossiness"),
    "metalness": ("metal", "metalness", "metallic"),
    "packed": ("orm", "arm"),
    "normal": ("normal", "nor", "nrm", "norm", "normalgl", "normalopengl", "norgl", "nrmgl"),
    "normal_dx": ("normaldx", "normaldirectx", "nordx", "nrmdx"),
    "height": ("height", "disp", "displacement", "bump"),
    "unused": ("ao", "occlusion", "ambientocclusion", "spec", "specular", "opacity", "alpha", "mask", "emission",
               "emissive", "preview", "thumbnail"),
}  # fmt: skip
"""Last words of file names (without separators) by what they mean. `packed` is occlusion, roughness, metalness in red,
green, blue. `unused` maps are recognised so that they are not taken for colour."""

_ROLE_OF = {word: role for role, words in ROLES.items() for word in words}
_INSTEAD = {"normal_dx": ("normal",), "height": ("normal", "normal_dx"), "gloss": ("roughness",)}
_SEPARATORS = re.compile(r"[_\-. ]+")
_RESOLUTION = re.compile(r"[_\-. ]+\d{1,2}k$", re.IGNORECASE)
_MIN_SIDE = 4
_MAX_REPEATS = 16


def role_of(stem: str) -> tuple[str, str]:
    """Split a file's name without ending into the set's name and the map's role, a key of `ROLES`.

    The name is empty where the stem is nothing but a role's word (`brick/color.png`).
    """
    short = _RESOLUTION.sub("", stem)
    breaks = [0, *(match.end() for match in _SEPARATORS.finditer(short))]
    for start in breaks[-2:]:  # "base_color" before "color"
        role = _ROLE_OF.get(_SEPARATORS.sub("", short[start:]).lower())
        if role:
            return short[:start].rstrip("_-. "), role
    return short, "color"


def group(names: Iterable[str]) -> dict[str, dict[str, str]]:
    """Group pictures into sets.

    Args:
        names: paths relative to the folder, with ending and forward slashes.

    Returns:
        Set name -> role -> path, sorted by name; every set with at least one map that is used.

    Raises:
        BadInput: two pictures are the same map of the same set.
    """
    sets: dict[str, dict[str, str]] = {}
    for path in sorted(names):
        folder, _, file = path.rpartition("/")
        stem, role = role_of(file.rpartition(".")[0])
        name = "/".join(part for part in (folder, stem) if part) or "texture"
        roles = sets.setdefault(name, {})
        if role in roles and role != "unused":
            raise BadInput(f"{path}: is the {role} map of {name!r}, as is {roles[role]}; keep one or rename one")
        roles[role] = path
    _take_back_metal(sets)
    return {name: roles for name, roles in sorted(sets.items()) if usable(roles)}


def _take_back_metal(sets: dict[str, dict[str, str]]) -> None:
    # "rusty_metal.jpg" on its own shows metal; it is not the metalness of "rusty".
    for name, roles in list(sets.items()):
        full = roles.get("metalness", "").rpartition(".")[0]
        if set(roles) == {"metalness"} and full.lower().endswith("metal"):
            del sets[name]
            sets.setdefault(full, {}).setdefault("color", roles["metalness"])


def usable(roles: Mapping[str, str]) -> dict[str, str]:
    """Return the maps of a set that are read: no `unused` ones, and none that a better one stands in for.

    An OpenGL normal map goes before a DirectX one, either before height, roughness before glossiness.
    """
    return {
        role: path
        for role, path in sorted(roles.items())
        if role != "unused" and not any(better in roles for better in _INSTEAD.get(role, ()))
    }


def check_maps(files: Mapping[str, Path]) -> None:
    """Read all pixels of a set's files without bringing them to a size; arguments and errors as `read_maps`."""
    for role, path in files.items():
        values = _values(path)
        if role in ("normal", "normal_dx"):
            _vectors(path, values)


def read_maps(files: Mapping[str, Path], size: int, depth: float) -> TextureMaps:
    """Read a set at `size` x `size` texels.

    Pictures that are not square are repeated along their short side as often as fits best (a 2:1 picture twice) and
    then brought to the square by area; row 0 of the maps is the bottom of the picture, v = 0. Colour comes scene-linear
    (8- and 16-bit files are sRGB unless they say otherwise), clipped to 0..1; other maps are taken as they are stored.
    A height map becomes normals by central differences, wrapping, n ~ (-dh/du, -dh/dv, 1), where black to white (0 to
    1) is `depth` widths of the tile.

    Args:
        files: role -> path, as `usable` returns.
        size: texels along each side, at least 1.
        depth: relief of a height map in widths of the tile.

    Returns:
        The maps that the set has; None for others.

    Raises:
        UnreadableImage: a file is damaged, smaller than 4 pixels, not finite, or a normal map that is not in tangent
            space.
        FileMissing, BadChannels, BadSize: as `core.image.read_image`.
    """
    color = roughness = metalness = normal = None
    if "color" in files:
        color = np.clip(_square(_color(files["color"]), size), 0.0, 1.0)
    if "packed" in files:
        packed = _square(_values(files["packed"]), size)
        roughness, metalness = packed[..., 1], packed[..., 2]
    if "roughness" in files:
        roughness = _square(_grey(files["roughness"]), size)
    elif "gloss" in files:
        roughness = 1.0 - _square(_grey(files["gloss"]), size)
    if "metalness" in files:
        metalness = _square(_grey(files["metalness"]), size)
    if "normal" in files or "normal_dx" in files:
        normal = _normals(files.get("normal") or files["normal_dx"], size, directx="normal" not in files)
    elif "height" in files:
        normal = _slopes(_square(_grey(files["height"]), size) * depth)
    return TextureMaps(
        base_color=color,
        roughness=None if roughness is None else np.clip(roughness, 0.0, 1.0),
        metalness=None if metalness is None else np.clip(metalness, 0.0, 1.0),
        normal=normal,
    )


def _read(path: Path) -> Image:
    image = read_image(path)
    if min(image.width, image.height) < _MIN_SIDE:
        raise UnreadableImage(
            f"{path}: is {image.width}x{image.height} pixels; a texture has at least {_MIN_SIDE}, take it away"
        )
    return image


def _finite(path: Path, values: np.ndarray) -> np.ndarray:
    if not np.isfinite(values).all():
        raise UnreadableImage(f"{path}: has values that are not finite; export it again")
    return values


def _values(path: Path) -> np.ndarray:
    return _finite(path, _read(path).rgb())


def _grey(path: Path) -> np.ndarray:
    # Grey pictures that were saved as RGB have it in every channel.
    return _values(path)[..., 0]


def _color(path: Path) -> np.ndarray:
    image = _read(path)
    return _finite(path, to_scene_linear(image.rgb(), image.color_space))


def _square(values: np.ndarray, size: int) -> np.ndarray:
    height, width = values.shape[:2]
    rows = min(max(1, round(width / height)), _MAX_REPEATS)
    columns = min(max(1, round(height / width)), _MAX_REPEATS)
    tiled = np.tile(values[::-1], (rows, columns, *[1] * (values.ndim - 2)))
    return resample(tiled, size, size)


def _normals(path: Path, size: int, *, directx: bool) -> np.ndarray:
    vectors = _vectors(path, _values(path))
    if directx:
        vectors = vectors * np.array([1.0, -1.0, 1.0], np.float32)
    mean = _square(vectors, size)
    # No texel may look into the surface or lie along it: the renderer has nothing to shade there.
    mean[..., 2] = np.maximum(mean[..., 2], 0.05)
    unit: np.ndarray = mean / np.linalg.norm(mean, axis=-1, keepdims=True)
    return unit.astype(np.float32)


def _vectors(path: Path, stored: np.ndarray) -> np.ndarray:
    # Float files hold vectors as they are; others hold them as (n + 1) / 2.
    vectors = stored if float(stored.min()) < -0.01 else stored * 2.0 - 1.0
    blue = vectors[..., 2]
    if float(blue.mean()) < 0.2:
        if float(blue.std()) > 0.02:
            raise UnreadableImage(
                f"{path}: is not a tangent-space normal map (its blue averages {float(blue.mean()):.2f} decoded, "
                "above 0.2 is needed); bake it in tangent space or rename it"
            )
        # Two-channel maps leave blue out; length 1 gives it back.
        in_plane = np.minimum((vectors[..., :2] ** 2).sum(axis=-1), 1.0)
        vectors = np.concatenate([vectors[..., :2], np.sqrt(1.0 - in_plane)[..., None]], axis=-1)
    return vectors


def _slopes(height: np.ndarray) -> np.ndarray:
    size = len(height)
    normal = np.ones((size, size, 3), np.float32)
    normal[..., 0] = (np.roll(height, 1, 1) - np.roll(height, -1, 1)) * (0.5 * size)
    normal[..., 1] = (np.roll(height, 1, 0) - np.roll(height, -1, 0)) * (0.5 * size)
    unit: np.ndarray = normal / np.linalg.norm(normal, axis=-1, keepdims=True)
    return unit
