"""The GGX lobe: energy, reciprocity, and the ends of its range, by numerical integration."""

from __future__ import annotations

import numpy as np
import pytest

from core.relight.brdf import alpha_from_roughness, ggx_distribution, schlick_fresnel, smith_visibility


def _sphere_directions(n_theta: int = 1024, n_phi: int = 512) -> tuple[np.ndarray, np.ndarray]:
    """Directions (T, P, 3) over one half of the upper half sphere, +Y, and twice their solid angles (T, P, 1).

    float64. Dense near the pole and near -X, where the mirror image of a viewer on the +X side lies; what is
    integrated is symmetric in Y.
    """
    edges = (np.linspace(0.0, 1.0, n_theta + 1) ** 2) * np.pi / 2
    theta = (edges[1:] + edges[:-1]) / 2
    turns = np.pi * (1.0 - np.linspace(1.0, 0.0, n_phi + 1) ** 2)
    phi = (turns[1:] + turns[:-1]) / 2
    solid = (np.cos(edges[:-1]) - np.cos(edges[1:]))[:, None] * np.diff(turns)[None, :] * 2.0
    t, p = np.meshgrid(theta, phi, indexing="ij")
    directions = np.stack([np.sin(t) * np.cos(p), np.sin(t) * np.sin(p), np.cos(t)], axis=-1)
    return directions, solid[..., None]


def _lobe(light: np.ndarray, view: np.ndarray, alpha: np.ndarray, f0: float) -> np.ndarray:
    half = light + view
    half = half / np.linalg.norm(half, axis=-1, keepdims=True)
    sine_squared = np.clip(1.0 - half[..., 2:] ** 2, 0.0, 1.0)
    v_dot_h = np.sum(view * half, axis=-1, keepdims=True)
    visibility = smith_visibility(light[..., 2:], view[..., 2:], alpha)
    return ggx_distribution(sine_squared, alpha) * visibility * schlick_fresnel(np.float64(f0), v_dot_h)


@pytest.mark.parametrize("roughness", [0.1, 0.25, 0.5, 0.75, 1.0])
def test_distribution_of_microfacets_projects_to_one(roughness: float) -> None:
    """The projected area of all microfacets is the area of the surface: integral of D n.h over the hemisphere is 1."""
    half, solid = _sphere_directions()
    alpha = alpha_from_roughness(np.float64(roughness))
    total = np.sum(ggx_distribution(1.0 - half[..., 2:] ** 2, alpha) * half[..., 2:] * solid)
    assert total == pytest.approx(1.0, abs=2e-3)


@pytest.mark.parametrize("roughness", [0.2, 0.4, 0.7, 1.0])
@pytest.mark.parametrize("angle", [0.0, 45.0, 75.0, 87.0])
def test_white_furnace_never_gains_energy(roughness: float, angle: float) -> None:
    """f0 = 1 in a white surround: what leaves is at most what arrives."""
    light, solid = _sphere_directions()
    view = np.array([np.sin(np.radians(angle)), 0.0, np.cos(np.radians(angle))])
    alpha = alpha_from_roughness(np.float64(roughness))
    reflected = float(np.sum(_lobe(light, view, alpha, 1.0) * light[..., 2:] * solid))
    assert reflected <= 1.0 + 5e-3
    # Single scattering loses the light that bounces between rough facets; a smooth surface away from grazing does not.
    assert reflected >= (0.97 if roughness <= 0.2 and angle <= 75.0 else 0.3)


def test_white_furnace_at_roughness_one_is_the_closed_form() -> None:
    """Alpha 1 seen straight on: D is constant 1/pi, and what leaves integrates to 1 - ln 2."""
    light, solid = _sphere_directions()
    alpha = alpha_from_roughness(np.float64(1.0))
    reflected = np.sum(_lobe(light, np.array([0.0, 0.0, 1.0]), alpha, 1.0) * light[..., 2:] * solid)
    assert reflected == pytest.approx(1.0 - np.log(2.0), abs=1e-4)


def test_reciprocity() -> None:
    rng = np.random.default_rng(3)
    light, view = (_upper(rng, 500) for _ in range(2))
    for roughness in (0.1, 0.5, 1.0):
        alpha = alpha_from_roughness(np.float64(roughness))
        there, back = _lobe(light, view, alpha, 0.04), _lobe(view, light, alpha, 0.04)
        np.testing.assert_allclose(there, back, rtol=1e-9)


def test_visibility_of_a_rough_surface_matches_heitz_written_out() -> None:
    """V = G2 / (4 nl nv) with G2 = 1 / (1 + L(l) + L(v)), L = (sqrt(1 + a^2 tan^2) - 1) / 2: the paper's own form."""
    rng = np.random.default_rng(5)
    nl, nv, alpha = rng.uniform(0.05, 1.0, (3, 200))
    lam = [(np.sqrt(1.0 + alpha**2 * (1.0 / c**2 - 1.0)) - 1.0) / 2.0 for c in (nl, nv)]
    expected = 1.0 / (1.0 + lam[0] + lam[1]) / (4.0 * nl * nv)
    np.testing.assert_allclose(smith_visibility(nl, nv, alpha), expected, rtol=1e-9)


def test_fresnel_ends() -> None:
    assert schlick_fresnel(np.float32(0.04), np.float32(1.0)) == pytest.approx(0.04)
    assert schlick_fresnel(np.float32(0.04), np.float32(0.0)) == pytest.approx(1.0)


@pytest.mark.parametrize("roughness", [-1.0, 0.0, 1.0, 2.0])
def test_extremes_stay_finite(roughness: float) -> None:
    alpha = alpha_from_roughness(np.float32(roughness))
    cosines = np.array([0.0, 1e-6, 0.5, 1.0], dtype=np.float32)
    for nl in cosines:
        value = ggx_distribution(1.0 - cosines**2, alpha) * smith_visibility(nl, cosines, alpha)
        assert np.isfinite(value).all()
        assert (value >= 0.0).all()


def _upper(rng: np.random.Generator, count: int) -> np.ndarray:
    vector = rng.normal(size=(count, 3))
    vector[:, 2] = np.abs(vector[:, 2]) + 0.05
    return vector / np.linalg.norm(vector, axis=-1, keepdims=True)
