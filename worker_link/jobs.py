"""What a host hands to the worker, and what it is told about it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Union

__all__ = [
    "AnyFrame",
    "AnyOptions",
    "Event",
    "Frame",
    "FrameDone",
    "FrameFailed",
    "FrameStarted",
    "LightFrame",
    "LightOptions",
    "MaterialFrame",
    "MaterialOptions",
    "NormalMapOptions",
    "NormalsOptions",
    "OcclusionFrame",
    "OcclusionOptions",
    "Queued",
    "TextureFrame",
    "WorkerRestarted",
]


@dataclass(frozen=True)
class Frame:
    """A plate and where its normals go.

    Attributes:
        plate: path of the picture.
        normals: path of the EXR to write; its folder is made. Layer `N`, float, -1..1, camera space; and
            `confidence.alpha`, 0..1, from a model that has it.
        preview: path of an 8-bit PNG to write too, or empty.
    """

    kind: ClassVar[str] = "normals"

    plate: str
    normals: str
    preview: str = ""

    def to_json(self) -> dict[str, str]:
        """Absolute paths: the worker's own folder is another one."""
        return _paths({"plate": self.plate, "normals": self.normals, "preview": self.preview})


@dataclass(frozen=True)
class LightFrame:
    """A plate with its normals, and where its light goes.

    Attributes:
        plate: path of the picture.
        normals: path of its normals, an EXR with layer `N`; perhaps the same file.
        light: path of the light-estimate file to write, or empty where the answer is enough.
    """

    kind: ClassVar[str] = "light"

    plate: str
    normals: str
    light: str = ""

    def to_json(self) -> dict[str, str]:
        """Absolute paths."""
        return _paths({"plate": self.plate, "normals": self.normals, "light": self.light})


@dataclass(frozen=True)
class TextureFrame:
    """A texture and where its normal map goes.

    Attributes:
        texture: path of the colour texture.
        normal_map: path of the PNG, TIFF or EXR to write; its folder is made.
    """

    kind: ClassVar[str] = "normal_map"

    texture: str
    normal_map: str

    @property
    def plate(self) -> str:
        """The picture that it is made of, as the other kinds of frames call it."""
        return self.texture

    def to_json(self) -> dict[str, str]:
        """Absolute paths."""
        return _paths({"texture": self.texture, "normal_map": self.normal_map})


@dataclass(frozen=True)
class OcclusionFrame:
    """Normals, perhaps with depth, and where their ambient occlusion goes.

    Attributes:
        normals: path of the camera-space normals, an EXR with layer `N`.
        occlusion: path of the EXR, PNG or TIFF to write; its folder is made.
        depth: path of the depth along the camera's axis, or empty.
    """

    kind: ClassVar[str] = "occlusion"

    normals: str
    occlusion: str
    depth: str = ""

    @property
    def plate(self) -> str:
        """The picture that it is made of, as the other kinds of frames call it."""
        return self.normals

    def to_json(self) -> dict[str, str]:
        """Absolute paths."""
        return _paths({"normals": self.normals, "occlusion": self.occlusion, "depth": self.depth})


@dataclass(frozen=True)
class MaterialFrame:
    """A picture of an object, and where the parameters of its material go.

    Attributes:
        picture: path of the photograph or render.
        material: path of the JSON to write: `standard_surface` by name (base and specular 1), and for each parameter
            `expected_error`, `confidence` and `seen`; its folder is made.
        mask: path of a picture of the same size, white or opaque where the object is, or empty.
    """

    kind: ClassVar[str] = "material"

    picture: str
    material: str
    mask: str = ""

    @property
    def plate(self) -> str:
        """The picture that it is made of, as the other kinds of frames call it."""
        return self.picture

    def to_json(self) -> dict[str, str]:
        """Absolute paths."""
        return _paths({"picture": self.picture, "material": self.material, "mask": self.mask})


AnyFrame = Union[Frame, LightFrame, TextureFrame, OcclusionFrame, MaterialFrame]


