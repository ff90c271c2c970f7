"""Light on analytic surfaces."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.errors import BadSize
from core.relight.lights import AmbientLight, DirectionalLight, PointLight
from core.relight.shade import Surface, shade

FRONTAL = DirectionalLight(direction=(0.0, 0.0, -1.0))


def sphere_normals(size: int = 64) -> np.ndarray:
    """(size, size, 3): a sphere seen straight on, zero outside."""
    x, y = np.meshgrid((np.arange(size) + 0.5) / size * 2 - 1, 1 - (np.arange(size) + 0.5) / size * 2)
    square = 1.0 - x**2 - y**2
    normals = np.stack([x, y, np.sqrt(np.maximum(square, 0.0))], axis=-1)
    return np.where(square[..., None] > 0.0, normals, 0.0).astype(np.float32)


def flat(size: tuple[int, int] = (8, 8), normal: tuple[float, float, float] = (0.0, 0.0, 1.0)) -> Surface:
    normals = np.broadcast_to(np.array(normal, dtype=np.float32), (*size, 3)).copy()
    position = np.broadcast_to(np.array([0.0, 0.0, -2.0], dtype=np.float32), (*size, 3)).copy()
    return Surface(normals, position, np.ones(3, dtype=np.float32))


def ball(**changes: object) -> Surface:
    normals = sphere_normals()
    position = normals * np.float32(0.5) + np.array([0.0, 0.0, -3.0], dtype=np.float32)
    surface = Surface(normals, position, np.array([0.8, 0.4, 0.2], dtype=np.float32))
    return replace(surface, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("direction", [(0.0, 0.0, -1.0), (-1.0, -2.0, -0.5), (3.0, 0.0, 4.0)])
def test_lambert_is_the_cosine_on_a_sphere(direction: tuple[float, float, float]) -> None:
    light = DirectionalLight(direction=direction, intensity=2.0, color=(1.0, 0.5, 0.25))
    surface = ball()
    toward = -np.array(direction) / np.linalg.norm(direction)
    cosine = np.maximum(surface.normals @ toward, 0.0)[..., None]
    expected = cosine * np.array([0.8, 0.4, 0.2]) * 2.0 * np.array([1.0, 0.5, 0.25])
    np.testing.assert_allclose(shade(surface, [light]).diffuse, expected, atol=2e-6)


def test_a_frontal_unit_light_returns_the_albedo() -> None:
    surface = replace(flat(), albedo=np.array([0.3, 0.6, 0.9], dtype=np.float32))
    np.testing.assert_allclose(shade(surface, [FRONTAL]).diffuse[0, 0], [0.3, 0.6, 0.9], rtol=1e-6)


def test_the_highlight_of_a_sphere_sits_at_the_half_vector() -> None:
    """Light from (1, 1, 1), camera far away on +Z: the brightest pixel's normal is the half vector, within a pixel."""
    position = ball().normals * np.float32(0.5) + np.array([0.0, 0.0, -1000.0], dtype=np.float32)
    surface = ball(position=position, roughness=0.2)
    specular = shade(surface, [DirectionalLight(direction=(-1.0, -1.0, -1.0))]).specular.sum(axis=-1)
    row, column = np.unravel_index(int(np.argmax(specular)), specular.shape)
    half = np.array([1.0, 1.0, 1.0]) / np.sqrt(3.0) + np.array([0.0, 0.0, 1.0])
    half /= np.linalg.norm(half)
    np.testing.assert_allclose(surface.normals[row, column], half, atol=0.03)


def test_specular_value_at_the_mirror_angle() -> None:
    """Light, normal and camera in one line: pi D V F = pi * 1/(pi a^2) * 1/4 * 0.04, with a = roughness^2."""
    surface = replace(flat(), roughness=0.5)
    expected = 0.04 / (4.0 * 0.5**4)
    np.testing.assert_allclose(shade(surface, [FRONTAL]).specular, expected, rtol=1e-4)


def test_no_light_from_behind() -> None:
    away = DirectionalLight(direction=(0.3, 0.0, 1.0), intensity=100.0)
    beyond = PointLight(position=(0.0, 0.0, -5.0), intensity=100.0)
    passes = shade(flat(), [away, beyond])
    assert not passes.diffuse.any()
    assert not passes.specular.any()


