"""The node's icon, drawn: a ball in the colours of its normals. PNG by the standard library alone."""

from __future__ import annotations

import math
import struct
import zlib

__all__ = ["normals_ball"]

_SAMPLES = 4


def normals_ball(side: int) -> bytes:
    """A PNG file of side x side pixels, 8-bit RGBA, transparent around the ball.

    Args:
        side: pixels; Nuke's toolbar shows 24, and twice that on fine screens.
    """
    rows = []
    for row in range(side):
        line = bytearray(b"\0")  # PNG filter: none
        for column in range(side):
            line += _pixel(column, row, side)
        rows.append(bytes(line))
    head = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    body = zlib.compress(b"".join(rows), 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _pixel(column: int, row: int, side: int) -> bytes:
    total, inside = [0.0, 0.0, 0.0], 0
    for sub in range(_SAMPLES * _SAMPLES):
        x = (column + (sub % _SAMPLES + 0.5) / _SAMPLES) / side * 2.0 - 1.0
        y = 1.0 - (row + (sub // _SAMPLES + 0.5) / _SAMPLES) / side * 2.0
        x, y = x / 0.92, y / 0.92
        beyond = x * x + y * y
        if beyond < 1.0:
            inside += 1
            for axis, value in enumerate((x, y, math.sqrt(1.0 - beyond))):
                total[axis] += 0.5 + 0.5 * value
    if not inside:
        return b"\0\0\0\0"
    alpha = inside / (_SAMPLES * _SAMPLES)
    return bytes([*(round(255 * value / inside) for value in total), round(255 * alpha)])


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
