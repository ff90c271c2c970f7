"""A job on its way: frame after frame, each either done or failed with a reason, until it is finished or cancelled."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import BadInput, DiskFull
from core.worker.failures import failure
from core.worker.models import FrameCancelled, ModelShelf, StopSign, stoppable
from core.worker.requests import (
    FrameFiles,
    LightRequest,
    MaterialRequest,
    NormalMapRequest,
    NormalsRequest,
    OcclusionRequest,
    Request,
)

if TYPE_CHECKING:
    from core.inference.shot import ShotWriter
    from core.materials.model import MaterialModel
    from core.occlusion.model import FieldModel
    from core.textures.model import TextureModel

__all__ = ["Job"]

Send = Callable[[dict[str, Any]], None]

_KINDS = {
    NormalsRequest: "normals",
    LightRequest: "light",
    NormalMapRequest: "normal_map",
    OcclusionRequest: "occlusion",
    MaterialRequest: "material",
}


class Job:
    """What one `submit` asked for.

    Args:
        name: the client's id of it.
        request: what is to be done.
        send: takes messages for the client; must not block.

    Attributes:
        sign: set it to cancel, from any thread.
        done, failed: frames so far.
    """

    def __init__(self, name: str, request: Request, send: Send) -> None:
        self.name = name
        self.request = request
        self.sign = StopSign()
        self.done = 0
        self.failed = 0
        self._send = send
        self._next = 0
        self._shot: ShotWriter | None = None
        self._texture_model: TextureModel | None = None
        self._occlusion_model: FieldModel | None = None
        self._material_model: MaterialModel | None = None
        self._hopeless: dict[str, str] | None = None

    @property
    def left(self) -> int:
        """Frames that have not been begun."""
        return len(self.request.frames) - self._next

    def describe(self) -> dict[str, Any]:
        """For the worker's status."""
        return {
            "job": _KINDS[type(self.request)],
            "done": self.done,
            "failed": self.failed,
            "frames": len(self.request.frames),
        }

    def step(self, shelf: ModelShelf) -> bool:
        """Work on the next frame and tell the client how it went. Only what no frame can be blamed for is raised.

        Returns:
            Whether there is more to do; after the last frame, or once cancelled, the client gets `finished`.
        """
        if not self.sign.is_set and self.left:
            index = self._next
            self._next += 1
            self._frame(index, self.request.frames[index], shelf)
        if self.left and not self.sign.is_set:
            return True
        self.finish()
        return False

    def finish(self) -> None:
        """Tell the client that nothing more comes of this job."""
        state = "cancelled" if self.sign.is_set and self.done + self.failed < len(self.request.frames) else "done"
        message = {"type": "finished", "id": self.name, "state": state, "done": self.done, "failed": self.failed}
        self._send(message)

    def _frame(self, index: int, files: FrameFiles, shelf: ModelShelf) -> None:
        about = {"id": self.name, "frame": index}
        if self._hopeless is not None:
            self.failed += 1
            self._send({"type": "failed", **about, "error": self._hopeless})
            return
        self._send({"type": "started", **about})
        began = time.monotonic()
        try:
            result = self._result(files, shelf)
        except FrameCancelled:
            return
        except Exception as error:  # whatever goes wrong with one frame, the others are still to be made
            if self.sign.is_set:
                return
            if isinstance(error, MemoryError):
                shelf.clear()
                self._shot = self._texture_model = self._occlusion_model = self._material_model = None
            told = failure(error, str(files.plate))
            if isinstance(error, DiskFull):  # the next frame would not fit either
                self._hopeless = told
            self.failed += 1
            self._send({"type": "failed", **about, "error": told})
            return
        self.done += 1
        self._send({"type": "done", **about, **result, "seconds": round(time.monotonic() - began, 6)})

    def _result(self, files: FrameFiles, shelf: ModelShelf) -> dict[str, Any]:
        for path in (files.plate, files.normals, *filter(None, (files.depth, files.mask))):
            # Opening a pipe waits for its other end, and the image library lets no thread of the process run meanwhile.
            if path.exists() and not path.is_file():
                raise BadInput(f"{path}: is no file; name a picture")
        if isinstance(self.request, LightRequest):
            from core.worker.light import estimate_light

            return estimate_light(files, self.request.color_space)
        for written in (files.normals, files.preview):
            if written is not None:
                _make_folder(written.parent)
        if isinstance(self.request, NormalMapRequest):
            from core.worker.normal_map import open_model, write_normal_map

            if self._texture_model is None:
                self._texture_model = stoppable(open_model(self.request), self.sign)
            return write_normal_map(self._texture_model, files, self.request)
        if isinstance(self.request, OcclusionRequest):
            from core.worker import occlusion

            if self._occlusion_model is None:
                self._occlusion_model = stoppable(occlusion.open_model(self.request), self.sign)
            return occlusion.write_occlusion(self._occlusion_model, files, self.request)
        if isinstance(self.request, MaterialRequest):
            from core.worker import material

            if self._material_model is None:
                self._material_model = stoppable(material.open_model(self.request), self.sign)
            return material.write_material(self._material_model, files, self.request)
        return {"notes": list(self._write_normals(self.request, files, shelf))}

    def _write_normals(self, request: NormalsRequest, files: FrameFiles, shelf: ModelShelf) -> tuple[str, ...]:
        from core.inference.frame import write_normals
        from core.inference.shot import ShotWriter

        if not request.deflicker:
            model = stoppable(shelf.get(request.model), self.sign)
            return write_normals(model, files.plate, files.normals, files.preview, request.settings).notes
        if self._shot is None:
            self._shot = ShotWriter(stoppable(shelf.get(request.model), self.sign), request.settings)
        return self._shot.write(files.plate, files.normals, files.preview).notes


def _make_folder(folder: Path) -> None:
    """Make a folder for results before the work rather than after it.

    Raises:
        BadInput: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(
            f"{folder}: the folder for the results cannot be made ({error.strerror}); choose another or mend its rights"
        ) from error