@dataclass(frozen=True)
class _Options:
    """Settings that may be left open."""

    def to_json(self) -> dict[str, Any]:
        """Those that were given."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True)
class NormalsOptions(_Options):
    """How normals are made; None leaves it to the worker, as `platelight normals` does.

    Attributes:
        model: name of a shipped model, or path of another's folder.
        device: `auto`, `cpu` or `gpu`.
        threads: CPU threads.
        detail: `low`, `medium` or `high`.
        size: short side of what the model sees, pixels, 32 or more.
        tile: look through tiles that stand alone.
        looks: answers averaged, 1, 2 or 4.
        fov: field of view along the longer side, degrees, 1 to 170.
        focal_length, film_back: millimetres; instead of `fov`, and only both.
        pixel_aspect: width of a pixel divided by its height, 0.1 to 10; None: what each file says.
        color_space: of the plates, as OpenColorIO names it.
        deflicker: steady each frame with those before it in its folder.
    """

    kind: ClassVar[str] = "normals"

    model: str | None = None
    device: str | None = None
    threads: int | None = None
    detail: str | None = None
    size: int | None = None
    tile: bool | None = None
    looks: int | None = None
    fov: float | None = None
    focal_length: float | None = None
    film_back: float | None = None
    pixel_aspect: float | None = None
    color_space: str | None = None
    deflicker: bool | None = None


@dataclass(frozen=True)
class LightOptions(_Options):
    """How light is estimated.

    Attributes:
        color_space: of the plates, as OpenColorIO names it; None: what each file says.
    """

    kind: ClassVar[str] = "light"

    color_space: str | None = None


@dataclass(frozen=True)
class NormalMapOptions(_Options):
    """How normal maps are made; None leaves it to the worker, as `platelight normal-map` does.

    Attributes:
        model: name of a shipped texture model, or path of another's folder.
        device: `auto`, `cpu` or `gpu`.
        threads: CPU threads.
        strength: factor on all slopes, 0 to 100.
        flat: slopes below about this are pressed to 0.
        invert: hollows become bumps.
        tileable: whether the texture repeats; None: found out.
        convention: `opengl` (Y+) or `directx` (Y-).
        color_space: of the textures, as OpenColorIO names it.
    """

    kind: ClassVar[str] = "normal_map"

    model: str | None = None
    device: str | None = None
    threads: int | None = None
    strength: float | None = None
    flat: float | None = None
    invert: bool | None = None
    tileable: bool | None = None
    convention: str | None = None
    color_space: str | None = None


@dataclass(frozen=True)
class OcclusionOptions(_Options):
    """How occlusion is made; None leaves it to the worker, as `platelight occlusion` does.

    Attributes:
        model: name of a shipped occlusion model, or path of another's folder.
        device: `auto`, `cpu` or `gpu`.
        threads: CPU threads.
        radius: how far away something may be and still occlude, metres; with `relative` a share of the distance.
        relative: see `radius`.
        distance: metres to the surface, where there is no depth.
        strength: factor on the occlusion, 0 to 100.
        fast: a coarser look.
        fov: field of view along the longer side, degrees.
        focal_length, film_back: millimetres; instead of `fov`, and only both.
        pixel_aspect: width of a pixel divided by its height, 0.1 to 10; None: what each file says.
    """

    kind: ClassVar[str] = "occlusion"

    model: str | None = None
    device: str | None = None
    threads: int | None = None
    radius: float | None = None
    relative: bool | None = None
    distance: float | None = None
    strength: float | None = None
    fast: bool | None = None
    fov: float | None = None
    focal_length: float | None = None
    film_back: float | None = None
    pixel_aspect: float | None = None


@dataclass(frozen=True)
class MaterialOptions(_Options):
    """How materials are matched; None leaves it to the worker, as `platelight material` does.

    Attributes:
        model: name of a shipped material model, or path of another's folder.
        device: `auto`, `cpu` or `gpu`.
        threads: CPU threads.
        exposure: stops to add to the picture first, -20 to 20.
        color_space: of the pictures, as OpenColorIO names it.
    """

    kind: ClassVar[str] = "material"

    model: str | None = None
    device: str | None = None
    threads: int | None = None
    exposure: float | None = None
    color_space: str | None = None


AnyOptions = Union[NormalsOptions, LightOptions, NormalMapOptions, OcclusionOptions, MaterialOptions]
"""How a job is done. Their `kind`, and that of `AnyFrame`, is the kind of job they are for, as the worker calls it."""


@dataclass(frozen=True)
class Queued:
    """The worker has the job.

    Attributes:
        ahead: frames that other jobs had left at that moment; the worker takes turns between programs.
    """

    ahead: int


@dataclass(frozen=True)
class FrameStarted:
    """The worker is at work on a frame. `index` counts in the list that was handed in."""

    index: int
    frame: AnyFrame


@dataclass(frozen=True)
class FrameDone:
    """A frame is finished and its files are there.

    Attributes:
        index: its place in the list that was handed in.
        frame: as handed in.
        notes: what the worker noticed, a line each.
        seconds: what it took the worker.
        light: for `LightFrame`: the estimate, as `worker_link.light.parse_light` reads it.
    """

    index: int
    frame: AnyFrame
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    light: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FrameFailed:
    """A frame could not be made; the others go on.

    Attributes:
        index: its place in the list that was handed in.
        frame: as handed in.
        code: for programs: `FileMissing`, `UnreadableImage`, `DiskFull` ...
        message: for people: the file, the reason and the remedy, one line.
    """

    index: int
    frame: AnyFrame
    code: str
    message: str


@dataclass(frozen=True)
class WorkerRestarted:
    """The worker was lost and is being started again; what it had not finished is handed in again."""

    message: str


Event = Union[Queued, FrameStarted, FrameDone, FrameFailed, WorkerRestarted]


def _paths(given: dict[str, str]) -> dict[str, str]:
    return {name: os.path.abspath(os.fspath(path)) for name, path in given.items() if path}
