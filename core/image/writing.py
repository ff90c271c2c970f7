"""`Image` -> files, whole or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import OpenImageIO as oiio  # noqa: N813

from core.atomic import atomic_path
from core.errors import BadConfig, WorkFailed
from core.image.pixels import SCENE_LINEAR, SRGB, FloatArray, Image

__all__ = ["RowWriter", "write_image", "write_rows"]

_TYPES = {"half": oiio.HALF, "float": oiio.FLOAT, "uint8": oiio.UINT8, "uint16": oiio.UINT16}
_HALF_MAX = 65504.0
_PICTURE_CHANNELS = ("R", "G", "B", "A", "Y")
_BYTES = {"half": 2, "float": 4, "uint8": 1, "uint16": 2}


def write_image(
    path: str | os.PathLike[str],
    image: Image,
    *,
    dtype: str | None = None,
    channel_dtypes: Mapping[str, str] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> None:
    """Write an image; the suffix of `path` chooses the format. EXR is zip-compressed and keeps names and windows.

    Values are written as they are, nothing is converted: bring colour to the display first for PNG and JPEG. Integer
    types hold 0..1 and clip the rest; finite values beyond the range of half become its largest number.

    Args:
        path: the file; missing folders are made, an existing file is replaced at the end.
        image: what to write. Premultiplied colour is divided by alpha for formats that keep it straight.
        dtype: `half`, `float`, `uint8` or `uint16` for all channels. None: in EXR `half` for R G B A Y and `float` for
            every layer, `uint8` elsewhere.
        channel_dtypes: type by channel or layer name (`{"N": "float", "depth.Z": "float"}`), before `dtype`; EXR only.
        metadata: header values put over those of the image: str, int, float, or tuples of floats.

    Raises:
        BadConfig: an unknown type or format.
        DiskFull: no space left.
        BadInput: the folder cannot be written.
        WorkFailed: the writer failed for another reason.
    """
    spec = _make_spec(path, image, image.height, dtype, channel_dtypes, metadata)
    with atomic_path(path) as temporary:
        writer = _Writer(path, temporary, spec)
        try:
            writer.check(writer.out.write_image(_storable(image.pixels, spec)))
        except BaseException:
            writer.abandon()
            raise
        writer.close()


class RowWriter:
    """Takes the bands of an image that `write_rows` opened, from the top down."""

    def __init__(self, writer: _Writer) -> None:
        self._writer = writer
        self._next = writer.spec.y

    def write(self, band: FloatArray) -> None:
        """Append (rows, W, channels) float32 below what has been written.

        Raises:
            DiskFull, WorkFailed: the band could not be written.
        """
        bottom = self._next + band.shape[0]
        spec = self._writer.spec
        self._writer.check(self._writer.out.write_scanlines(self._next, bottom, 0, _storable(band, spec)))
        self._next = bottom

    @property
    def rows_left(self) -> int:
        """Rows that have not been written yet."""
        return self._writer.spec.y + self._writer.spec.height - self._next


@contextlib.contextmanager
def write_rows(
    path: str | os.PathLike[str],
    like: Image,
    height: int,
    *,
    dtype: str | None = None,
    channel_dtypes: Mapping[str, str] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> Iterator[RowWriter]:
    """Write an image a band of rows at a time; the file appears when the block ends without an error.

    Args:
        path: the file.
        like: gives channels, windows, aspect, metadata and width; its pixels are not used.
        height: rows of the whole file.
        dtype, channel_dtypes, metadata: as `write_image`.

    Raises:
        BadConfig, DiskFull, BadInput, WorkFailed: as `write_image`.
        ValueError: the block ended before all rows were written.
    """
    spec = _make_spec(path, like, height, dtype, channel_dtypes, metadata)
    with atomic_path(path) as temporary:
        writer = _Writer(path, temporary, spec)
        rows = RowWriter(writer)
        try:
            yield rows
        except BaseException:
            writer.abandon()
            raise
        if rows.rows_left:
            writer.abandon()
            raise ValueError(f"{rows.rows_left} of {height} rows of {path} were not written")
        writer.close()


class _Writer:
    """An open OpenImageIO output whose failures become Platelight's errors."""

    def __init__(self, path: str | os.PathLike[str], temporary: Path, spec: oiio.ImageSpec) -> None:
        self.path = path
        self.temporary = temporary
        self.spec = spec
        out = oiio.ImageOutput.create(str(temporary))
        if out is None:  # _make_spec has already asked for the same suffix
            raise WorkFailed(f"{path}: {oiio.geterror()}")
        self.out = out
        self._closed = False
        if not self.out.open(str(temporary), spec):
            self._fail(self.out.geterror())

    def check(self, written: bool) -> None:
        """Raise unless `written` and the output has nothing to complain about (PNG returns True on a full disk)."""
        reason = self.out.geterror()
        if not written or reason:
            self._fail(reason)

    def close(self) -> None:
        """Finish the file; raises as `check` where its last bytes could not be written."""
        self._closed = True
        written = self.out.close()
        self.check(written)

    def abandon(self) -> None:
        """Let go of a file that is not going to be kept."""
        if not self._closed:
            self._closed = True
            self.out.close()

    def _fail(self, reason: str) -> None:
        # OpenImageIO tells no errno. Filling the same file with as many bytes shows whether room is what lacks:
        # then an OSError leaves here, which atomic_path turns into DiskFull or BadInput.
        self.abandon()
        size = self.spec.width * self.spec.height * sum(_channel_bytes(self.spec))
        with self.temporary.open("wb") as probe:
            for _ in range(0, size, 1 << 20):
                probe.write(bytes(1 << 20))
            probe.flush()
            os.fsync(probe.fileno())
        first = next((line.strip() for line in reason.splitlines() if line.strip()), "no reason given")
        raise WorkFailed(f"{self.path}: could not be written ({first}); try another folder or format")


