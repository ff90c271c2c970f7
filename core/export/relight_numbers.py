"""Lights, surfaces and modes of core.relight as the numbers that the Blink kernel and the TorchScript module take."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from core.errors import BadConfig
from core.image.pixels import SCENE_LINEAR
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
    Vector,
    level,
)
from core.relight.shade import Surface

__all__ = ["MOST_LIGHTS", "RESULTS", "light_numbers", "packed_frame", "relight_numbers"]

FloatArray = npt.NDArray[np.float32]

MOST_LIGHTS = 8
RESULTS = ("picture", "light", "diffuse", "specular", "ambient", "mask")
"""What can come out, in the order of the numbers of `result`."""

_KINDS: Mapping[type, int] = {
    AmbientLight: 1,
    DirectionalLight: 2,
    PointLight: 3,
    SpotLight: 4,
    AreaLight: 5,
    RimLight: 6,
}


def light_numbers(light: Light, color_space: str = SCENE_LINEAR) -> dict[str, tuple[float, ...]]:
    """Parameter of a light (`color`, `place`, `aim`, `shape`, `reach`, `up`) -> its four numbers.

    What they mean stands at the head of `nuke_plugin/blink/PlateRelight.blink`. A light that is off has kind 0.

    Raises:
        BadConfig: an environment light, which neither path has.
    """
    if type(light) not in _KINDS:
        raise BadConfig(f"the light {light.name!r} is a {type(light).__name__}, which the node in Nuke has not")
    red, green, blue = (float(value) for value in level(light, color_space))
    packed: dict[str, tuple[float, ...]] = {"color": (red, green, blue, _KINDS[type(light)] if light.enabled else 0.0)}
    if isinstance(light, PointLight | AreaLight):
        packed["place"] = (*light.position, float(falloff_power(light.falloff)))
        reach = (light.reference_distance, light.radius)
    else:
        reach = (1.0, 0.01)
    if isinstance(light, DirectionalLight | SpotLight):
        packed["aim"] = (*_unit(light.direction), light.wrap)
    elif isinstance(light, PointLight):
        packed["aim"] = (0.0, 0.0, -1.0, light.wrap)
    elif isinstance(light, AreaLight):
        packed["aim"] = (*_unit(light.direction), 0.0)
        packed["shape"] = (0.5 * light.width, 0.5 * light.height, float(light.two_sided), 0.0)
        packed["up"] = (*light.up, 0.0)
    elif isinstance(light, RimLight):
        turn = math.radians(light.angle)
        packed["shape"] = (math.cos(turn), math.sin(turn), light.spread, light.power)
    if isinstance(light, SpotLight):
        half = 0.5 * light.cone_angle
        edge = math.cos(math.radians(min(half + max(light.penumbra, 0.0), 179.9)))
        full = math.cos(math.radians(max(half + min(light.penumbra, 0.0), 0.0)))
        packed["shape"] = (edge, 1.0 / max(full - edge, 1e-6), light.cone_falloff, 0.0)
    if not isinstance(light, AmbientLight):
        packed["reach"] = (*reach, float(light.diffuse), float(light.specular))
    return packed


def _unit(vector: Vector) -> tuple[float, ...]:
    """In double precision: a kernel of floats would lose the last digit, which a mirror's highlight shows."""
    size = math.hypot(*vector)
    return tuple(value / size if size > 0.0 else 0.0 for value in vector)


def relight_numbers(
    surface: Surface,
    lights: Sequence[Light],
    mode: Mode = "multiply",
    former: FormerLight | None = None,
    *,
    occlude_all: bool = False,
    result: str = "picture",
) -> dict[str, tuple[float, ...]]:
    """Parameter -> its numbers, for a surface whose maps and positions come with the frame (`packed_frame`).

    Raises:
        BadConfig: more lights than there are places, or as `light_numbers`.
    """
    if len(lights) > MOST_LIGHTS:
        raise BadConfig(f"{len(lights)} lights; the node in Nuke has places for {MOST_LIGHTS}")
    found: dict[str, tuple[float, ...]] = {
        "mode": (float(MODES.index(mode)),),
        "result": (float(RESULTS.index(result)),),
        "where": (1.0,),
        "specular": (surface.specular,),
        "wrap": (surface.wrap,),
        "occlude_all": (float(occlude_all),),
        "from_maps": (1.0, 1.0, 1.0, 0.0),
        "albedo": (0.0, 0.0, 0.0, 1.0),
    }
    if former is not None:
        found |= {f"former{index}": (*(float(v) for v in former.harmonics[index]), 0.0) for index in range(9)}
        found["floor_most"] = (*(float(value) for value in former.floor), former.limits.most)
    for number, light in enumerate(lights, 1):
        found |= {f"light{number}_{name}": values for name, values in light_numbers(light).items()}
    return found


def packed_frame(plate: FloatArray, surface: Surface, alpha: FloatArray | None = None) -> FloatArray:
    """(1, 17, H, W) float32 in the order of `core.export.relight_module.CHANNELS`, for the whole of the effect.

    Args:
        plate: (H, W, 3) scene-linear, premultiplied by `alpha`.
        surface: of that size; its positions are packed where it has any, else zeros.
        alpha: (H, W, 1) 0..1; None: 1.
    """
    one = np.ones((*plate.shape[:2], 1), dtype=np.float32)
    position = np.zeros_like(plate) if surface.position is None else surface.position
    planes = [plate, one if alpha is None else alpha, surface.normals, position, surface.albedo * one]
    planes += [value * one for value in (surface.occlusion, surface.roughness, surface.metalness)] + [one]
    whole = np.concatenate(planes, axis=-1, dtype=np.float32)
    return np.ascontiguousarray(whole.transpose(2, 0, 1)[None])
