"""The material of the object in a picture, from file to file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.worker.requests import FrameFiles, MaterialRequest

if TYPE_CHECKING:
    from core.materials.model import MaterialModel

__all__ = ["open_model", "write_material"]


def open_model(request: MaterialRequest) -> MaterialModel:
    """The model that a request asks for. Raises as `core.materials.model.open_material_model`."""
    from core.materials.model import open_material_model

    return open_material_model(request.model.name, request.model.device, request.model.threads)


def write_material(model: MaterialModel, files: FrameFiles, request: MaterialRequest) -> dict[str, Any]:
    """Match the material of one object.

    Args:
        model: loaded.
        files: `plate` is the picture, `mask` its mask or None, `normals` the JSON to write, whole or not at all: the
            values of `MaterialAnswer.to_json`; its folder is there.
        request: how.

    Returns:
        `{"notes": [...]}`, a line for each parameter with its confidence among them.

    Raises:
        FileMissing, UnreadableImage, BadChannels, BadSize: picture or mask cannot be used.
        DiskFull, WorkFailed: the result cannot be written, or the model failed.
    """
    from core.atomic import write_json
    from core.materials.match import match_material

    found = match_material(model, files.plate, files.mask, request.color_space, request.exposure)
    write_json(files.normals, {"picture": files.plate.name, **found.answer.to_json()})
    return {"notes": [*found.notes, *found.answer.lines()]}
