"""EXR files read and written, beside OpenImageIO called with nothing around it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import OpenImageIO as oiio  # noqa: N813

from core.bench.clock import in_turn
from core.bench.picture import FRAME_TYPES, made_plate, training_frame
from core.bench.row import Row, Settings, compared
from core.errors import WorkFailed
from core.image import Image, decode_exr, encode_exr, read_image, write_image

__all__ = ["bare_read", "bare_write", "measure_exr"]


def measure_exr(settings: Settings) -> Iterator[Row]:
    """Yield rows for a plate (half R G B) and a training frame (eight channels, half and float), zip-compressed."""
    height, width, side = (54, 96, 32) if settings.quick else (1080, 1920, 256)
    plate = Image(made_plate(height, width, 1), ("R", "G", "B"))
    yield from _files(f"plate {width}x{height}", plate, {}, settings)
    frame = training_frame(side, 1)
    yield from _files(f"frame {side}x{side}", frame, FRAME_TYPES, settings)
    yield from _bytes(f"frame {side}x{side}", frame, settings)


def bare_read(path: Path) -> object:
    """All pixels of the first part of a file as float32, by OpenImageIO alone. Raises WorkFailed."""
    source = oiio.ImageInput.open(str(path))
    if source is None:
        raise WorkFailed(f"{path}: {oiio.geterror()}")
    try:
        return source.read_image(0, 0, 0, source.spec().nchannels, oiio.FLOAT)
    finally:
        source.close()


def bare_write(path: Path, image: Image, kinds: dict[str, str]) -> None:
    """The same EXR as `write_image` makes, straight to its place, by OpenImageIO alone. Raises WorkFailed."""
    spec = oiio.ImageSpec(image.width, image.height, len(image.channels), oiio.HALF)
    spec.channelnames = image.channels
    if kinds:
        types = {"half": oiio.HALF, "float": oiio.FLOAT}
        spec.channelformats = tuple(types[kinds.get(name.partition(".")[0], "half")] for name in image.channels)
    spec.attribute("compression", "zip")
    out = oiio.ImageOutput.create(str(path))
    if out is None:
        raise WorkFailed(f"{path}: {oiio.geterror()}")
    if not (out.open(str(path), spec) and out.write_image(np.ascontiguousarray(image.pixels)) and out.close()):
        raise WorkFailed(f"{path}: {out.geterror()}")


def _files(what: str, image: Image, kinds: dict[str, str], settings: Settings) -> Iterator[Row]:
    ours, theirs = settings.folder / "ours.exr", settings.folder / "bare.exr"
    write: dict[str, Callable[[], object]] = {
        "ours": functools.partial(write_image, ours, image, channel_dtypes=kinds),
        "bare": functools.partial(bare_write, theirs, image, kinds),
    }
    times = in_turn(write, settings.rounds, settings.seconds)
    yield compared("exr", f"write, {what}", times["ours"], "OpenImageIO bare", times["bare"], 1.0, "files/s")
    read: dict[str, Callable[[], object]] = {
        "ours": functools.partial(read_image, ours),
        "bare": functools.partial(bare_read, ours),
    }
    times = in_turn(read, settings.rounds, settings.seconds)
    yield compared("exr", f"read, {what}", times["ours"], "OpenImageIO bare", times["bare"], 1.0, "files/s")


def _bytes(what: str, image: Image, settings: Settings) -> Iterator[Row]:
    data = encode_exr(image, channel_dtypes=FRAME_TYPES)
    path = settings.folder / "bytes.exr"
    path.write_bytes(data)
    calls: dict[str, Callable[[], object]] = {
        "encode": functools.partial(encode_exr, image, channel_dtypes=FRAME_TYPES),
        "bare write": functools.partial(bare_write, settings.folder / "bare.exr", image, FRAME_TYPES),
        "decode": functools.partial(decode_exr, data),
        "bare read": functools.partial(bare_read, path),
    }
    times = in_turn(calls, settings.rounds, settings.seconds)
    yield compared(
        "exr", f"to bytes, {what}", times["encode"], "OpenImageIO to a file", times["bare write"], 1.0, "files/s"
    )
    yield compared(
        "exr", f"from bytes, {what}", times["decode"], "OpenImageIO from a file", times["bare read"], 1.0, "files/s"
    )
