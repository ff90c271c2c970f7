"""How far two renderings of one scene are from each other: radiance, angles between normals, and a picture of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.color import expose, exposure_key, network_view
from core.evaluation.panels import HOTTEST, heat
from core.image import Image
from core.normals import angular_error_degrees, encode_8bit, world_to_camera

FloatArray = npt.NDArray[np.float32]

LEAST_LENGTH = 0.99
"""Cycles averages normals over a pixel without making them unit again: a shorter one is a mixture of surfaces."""

WARMEST = 10.0
"""Degrees that are white in the picture."""


@dataclass(frozen=True)
class Agreement:
    """Two renderings of one scene; angles in degrees, shares of all pixels."""

    radiance: float
    """Mean of Cycles' beauty over the mean of ours, all pixels and channels."""
    compared: float
    """Share where both show a surface and Cycles' normal is of full length."""
    median: float
    mean: float
    ninety: float
    """90 in 100 compared pixels are below."""
    unbumped_mean: float
    """The same pixels, between Cycles' normal and ours without bump."""
    short: float
    """Share of those pixels of Cycles' pass that hold a surface whose normal is shorter than 0.9."""


def cycles_passes(image: Image, camera_to_world: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return beauty and normals of a multi-layer EXR that Blender wrote.

    Args:
        image: with channels `...Combined.R/G/B` and `...Normal.X/Y/Z`; normals in Blender's world (+Z up).
        camera_to_world: 16 floats in our world (+Y up).

    Returns:
        (H, W, 3) scene-linear radiance; (H, W, 3) normals in camera space with the length that they have in the file.

    Raises:
        ValueError: a channel is missing.
    """
    beauty = _channels(image, "Combined", "RGB")
    x, y, z = np.moveaxis(_channels(image, "Normal", "XYZ"), -1, 0)
    turned = np.stack([x, z, -y], -1)
    return beauty, world_to_camera(turned, camera_to_world)


def agreement(
    ours: dict[str, np.ndarray], beauty: npt.NDArray[Any], normal: npt.NDArray[Any]
) -> tuple[Agreement, FloatArray]:
    """Compare.

    Args:
        ours: `beauty` (H, W, 3 or more), `normal` and `normal_unbumped` (H, W, 3) in camera space, 0 without a surface.
        beauty: Cycles' radiance, (H, W, 3).
        normal: Cycles' normals in camera space, (H, W, 3), of any length; 0 without a surface.

    Returns:
        The figures, and the angle between the normals, (H, W) degrees, NaN where it is not compared.

    Raises:
        ValueError: nowhere do both show a surface.
    """
    length = np.linalg.norm(normal, axis=-1)
    there = (length > LEAST_LENGTH) & (np.linalg.norm(ours["normal"], axis=-1) > 0.5)
    if not there.any():
        raise ValueError("no pixel where both renderings show a surface; look at the pictures")
    degrees = np.where(there, angular_error_degrees(normal, ours["normal"]), np.nan).astype(np.float32)
    unbumped = angular_error_degrees(normal, ours["normal_unbumped"])[there]
    found = degrees[there]
    surface = length > 0.01
    figures = Agreement(
        radiance=float(beauty.mean(dtype=np.float64) / ours["beauty"][..., :3].mean(dtype=np.float64)),
        compared=float(there.mean()),
        median=float(np.median(found)),
        mean=float(found.mean()),
        ninety=float(np.percentile(found, 90)),
        unbumped_mean=float(unbumped.mean()),
        short=float((length[surface] < 0.9).mean()),
    )
    return figures, degrees


def rows_of(
    ours: dict[str, np.ndarray], beauty: npt.NDArray[Any], normal: npt.NDArray[Any], degrees: FloatArray
) -> npt.NDArray[np.uint8]:
    """Draw one scene: ours, Cycles, difference; the beauties above the normals.

    The beauties share one exposure, and their difference is four times that of the shown values. The difference of the
    normals goes from dark blue at 0 to white at `WARMEST` degrees, and is grey where they are not compared.

    Args:
        ours, beauty, normal, degrees: as `agreement` takes and gives them.

    Returns:
        (2 H, 3 W, 3) uint8.
    """
    first = ours["beauty"][..., :3]
    pair = network_view(expose(np.concatenate([first, beauty], axis=1), exposure_key(first)))
    left, right = np.split(pair, 2, axis=1)
    above = np.concatenate([pair, np.clip(4 * np.abs(left - right), 0, 1)], axis=1)
    hot = heat(np.nan_to_num(degrees) * (HOTTEST / WARMEST))
    shown = np.where(np.isnan(degrees)[..., None], 96, hot).astype(np.uint8)
    below = np.concatenate([_shown(ours["normal"]), _shown(normal), shown], axis=1)
    return np.concatenate([(above * 255).round().astype(np.uint8), below], axis=0)


def _shown(normal: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    there = np.linalg.norm(normal, axis=-1, keepdims=True) > 0.5
    return np.where(there, encode_8bit(normal), 0).astype(np.uint8)


def _channels(image: Image, layer: str, names: str) -> FloatArray:
    wanted = [f"{layer}.{name}" for name in names]
    found = [[i for i, c in enumerate(image.channels) if c == end or c.endswith("." + end)] for end in wanted]
    for end, places in zip(wanted, found, strict=True):
        if len(places) != 1:
            raise ValueError(f"channel {end}: {len(places)} found among {list(image.channels)}, expected 1")
    return image.pixels[..., [places[0] for places in found]]
