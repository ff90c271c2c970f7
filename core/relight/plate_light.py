"""The light of a plate's files: from pictures to a light estimate, and from a light estimate to harmonics.

`worker_link.light` has the file's form and reads it without numpy, because hosts read it too; here are the errors of
`core` and the arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from core.atomic import write_text
from core.color import to_scene_linear
from core.errors import BadChannels, BadConfig, FileMissing
from core.image import SCENE_LINEAR, Image, check_same_place
from core.relight.estimate import EstimateSettings, LightEstimate, estimate_light
from core.relight.harmonics import irradiance
from worker_link.light import BadLight, Color, PlateLight, Residual, merge_lights, read_light

__all__ = [
    "confidence_of_normals",
    "estimate_from_pictures",
    "former_harmonics",
    "light_document",
    "linear_pixels",
    "merge_light_files",
    "read_light_file",
    "solid_normals",
    "working_space",
    "write_light_file",
]

FloatArray: TypeAlias = npt.NDArray[np.float32]
DoubleArray: TypeAlias = npt.NDArray[np.float64]

_BRIGHT = 99.0
_SOLID = 0.99


def working_space(color_space: str) -> str:
    """The scene-linear space that a plate of `color_space` is lit in: its own where it is one, else Rec.709."""
    lowered = color_space.lower()
    is_linear = lowered.startswith(("lin_", "linear")) or lowered in ("acescg", "aces - acescg", "aces2065-1")
    return color_space if is_linear else SCENE_LINEAR


def linear_pixels(plate: Image, color_space: str | None = None) -> tuple[FloatArray, str]:
    """(H, W, 3) scene-linear pixels of a plate, as they are stored otherwise, and the space they are in.

    Args:
        plate: any picture with colour.
        color_space: of the plate; None: what it says of itself.

    Raises:
        BadChannels: it has no colour. BadConfig: an unknown colour space.
    """
    named = color_space or plate.color_space
    space = working_space(named)
    return (plate.rgb() if space == named else to_scene_linear(plate.rgb(), named)), space


def estimate_from_pictures(
    plate: Image,
    normals: Image,
    *,
    occlusion: Image | None = None,
    color_space: str | None = None,
    settings: EstimateSettings | None = None,
    name: str = "plate",
    normals_name: str = "normals",
) -> PlateLight:
    """Estimate the light of a plate.

    Args:
        plate: with or without alpha; half-covered pixels are not looked at.
        normals: of the same size, with a layer `N` (-1..1, camera space). Confidence is taken from `confidence.alpha`,
            or from `N.alpha` where that is not black.
        occlusion: 1 open .. 0 closed, as `core.image.Image.open_share` finds it, or None.
        color_space: of the plate; None: what it says.
        settings: see `core.relight.estimate`.
        name, normals_name: what messages and the estimate call the two.

    Returns:
        The light, in the plate's own primaries where it is scene-linear and in Rec.709 otherwise.

    Raises:
        BadChannels, BadSize, BadConfig: the pictures cannot be used.
        WorkFailed: too few pixels can.
    """
    if not normals.has_layer("N") or normals.layer("N").shape[2] < 3:
        shown = ", ".join(normals.channels[:8]) + (" ..." if len(normals.channels) > 8 else "")
        raise BadChannels(f"{name} with {normals_name}: no layer N of three channels but {shown}")
    layer = normals.layer("N")
    check_same_place(plate, name, normals, normals_name)
    if occlusion is not None:
        check_same_place(plate, name, occlusion, "the occlusion file")
    try:
        rgb, space = linear_pixels(plate, color_space)
    except BadChannels as error:
        raise BadChannels(f"{name} with {normals_name}: {error}") from error
    alpha = plate.alpha()
    solid = solid_normals(layer[..., :3], alpha)
    found = estimate_light(
        rgb,
        solid,
        confidence=confidence_of_normals(normals),
        occlusion=None if occlusion is None else occlusion.open_share(),
        settings=settings,
    )
    return light_document(found, solid, color_space=space, plate=name, normals=normals_name)


def light_document(
    found: LightEstimate,
    directions: FloatArray,
    *,
    color_space: str = SCENE_LINEAR,
    plate: str = "",
    normals: str = "",
) -> PlateLight:
    """A light estimate with what ratio mode needs of the frame: its mean and its brightest irradiance.

    Args:
        found: from `core.relight.estimate`.
        directions: (H, W, 3) normals that it was estimated with; zero or not finite is no surface.
        color_space: of the estimate.
        plate, normals: files, for people.
    """
    safe = np.where(np.isfinite(directions).all(axis=-1, keepdims=True), directions, np.float32(0.0))
    length = np.linalg.norm(safe, axis=-1)
    unit = safe[length > 1e-6] / length[length > 1e-6][:, None]
    lit = np.maximum(irradiance(found.harmonics, unit), np.float32(0.0))
    mean = np.maximum(lit.mean(axis=0, dtype=np.float64), 1e-6) if len(lit) else np.ones(3)
    bright = np.percentile(lit, _BRIGHT, axis=0) if len(lit) else np.ones(3)
    statistics = found.residuals
    return PlateLight(
        harmonics=tuple(_color(row) for row in found.harmonics),
        toward=_color(found.toward),
        key=_color(found.key),
        ambient=_color(found.ambient),
        mean_irradiance=_color(mean),
        bright_irradiance=_color(bright),
        directionality=float(found.directionality),
        spread_degrees=float(found.spread_degrees),
        residual=Residual(
            median_stops=statistics.median_stops,
            p90_stops=statistics.p90_stops,
            rejected_share=statistics.rejected_share,
            usable_share=statistics.usable_share,
            coverage=statistics.coverage,
            pixels=statistics.pixels,
        ),
        color_space=color_space,
        plate=plate,
        normals=normals,
    )


def former_harmonics(light: PlateLight, color_space: str = SCENE_LINEAR, *, balance: bool = True) -> DoubleArray:
    """(9, 3) harmonics for the mode `ratio`.

    Args:
        light: the estimate.
        color_space: scene-linear space of the plate that is relit; another one than the estimate's is converted to.
        balance: scale by channel to a mean irradiance of 1 over the frame that it was estimated from.

    Raises:
        BadConfig: an unknown colour space, or an estimate in one that is not scene-linear.
    """
    chosen = light.balanced() if balance else light
    nine = np.array(chosen.harmonics, dtype=np.float64)
    if light.color_space == color_space:
        return nine
    if working_space(light.color_space) != light.color_space:
        raise BadConfig(f"light estimate in {light.color_space!r}, which is not scene-linear; estimate it again")
    # Both are scene-linear, so that what they do to the three unit colours is all there is to know.
    unit = np.eye(3, dtype=np.float32)[None]
    ours, theirs = (to_scene_linear(unit, space)[0].astype(np.float64) for space in (light.color_space, color_space))
    converted: DoubleArray = nine @ ours @ np.linalg.inv(theirs)
    return converted


def read_light_file(path: str | Path) -> PlateLight:
    """Read a light-estimate file.

    Raises:
        FileMissing: it is not there.
        BadConfig: it is none, or of another version; the message names the field.
    """
    if not Path(path).is_file():
        raise FileMissing(f"{path}: no such light estimate; `platelight estimate-light` writes one")
    try:
        return read_light(str(path))
    except BadLight as error:
        raise BadConfig(str(error)) from error


def write_light_file(path: str | Path, light: PlateLight) -> None:
    """Write a light-estimate file, whole or not at all.

    Raises:
        DiskFull, BadInput: as `core.atomic.write_text`.
    """
    import json

    write_text(path, json.dumps(light.to_json(), indent=2, allow_nan=False) + "\n")


def merge_light_files(lights: Sequence[PlateLight]) -> PlateLight:
    """As `worker_link.light.merge_lights`, with BadConfig for what cannot be merged."""
    try:
        return merge_lights(lights)
    except BadLight as error:
        raise BadConfig(str(error)) from error


def solid_normals(layer: FloatArray, alpha: FloatArray | None) -> FloatArray:
    """(H, W, 3) normals with zero, no surface, where the plate is half-covered: that shows two things at once, neither
    of whose light it has. An alpha that is black everywhere (Nuke's, where a plate has none) counts as none."""
    if alpha is None or not (alpha > 0.0).any():
        return layer
    return np.where(alpha > _SOLID, layer, np.float32(0.0)).astype(np.float32)


def confidence_of_normals(normals: Image) -> FloatArray | None:
    """(H, W, 1) confidence that comes with normals, 0..1: `confidence.alpha`, else `N.alpha` where the node in Nuke
    keeps it and it is not black; None where there is neither."""
    if normals.has_layer("confidence"):
        return normals.layer("confidence")[..., :1]
    layer = normals.layer("N")
    if layer.shape[2] > 3 and float(np.nan_to_num(layer[..., 3]).max(initial=0.0)) > 0.0:
        return layer[..., 3:4]
    return None


def _color(values: npt.ArrayLike) -> Color:
    red, green, blue = (float(v) for v in np.asarray(values, dtype=np.float64))
    return red, green, blue
