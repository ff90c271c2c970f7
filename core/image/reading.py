"""Image files -> `Image`, through OpenImageIO, with every failure told as one line that says what to do."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio  # noqa: N813

from core.errors import BadChannels, BadSize, FileMissing, UnreadableImage
from core.image.pixels import SCENE_LINEAR, SRGB, FloatArray, Image, ImageHeader

__all__ = ["RowReader", "read_header", "read_image"]

MAX_SIDE = 65_536
"""Longest side that is read, pixels: beyond it a damaged header is the likelier explanation."""

MAX_BYTES = 32 << 30
"""Most memory that one image may take as float32, with all its parts."""

MAX_CHANNELS = 1024
"""Most channels of an image, with all its parts."""

_MAX_PARTS = 1024
_FARTHEST = 1 << 24
_LONGEST_REASON = 300
_SHARE_OF_MEMORY = 0.8

# Header entries that describe how a file was stored rather than what it shows; they are not carried to other files.
_STORAGE_ENTRIES = {
    "compression",
    "Orientation",
    "PixelAspectRatio",
    "XResolution",
    "YResolution",
    "ResolutionUnit",
    "screenWindowCenter",
    "screenWindowWidth",
    "colorInteropID",
    "chromaticities",
    "DateTime",
    "ICCProfile",
    "name",
    "type",
    "chunkCount",
}
_STORAGE_PREFIXES = ("oiio:", "openexr:", "ICCProfile:", "jpeg:", "png:", "tiff:")

# CIE xy of red, green, blue and white as EXR headers give them, and what OpenColorIO calls the space.
_PRIMARIES = {
    (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290): SCENE_LINEAR,
    (0.713, 0.293, 0.165, 0.830, 0.128, 0.044, 0.32168, 0.33767): "ACEScg",
    (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767): "ACES2065-1",
    (0.708, 0.292, 0.170, 0.797, 0.131, 0.046, 0.3127, 0.3290): "lin_rec2020_scene",
}


def read_image(path: str | os.PathLike[str]) -> Image:
    """Read a whole image.

    8- and 16-bit files become 0..1 and are marked as sRGB unless their header names another space; EXR and other
    float files are scene-linear Rec.709 unless their header says otherwise. Straight (unassociated) alpha stays
    straight, see `Image.alpha_associated`. An EXIF rotation is applied. The parts of a multi-part EXR that lie in one
    frame are joined, on the data window of the first: cut where they stand out, 0 where they do not reach. A channel
    name that occurs twice is prefixed with the name of its part.

    Raises:
        FileMissing: there is no such file.
        UnreadableImage: not an image, truncated, deep, or of an unknown kind.
        BadChannels: the file has no channels.
        BadSize: the image is too large to be held in memory.
    """
    source = _open(path)
    try:
        header = _header(source, path)
        straight = _is_straight(source.spec())
        pixels, names = _read_part(source, path, 0)
        if source.format_name() == "openexr":
            pixels, names = _with_other_parts(source, path, pixels, names)
    except UnicodeDecodeError as error:
        raise _foreign(path) from error
    except MemoryError as error:
        raise BadSize(f"{path}: too large for this machine's memory; scale it down or use a larger machine") from error
    finally:
        source.close()
    return Image(
        pixels=_upright(pixels, header.orientation),
        channels=names,
        color_space=header.color_space,
        data_window=header.data_window,
        display_window=header.display_window if header.orientation == 1 else None,
        pixel_aspect=header.pixel_aspect,
        alpha_associated=not straight,
        metadata=header.metadata,
    )


def read_header(path: str | os.PathLike[str]) -> ImageHeader:
    """Read what a file says about itself, without its pixels.

    Raises:
        FileMissing, UnreadableImage, BadChannels, BadSize: as `read_image`, as far as the header can show it.
    """
    source = _open(path)
    try:
        return _header(source, path)
    except UnicodeDecodeError as error:
        raise _foreign(path) from error
    finally:
        source.close()


class RowReader:
    """Reads the picture of a file a band of rows at a time, so that a huge image never has to be held whole.

    Args:
        path: the file.
        channels: which channels to read, by index in `header.channels`; None: all.

    Raises:
        FileMissing, UnreadableImage, BadChannels, BadSize: as `read_header`.
    """

    def __init__(self, path: str | os.PathLike[str], channels: tuple[int, ...] | None = None) -> None:
        self.path = Path(path)
        self.header = read_header(path)
        self._channels = tuple(range(len(self.header.channels))) if channels is None else channels

    def bands(self, rows: int) -> Iterator[FloatArray]:
        """Yield (rows or fewer, W, channels) float32 bands from the top down, as stored (no EXIF rotation).

        Tiled files give bands of whole tiles, so a band may hold more rows than asked.

        Raises:
            UnreadableImage: the file is truncated or damaged.
        """
        source = _open(self.path)
        try:
            spec = source.spec()
            step = rows if not spec.tile_height else max(1, rows // spec.tile_height) * spec.tile_height
            low, high = min(self._channels), max(self._channels) + 1
            chosen = [index - low for index in self._channels]
            for top in range(spec.y, spec.y + spec.height, step):
                bottom = min(top + step, spec.y + spec.height)
                if spec.tile_width:
                    band = source.read_tiles(spec.x, spec.x + spec.width, top, bottom, 0, 1, low, high, oiio.FLOAT)
                else:
                    band = source.read_scanlines(top, bottom, 0, low, high, oiio.FLOAT)
                if band is None or source.has_error:
                    raise _unreadable(self.path, _reason(source))
                yield np.asarray(band, dtype=np.float32).reshape(bottom - top, spec.width, high - low)[..., chosen]
        finally:
            source.close()


def _open(path: str | os.PathLike[str]) -> oiio.ImageInput:
    file = Path(path)
    try:
        if file.is_dir():
            raise UnreadableImage(f"{path}: is a folder, not an image; name a file in it")
        if not file.exists():
            raise FileMissing(f"{path}: no such file; check the path")
        if not file.is_file():  # to wait for a pipe's other end would be to wait for ever
            raise UnreadableImage(f"{path}: is no regular file; name an image")
        with file.open("rb"):
            pass
    except OSError as error:
        raise UnreadableImage(f"{path}: cannot be opened ({error.strerror}); check its rights") from error
    try:
        str(file).encode("utf-8")
    except UnicodeEncodeError as error:
        raise UnreadableImage(f"{str(path)!r}: cannot be opened, since its name is not UTF-8; rename it") from error
    wanted = oiio.ImageSpec()
    wanted.attribute("oiio:UnassociatedAlpha", 1)
    source = oiio.ImageInput.open(str(file), wanted)
    if source is None:
        raise _unreadable(path, _reason(oiio))
    return source


def _reason(where: Any) -> str:
    """What OpenImageIO, or one of its files, complains of; words of the file may be in it, in any encoding."""
    try:
        return str(where.geterror())
    except UnicodeDecodeError:
        return "damaged header"


def _foreign(path: str | os.PathLike[str]) -> UnreadableImage:
    return UnreadableImage(
        f"{path}: cannot be read as an image (a name in its header is not UTF-8); copy or render it again"
    )


def _unreadable(path: str | os.PathLike[str], reason: str) -> UnreadableImage:
    lines = [line.strip() for line in reason.splitlines() if line.strip()]
    why = lines[0].replace(f"({path}): ", "")[:_LONGEST_REASON] if lines else "the pixels end before the image does"
    why = "".join(sign if sign.isprintable() else "?" for sign in why)
    return UnreadableImage(f"{path}: cannot be read as an image ({why}); if it should be one, copy or render it again")


def _header(source: oiio.ImageInput, path: str | os.PathLike[str]) -> ImageHeader:
    spec = source.spec()
    if spec.deep:
        raise UnreadableImage(f"{path}: is a deep image; flatten it first (DeepToImage in Nuke)")
    if not spec.nchannels:
        raise BadChannels(f"{path}: has no channels")
    if spec.nchannels > MAX_CHANNELS:
        raise BadChannels(f"{path}: has {spec.nchannels} channels; up to {MAX_CHANNELS} are read")
    if spec.depth > 1:
        raise UnreadableImage(f"{path}: is a volume of {spec.depth} slices; render it as a picture first")
    if spec.width < 1 or spec.height < 1:
        raise UnreadableImage(f"{path}: is {spec.width}x{spec.height} pixels; the header is damaged")
    if max(spec.width, spec.height) > MAX_SIDE or spec.width * spec.height * spec.nchannels * 4 > MAX_BYTES:
        raise BadSize(
            f"{path}: {spec.width}x{spec.height} pixels with {spec.nchannels} channels is beyond what is read "
            f"(sides up to {MAX_SIDE}, {MAX_BYTES >> 30} GiB as float); scale it down or crop it"
        )
    window = (spec.full_x, spec.full_y, spec.full_width, spec.full_height)
    if not (1 <= spec.full_width <= _FARTHEST and 1 <= spec.full_height <= _FARTHEST):
        window = (spec.x, spec.y, spec.width, spec.height)  # damaged, or a format that has none
    if max(map(abs, (spec.x, spec.y, *window))) > _FARTHEST:
        raise UnreadableImage(f"{path}: its windows lie beyond {_FARTHEST} pixels; the header is damaged")
    aspect = spec.get_float_attribute("PixelAspectRatio", 1.0)
    orientation = spec.get_int_attribute("Orientation", 1)
    return ImageHeader(
        width=spec.width,
        height=spec.height,
        channels=_names(spec, path),
        file_format=source.format_name(),
        pixel_type=str(spec.format),
        color_space=_color_space(spec),
        data_window=(spec.x, spec.y),
        display_window=None if window == (spec.x, spec.y, spec.width, spec.height) else window,
        pixel_aspect=aspect if 1e-3 <= aspect <= 1e3 else 1.0,
        orientation=orientation if 1 <= orientation <= 8 else 1,
        parts=max(1, spec.get_int_attribute("oiio:subimages", 1)),
        metadata=dict(_carried(spec)),
    )


def _carried(spec: oiio.ImageSpec) -> Iterator[tuple[str, Any]]:
    for entry in spec.extra_attribs:
        try:
            name, value = entry.name, entry.value
        except UnicodeDecodeError:
            continue
        if _is_text(name) and _is_carried(name, value):
            yield name, _text(value) if isinstance(value, str) else value


def _is_text(words: str) -> bool:
    """Whether UTF-8 can hold it: OpenImageIO gives bytes that are no UTF-8 as halves of surrogate pairs."""
    return not any("\ud800" <= sign <= "\udfff" for sign in words)


def _text(words: str) -> str:
    """A header's text, taken as Latin-1 where it is no UTF-8, as older programs wrote an artist's name."""
    return words if _is_text(words) else words.encode("utf-8", "surrogateescape").decode("latin-1")


def _is_carried(name: str, value: Any) -> bool:
    if name in _STORAGE_ENTRIES or name.startswith(_STORAGE_PREFIXES):
        return False
    if isinstance(value, str | int | float):
        return True
    return isinstance(value, tuple) and all(isinstance(item, int | float) for item in value)


def _color_space(spec: oiio.ImageSpec) -> str:
    is_float = str(spec.format) in ("half", "float", "double")
    stated = _text(spec.get_string_attribute("oiio:ColorSpace"))
    if stated and stated.lower() not in ("unknown", "scene_linear", "linear"):
        return SCENE_LINEAR if stated in ("lin_rec709_scene", "lin_srgb") else stated
    chromaticities = spec.getattribute("chromaticities")
    if is_float and isinstance(chromaticities, tuple) and len(chromaticities) == 8:
        for primaries, name in _PRIMARIES.items():
            if np.allclose(primaries, chromaticities, atol=2e-3):
                return name
    return SCENE_LINEAR if is_float else SRGB


def _is_straight(spec: oiio.ImageSpec) -> bool:
    return bool(spec.get_int_attribute("oiio:UnassociatedAlpha", 0))


def _memory() -> float:
    """Bytes of memory in this machine; infinite where the system does not say."""
    try:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, ValueError, OSError):  # Windows, which never promises more than it has
        return math.inf


def _read_part(
    source: oiio.ImageInput, path: str | os.PathLike[str], part: int, held: int = 0
) -> tuple[FloatArray, tuple[str, ...]]:
    """Pixels and names of a part; `held` are bytes that other parts take already."""
    source.seek_subimage(part, 0)
    spec = source.spec()
    needed = held + spec.width * spec.height * spec.nchannels * 4
    if needed > min(MAX_BYTES, _memory() * _SHARE_OF_MEMORY):
        # A system that promises more memory than it has ends the process when the promise is called in.
        raise BadSize(
            f"{path}: {spec.width}x{spec.height} pixels with {spec.nchannels} channels need {needed >> 20} MiB, "
            "more than this machine can hold; scale it down or use a larger machine"
        )
    pixels = source.read_image(part, 0, 0, spec.nchannels, oiio.FLOAT)
    if pixels is None or source.has_error:
        raise _unreadable(path, _reason(source))
    pixels = np.asarray(pixels, dtype=np.float32).reshape(spec.height, spec.width, spec.nchannels)
    # An unsigned EXR channel is an identity, not a brightness: OpenImageIO scales it to 0..1 unless read as it is.
    if source.format_name() == "openexr":
        for index, kind in enumerate(spec.channelformats or [spec.format] * spec.nchannels):
            if str(kind) in ("uint", "uint32"):
                whole = source.read_image(part, 0, index, index + 1, oiio.UINT32)
                if whole is None or source.has_error:
                    raise _unreadable(path, _reason(source))
                pixels[..., index] = np.asarray(whole)[..., 0]
    return pixels, _names(spec, path)


def _names(spec: oiio.ImageSpec, path: str | os.PathLike[str]) -> tuple[str, ...]:
    names = tuple(spec.channelnames)
    if not all(map(_is_text, names)):
        raise _foreign(path)
    return names


def _with_other_parts(
    source: oiio.ImageInput, path: str | os.PathLike[str], pixels: FloatArray, names: tuple[str, ...]
) -> tuple[FloatArray, tuple[str, ...]]:
    first = source.spec()
    stack, all_names, part = [pixels], list(names), 1
    while source.seek_subimage(part, 0):
        spec = source.spec()
        if part >= _MAX_PARTS or len(all_names) + spec.nchannels > MAX_CHANNELS:
            raise BadChannels(f"{path}: has more than {_MAX_PARTS} parts or {MAX_CHANNELS} channels; take it apart")
        if _frame_of(spec) == _frame_of(first) and not spec.deep:
            more, part_names = _read_part(source, path, part, sum(plane.nbytes for plane in stack))
            label = _text(spec.get_string_attribute("name")) or f"part{part}"
            fresh = [name if name not in all_names else f"{label}.{name}" for name in part_names]
            keep = [index for index, name in enumerate(fresh) if name not in all_names]
            stack.append(_placed(more[..., keep], spec, first))
            all_names.extend(fresh[index] for index in keep)
        part += 1
    source.seek_subimage(0, 0)
    return (np.concatenate(stack, axis=2) if len(stack) > 1 else pixels), tuple(all_names)


def _frame_of(spec: oiio.ImageSpec) -> tuple[int, int, int, int]:
    return spec.full_x, spec.full_y, spec.full_width, spec.full_height


def _placed(pixels: FloatArray, window: oiio.ImageSpec, onto: oiio.ImageSpec) -> FloatArray:
    """Pixels of one data window, on another of the same frame: cut where they stand out, 0 where they do not reach."""
    if (window.x, window.y, window.width, window.height) == (onto.x, onto.y, onto.width, onto.height):
        return pixels
    placed = np.zeros((onto.height, onto.width, pixels.shape[2]), dtype=np.float32)
    top, bottom = max(window.y, onto.y), min(window.y + window.height, onto.y + onto.height)
    left, right = max(window.x, onto.x), min(window.x + window.width, onto.x + onto.width)
    if top < bottom and left < right:
        placed[top - onto.y : bottom - onto.y, left - onto.x : right - onto.x] = pixels[
            top - window.y : bottom - window.y, left - window.x : right - window.x
        ]
    return placed


def _upright(pixels: FloatArray, orientation: int) -> FloatArray:
    """Undo an EXIF orientation (EXIF 2.3, tag 0x0112): flips and quarter turns of the rows and columns."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)
