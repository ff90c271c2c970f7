"""The parameters of MaterialX `standard_surface` that this project writes, each a value or a texture."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import PurePosixPath

from core.errors import BadConfig

__all__ = ["COLOR_SPACES", "Color", "Scalar", "StandardSurface", "Texture"]

COLOR_SPACES = ("lin_rec709", "srgb_texture", "raw")
"""Colour spaces of texture files, by MaterialX's names; `raw` is data, which no reader converts."""


@dataclass(frozen=True)
class Texture:
    """An image file that tiles, its first row at the top (v = 1)."""

    file: str
    """Relative to the document's folder, with forward slashes."""
    color_space: str
    """One of `COLOR_SPACES`; numbers and normals are `raw`."""


Scalar = float | Texture
Color = tuple[float, float, float] | Texture


@dataclass(frozen=True)
class StandardSurface:
    """`standard_surface` 1.0.1 without coat, sheen, transmission, subsurface, thin film, emission and anisotropy.

    Names, ranges and defaults are MaterialX's. Colours are scene-linear Rec.709, 0..1.
    """

    base: Scalar = 1.0
    """Weight of the diffuse reflection and of a metal's reflectivity, 0 .. 1."""
    base_color: Color = (0.8, 0.8, 0.8)
    metalness: Scalar = 0.0
    """0 .. 1."""
    specular: Scalar = 1.0
    """Weight of the dielectric reflection, and factor of a metal's edge colour, 0 .. 1."""
    specular_color: Color = (1.0, 1.0, 1.0)
    """Tint of the dielectric reflection; a metal's colour at the edge."""
    specular_roughness: Scalar = 0.2
    """0 .. 1; the GGX alpha is its square."""
    specular_IOR: float = 1.5  # noqa: N815 - MaterialX's own name
    """Index of refraction, 1 .. 3."""
    normal: Texture | None = None
    """Tangent-space normal map, 0..1 encoded, OpenGL (Y up); None is the surface's own normal."""
    repeat: tuple[float, float] = (1.0, 1.0)
    """Tiles for each unit of the texture coordinates u and v; scenes have them in metres."""

    def check(self, name: str) -> None:
        """Check every value; `name` is the material's, for messages.

        Raises:
            BadConfig: a number is out of its range or not finite, a texture has an unknown colour space, a colour
                texture is `raw`, or a data texture is not.
        """
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if isinstance(value, Texture):
                _check_texture(name, field.name, value)
            elif value is not None:
                low, high = {"repeat": (1e-6, 1e6), "specular_IOR": (1.0, 3.0)}.get(field.name, (0.0, 1.0))
                for number in value if isinstance(value, tuple) else (value,):
                    if not low <= number <= high:  # false for NaN too
                        raise BadConfig(f"material {name!r}: {field.name} is {value}, expected {low:g} .. {high:g}")


def _check_texture(material: str, parameter: str, texture: Texture) -> None:
    where = f"material {material!r}: {parameter} texture {texture.file!r}"
    path = PurePosixPath(texture.file)
    if not texture.file or path.is_absolute() or "\\" in texture.file or ".." in path.parts:
        raise BadConfig(f"{where} must be a path inside the document's folder, written with forward slashes")
    is_color = parameter.endswith("_color")
    known = COLOR_SPACES[:2] if is_color else COLOR_SPACES[2:]
    if texture.color_space not in known:
        raise BadConfig(f"{where} has colour space {texture.color_space!r}, expected {' or '.join(known)}")
