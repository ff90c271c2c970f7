"""Where a camera is at a time, and how directions in its space turn with it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from maya_plugin.host import Host

__all__ = ["Matrix", "place_at", "turn_between"]

Matrix = tuple[float, ...]
"""16 numbers, row-major, for row vectors, as Maya writes them."""


def place_at(host: Host, camera: str, time: float) -> Matrix:
    """The camera's place and turn in the world at a time in Maya's frames, without scale."""
    numbers = [float(v) for v in host.call("getAttr", f"{camera}.worldMatrix[0]", time=time)]
    rows = [_unit(numbers[k : k + 3]) for k in (0, 4, 8)]
    return (*rows[0], 0.0, *rows[1], 0.0, *rows[2], 0.0, *numbers[12:15], 1.0)


def turn_between(seen_from: Matrix, told_from: Matrix) -> tuple[tuple[float, ...], ...]:
    """Three rows of the rotation that takes directions in one camera's space to those in another's.

    Args:
        seen_from: where the camera was whose directions they are.
        told_from: where the camera is in whose space they are wanted.
    """
    return tuple(
        tuple(sum(told_from[4 * row + k] * seen_from[4 * column + k] for k in range(3)) for column in range(3))
        for row in range(3)
    )


def _unit(row: Sequence[float]) -> list[float]:
    length = math.sqrt(sum(v * v for v in row)) or 1.0
    return [v / length for v in row]
