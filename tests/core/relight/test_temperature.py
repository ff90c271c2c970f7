"""Colour temperature: known chromaticities, whites, and luminance."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadConfig
from core.relight.temperature import chromaticity, kelvin_to_rgb


@pytest.mark.parametrize(
    ("kelvin", "x", "y"),
    [
        (2856.0, 0.4476, 0.4074),  # CIE illuminant A
        (2000.0, 0.5267, 0.4133),  # black body, CIE 1931
        (5503.0, 0.3324, 0.3474),  # D55
        (6504.0, 0.3127, 0.3290),  # D65
        (7504.0, 0.2990, 0.3149),  # D75
    ],
)
def test_known_illuminants(kelvin: float, x: float, y: float) -> None:
    assert chromaticity(kelvin) == pytest.approx((x, y), abs=0.003)


@pytest.mark.parametrize("space", ["lin_rec709", "ACEScg", "ACES2065-1", "lin_rec2020_scene", "something else"])
def test_daylight_is_white_in_every_space(space: str) -> None:
    np.testing.assert_allclose(kelvin_to_rgb(6504.0, space), 1.0, atol=2e-3)
    np.testing.assert_allclose(kelvin_to_rgb(6500.0, space), 1.0, atol=3e-3)


def test_warm_is_red_and_cold_is_blue() -> None:
    ratios = [kelvin_to_rgb(kelvin)[0] / max(kelvin_to_rgb(kelvin)[2], 1e-9) for kelvin in range(1000, 25001, 250)]
    assert all(a >= b for a, b in itertools.pairwise(ratios))


def test_the_mixture_of_black_body_and_daylight_has_no_step() -> None:
    places = np.array([chromaticity(kelvin) for kelvin in np.arange(3500.0, 5500.0, 5.0)])
    assert np.abs(np.diff(places, axis=0)).max() < 5e-4


def test_wide_primaries_need_less_of_red() -> None:
    """The same warm light is nearer to the middle of ACEScg's larger triangle than of Rec.709's."""
    assert kelvin_to_rgb(2500.0, "ACEScg")[0] < kelvin_to_rgb(2500.0)[0]
    assert kelvin_to_rgb(2500.0, "ACEScg")[2] > kelvin_to_rgb(2500.0)[2]


@settings(max_examples=50, deadline=None)
@given(st.floats(1000.0, 25000.0))
def test_luminance_is_kept_and_nothing_is_negative(kelvin: float) -> None:
    rgb = kelvin_to_rgb(kelvin)
    assert (rgb >= 0.0).all()
    assert float(rgb @ [0.2126, 0.7152, 0.0722]) == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("kelvin", [999.0, 25001.0, float("nan"), -1.0])
def test_out_of_range(kelvin: float) -> None:
    with pytest.raises(BadConfig, match="1000 to 25000"):
        kelvin_to_rgb(kelvin)
