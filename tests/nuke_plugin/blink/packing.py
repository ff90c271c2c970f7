"""Lights, surfaces and modes of core.relight as the kernel's parameters: what the node's expressions do in Nuke."""

from __future__ import annotations

import math

from core.relight.compose import MODES, FormerLight, Mode
from core.relight.falloff import falloff_power
from core.relight.lights import (
    AmbientLight,
    AreaLight,
    DirectionalLight,
    Light,
    PointLight,
    RimLight,
    SpotLight,
    level,
)
from core.relight.shade import Surface

RESULTS = ("picture", "light", "diffuse", "specular", "ambient", "mask")


def light_parameters(number: int, light: Light) -> dict[str, object]:
    """The six parameters of light `number`, 1 to 8."""
    kinds: list[tuple[type, int]] = [(SpotLight, 4), (PointLight, 3), (DirectionalLight, 2), (AreaLight, 5)]
    kinds += [(RimLight, 6), (AmbientLight, 1)]
    kind = next(found for made, found in kinds if isinstance(light, made)) if light.enabled else 0
    packed: dict[str, object] = {"color": (*level(light), kind)}
    if isinstance(light, (PointLight, AreaLight)):
        packed["place"] = (*light.position, falloff_power(light.falloff))
    if isinstance(light, (DirectionalLight, SpotLight, AreaLight)):
        size = math.hypot(*light.direction)
        aim = [value / size for value in light.direction]  # the node's angles give unit vectors, too
        packed["aim"] = (*aim, 0.0 if isinstance(light, AreaLight) else light.wrap)
    elif isinstance(light, PointLight):
        packed["aim"] = (0.0, 0.0, -1.0, light.wrap)
    if isinstance(light, SpotLight):
        half = 0.5 * light.cone_angle
        edge = math.cos(math.radians(min(half + max(light.penumbra, 0.0), 179.9)))
        full = math.cos(math.radians(max(half + min(light.penumbra, 0.0), 0.0)))
        packed["shape"] = (edge, 1.0 / max(full - edge, 1e-6), light.cone_falloff, 0.0)
    elif isinstance(light, AreaLight):
        packed["shape"] = (0.5 * light.width, 0.5 * light.height, float(light.two_sided), 0.0)
        packed["up"] = (*light.up, 0.0)
    elif isinstance(light, RimLight):
        turn = math.radians(light.angle)
        packed["shape"] = (math.cos(turn), math.sin(turn), light.spread, light.power)
    if not isinstance(light, AmbientLight):
        near = isinstance(light, (PointLight, AreaLight))
        reach = (light.reference_distance, light.radius) if near else (1.0, 0.01)  # type: ignore[union-attr]
        packed["reach"] = (*reach, float(light.diffuse), float(light.specular))
    return {f"light{number}_{name}": value for name, value in packed.items()}


def surface_parameters(surface: Surface, mode: Mode, former: FormerLight | None) -> dict[str, object]:
    """For a surface whose maps, if any, are in the pictures `maps` and `colours`, and its position in `place`."""
    packed: dict[str, object] = {"mode": MODES.index(mode), "where": 1, "specular": surface.specular}
    packed["wrap"] = surface.wrap
    packed["from_maps"] = (1.0, 1.0, 1.0, 0.0)
    packed["albedo"] = (0.0, 0.0, 0.0, 1.0)
    if former is not None:
        packed |= {f"former{index}": (*former.harmonics[index], 0.0) for index in range(9)}
        packed["floor_most"] = (*former.floor, former.limits.most)
    return packed
