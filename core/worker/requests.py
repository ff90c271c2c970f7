"""What a client asks for, checked: every field, its kind and its range, before any work begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import BadConfig
from core.worker.models import ModelChoice

if TYPE_CHECKING:
    from core.inference.frame import FrameSettings
    from core.occlusion.frames import OcclusionSettings
    from core.textures.settings import ReliefSettings

__all__ = [
    "MAX_FRAMES",
    "FrameFiles",
    "LightRequest",
    "MaterialRequest",
    "NormalMapRequest",
    "NormalsRequest",
    "OcclusionRequest",
    "Request",
    "parse_submit",
    "request_id",
]

MAX_FRAMES = 10_000

_NORMALS_OPTIONS = {
    "model": str,
    "device": str,
    "threads": int,
    "detail": str,
    "size": int,
    "tile": bool,
    "looks": int,
    "fov": float,
    "focal_length": float,
    "film_back": float,
    "pixel_aspect": float,
    "color_space": str,
    "deflicker": bool,
}
_LIGHT_OPTIONS = {"color_space": str}
_NORMAL_MAP_OPTIONS = {
    "model": str,
    "device": str,
    "threads": int,
    "strength": float,
    "flat": float,
    "invert": bool,
    "tileable": bool,
    "convention": str,
    "color_space": str,
}
_OCCLUSION_OPTIONS = {
    "model": str,
    "device": str,
    "threads": int,
    "radius": float,
    "relative": bool,
    "distance": float,
    "strength": float,
    "fast": bool,
    "fov": float,
    "focal_length": float,
    "film_back": float,
    "pixel_aspect": float,
}
_MATERIAL_OPTIONS = {"model": str, "device": str, "threads": int, "exposure": float, "color_space": str}
_MATERIAL_NAMES = {"picture": "plate", "mask": "mask", "material": "normals"}
_OCCLUSION_NAMES = {"normals": "plate", "depth": "depth", "occlusion": "normals"}
_NORMAL_MAP_NAMES = {"texture": "plate", "normal_map": "normals"}
"""What the frames of that job call the two files."""


@dataclass(frozen=True)
class FrameFiles:
    """The files of one frame, all absolute.

    Attributes:
        plate: the picture; `normal_map`: the texture; `occlusion`: the file with the normals.
        normals: `normals`: the EXR to write; `light`: the normals to read; `normal_map`: the map to write;
            `occlusion`: the occlusion to write; `material`: the JSON to write.
        preview: `normals`: the 8-bit PNG to write too, or None.
        light: `light`: the JSON to write, or None where the answer is enough.
        depth: `occlusion`: the file with the depth, or None.
        mask: `material`: the object's mask, or None.
    """

    plate: Path
    normals: Path
    preview: Path | None = None
    light: Path | None = None
    depth: Path | None = None
    mask: Path | None = None


@dataclass(frozen=True)
class NormalsRequest:
    """Plates in, normals out.

    Attributes:
        frames: in order; at least one.
        model: which model.
        settings: lens, resolution, detail and colour space.
        deflicker: steady each frame with those before it on disk.
    """

    frames: tuple[FrameFiles, ...]
    model: ModelChoice
    settings: FrameSettings
    deflicker: bool


@dataclass(frozen=True)
class LightRequest:
    """Plates and their normals in, estimated light out.

    Attributes:
        frames: at least one.
        color_space: of the plates; None: what each file says.
    """

    frames: tuple[FrameFiles, ...]
    color_space: str | None


@dataclass(frozen=True)
class NormalMapRequest:
    """Textures in, tangent-space normal maps out.

    Attributes:
        frames: at least one; `plate` is the texture and `normals` the map.
        model: which texture model.
        relief: strength and the like.
        tileable: None: found out from each texture.
        convention: "opengl" (Y+) or "directx" (Y-).
        color_space: of the textures; None: what each file says.
    """

    frames: tuple[FrameFiles, ...]
    model: ModelChoice
    relief: ReliefSettings
    tileable: bool | None
    convention: str
    color_space: str | None


@dataclass(frozen=True)
class OcclusionRequest:
    """Normals, and depth where there is one, in; ambient occlusion out.

    Attributes:
        frames: at least one; `plate` has the normals, `depth` the depth, and `normals` is what is written.
        model: which occlusion model.
        settings: radius, lens and the like.
    """

    frames: tuple[FrameFiles, ...]
    model: ModelChoice
    settings: OcclusionSettings


@dataclass(frozen=True)
class MaterialRequest:
    """Pictures of objects in, parameters of their materials out.

    Attributes:
        frames: at least one; `plate` is the picture, `mask` its mask, and `normals` the JSON that is written.
        model: which material model.
        exposure: stops to add to the pictures.
        color_space: of the pictures; None: what each file says.
    """

    frames: tuple[FrameFiles, ...]
    model: ModelChoice
    exposure: float
    color_space: str | None


Request = NormalsRequest | LightRequest | NormalMapRequest | OcclusionRequest | MaterialRequest


def request_id(message: Mapping[str, Any]) -> str:
    """The client's own name for a request.

    Raises:
        BadConfig: it is no string of 1 to 100 characters.
    """
    value = message.get("id")
    if not isinstance(value, str) or not 1 <= len(value) <= 100:
        raise BadConfig("a request needs an `id`, a string of 1 to 100 characters that is its client's own")
    return value


def parse_submit(message: Mapping[str, Any]) -> Request:
    """Read a message of type `submit`.

    Raises:
        BadConfig: a field is missing, unknown, of the wrong kind or out of range; a path is not absolute; or a result
            would replace a plate. Whether the files exist is seen frame by frame.
    """
    unknown = sorted(set(message) - {"type", "id", "job", "frames", "options"})
    if unknown:
        raise BadConfig(f"unknown field {unknown[0]!r} in a job; use job, frames and options")
    job, options = message.get("job"), message.get("options", {})
    if job not in ("normals", "light", "normal_map", "occlusion", "material"):
        raise BadConfig(f"job {job!r} is not known; use normals or light or normal_map or occlusion or material")
    if not isinstance(options, Mapping):
        raise BadConfig("the options of a job have to be an object")
    if job == "light":
        given = _options(options, _LIGHT_OPTIONS)
        frames = _frames(message.get("frames"), required=("plate", "normals"), optional=("light",))
        _check_color_space(given.get("color_space"))
        return LightRequest(frames, given.get("color_space"))
    if job == "normal_map":
        given = _options(options, _NORMAL_MAP_OPTIONS)
        return _normal_map(_textures(message.get("frames")), given)
    if job == "occlusion":
        return _occlusion(message.get("frames"), _options(options, _OCCLUSION_OPTIONS))
    if job == "material":
        return _material(message.get("frames"), _options(options, _MATERIAL_OPTIONS))
    given = _options(options, _NORMALS_OPTIONS)
    frames = _frames(message.get("frames"), required=("plate", "normals"), optional=("preview",))
    return _normals(frames, given)


def _normals(frames: tuple[FrameFiles, ...], given: Mapping[str, Any]) -> NormalsRequest:
    from core.inference.detail import Detail
    from core.inference.frame import FrameSettings
    from core.inference.lens import Lens
    from core.inference.plate_normals import ViewSettings
    from core.inference.session import DEVICES

    choice = _choice(given, DEVICES)
    detail = given.get("detail")
    if detail is not None and detail not in list(Detail):
        raise BadConfig(f"detail {detail!r} is not known; use {', '.join(Detail)}")
    _check_color_space(given.get("color_space"))
    settings = FrameSettings(
        lens=Lens(given.get("fov"), given.get("focal_length"), given.get("film_back")),
        view=ViewSettings(
            given.get("size"), given.get("tile", False), Detail(detail) if detail else None, given.get("looks")
        ),
        color_space=given.get("color_space"),
        pixel_aspect=_pixel_aspect(given),
        preview=any(frame.preview for frame in frames),
    )
    return NormalsRequest(frames, choice, settings, given.get("deflicker", False))


def _normal_map(frames: tuple[FrameFiles, ...], given: Mapping[str, Any]) -> NormalMapRequest:
    from core.inference.session import DEVICES
    from core.textures.convention import CONVENTIONS
    from core.textures.settings import ReliefSettings

    convention = given.get("convention", "opengl")
    if convention not in CONVENTIONS:
        raise BadConfig(f"convention {convention!r} is not known; use {', '.join(CONVENTIONS)}")
    _check_color_space(given.get("color_space"))
    relief = ReliefSettings(
        strength=given.get("strength", 1.0), flat=given.get("flat", 0.0), invert=given.get("invert", False)
    )
    choice = _choice(given, DEVICES)
    return NormalMapRequest(frames, choice, relief, given.get("tileable"), convention, given.get("color_space"))


def _occlusion(frames: Any, given: Mapping[str, Any]) -> OcclusionRequest:
    from core.inference.lens import Lens
    from core.inference.session import DEVICES
    from core.occlusion.frames import OcclusionSettings
    from core.occlusion.geometry import METRES, RELATIVE, Radius
    from core.occlusion.predict import FAST, Look

    strength, distance = given.get("strength", 1.0), given.get("distance", 2.0)
    if not 0.0 <= strength <= 100.0 or not 0.0 < distance < 1e6:
        raise BadConfig(f"strength {strength} and distance {distance}: 0 to 100, and above 0")
    settings = OcclusionSettings(
        radius=Radius(given.get("radius", 1.0), RELATIVE if given.get("relative", False) else METRES),
        lens=Lens(given.get("fov"), given.get("focal_length"), given.get("film_back")),
        pixel_aspect=_pixel_aspect(given),
        distance=distance,
        strength=strength,
        look=FAST if given.get("fast", False) else Look(),
    )
    return OcclusionRequest(_occlusion_frames(frames), _choice(given, DEVICES), settings)


def _material(frames: Any, given: Mapping[str, Any]) -> MaterialRequest:
    from core.inference.session import DEVICES

    exposure = given.get("exposure", 0.0)
    if not -20.0 <= exposure <= 20.0:
        raise BadConfig(f"exposure {exposure}: -20 to 20 stops")
    _check_color_space(given.get("color_space"))
    return MaterialRequest(_material_frames(frames), _choice(given, DEVICES), exposure, given.get("color_space"))


def _material_frames(given: Any) -> tuple[FrameFiles, ...]:
    """The frames of a `material` job, by the names that it has for them."""
    if isinstance(given, list) and all(isinstance(entry, Mapping) for entry in given):
        if any(not {"picture", "material"} <= set(entry) <= set(_MATERIAL_NAMES) for entry in given):
            raise BadConfig("each frame is an object with picture, material and perhaps mask")
        given = [{_MATERIAL_NAMES[name]: value for name, value in entry.items()} for entry in given]
    frames = _frames(given, required=("plate", "normals"), optional=("mask",), suffixes=(".json",))
    masks = {frame.mask for frame in frames}
    for frame in frames:
        if frame.normals in masks:
            raise BadConfig(f"{frame.normals}: the result would replace this mask; choose another name or folder")
    return frames


def _occlusion_frames(given: Any) -> tuple[FrameFiles, ...]:
    """The frames of an `occlusion` job, by the names that it has for them."""
    if isinstance(given, list) and all(isinstance(entry, Mapping) for entry in given):
        if any(not {"normals", "occlusion"} <= set(entry) <= set(_OCCLUSION_NAMES) for entry in given):
            raise BadConfig("each frame is an object with normals, occlusion and perhaps depth")
        given = [{_OCCLUSION_NAMES[name]: value for name, value in entry.items()} for entry in given]
    suffixes = (".exr", ".png", ".tif", ".tiff")
    frames = _frames(given, required=("plate", "normals"), optional=("depth",), suffixes=suffixes)
    depths = {frame.depth for frame in frames}
    for frame in frames:
        if frame.normals in depths:
            raise BadConfig(f"{frame.normals}: the result would replace this depth; choose another name or folder")
    return frames


def _textures(given: Any) -> tuple[FrameFiles, ...]:
    """The frames of a `normal_map` job, by the names that it has for them."""
    names = set(_NORMAL_MAP_NAMES)
    if isinstance(given, list) and all(isinstance(entry, Mapping) for entry in given):
        if any(set(entry) != names for entry in given):
            raise BadConfig("each frame is an object with texture and normal_map")
        given = [{_NORMAL_MAP_NAMES[name]: value for name, value in entry.items()} for entry in given]
    return _frames(given, required=("plate", "normals"), optional=(), suffixes=(".png", ".tif", ".tiff", ".exr"))


def _pixel_aspect(given: Mapping[str, Any]) -> float | None:
    aspect: float | None = given.get("pixel_aspect")
    if aspect is not None and not 0.1 <= aspect <= 10.0:
        raise BadConfig(f"a pixel aspect of {aspect}; use 0.1 to 10, or leave the option out")
    return aspect


def _choice(given: Mapping[str, Any], devices: Sequence[str]) -> ModelChoice:
    device, threads = given.get("device", "auto"), given.get("threads")
    if device not in devices:
        raise BadConfig(f"device {device!r} is not known; use {', '.join(devices)}")
    if threads is not None and not 1 <= threads <= 1024:
        raise BadConfig(f"{threads} threads; use 1 or more, or leave the option out")
    return ModelChoice(given.get("model"), device, threads)


def _options(given: Mapping[str, Any], kinds: Mapping[str, type]) -> dict[str, Any]:
    """The options that are there and not null."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name not in kinds:
            raise BadConfig(f"unknown option {name!r}; use {', '.join(kinds)}")
        if value is None:
            continue
        kind = kinds[name]
        allowed = (int, float) if kind is float else (kind,)
        if type(value) not in allowed:
            raise BadConfig(f"option {name} is {value!r}; it has to be {_KIND_WORDS[kind]}")
        found[name] = kind(value)
    return found


