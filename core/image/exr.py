"""`Image` <-> the bytes of an EXR file, for packed records."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.errors import UnreadableImage
from core.image.pixels import Image
from core.image.reading import read_image
from core.image.writing import write_image

__all__ = ["decode_exr", "encode_exr"]

# OpenImageIO stamps the time of writing into a header that has none; a fixed stamp makes equal images equal bytes.
_FIXED_TIME = "1970:01:01 00:00:00"


def encode_exr(
    image: Image,
    *,
    dtype: str | None = None,
    channel_dtypes: Mapping[str, str] | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> bytes:
    """The bytes of an EXR file; the same image gives the same bytes on every run.

    Args: as `core.image.write_image`.

    Raises:
        BadConfig, DiskFull, WorkFailed: as `core.image.write_image` (a temporary file is used: OpenImageIO's Python
            module cannot write to memory).
    """
    with _temporary_exr() as path:
        stamped = {"DateTime": _FIXED_TIME, **(metadata or {})}
        write_image(path, image, dtype=dtype, channel_dtypes=channel_dtypes, metadata=stamped)
        return path.read_bytes()


def decode_exr(data: bytes) -> Image:
    """Read an EXR file from its bytes.

    Raises:
        UnreadableImage: the bytes are not a complete EXR file.
        BadChannels, BadSize: as `core.image.read_image`.
    """
    with _temporary_exr() as path:
        path.write_bytes(data)
        try:
            return read_image(path)
        except UnreadableImage as error:
            reason = str(error).removeprefix(f"{path}: ")
            raise UnreadableImage(f"EXR record of {len(data)} bytes: {reason}") from error


@contextmanager
def _temporary_exr() -> Iterator[Path]:
    # A file, not a folder with a file in it: making and clearing a folder cost a third of what decoding costs.
    handle, name = tempfile.mkstemp(prefix="platelight-", suffix=".exr")
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)
