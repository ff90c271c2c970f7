from __future__ import annotations

import numpy as np
import pytest

from core.textures.slopes import integrate, normals_from_slopes, slopes_from_height, slopes_from_normals
from tests.texture_models import bumps


@pytest.mark.parametrize("wrap", [True, False])
@pytest.mark.parametrize("shape", [(48, 64), (47, 61)])
def test_the_integral_of_the_slopes_is_the_height(wrap: bool, shape: tuple[int, int]) -> None:
    height = bumps(*shape)
    if not wrap:
        # Ramps, which no repeating height has, along both axes: the mirrored slopes change their sign along each.
        height = height + np.linspace(0, 9, shape[1], dtype=np.float32)
        height = height + np.linspace(0, 9, shape[0], dtype=np.float32)[:, None]
    found = integrate(slopes_from_height(height, wrap), wrap)
    inside = (slice(4, -4), slice(4, -4))
    difference = (found - height)[inside]
    assert np.abs(difference - difference.mean()).max() < 0.06 * np.ptp(height)


def test_a_field_with_curl_is_brought_to_the_nearest_height() -> None:
    slopes = slopes_from_height(bumps(64, 64), True)
    v, u = np.mgrid[0:64, 0:64] * (2 * np.pi / 64)
    curl = np.stack([np.cos(2 * v), np.cos(3 * u)], -1).astype(np.float32)  # no height has these
    nearest = slopes_from_height(integrate(slopes + curl, True), True)
    assert np.abs(nearest - slopes).max() < 1e-3


def test_slopes_and_normals_are_each_others_inverse_and_point_the_opengl_way() -> None:
    rising = slopes_from_height(np.tile(np.arange(8, dtype=np.float32), (8, 1)), False)
    assert np.allclose(rising, (1.0, 0.0))
    n = normals_from_slopes(rising)
    assert np.allclose(n, [-(0.5**0.5), 0.0, 0.5**0.5], atol=1e-6)  # uphill to the right: it faces left
    upwards = slopes_from_height(np.tile(-np.arange(8, dtype=np.float32)[:, None], (1, 8)), False)
    assert np.allclose(upwards, (0.0, 1.0))  # higher in upper rows: q is positive, green is dark
    random = np.random.default_rng(0).normal(0, 1, (5, 6, 2)).astype(np.float32)
    assert np.allclose(slopes_from_normals(normals_from_slopes(random)), random, atol=1e-4)


def test_no_vector_means_no_slope() -> None:
    assert np.array_equal(slopes_from_normals(np.zeros((2, 2, 3))), np.zeros((2, 2, 2)))
    assert np.isfinite(integrate(np.full((8, 8, 2), np.nan), True)).all()
