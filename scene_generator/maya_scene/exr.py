"""OpenEXR files written with the standard library and numpy, for hosts that bring no image library.

Layout after "Technical Introduction to OpenEXR" and "OpenEXR File Layout" (openexr.com): version 2, single part,
scan lines, ZIP compression in blocks of 16 lines, channels sorted by name.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np

_LINES = 16
_ZIP = 3
_TYPES = {"float16": (1, "<f2"), "float32": (2, "<f4")}


def exr_bytes(pixels: np.ndarray) -> bytes:
    """Return a picture as the bytes of an EXR file.

    Args:
        pixels: (H, W, 3) red, green, blue; float16 or float32, top row first.

    Raises:
        ValueError: another shape or type.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype.name not in _TYPES:
        raise ValueError(f"pixels of shape {pixels.shape} and type {pixels.dtype}; expected (H, W, 3) float16 or 32")
    code, stored = _TYPES[pixels.dtype.name]
    height, width = pixels.shape[:2]
    # Channels lie in the file in the order of their names: (H, channels, W).
    rows = np.ascontiguousarray(pixels[..., ::-1].transpose(0, 2, 1)).astype(stored, copy=False)
    blocks = []
    for top in range(0, height, _LINES):
        data = _compressed(np.ascontiguousarray(rows[top : top + _LINES]).tobytes())
        blocks.append(struct.pack("<ii", top, len(data)) + data)
    head = _header(code, width, height)
    offset = len(head) + 8 * len(blocks)
    table = b""
    for block in blocks:
        table += struct.pack("<Q", offset)
        offset += len(block)
    return b"".join([head, table, *blocks])


def _compressed(raw: bytes) -> bytes:
    # EXR's ZIP: even bytes before odd ones, differences to the byte before, deflate; kept plain if that is longer.
    data = np.frombuffer(raw, np.uint8)
    split = np.concatenate([data[0::2], data[1::2]]).astype(np.int16)
    step = split.copy()
    step[1:] = split[1:] - split[:-1] + 128
    packed = zlib.compress((step & 255).astype(np.uint8).tobytes(), 4)
    return packed if len(packed) < len(raw) else raw


def _header(code: int, width: int, height: int) -> bytes:
    channels = b"".join(name.encode("ascii") + b"\0" + struct.pack("<iB3xii", code, 0, 1, 1) for name in "BGR") + b"\0"
    window = struct.pack("<iiii", 0, 0, width - 1, height - 1)
    attributes = (
        ("channels", "chlist", channels),
        ("compression", "compression", struct.pack("<B", _ZIP)),
        ("dataWindow", "box2i", window),
        ("displayWindow", "box2i", window),
        ("lineOrder", "lineOrder", b"\0"),
        ("pixelAspectRatio", "float", struct.pack("<f", 1.0)),
        ("screenWindowCenter", "v2f", struct.pack("<ff", 0.0, 0.0)),
        ("screenWindowWidth", "float", struct.pack("<f", 1.0)),
    )
    text = struct.pack("<ii", 20000630, 2)
    for name, kind, value in attributes:
        text += name.encode("ascii") + b"\0" + kind.encode("ascii") + b"\0" + struct.pack("<i", len(value)) + value
    return text + b"\0"
