"""A light estimate as a camera that looks elsewhere would tell it, and the turn of a lamp that shines as its key does.

Order 1 of the harmonics is a vector and turns as one; order 2 is a symmetric matrix without trace, d^T M d of the
direction d, and M becomes R M R^T. Python 3.9, without numpy, as hosts have none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from worker_link.light import PlateLight

__all__ = ["rotation_of", "turned"]

_CROSS = math.sqrt(15.0 / (4.0 * math.pi))
_POLE = math.sqrt(5.0 / (16.0 * math.pi))
"""Factors of the functions of order 2: `core.relight.harmonics.basis`."""


def rotation_of(toward: Sequence[float]) -> tuple[float, float, float]:
    """Degrees about X, Y and Z that turn (0, 0, -1) to the way that light from `toward` travels."""
    x, y, z = (-value for value in toward)
    level = math.hypot(x, z)
    about_y = math.degrees(math.atan2(-x, -z)) if level > 1e-9 * abs(y) else 0.0
    return round(math.degrees(math.atan2(y, level)), 10) + 0.0, round(about_y, 10) + 0.0, 0.0


def turned(light: PlateLight, rotation: Sequence[Sequence[float]]) -> PlateLight:
    """The light with every direction d replaced by R d.

    Args:
        light: in some camera's space.
        rotation: three rows of R, which takes directions of that space to those of another.
    """
    channels = [_harmonics([row[k] for row in light.harmonics], rotation) for k in range(3)]
    toward = _times(rotation, light.toward)
    length = math.sqrt(sum(v * v for v in toward))
    return replace(
        light,
        harmonics=tuple((red, green, blue) for red, green, blue in zip(*channels)),
        toward=(toward[0] / length, toward[1] / length, toward[2] / length),
    )


def _harmonics(c: Sequence[float], rotation: Sequence[Sequence[float]]) -> list[float]:
    """The nine coefficients of one channel, turned."""
    x, y, z = _times(rotation, (c[3], c[1], c[2]))
    half, pole = 0.5 * _CROSS, _POLE * c[6]
    m = [
        [half * c[8] - pole, half * c[4], half * c[7]],
        [half * c[4], -half * c[8] - pole, half * c[5]],
        [half * c[7], half * c[5], 2.0 * pole],
    ]
    columns = [_times(rotation, [m[row][k] for row in range(3)]) for k in range(3)]
    m = [list(_times(rotation, [columns[k][row] for k in range(3)])) for row in range(3)]
    band = [m[0][1] / half, m[1][2] / half, m[2][2] / (2.0 * _POLE), m[0][2] / half, (m[0][0] - m[1][1]) / _CROSS]
    return [c[0], y, z, x, *band]


def _times(rotation: Sequence[Sequence[float]], d: Sequence[float]) -> tuple[float, float, float]:
    x, y, z = (sum(row[k] * d[k] for k in range(3)) for row in rotation)
    return x, y, z
