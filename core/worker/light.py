"""The light of a plate, estimated from its file and that of its normals."""

from __future__ import annotations

from typing import Any

from core.worker.requests import FrameFiles

__all__ = ["estimate_light"]


def estimate_light(files: FrameFiles, color_space: str | None) -> dict[str, Any]:
    """Estimate the light of one frame.

    Args:
        files: plate and normals (layer `N`, -1..1, camera space, and its confidence where that is there) of one size,
            perhaps one file for both, and where to write the light, if anywhere.
        color_space: of the plate; None: what the file says.

    Returns:
        `{"notes": [...], "light": {...}}`: the document of `worker_link/light.schema.json`, and its doubts as notes.

    Raises:
        FileMissing, UnreadableImage, BadChannels, BadSize, BadConfig: a file cannot be used.
        WorkFailed: too few pixels can be used.
        DiskFull, BadInput: the light could not be written.
    """
    from core.image import read_image
    from core.relight.plate_light import estimate_from_pictures, write_light_file

    plate, normals = read_image(files.plate), read_image(files.normals)
    light = estimate_from_pictures(
        plate, normals, color_space=color_space, name=str(files.plate), normals_name=str(files.normals)
    )
    if files.light is not None:
        write_light_file(files.light, light)
    return {"notes": list(light.doubts), "light": light.to_json()}
