"""The tangent-space normal map of a texture, from file to file."""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import TYPE_CHECKING, Any

from core.worker.requests import FrameFiles, NormalMapRequest

if TYPE_CHECKING:
    from core.textures.model import TextureModel

__all__ = ["FILE_TYPES", "open_model", "write_normal_map"]

FILE_TYPES = {".png": "png", ".tif": "tiff", ".tiff": "tiff", ".exr": "exr"}
"""Suffix of the file to write -> `core.textures.outputs.FILE_TYPES`."""


def open_model(request: NormalMapRequest) -> TextureModel:
    """The model that a request asks for. Raises as `core.textures.model.open_texture_model`."""
    from core.textures.model import open_texture_model

    return open_texture_model(request.model.name, request.model.device, request.model.threads)


def write_normal_map(model: TextureModel, files: FrameFiles, request: NormalMapRequest) -> dict[str, Any]:
    """Make one map.

    Args:
        model: loaded.
        files: `plate` is the texture, `normals` the map to write, whole or not at all; its folder is there.
        request: how.

    Returns:
        `{"notes": [...]}`.

    Raises:
        FileMissing, UnreadableImage, BadChannels, BadSize: the texture cannot be used.
        DiskFull, WorkFailed: the map cannot be written, or the model failed.
    """
    from core.textures.outputs import MapSettings, write_maps

    settings = MapSettings(
        tileable=request.tileable,
        relief=request.relief,
        convention=request.convention,
        file_type=FILE_TYPES[files.normals.suffix.lower()],
        color_space=request.color_space,
    )
    # It names its files itself: into a folder of its own, and from there to the name that was asked for.
    folder = type(files.normals)(tempfile.mkdtemp(prefix=f".{files.normals.name}.", dir=files.normals.parent))
    try:
        report = write_maps(model, files.plate, folder, settings)
        os.replace(report.files["normal"], files.normals)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    word = "repeats" if report.tileable else "does not repeat"
    told = [f"{files.plate}: taken as a texture that {word}"] if request.tileable is None else []
    return {"notes": [*told, *report.notes]}
