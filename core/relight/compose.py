"""Plate and light put together: the three modes, and the layers that sum to the beauty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from core.errors import BadConfig, BadSize
from core.relight.lights import Light
from core.relight.shade import Surface, shade

__all__ = ["MODES", "Mode", "Relit", "relight"]

FloatArray: TypeAlias = NDArray[np.float32]
Mode: TypeAlias = Literal["multiply", "add", "replace"]
MODES: tuple[Mode, ...] = get_args(Mode)


@dataclass(frozen=True)
class Relit:
    """(H, W, 3) float32 scene-linear each, premultiplied by the plate's alpha where it has one.

    beauty = plate + diffuse + specular + ambient (to 1e-5 of the largest value).

    Attributes:
        beauty: the picture.
        plate: the part of the plate that is kept: all of it in `add`, else only pixels without a surface.
        diffuse, specular, ambient: as `core.relight.shade`.
    """

    beauty: FloatArray
    plate: FloatArray
    diffuse: FloatArray
    specular: FloatArray
    ambient: FloatArray


def relight(
    plate: FloatArray,
    surface: Surface,
    lights: Sequence[Light],
    *,
    mode: Mode = "multiply",
    alpha: FloatArray | None = None,
) -> Relit:
    """Relight a plate.

    multiply: the plate itself stands in for the albedo: beauty = plate x light + specular. A frontal light of
        intensity 1 returns the plate (plus its highlights). The light that was there when the plate was shot stays
        in it as if painted on, so this darkens and tints; it does not remove old shadows. `surface.albedo` is not
        looked at.
    add: the whole plate, plus new light on `surface.albedo`: as if a lamp had been added on the set.
    replace: only the new light on `surface.albedo`; as good as that albedo is.

    Pixels without a surface (zero normal) keep the plate in every mode.

    Args:
        plate: (H, W, 3) float32 scene-linear, premultiplied if `alpha` is given. NaN and infinite pixels count as
            black, negative ones are kept as they are in the plate part and count as black where they are lit.
        surface: what the plate shows.
        lights: any number of lights.
        mode: see above.
        alpha: (H, W, 1) float32 0..1, or None for an opaque plate.

    Raises:
        BadSize: plate, alpha and normals are not of one size.
        BadConfig: an unknown mode.
    """
    if mode not in MODES:
        raise BadConfig(f"mode is {mode!r}; choose one of {', '.join(MODES)}")
    if plate.shape != surface.normals.shape:
        raise BadSize(f"the plate is {_size(plate)} and the normals are {_size(surface.normals)}; they must be alike")
    if alpha is not None and alpha.shape != (*plate.shape[:2], 1):
        raise BadSize(f"alpha has shape {alpha.shape}; {(*plate.shape[:2], 1)} is needed")
    plate = np.nan_to_num(plate, nan=0.0, posinf=0.0, neginf=0.0).astype(np.float32)
    cover = np.float32(1.0) if alpha is None else np.clip(np.nan_to_num(alpha), 0.0, 1.0).astype(np.float32)
    if mode == "multiply":
        # Light falls on the thing, not on the mixture at its edge: undo the premultiplication, shade, do it again.
        bare = np.where(cover > 1e-4, plate / np.maximum(cover, np.float32(1e-4)), np.float32(0.0))
        surface = replace(surface, albedo=np.maximum(bare, 0.0).astype(np.float32))
    passes = shade(surface, lights)
    kept = plate if mode == "add" else np.where(passes.surface, np.float32(0.0), plate)
    diffuse, specular, ambient = (passes.diffuse * cover, passes.specular * cover, passes.ambient * cover)
    return Relit(kept + diffuse + specular + ambient, kept, diffuse, specular, ambient)


def _size(image: FloatArray) -> str:
    return f"{image.shape[1]}x{image.shape[0]}"
