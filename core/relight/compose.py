"""Plate and light put together: the modes, and the layers that sum to the beauty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from core.errors import BadConfig, BadSize
from core.image.pixels import SCENE_LINEAR
from core.relight.environment import Environment
from core.relight.harmonics import irradiance
from core.relight.lights import Light
from core.relight.ratio import RatioLimits, irradiance_floor, irradiance_ratio
from core.relight.shade import LightPasses, Shadows, Surface, shade
from core.relight.vectors import unit_normals

__all__ = ["MODES", "FormerLight", "Mode", "Relit", "mean_irradiance", "relight"]

FloatArray: TypeAlias = NDArray[np.float32]
Mode: TypeAlias = Literal["multiply", "ratio", "add", "replace"]
MODES: tuple[Mode, ...] = get_args(Mode)


@dataclass(frozen=True)
class FormerLight:
    """The light that was there when the plate was shot, for the mode `ratio`.

    Attributes:
        harmonics: (9, 3) of radiance, as `core.relight.estimate` finds them.
        floor: (3,) least irradiance over pi that is divided by, from `core.relight.ratio.irradiance_floor` over the
            whole frame, so that a frame done in bands has one.
        limits: the largest factor.
    """

    harmonics: npt.NDArray[np.float64]
    floor: FloatArray
    limits: RatioLimits = field(default_factory=RatioLimits)

    @classmethod
    def over(cls, harmonics: npt.ArrayLike, normals: FloatArray, limits: RatioLimits | None = None) -> FormerLight:
        """With the floor of a whole frame's normals, (H, W, 3)."""
        nine = np.asarray(harmonics, dtype=np.float64)
        unit, surface = unit_normals(normals)
        chosen = limits or RatioLimits()
        return cls(nine, irradiance_floor(irradiance(nine, unit), surface, chosen), chosen)


@dataclass(frozen=True)
class Relit:
    """(H, W, 3) float32 scene-linear each, premultiplied by the plate's alpha where it has one.

    beauty = plate + diffuse + specular + ambient = plate + sum of lights (to 1e-5 of the largest value).

    Attributes:
        beauty: the picture.
        plate: the part of the plate that is kept: all of it in `add`, in `ratio` what the floor of the estimate leaves
            in the dark, else only pixels without a surface.
        diffuse, specular, ambient: as `core.relight.shade`.
        shadow: (H, W, 1), as `core.relight.shade`.
        mask: (H, W, 1), where the picture was lit: a surface, times the plate's alpha.
        lights: each light alone, in the order given, where asked for.
    """

    beauty: FloatArray
    plate: FloatArray
    diffuse: FloatArray
    specular: FloatArray
    ambient: FloatArray
    shadow: FloatArray
    mask: FloatArray
    lights: tuple[FloatArray, ...] = ()


def relight(
    plate: FloatArray,
    surface: Surface,
    lights: Sequence[Light],
    *,
    mode: Mode = "multiply",
    alpha: FloatArray | None = None,
    former: FormerLight | None = None,
    shadows: Shadows | None = None,
    environments: Mapping[str, Environment] | None = None,
    color_space: str = SCENE_LINEAR,
    occlude_all: bool = False,
    per_light: bool = False,
) -> Relit:
    """Relight a plate.

    multiply: the plate itself stands in for the albedo: beauty = plate x light + specular. A frontal light of
        intensity 1 returns the plate (plus its highlights). The light that was there when the plate was shot stays
        in it as if painted on, so this darkens and tints; it does not remove old shadows. `surface.albedo` is not
        looked at.
    ratio: the plate x new light / `former` light + specular, see `core.relight.ratio`. The surface counts as no
        metal.
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
        former: what the plate was lit by; needed in `ratio`, else not looked at.
        shadows, environments, color_space, occlude_all, per_light: as `core.relight.shade.shade`.

    Raises:
        BadSize: plate, alpha, shadows and normals are not of one size.
        BadConfig: an unknown mode, `ratio` without `former`, or as `shade`.
    """
    if mode not in MODES:
        raise BadConfig(f"mode is {mode!r}; choose one of {', '.join(MODES)}")
    if plate.shape != surface.normals.shape:
        raise BadSize(f"the plate is {_size(plate)} and the normals are {_size(surface.normals)}; they must be alike")
    if alpha is not None and alpha.shape != (*plate.shape[:2], 1):
        raise BadSize(f"alpha has shape {alpha.shape}; {(*plate.shape[:2], 1)} is needed")
    plate = np.nan_to_num(plate, nan=0.0, posinf=0.0, neginf=0.0).astype(np.float32)
    cover = np.float32(1.0) if alpha is None else np.clip(np.nan_to_num(alpha), 0.0, 1.0).astype(np.float32)
    # Light falls on the thing, not on the mixture at its edge: undo the premultiplication, shade, do it again.
    bare = np.where(cover > 1e-4, plate / np.maximum(cover, np.float32(1e-4)), np.float32(0.0))
    bare = np.maximum(bare, np.float32(0.0)).astype(np.float32)
    if mode == "multiply":
        surface = replace(surface, albedo=bare)
    elif mode == "ratio":
        surface = replace(surface, albedo=np.ones(3, dtype=np.float32), metalness=0.0)
    passes = shade(
        surface,
        lights,
        shadows=shadows,
        environments=environments,
        color_space=color_space,
        occlude_all=occlude_all,
        per_light=per_light,
    )
    body: FloatArray | np.float32 = np.float32(1.0)
    kept = plate if mode == "add" else np.where(passes.surface, np.float32(0.0), plate)
    if mode == "ratio":
        if former is None:
            raise BadConfig("the mode ratio divides by the plate's own light; give its estimate as `former`")
        body, rest = _ratio(bare, passes, surface, former)
        kept = kept + rest * cover
    diffuse, ambient, specular = passes.diffuse * body * cover, passes.ambient * body * cover, passes.specular * cover
    return Relit(
        beauty=kept + diffuse + specular + ambient,
        plate=kept,
        diffuse=diffuse,
        specular=specular,
        ambient=ambient,
        shadow=passes.shadow,
        mask=passes.surface * cover,
        lights=tuple((each.diffuse * body + each.specular) * cover for each in passes.lights),
    )


def mean_irradiance(harmonics: npt.ArrayLike, normals: FloatArray) -> FloatArray:
    """(3,) mean irradiance over pi by channel over the pixels with a surface, at least 1e-6; 1 where there is none."""
    unit, surface = unit_normals(normals)
    lit = np.maximum(irradiance(harmonics, unit[surface[..., 0]]), np.float32(0.0))
    if lit.size == 0:
        return np.ones(3, dtype=np.float32)
    return np.asarray(np.maximum(lit.mean(axis=0, dtype=np.float64), 1e-6), dtype=np.float32)


def _ratio(
    bare: FloatArray, passes: LightPasses, surface: Surface, former: FormerLight
) -> tuple[FloatArray, FloatArray]:
    """What the new irradiance is multiplied by, and what stays of the plate besides; both (H, W, 3)."""
    new = passes.diffuse + passes.ambient  # over an albedo of 1: the irradiance itself
    unit, _ = unit_normals(surface.normals)
    ratio = irradiance_ratio(new, irradiance(former.harmonics, unit), former.floor, former.limits)
    whole = np.where(passes.surface, bare * ratio, np.float32(0.0))
    lit = new > np.float32(1e-6)
    factor = np.where(lit, whole / np.where(lit, new, np.float32(1.0)), np.float32(0.0))
    return factor, whole - factor * new


def _size(image: FloatArray) -> str:
    return f"{image.shape[1]}x{image.shape[0]}"
