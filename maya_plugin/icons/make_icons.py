"""Draws the icons of the menu as PNG, 20 x 20 pixels: `python make_icons.py FOLDER`. Standard library only.

Each is a few shapes in a unit square, four by four samples a pixel: a cube, a grid, a bump, a ball, corners, a frame
with a normal, a lamp, a tick.
"""

from __future__ import annotations

import struct
import sys
import zlib
from pathlib import Path
from typing import Callable, Dict, Tuple  # noqa: UP035  (Python 3.9 evaluates the aliases below)

Color = Tuple[int, int, int, int]  # noqa: UP006
Shape = Callable[[float, float], Color]

SIZE, SAMPLES = 20, 4
NONE: Color = (0, 0, 0, 0)
LIGHT: Color = (222, 222, 222, 255)
MID: Color = (150, 150, 150, 255)
DARK: Color = (95, 95, 95, 255)
AMBER: Color = (240, 176, 72, 255)
RED, GREEN, BLUE = (224, 108, 96, 255), (124, 196, 110, 255), (128, 132, 255, 255)


def scene(x: float, y: float) -> Color:
    """A cube seen from a corner, its three sides in three shades."""
    if abs(x - 0.5) > 0.4:
        return NONE
    slant = 0.25 * abs(x - 0.5) / 0.4
    if 0.1 + slant <= y <= 0.55 - slant:
        return LIGHT
    if 0.55 - slant < y <= 0.95 - slant:
        return MID if x < 0.5 else DARK
    return NONE


def dataset(x: float, y: float) -> Color:
    """Four by four pictures, every other one normals."""
    column, row = int(x * 3.999), int(y * 3.999)
    if (x * 4) % 1 < 0.14 or (y * 4) % 1 < 0.14:
        return NONE
    return BLUE if (column + row) % 2 else LIGHT


def normal_map(x: float, y: float) -> Color:
    """A bump as a normal map shows it."""
    u, v = (x - 0.5) / 0.42, (0.5 - y) / 0.42
    square = u * u + v * v
    if square > 1.0:
        return (128, 128, 255, 255) if max(abs(x - 0.5), abs(y - 0.5)) < 0.48 else NONE
    up = (1.0 - square) ** 0.5
    return round(127.5 + 127.5 * u), round(127.5 + 127.5 * v), round(127.5 + 127.5 * up), 255


def material(x: float, y: float) -> Color:
    """A shaded ball."""
    u, v = (x - 0.5) / 0.45, (0.5 - y) / 0.45
    square = u * u + v * v
    if square > 1.0:
        return NONE
    shade = max(0.12, (-0.5 * u + 0.6 * v + 0.6 * (1.0 - square) ** 0.5))
    return round(min(255, 240 * shade)), round(min(255, 150 * shade)), round(min(255, 96 * shade)), 255


def occlusion(x: float, y: float) -> Color:
    """Two walls and a floor that darken towards their corner."""
    near = min(abs(x - 0.5) * 1.6, abs(y - 0.6) * 2.2, 1.0) if y < 0.6 else min(1.0, (y - 0.6) * 2.2)
    shade = round(70 + 170 * near)
    return (shade, shade, shade, 255) if max(abs(x - 0.5), abs(y - 0.5)) < 0.46 else NONE


def plate_normals(x: float, y: float) -> Color:
    """A picture's frame with an arrow out of it."""
    if abs((1.0 - x) - y) < 0.08 and 0.42 < x < 0.9:
        return GREEN
    if x < 0.96 and y > 0.04 and x - y > 0.56:
        return GREEN
    inside = 0.06 < x < 0.8 and 0.28 < y < 0.94
    return (BLUE if 0.14 < x < 0.72 and 0.36 < y < 0.86 else LIGHT) if inside else NONE


def relight_rig(x: float, y: float) -> Color:
    """A lamp with rays."""
    u, v = x - 0.5, y - 0.5
    far = (u * u + v * v) ** 0.5
    if far < 0.2:
        return AMBER
    ray = min(abs(u), abs(v), abs(u - v) * 0.7071, abs(u + v) * 0.7071) < 0.04
    return AMBER if 0.29 < far < 0.46 and ray else NONE


def check(x: float, y: float) -> Color:
    """A tick."""
    short = abs((x - 0.12) - (y - 0.5)) < 0.1 and 0.12 < x < 0.42
    long = abs((x - 0.38) + (y - 0.78)) < 0.1 and 0.34 < x < 0.9
    return GREEN if short or long else NONE


ICONS: Dict[str, Shape] = {  # noqa: UP006
    "random_scene": scene,
    "generate_dataset": dataset,
    "normal_map": normal_map,
    "material": material,
    "occlusion": occlusion,
    "plate_normals": plate_normals,
    "relight_rig": relight_rig,
    "check": check,
}


def drawn(shape: Shape) -> bytes:
    """A PNG of a shape: 8 bits, RGBA."""
    rows = []
    for row in range(SIZE):
        line = bytearray([0])
        for column in range(SIZE):
            line += _pixel(shape, column, row)
        rows.append(bytes(line))
    head = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 6, 0, 0, 0)
    body = zlib.compress(b"".join(rows), 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _pixel(shape: Shape, column: int, row: int) -> bytes:
    """The mean of the samples, colours weighed by how much they cover."""
    step = 1.0 / (SIZE * SAMPLES)
    found = [
        shape(column / SIZE + (a + 0.5) * step, row / SIZE + (b + 0.5) * step)
        for a in range(SAMPLES)
        for b in range(SAMPLES)
    ]
    cover = sum(color[3] for color in found)
    if not cover:
        return bytes(4)
    mean = [round(sum(color[channel] * color[3] for color in found) / cover) for channel in range(3)]
    return bytes([*mean, round(cover / len(found))])


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


if __name__ == "__main__":
    for name, shape in ICONS.items():
        (Path(sys.argv[1]) / f"platelight_{name}.png").write_bytes(drawn(shape))
