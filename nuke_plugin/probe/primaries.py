"""A light estimate in the primaries that a Nuke project works in: harmonics are colours, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nuke_plugin.host import Node
from nuke_plugin.probe.controls import COLOR_SPACES
from nuke_plugin.working_space import ACESCG, ACESCG_TO_REC709, REC709, colour_choice
from worker_link.light import Color, PlateLight

__all__ = ["in_project_space", "inverse"]

Rows = Sequence[Sequence[float]]


def in_project_space(light: PlateLight, root: Node) -> PlateLight:
    """The estimate in the project's working space, where both are known (Rec.709 or ACEScg), else as it is."""
    wanted = {REC709: COLOR_SPACES[0], ACESCG: COLOR_SPACES[1]}.get(colour_choice(root))
    if wanted is None or light.color_space == wanted or light.color_space not in COLOR_SPACES:
        return light
    rows = ACESCG_TO_REC709 if wanted == COLOR_SPACES[0] else inverse(ACESCG_TO_REC709)
    return replace(
        light,
        harmonics=tuple(_times(rows, color) for color in light.harmonics),
        key=_positive(rows, light.key),
        ambient=_positive(rows, light.ambient),
        mean_irradiance=_positive(rows, light.mean_irradiance),
        bright_irradiance=_positive(rows, light.bright_irradiance),
        color_space=wanted,
    )


def inverse(m: Rows) -> tuple[Color, Color, Color]:
    """Of a 3 x 3 matrix that has one: cofactors over the determinant."""

    def cofactor(row: int, column: int) -> float:
        a, b = ((row + 1) % 3, (row + 2) % 3)
        c, d = ((column + 1) % 3, (column + 2) % 3)
        return m[a][c] * m[b][d] - m[a][d] * m[b][c]

    determinant = sum(m[0][column] * cofactor(0, column) for column in range(3))
    first, second, third = (
        (cofactor(0, row) / determinant, cofactor(1, row) / determinant, cofactor(2, row) / determinant)
        for row in range(3)
    )
    return first, second, third


def _times(rows: Rows, color: Color) -> Color:
    red, green, blue = (sum(a * b for a, b in zip(row, color)) for row in rows)
    return red, green, blue


def _positive(rows: Rows, color: Color) -> Color:
    red, green, blue = (max(0.0, value) for value in _times(rows, color))
    return red, green, blue
