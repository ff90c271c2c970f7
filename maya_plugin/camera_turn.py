"""Where a camera is at a time, and how far it turns: directions in its space are the world's only while it does not."""

from __future__ import annotations

import math
from collections.abc import Sequence

from maya_plugin.errors import BadSetting
from maya_plugin.host import Host
from maya_plugin.nodes import leaf_of

__all__ = ["MOST_DEGREES", "Matrix", "check_still", "degrees_between", "place_at"]

Matrix = tuple[float, ...]
"""16 numbers, row-major, for row vectors, as Maya writes them."""

MOST_DEGREES = 1.0
"""A camera that turns less than this between frames counts as still: estimates of light are less sure than that."""


def place_at(host: Host, camera: str, time: float) -> Matrix:
    """The camera's place and turn in the world at a time in Maya's frames, without scale."""
    numbers = [float(v) for v in host.call("getAttr", f"{camera}.worldMatrix[0]", time=time)]
    rows = [_unit(numbers[k : k + 3]) for k in (0, 4, 8)]
    return (*rows[0], 0.0, *rows[1], 0.0, *rows[2], 0.0, *numbers[12:15], 1.0)


def check_still(host: Host, camera: str, times: Sequence[float]) -> Matrix:
    """The camera's place at the first of `times`.

    Raises:
        BadSetting: it turns by more than `MOST_DEGREES` from there at another of them.
    """
    first = place_at(host, camera, times[0])
    for time in times[1:]:
        turned = degrees_between(first, place_at(host, camera, time))
        if turned > MOST_DEGREES:
            raise BadSetting(
                f"{leaf_of(camera)} turns by {turned:.1f} degrees from frame {times[0]:g} to {time:g}, and the light "
                "is seen from the camera; use one frame at a time (frames=current)"
            )
    return first


def degrees_between(one: Matrix, other: Matrix) -> float:
    """The angle of the turn from one place to the other, 0 to 180 degrees."""
    trace = sum(one[4 * row + k] * other[4 * row + k] for row in range(3) for k in range(3))
    return math.degrees(math.acos(max(-1.0, min(1.0, (trace - 1.0) / 2.0))))


def _unit(row: Sequence[float]) -> list[float]:
    length = math.sqrt(sum(v * v for v in row)) or 1.0
    return [v / length for v in row]
