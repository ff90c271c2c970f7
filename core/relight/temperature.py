"""The colour of a light from its temperature in kelvin."""

from __future__ import annotations

import functools
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from core.errors import BadConfig
from core.image.pixels import SCENE_LINEAR

__all__ = ["COLDEST", "HOTTEST", "chromaticity", "kelvin_to_rgb"]

DoubleArray: TypeAlias = npt.NDArray[np.float64]

COLDEST, HOTTEST = 1000.0, 25000.0
"""Range of temperatures, kelvin: below, no red primary is red enough; above, the daylight formula ends."""

_DAYLIGHT_FROM, _DAYLIGHT_WHOLE = 4000.0, 5000.0
_D65 = (0.3127, 0.3290)

# CIE xy of red, green, blue and white. ITU-R BT.709-6, BT.2020-2; SMPTE ST 2065-1; Academy S-2014-004.
_SPACES: dict[str, tuple[tuple[float, float], ...]] = {
    "rec709": ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06), _D65),
    "rec2020": ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), _D65),
    "p3d65": ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _D65),
    "acescg": ((0.713, 0.293), (0.165, 0.830), (0.128, 0.044), (0.32168, 0.33767)),
    "aces2065-1": ((0.7347, 0.2653), (0.0, 1.0), (0.0001, -0.077), (0.32168, 0.33767)),
}
_ALIASES = {"ap1": "acescg", "ap0": "aces2065-1"}

# Bradford's cone responses: Lam, "Metamerism and Colour Constancy", 1985; as in the ICC profile specification, annex E.
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


@functools.lru_cache(maxsize=256)
def _kelvin_to_rgb(kelvin: float, color_space: str) -> tuple[float, float, float]:
    x, y = chromaticity(kelvin)
    to_rgb, luminance = _space(color_space)
    rgb = np.maximum(to_rgb @ np.array([x / y, 1.0, (1.0 - x - y) / y]), 0.0)
    red, green, blue = rgb / float(luminance @ rgb)
    return float(red), float(green), float(blue)


def kelvin_to_rgb(kelvin: float, color_space: str = SCENE_LINEAR) -> DoubleArray:
    """Scene-linear colour of luminance 1 of a light of a colour temperature.

    Daylight of 6504 K, D65, is (1, 1, 1) in every space: spaces with another white, as ACEScg, are adapted to it by
    Bradford's transform, as OpenColorIO's conversions are. Colours outside of the primaries lose their negative part.

    Args:
        kelvin: 1000 to 25000.
        color_space: an OpenColorIO name; its primaries are told from the name (Rec.709, Rec.2020, P3-D65, ACEScg,
            ACES2065-1), an unknown one counts as Rec.709.

    Returns:
        (3,) float64, each 0 or more.

    Raises:
        BadConfig: out of range.
    """
    return np.array(_kelvin_to_rgb(float(kelvin), color_space))


def chromaticity(kelvin: float) -> tuple[float, float]:
    """CIE 1931 xy of a lamp or of daylight.

    Below 4000 K a black body: Planck's law over 380..780 nm against the colour matching functions as fitted by Wyman,
    Sloan and Shirley, "Simple Analytic Approximations to the CIE XYZ Color Matching Functions", JCGT 2(2), 2013.
    Above 5000 K daylight: CIE 15:2004, equations 3.3 and 3.4. Between, a mixture of the two that runs evenly in the
    reciprocal of the temperature, so that a slider meets no step.

    Raises:
        BadConfig: `kelvin` is not from 1000 to 25000.
    """
    if not COLDEST <= kelvin <= HOTTEST:
        raise BadConfig(f"temperature is {kelvin} K; it must be from {COLDEST:g} to {HOTTEST:g}")
    share = (1.0 / _DAYLIGHT_FROM - 1.0 / kelvin) / (1.0 / _DAYLIGHT_FROM - 1.0 / _DAYLIGHT_WHOLE)
    share = min(max(share, 0.0), 1.0)
    body = _black_body(kelvin) if share < 1.0 else (0.0, 0.0)
    day = _daylight(kelvin) if share > 0.0 else (0.0, 0.0)
    return (1.0 - share) * body[0] + share * day[0], (1.0 - share) * body[1] + share * day[1]


def _daylight(kelvin: float) -> tuple[float, float]:
    t = 1000.0 / kelvin
    if kelvin <= 7000.0:
        x = ((-4.6070 * t + 2.9678) * t + 0.09911) * t + 0.244063
    else:
        x = ((-2.0064 * t + 1.9018) * t + 0.24748) * t + 0.237040
    return x, -3.000 * x * x + 2.870 * x - 0.275


def _black_body(kelvin: float) -> tuple[float, float]:
    wavelength = np.arange(380.0, 781.0, 2.0)  # nanometres
    # Planck's law up to a factor: only the chromaticity is wanted. 1.4388e7 nm K is hc/k (CODATA 2018).
    power = wavelength**-5.0 / np.expm1(1.438776877e7 / (wavelength * kelvin))
    x, y, z = (float(np.sum(power * curve)) for curve in _matching(wavelength))
    return x / (x + y + z), y / (x + y + z)


def _matching(nm: DoubleArray) -> tuple[DoubleArray, DoubleArray, DoubleArray]:
    def bump(centre: float, below: float, above: float) -> DoubleArray:
        scale = np.where(nm < centre, below, above)
        return np.asarray(np.exp(-0.5 * ((nm - centre) * scale) ** 2))

    x = 0.362 * bump(442.0, 0.0624, 0.0374) + 1.056 * bump(599.8, 0.0264, 0.0323) - 0.065 * bump(501.1, 0.0490, 0.0382)
    y = 0.821 * bump(568.8, 0.0213, 0.0247) + 0.286 * bump(530.9, 0.0613, 0.0322)
    z = 1.217 * bump(437.0, 0.0845, 0.0278) + 0.681 * bump(459.0, 0.0385, 0.0725)
    return x, y, z


@functools.lru_cache(maxsize=16)
def _space(color_space: str) -> tuple[DoubleArray, DoubleArray]:
    """XYZ under D65 -> RGB, and the luminance weights of RGB."""
    primaries = _SPACES[_primaries_name(color_space)]
    columns = np.stack([_xyz(*place) for place in primaries[:3]], axis=1)
    white = _xyz(*primaries[3]) / primaries[3][1]
    to_xyz = columns * np.linalg.solve(columns, white)[None, :]
    d65 = _xyz(*_D65) / _D65[1]
    ratio = (_BRADFORD @ white) / (_BRADFORD @ d65)
    adapted = np.linalg.inv(_BRADFORD) @ (ratio[:, None] * _BRADFORD)
    return np.asarray(np.linalg.inv(to_xyz) @ adapted), to_xyz[1]


def _xyz(x: float, y: float) -> DoubleArray:
    return np.array([x, y, 1.0 - x - y])


def _primaries_name(color_space: str) -> str:
    plain = color_space.lower().replace("_", "").replace(" ", "").replace(".", "")
    for alias, name in _ALIASES.items():
        if alias in plain:
            return name
    return next((name for name in _SPACES if name in plain), "rec709")