_KIND_WORDS = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}


def _frames(
    given: Any, *, required: tuple[str, ...], optional: tuple[str, ...], suffixes: tuple[str, ...] = (".exr",)
) -> tuple[FrameFiles, ...]:
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_FRAMES:
        raise BadConfig(f"a job needs a list of 1 to {MAX_FRAMES} frames; hand longer ones in as several jobs")
    frames = []
    for entry in given:
        if not isinstance(entry, Mapping) or not set(required) <= set(entry) <= {*required, *optional}:
            raise BadConfig(f"each frame is an object with {', '.join(required)} and perhaps {', '.join(optional)}")
        paths = {name: value for name, value in entry.items() if value is not None or name in required}
        frames.append(FrameFiles(**{name: _path(name, value) for name, value in paths.items()}))
    plates = {frame.plate for frame in frames}
    written: set[Path] = set()
    light = "light" in optional
    for frame in frames:
        for result in (frame.light, None) if light else (frame.normals, frame.preview):
            if result is None:
                continue
            if result in plates:
                raise BadConfig(f"{result}: the result would replace this plate; choose another name or folder")
            if result in written:
                raise BadConfig(f"{result}: two frames of the job would be written to this file; name them apart")
            written.add(result)
        if not light and frame.normals.suffix.lower() not in suffixes:
            kinds = "normals are written as EXR" if suffixes == (".exr",) else "this kind of file is not written"
            raise BadConfig(f"{frame.normals}: {kinds}; give a name that ends with {' or '.join(suffixes)}")
    return tuple(frames)


def _path(name: str, value: Any) -> Path:
    if not isinstance(value, str) or not value or "\0" in value:
        raise BadConfig(f"the {name} of a frame has to be a path, not {value!r}")
    path = Path(value)
    if not path.is_absolute():
        raise BadConfig(f"{value}: the {name} of a frame has to be an absolute path (the worker has its own folder)")
    return path


def _check_color_space(name: str | None) -> None:
    """Raises BadConfig for a colour space that the configuration does not know."""
    if name is not None:
        import numpy as np

        from core.color import to_scene_linear

        to_scene_linear(np.zeros((1, 1, 3), dtype=np.float32), name)
