from __future__ import annotations

import numpy as np
import pytest

from core.relight.vectors import channels_apart, cross, dot, length, unit, unit_normals


def test_channels_apart_keeps_values_and_shape_and_puts_pixels_side_by_side() -> None:
    values = np.random.default_rng(0).random((5, 7, 3), dtype=np.float32)
    apart = channels_apart(values)
    np.testing.assert_array_equal(apart, values)
    assert apart.strides == (7 * 4, 4, 5 * 7 * 4)
    apart[:] = 0.0
    assert values.any(), "a copy"
    # What numpy makes of it lies alike, which is the whole point.
    assert (apart * 2.0).strides == apart.strides


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_products_are_numpy_s_and_keep_the_precision(dtype: type) -> None:
    rng = np.random.default_rng(1)
    a, b = rng.standard_normal((2, 4, 6, 3)).astype(dtype)
    np.testing.assert_allclose(dot(a, b)[..., 0], np.einsum("ijk,ijk->ij", a, b), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(cross(a, b), np.cross(a, b), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(length(a)[..., 0], np.linalg.norm(a, axis=-1), rtol=1e-5)
    assert {dot(a, b).dtype, cross(a, b).dtype, length(a).dtype} == {np.dtype(dtype)}


def test_unit_vectors_and_what_has_no_direction() -> None:
    vectors = np.array([[[3.0, 0.0, 4.0], [0.0, 0.0, 0.0], [np.nan, 0.0, 1.0]]], np.float32)
    np.testing.assert_allclose(unit(vectors[:, :2]), [[[0.6, 0.0, 0.8], [0.0, 0.0, 0.0]]], atol=1e-6)
    normals, surface = unit_normals(vectors)
    np.testing.assert_allclose(normals, [[[0.6, 0.0, 0.8], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]], atol=1e-6)
    np.testing.assert_array_equal(surface[..., 0], [[True, False, False]])