def _make_spec(
    path: str | os.PathLike[str],
    image: Image,
    height: int,
    dtype: str | None,
    channel_dtypes: Mapping[str, str] | None,
    metadata: Mapping[str, Any] | None,
) -> oiio.ImageSpec:
    probe = oiio.ImageOutput.create(str(path))
    if probe is None:
        oiio.geterror()  # taken, or OpenImageIO prints it when the process ends
        raise BadConfig(f"{path}: images of this kind cannot be written; use .exr, .png, .tif or .jpg")
    is_exr = probe.format_name() == "openexr"
    if not is_exr and len(image.channels) > 4:
        raise BadConfig(f"{path}: {len(image.channels)} channels need an EXR file; this format holds up to 4")
    kinds = [_channel_type(name, dtype, channel_dtypes or {}, is_exr) for name in image.channels]
    spec = oiio.ImageSpec(image.width, height, len(image.channels), _TYPES[kinds[0]])
    spec.channelnames = image.channels
    if len(set(kinds)) > 1:
        spec.channelformats = tuple(_TYPES[kind] for kind in kinds)
    spec.alpha_channel = next((index for index, name in enumerate(image.channels) if name == "A"), -1)
    if is_exr:
        spec.attribute("compression", "zip")
        spec.x, spec.y = image.data_window
        window = image.display_window or (spec.x, spec.y, image.width, height)
        spec.full_x, spec.full_y, spec.full_width, spec.full_height = window
    spec.attribute("PixelAspectRatio", float(image.pixel_aspect))
    spec.attribute("oiio:ColorSpace", "lin_rec709_scene" if image.color_space == SCENE_LINEAR else image.color_space)
    if probe.format_name() == "tiff" and image.color_space != SRGB:
        # "Uncalibrated", as EXIF calls all but sRGB; without it OpenImageIO 3.2 begins an empty list of EXIF entries,
        # which libtiff refuses.
        spec.attribute("Exif:ColorSpace", 65535)
    if not image.alpha_associated:
        spec.attribute("oiio:UnassociatedAlpha", 1)
    for name, value in {**image.metadata, **(metadata or {})}.items():
        if isinstance(value, tuple):
            numbers = tuple(float(item) for item in value)
            spec.attribute(name, oiio.TypeDesc(f"float[{len(numbers)}]"), numbers)
        elif isinstance(value, int) and not -(2**31) <= value < 2**31:
            # OpenImageIO takes a bare int for 32 bits with a sign; the user bits of a time code need them without.
            spec.attribute(name, *((oiio.TypeDesc("uint"), value) if 0 <= value < 2**32 else (str(value),)))
        else:
            spec.attribute(name, value)
    return spec


def _channel_type(name: str, dtype: str | None, by_name: Mapping[str, str], is_exr: bool) -> str:
    layer = name.rpartition(".")[0]
    default = ("half" if name in _PICTURE_CHANNELS else "float") if is_exr else "uint8"
    kind = by_name.get(name, by_name.get(layer, dtype or default))
    if kind not in _TYPES:
        raise BadConfig(f"pixel type {kind!r} is not known; use one of {', '.join(_TYPES)}")
    if is_exr and kind.startswith("uint"):
        raise BadConfig(f"EXR files hold half and float, not {kind}")
    return kind


def _storable(pixels: FloatArray, spec: oiio.ImageSpec) -> FloatArray:
    """Contiguous pixels whose finite values survive the half channels of `spec` as finite ones."""
    kinds = [str(kind) for kind in (spec.channelformats or [spec.format] * spec.nchannels)]
    halves = [index for index, kind in enumerate(kinds) if kind == "half"]
    if halves:
        beyond = np.isfinite(pixels[..., halves]) & (np.abs(pixels[..., halves]) > _HALF_MAX)
        if beyond.any():
            pixels = pixels.copy()
            pixels[..., halves] = np.where(beyond, np.sign(pixels[..., halves]) * _HALF_MAX, pixels[..., halves])
    return np.ascontiguousarray(pixels, dtype=np.float32)


def _channel_bytes(spec: oiio.ImageSpec) -> list[int]:
    return [_BYTES.get(str(kind), 4) for kind in (spec.channelformats or [spec.format] * spec.nchannels)]
