"""The colour of a light's temperature as an expression of Nuke's, so that it can be animated and needs no Python.

Polynomials in 1000 / kelvin, fitted piece by piece to core.relight.temperature (a black body below 4000 K, daylight
above 5000 K, a mixture between); a test holds them to it within 0.001. Daylight of 6504 K is (1, 1, 1).
"""

from __future__ import annotations

__all__ = ["PIECES", "SPACES", "temperature_expression"]

SPACES = ("rec709", "acescg")
"""The primaries, in the order of the node's choice."""

PIECES = {
    "rec709": (
        (
            1908.5,
            (
                (0.823885, -3.748787, 4.114472, 2.454161, 0.639414),
                (-0.244963, 1.114616, -1.223344, -0.729688, 1.208156),
                (0.000000, 0.000000, 0.000000, 0.000000, 0.000000),
            ),
        ),
        (
            4000,
            (
                (3.106507, -7.797623, 6.574803, 2.035231, 0.593890),
                (-2.301812, 5.521473, -4.979861, 0.792534, 0.962968),
                (13.652691, -31.730600, 29.966916, -13.845868, 2.563032),
            ),
        ),
        (
            5000,
            (
                (123.025967, -143.199720, 56.297343, -4.608538, 0.794437),
                (-26.520429, 39.935815, -19.296266, 2.840883, 0.902519),
                (-99.644110, 26.166253, 25.336131, -14.568798, 2.571162),
            ),
        ),
        (
            7000,
            (
                (-8.792883, -2.338967, 8.052825, 1.385154, 0.609502),
                (24.013933, -14.845905, 0.190947, 0.266439, 0.995319),
                (-211.993514, 153.959345, -25.610809, -6.719362, 2.196563),
            ),
        ),
        (
            25000,
            (
                (53.221919, -23.620343, 9.945812, 1.440465, 0.599186),
                (24.994546, -15.992397, 0.571994, 0.215607, 0.997741),
                (-404.369524, 228.000279, -34.961339, -6.378715, 2.202955),
            ),
        ),
    ),
    "acescg": (
        (
            2000,
            (
                (0.420494, -1.844489, 1.892684, 1.441048, 0.740612),
                (-0.312301, 1.269056, -1.504135, -0.103486, 1.062460),
                (1.788916, -6.580887, 9.287983, -6.007437, 1.531010),
            ),
        ),
        (
            4000,
            (
                (1.969353, -4.703006, 3.909951, 0.793603, 0.820557),
                (-1.788126, 4.160861, -3.681375, 0.643817, 0.963845),
                (12.464796, -28.394136, 26.395228, -12.107139, 2.363787),
            ),
        ),
        (
            5000,
            (
                (60.840830, -72.205420, 28.899934, -2.545894, 0.918331),
                (-17.809791, 27.423269, -13.433498, 2.037429, 0.924051),
                (-84.883709, 21.808047, 22.125068, -12.671523, 2.367650),
            ),
        ),
        (
            7000,
            (
                (-7.689101, 1.144201, 3.681735, 0.604024, 0.819925),
                (17.632659, -10.968716, 0.236594, 0.228288, 0.989504),
                (-182.394265, 131.912660, -21.638442, -5.928853, 2.044834),
            ),
        ),
        (
            25000,
            (
                (21.010802, -8.602191, 4.513153, 0.636219, 0.814820),
                (19.834088, -12.393076, 0.592412, 0.187925, 0.991247),
                (-355.554338, 199.214119, -30.321446, -5.585326, 2.048839),
            ),
        ),
    ),
}
"""By primaries: (up to this many kelvin, coefficients of red, green, blue from the highest power down)."""


def temperature_expression(channel: int, space: str, inverse: str, kelvin: str) -> str:
    """One channel of the colour.

    Args:
        channel: 0 red, 1 green, 2 blue.
        space: one of `SPACES`.
        inverse: the expression for 1000 / kelvin.
        kelvin: the expression for the temperature, 1000 to 25000.
    """
    *pieces, last = PIECES[space]
    text = _polynomial(last[1][channel], inverse)
    for limit, coefficients in reversed(pieces):
        text = f"({kelvin} < {limit:g} ? {_polynomial(coefficients[channel], inverse)} : {text})"
    return text


def _polynomial(coefficients: tuple[float, ...], variable: str) -> str:
    text = _number(coefficients[0])
    for coefficient in coefficients[1:]:
        text = f"({text} * {variable} + {_number(coefficient)})"
    return text


def _number(value: float) -> str:
    return f"{value:.6f}" if value >= 0 else f"(0 - {-value:.6f})"
