"""The light of a plate, estimated from its file and that of its normals."""

from __future__ import annotations

import math
from typing import Any

from core.errors import BadChannels, BadSize
from core.worker.requests import FrameFiles

__all__ = ["estimate_light"]


def estimate_light(files: FrameFiles, color_space: str | None) -> dict[str, Any]:
    """Estimate the light of one frame.

    Args:
        files: plate and normals (layer `N`, -1..1, camera space; `confidence.alpha` is used where it is there) of one
            size, and where to write the light, if anywhere.
        color_space: of the plate; None: what the file says.

    Returns:
        `{"notes": [...], "light": {...}}`: what `core.relight.estimate.LightEstimate` holds, as numbers and lists.
        Camera space; irradiance over pi in scene-linear Rec.709. `ambient_to_key` is null where there is no key.

    Raises:
        FileMissing, UnreadableImage, BadChannels, BadSize, BadConfig: a file cannot be used.
        WorkFailed: too few pixels can be used.
        DiskFull, BadInput: the light could not be written.
        ModuleNotFoundError: this version of Platelight has no estimation.
    """
    from core.atomic import write_json
    from core.color import to_scene_linear
    from core.image import read_image
    from core.relight import estimate

    plate, normals = read_image(files.plate), read_image(files.normals)
    try:
        rgb, directions = plate.rgb(), normals.layer("N")
    except BadChannels as error:
        raise BadChannels(f"{files.plate} with {files.normals}: {error}") from error
    confidence = None
    if "confidence.alpha" in normals.channels:
        confidence = normals.pixels[..., normals.channels.index("confidence.alpha")]
    if rgb.shape[:2] != directions.shape[:2]:
        raise BadSize(
            f"{files.plate} has {plate.width}x{plate.height} pixels, {files.normals} {normals.width}x{normals.height}; "
            "normals of this very plate are needed"
        )
    linear = to_scene_linear(rgb, color_space or plate.color_space)
    found = estimate.estimate_light(linear, directions, confidence=confidence)
    ratio = found.ambient_to_key
    light: dict[str, Any] = {
        "toward": [float(value) for value in found.toward],
        "spread_degrees": float(found.spread_degrees),
        "key": [float(value) for value in found.key],
        "ambient": [float(value) for value in found.ambient],
        "ambient_to_key": float(ratio) if math.isfinite(ratio) else None,
        "directionality": float(found.directionality),
        "harmonics": [[float(value) for value in row] for row in found.harmonics],
        "median_residual_stops": float(found.residuals.median_stops),
        "usable_share": float(found.residuals.usable_share),
        "coverage": float(found.residuals.coverage),
    }
    if files.light is not None:
        write_json(files.light, light)
    return {"notes": [], "light": light}