def test_point_light_falls_off_with_the_square_of_distance() -> None:
    near, far = (
        shade(flat(), [PointLight(position=(0.0, 0.0, -2.0 + distance))]).diffuse[0, 0, 0] for distance in (0.5, 1.5)
    )
    assert near == pytest.approx(4.0, rel=1e-5)
    assert near / far == pytest.approx(9.0, rel=1e-5)


def test_point_light_does_not_burst_inside_its_radius() -> None:
    close = shade(flat(), [PointLight(position=(0.0, 0.0, -1.999), radius=0.1)])
    np.testing.assert_allclose(close.diffuse, 100.0, rtol=1e-3)
    on_it = shade(flat(), [PointLight(position=(0.0, 0.0, -2.0))])
    assert np.isfinite(on_it.diffuse).all()
    assert np.isfinite(on_it.specular).all()


def test_light_is_linear_in_intensity_and_adds() -> None:
    one = PointLight(position=(0.5, 0.5, -1.0), intensity=1.0)
    two = DirectionalLight(direction=(1.0, -1.0, -1.0), intensity=0.5)
    surface = ball(roughness=0.3)
    alone = shade(surface, [one]).specular * 3.0 + shade(surface, [two]).specular
    together = shade(surface, [replace(one, intensity=3.0), two]).specular
    np.testing.assert_allclose(together, alone, rtol=1e-5, atol=1e-6)


def test_ambient_is_even_over_the_surface_and_absent_beside_it() -> None:
    passes = shade(ball(), [AmbientLight(intensity=0.5), AmbientLight(intensity=0.25, color=(1.0, 1.0, 0.0))])
    on = passes.surface[..., 0]
    np.testing.assert_allclose(passes.ambient[on], np.broadcast_to([0.6, 0.3, 0.1], (int(on.sum()), 3)), rtol=1e-6)
    assert not passes.ambient[~on].any()


def test_metal_has_no_diffuse_and_colours_its_highlight() -> None:
    surface = replace(flat(), albedo=np.array([1.0, 0.6, 0.2], dtype=np.float32), metalness=1.0, roughness=0.4)
    passes = shade(surface, [FRONTAL])
    assert not passes.diffuse.any()
    np.testing.assert_allclose(passes.specular[0, 0] / passes.specular[0, 0, 0], [1.0, 0.6, 0.2], rtol=1e-4)


@pytest.mark.parametrize("roughness", [0.0, 1.0])
@pytest.mark.parametrize("metalness", [0.0, 1.0])
def test_zero_and_nan_normals_and_extreme_surfaces_stay_finite(roughness: float, metalness: float) -> None:
    surface = ball(roughness=roughness, metalness=metalness)
    surface.normals[30, 30] = np.nan
    behind = DirectionalLight(direction=(0.0, 0.0, 1.0))
    lights = [FRONTAL, PointLight(position=(0.0, 0.0, -2.4)), behind, AmbientLight()]
    passes = shade(surface, lights)
    for layer in (passes.diffuse, passes.specular, passes.ambient):
        assert np.isfinite(layer).all()
        assert (layer >= 0.0).all()
        assert not layer[0, 0].any()
        assert not layer[30, 30].any()
    assert not passes.surface[30, 30, 0]


def test_length_of_normals_does_not_matter() -> None:
    long = ball()
    short = replace(long, normals=long.normals * np.float32(0.37))
    np.testing.assert_allclose(shade(short, [FRONTAL]).diffuse, shade(long, [FRONTAL]).diffuse, atol=1e-6)


def test_bands_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    surface, light = ball(roughness=0.3), PointLight(position=(0.4, 0.2, -1.5))
    whole = shade(surface, [light])
    monkeypatch.setattr("core.relight.shade._BAND_PIXELS", 3 * 64)
    banded = shade(surface, [light])
    np.testing.assert_array_equal(whole.diffuse, banded.diffuse)
    np.testing.assert_array_equal(whole.specular, banded.specular)


def test_parts_of_different_size_are_refused() -> None:
    with pytest.raises(BadSize, match="position"):
        shade(replace(flat(), position=np.zeros((4, 8, 3), dtype=np.float32)), [])
    with pytest.raises(BadSize, match="roughness"):
        shade(replace(flat(), roughness=np.zeros((8, 8, 3), dtype=np.float32)), [])
