"""The reference BSDF has the properties that its definition gives it."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import BadConfig
from scene_generator.mtlx.standard_surface import (
    artistic_ior,
    conductor_fresnel,
    dielectric_fresnel,
    directions,
    evaluate,
    ggx,
    specular_albedo,
)
from scene_generator.mtlx.surface import StandardSurface, Texture

ROUGHNESS = (0.05, 0.2, 0.5, 1.0)
ANGLES = (0.0, 40.0, 80.0)


def _view(degrees: float) -> np.ndarray:
    return np.array([np.sin(np.radians(degrees)), 0.0, np.cos(np.radians(degrees))])


def _albedo(surface: StandardSurface, degrees: float, side: int = 48, *, multiple: bool = False) -> np.ndarray:
    rough = surface.specular_roughness
    assert isinstance(rough, float)
    light, weight = directions(_view(degrees), rough**2, side)
    return np.asarray(weight @ evaluate(surface, _view(degrees), light, multiple_scattering=multiple))


def _pairs(count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(4)
    both = rng.normal(size=(2, count, 3))
    both[..., 2] = np.abs(both[..., 2]) + 0.05
    both /= np.linalg.norm(both, axis=-1, keepdims=True)
    return both[0], both[1]


@pytest.mark.parametrize("metalness", [0.0, 1.0])
def test_reflections_are_reciprocal(metalness: float) -> None:
    a, b = _pairs(200)
    base = 1.0 if metalness else 0.0  # the diffuse layer is not reciprocal by definition
    surface = StandardSurface(base, (0.9, 0.4, 0.2), metalness, 0.8, (1.0, 0.7, 0.5), 0.4)
    there, back = evaluate(surface, a, b) / b[:, 2:], evaluate(surface, b, a) / a[:, 2:]
    assert there.max() > 0.01
    np.testing.assert_allclose(there, back, rtol=1e-9)


@pytest.mark.parametrize("roughness", ROUGHNESS)
@pytest.mark.parametrize("degrees", ANGLES)
def test_a_white_dielectric_loses_nothing(roughness: float, degrees: float) -> None:
    # White diffuse below: what the surface does not reflect comes back from below, whatever its albedo.
    for specular in (0.0, 0.5, 1.0):
        surface = StandardSurface(1.0, (1.0, 1.0, 1.0), 0.0, specular, specular_roughness=roughness)
        np.testing.assert_allclose(_albedo(surface, degrees), 1.0, atol=0.006)


@pytest.mark.parametrize("degrees", ANGLES)
def test_no_material_gives_more_light_than_it_gets(degrees: float) -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        v = rng.random(10)
        surface = StandardSurface(v[0], tuple(v[1:4]), v[4], v[5], tuple(v[6:9]), float(max(v[9], 0.05)))
        assert _albedo(surface, degrees, 24).max() < 1.01
        assert _albedo(surface, degrees, 24, multiple=True).max() < 1.01


def test_single_scattering_loss_has_its_analytic_value() -> None:
    # alpha = 1 seen head-on: the integral of c / (1 + c) over c is 1 - ln 2.
    assert specular_albedo(np.array([1.0]), 1.0, None)[0] == pytest.approx(1 - np.log(2), abs=2e-3)
    metal = StandardSurface(1.0, (1.0, 1.0, 1.0), 1.0, 1.0, specular_roughness=1.0)
    assert _albedo(metal, 0.0).max() == pytest.approx(0.99 * (1 - np.log(2)), abs=5e-3)
    assert _albedo(metal, 0.0, multiple=True).min() > 0.95


def test_microfacet_density_projects_to_one() -> None:
    cosine = (np.arange(20000) + 0.5) / 20000
    for alpha in (0.04, 0.25, 1.0):
        assert 2 * np.pi * np.mean(ggx(cosine, alpha) * cosine) == pytest.approx(1.0, abs=1e-3)


def test_roughness_is_squared() -> None:
    # The peak of a mirror-direction lobe is D(1) F G / 4 with D(1) = 1 / (pi alpha^2) and alpha = roughness^2.
    up = np.array([0.0, 0.0, 1.0])
    got = evaluate(StandardSurface(0.0, specular_roughness=0.5), up, up)
    np.testing.assert_allclose(got, 0.04 / (4 * np.pi * 0.5**4))


def test_dielectric_reflectance() -> None:
    got = dielectric_fresnel(np.array([1.0, np.cos(np.arctan(1.5)), 0.0]), 1.5)
    # Head-on ((n - 1) / (n + 1))^2; at Brewster's angle s-polarised light only, ((n^2 - 1) / (n^2 + 1))^2; grazing 1.
    np.testing.assert_allclose(got, [0.04, 0.5 * (1.25 / 3.25) ** 2, 1.0], rtol=1e-9)
    np.testing.assert_allclose(dielectric_fresnel(np.linspace(0.01, 1, 5), 1.0), 0.0, atol=1e-12)


def test_conductor_with_no_absorption_is_the_dielectric() -> None:
    cosine = np.linspace(0.02, 1, 50)
    got = conductor_fresnel(cosine, np.array(1.5), np.array(0.0))
    np.testing.assert_allclose(got, dielectric_fresnel(cosine, 1.5), rtol=1e-6)


def test_edge_colour_shows_at_the_edge_only() -> None:
    color = np.array([0.9, 0.5, 0.2])
    for edge in (0.0, 0.5, 1.0):
        n, k = artistic_ior(color, np.full(3, edge))
        np.testing.assert_allclose(conductor_fresnel(np.ones(3), n, k), color, rtol=1e-9)
    at_80 = [
        conductor_fresnel(np.full(3, np.cos(np.radians(80))), *artistic_ior(color, np.full(3, edge)))
        for edge in (0.0, 1.0)
    ]
    assert (at_80[1] > at_80[0] + 0.05).all()


def test_tint_colours_the_reflection_and_not_what_is_below() -> None:
    white = _albedo(StandardSurface(0.0, specular_roughness=0.3), 30.0)
    tinted = _albedo(StandardSurface(0.0, specular_color=(1.0, 0.5, 0.0), specular_roughness=0.3), 30.0)
    np.testing.assert_allclose(tinted, white * (1.0, 0.5, 0.0), rtol=1e-9)


def test_below_the_surface_is_black() -> None:
    up, down = np.array([0.0, 0.6, 0.8]), np.array([0.0, 0.6, -0.8])
    assert not evaluate(StandardSurface(), up, down).any()
    assert not evaluate(StandardSurface(), down, up).any()


def test_textures_have_no_reference() -> None:
    with pytest.raises(BadConfig, match="metalness"):
        evaluate(StandardSurface(metalness=Texture("a.png", "raw")), np.ones(3), np.ones(3))
