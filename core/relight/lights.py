"""The lights: what each one is.

Units: `intensity` is chosen so that a frontal light of intensity 1 and colour (1, 1, 1) makes a white Lambert surface
leave radiance 1. That is an irradiance of pi times intensity, so plates and lights stay on one scale and no factor of
pi has to be carried by hand. Lights with a place in the scene do so at `reference_distance`, one metre unless stated
otherwise. Colours are scene-linear, in the primaries of the plate.

How much of a light arrives at a point is told by `core.relight.falloff` (directional, point, spot),
`core.relight.area` and `core.relight.environment`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from core.image.pixels import SCENE_LINEAR
from core.relight.temperature import kelvin_to_rgb

__all__ = [
    "FALLOFFS",
    "AmbientLight",
    "AreaLight",
    "DirectionalLight",
    "Emitter",
    "EnvironmentLight",
    "Falloff",
    "Light",
    "LocalLight",
    "PointLight",
    "RimLight",
    "SpotLight",
    "Vector",
    "level",
]

Vector: TypeAlias = tuple[float, float, float]
Falloff: TypeAlias = Literal["none", "linear", "quadratic", "cubic"]
FALLOFFS: tuple[Falloff, ...] = get_args(Falloff)
FloatArray: TypeAlias = NDArray[np.float32]

_WHITE: Vector = (1.0, 1.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class Emitter:
    """What every light has.

    Attributes:
        name: what a person calls it; free text.
        enabled: False switches it off.
        intensity: radiance that leaves a white surface, 0 or more.
        color: scene-linear factors, each 0 or more.
        temperature: kelvin, 1000 to 25000, or None for white: multiplies `color` by the colour of that light at
            luminance 1, see `core.relight.temperature`.
    """

    name: str = ""
    enabled: bool = True
    intensity: float = 1.0
    color: Vector = _WHITE
    temperature: float | None = None


@dataclass(frozen=True, kw_only=True)
class AmbientLight(Emitter):
    """Light from every side alike."""


@dataclass(frozen=True, kw_only=True)
class DirectionalLight(Emitter):
    """Parallel light, as of the sun.

    Attributes:
        direction: the way the light travels, camera space, any length but zero. (0, 0, -1) travels with the camera's
            view and lights a surface that faces the camera fully; (0, -1, 0) falls from above.
        wrap: 0 to 1, how far the light reaches round the terminator, see `core.relight.brdf.wrapped_cosine`.
        diffuse, specular: False takes the light out of that part.
    """

    direction: Vector = (0.0, 0.0, -1.0)
    wrap: float = 0.0
    diffuse: bool = True
    specular: bool = True


@dataclass(frozen=True, kw_only=True)
class PointLight(Emitter):
    """A small lamp that shines to every side.

    Attributes:
        position: camera space, metres; the camera is at (0, 0, 0) and things before it have a negative third number.
        falloff: how the light weakens with distance: not at all, or with its first, second (as real light does) or
            third power.
        reference_distance: metres, above 0, where `intensity` holds.
        radius: metres, above 0. Nearer than this the light grows no further, because the inverse square of a
            distance of nearly nothing is no picture.
        wrap, diffuse, specular: as `DirectionalLight`.
    """

    position: Vector = (0.0, 0.0, 0.0)
    falloff: Falloff = "quadratic"
    reference_distance: float = 1.0
    radius: float = 0.01
    wrap: float = 0.0
    diffuse: bool = True
    specular: bool = True


@dataclass(frozen=True, kw_only=True)
class SpotLight(PointLight):
    """A lamp that shines in a cone. The weight across the cone is `core.relight.falloff.cone_weight`.

    Attributes:
        direction: the axis of the cone, the way the light travels; any length but zero.
        cone_angle: full angle of the cone, degrees, above 0 to 180.
        penumbra: degrees over which the edge fades, -90 to 90: outside of the cone where positive, inside where
            negative, as the knob of Nuke's spot light.
        cone_falloff: 0 or more; the power of the cosine by which the light weakens from the axis to the edge.
    """

    direction: Vector = (0.0, 0.0, -1.0)
    cone_angle: float = 40.0
    penumbra: float = 0.0
    cone_falloff: float = 0.0


@dataclass(frozen=True, kw_only=True)
class AreaLight(Emitter):
    """A rectangle that glows evenly. Far away it is as bright as a point light of the same intensity, whatever its
    size: size makes the light softer, not stronger.

    Attributes:
        position: its centre, camera space, metres.
        direction: the way its front faces, any length but zero.
        up: which way its height goes, any length but zero; made square to `direction` (where the two are parallel,
            +Y or else +Z takes its place).
        width, height: metres, above 0.
        two_sided: whether its back shines too.
        falloff, reference_distance, radius: as `PointLight`, over the distance to the centre; `quadratic` is the
            unchanged physics of the rectangle.
        diffuse, specular: as `DirectionalLight`.
    """

    position: Vector = (0.0, 0.0, 0.0)
    direction: Vector = (0.0, 0.0, -1.0)
    up: Vector = (0.0, 1.0, 0.0)
    width: float = 1.0
    height: float = 1.0
    two_sided: bool = False
    falloff: Falloff = "quadratic"
    reference_distance: float = 1.0
    radius: float = 0.01
    diffuse: bool = True
    specular: bool = True


@dataclass(frozen=True, kw_only=True)
class RimLight(Emitter):
    """Light along the outline of things, bound to the view: no lamp of the real world, but a well known effect.

    With n the normal, v the direction to the camera, s the side of the picture it comes from and d = -1..1 the cosine
    between s and the normal's lean, both across the view, its strength is

        max((1 - spread) d + spread, 0)^2  x  (1 - n.v)^power

    The square lets the arc fade out instead of ending in a visible line.

    Attributes:
        angle: the side, degrees in the picture: 0 is right, 90 up, 180 left.
        spread: 0 keeps to the half of the outline on that side, 1 goes all round evenly.
        power: 0.5 to 32; larger is thinner.
        diffuse, specular: as `DirectionalLight`.
    """

    angle: float = 90.0
    spread: float = 0.0
    power: float = 3.0
    diffuse: bool = True
    specular: bool = True


@dataclass(frozen=True, kw_only=True)
class EnvironmentLight(Emitter):
    """Light from a latitude-longitude picture of the surroundings, see `core.relight.environment`.

    Attributes:
        file: the picture; scene-linear values are radiance.
        rotation: degrees about +Y; what came from +Z comes from +X after 90.
        wrap, diffuse, specular: as `DirectionalLight`.
    """

    file: str = ""
    rotation: float = 0.0
    wrap: float = 0.0
    diffuse: bool = True
    specular: bool = True


Light: TypeAlias = AmbientLight | DirectionalLight | PointLight | SpotLight | AreaLight | RimLight | EnvironmentLight
LocalLight: TypeAlias = PointLight | SpotLight | AreaLight
"""Lights that stand somewhere in the scene, for which positions are needed."""


def level(light: Light, color_space: str = SCENE_LINEAR) -> FloatArray:
    """(3,) float32: colour x intensity x colour of the temperature, in the primaries of `color_space`."""
    value = np.asarray(light.color, dtype=np.float64) * light.intensity
    if light.temperature is not None:
        value = value * kelvin_to_rgb(light.temperature, color_space)
    return value.astype(np.float32)
