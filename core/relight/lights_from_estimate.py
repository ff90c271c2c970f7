"""An estimated light as two lights of the suite: a key and ambient light."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from core.relight.chroma_groups import LUMINANCE
from core.relight.estimate import LightEstimate
from core.relight.lights import AmbientLight, DirectionalLight
from worker_link.light import PlateLight

__all__ = ["lights_from_estimate", "lights_from_light"]

DoubleArray: TypeAlias = npt.NDArray[np.float64]


def lights_from_estimate(estimate: LightEstimate) -> tuple[DirectionalLight, AmbientLight]:
    """One directional key and ambient light, ready for `core.relight.lights_file.write_lights`.

    Colours have luminance 1 and the intensity carries the level; a light without any level is white at intensity 0.
    """
    return _lights(estimate.toward, estimate.key, estimate.ambient)


def lights_from_light(light: PlateLight) -> tuple[DirectionalLight, AmbientLight]:
    """The same from a light-estimate file, see `core.relight.plate_light`."""
    return _lights(np.array(light.toward), np.array(light.key), np.array(light.ambient))


def _lights(toward: DoubleArray, key: DoubleArray, ambient: DoubleArray) -> tuple[DirectionalLight, AmbientLight]:
    x, y, z = (float(-v) for v in toward)
    key_level, key_color = _level(key)
    fill_level, fill_color = _level(ambient)
    return (
        DirectionalLight(name="estimated key", direction=(x, y, z), intensity=key_level, color=key_color),
        AmbientLight(name="estimated ambient", intensity=fill_level, color=fill_color),
    )


def _level(color: DoubleArray) -> tuple[float, tuple[float, float, float]]:
    level = float(color @ LUMINANCE)
    if not level > 0.0:
        return 0.0, (1.0, 1.0, 1.0)
    red, green, blue = (float(v) for v in color / level)
    return level, (red, green, blue)
