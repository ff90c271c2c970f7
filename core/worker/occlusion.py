"""The occlusion of a picture with normals, from file to file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.worker.requests import FrameFiles, OcclusionRequest

if TYPE_CHECKING:
    from core.occlusion.model import FieldModel

__all__ = ["open_model", "write_occlusion"]


def open_model(request: OcclusionRequest) -> FieldModel:
    """The model that a request asks for. Raises as `core.occlusion.model.open_occlusion_model`."""
    from core.occlusion.model import open_occlusion_model

    return open_occlusion_model(request.model.name, request.model.device, request.model.threads)


def write_occlusion(model: FieldModel, files: FrameFiles, request: OcclusionRequest) -> dict[str, Any]:
    """Make the occlusion of one frame.

    Args:
        model: loaded.
        files: `plate` is the file with the normals, `depth` that with the depth or None, `normals` the file to write,
            whole or not at all; its folder is there.
        request: how.

    Returns:
        `{"notes": [...]}`.

    Raises:
        FileMissing, UnreadableImage, BadChannels, BadSize: the files cannot be used.
        DiskFull, WorkFailed: the result cannot be written, or the model failed.
    """
    from core.occlusion.frames import write_occlusion as write

    return {"notes": list(write(model, files.plate, files.depth, files.normals, request.settings))}
