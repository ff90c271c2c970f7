"""Light from a picture: harmonics against integrals, reflections against the lobe's own average."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from core.color import convert
from core.errors import BadConfig, BadSize, FileMissing
from core.image import Image, write_image
from core.relight.brdf import environment_reflectance
from core.relight.environment import (
    ROUGHNESSES,
    Environment,
    load_environments,
    prepare_environment,
    wrapped_bands,
)
from core.relight.harmonics import COSINE, latlong_directions
from core.relight.lights import EnvironmentLight
from core.relight.shade import Surface, shade

DIRECTIONS = latlong_directions(64, 128)
AXIS = np.array([0.48, 0.6, 0.64])


def _unit(seed: int, count: int = 200) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(count, 3))
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def even() -> Environment:
    return prepare_environment(np.full((32, 64, 3), [0.5, 1.0, 2.0]), rows=64)


@pytest.fixture(scope="module")
def lobed() -> Environment:
    """Radiance max(axis.d, 0): a lobe of cosine shape."""
    return prepare_environment(np.maximum(DIRECTIONS @ AXIS, 0.0)[..., None] * np.ones(3), rows=64)


def test_an_even_picture_lights_evenly(even: Environment) -> None:
    normals = _unit(1)
    for roughness in (0.0, 0.37, 1.0):
        seen = even.reflection(normals, np.float32([roughness]))
        np.testing.assert_allclose(seen, np.broadcast_to([0.5, 1.0, 2.0], seen.shape), rtol=1e-5)
    np.testing.assert_allclose(even.irradiance(normals), np.broadcast_to([0.5, 1.0, 2.0], (200, 3)), rtol=1e-4)


def test_the_irradiance_of_a_cosine_lobe_is_the_integral_to_a_percent(lobed: Environment) -> None:
    edges = np.cos(np.arange(65) / 64 * np.pi)
    solid = np.broadcast_to(((edges[:-1] - edges[1:]) * 2 * np.pi / 128)[:, None], (64, 128))
    normals = np.concatenate([_unit(2, 60), AXIS[None].astype(np.float32)])
    cosine = np.maximum(np.einsum("hwc,nc->nhw", DIRECTIONS, normals.astype(np.float64)), 0.0)
    expected = np.einsum("nhw,hw,hw->n", cosine, np.maximum(DIRECTIONS @ AXIS, 0.0), solid) / np.pi
    # One percent of the brightest side; three bands of a cosine lobe leave that much.
    np.testing.assert_allclose(lobed.irradiance(normals)[:, 0], expected, atol=0.01 * expected.max())
    assert lobed.irradiance(normals)[-1, 0] == pytest.approx(expected[-1], rel=0.01)


@pytest.mark.parametrize("wrap", [0.0, 0.3, 1.0])
def test_wrapped_bands_are_the_integrals_of_the_wrapped_cosine(wrap: float) -> None:
    c = np.linspace(-wrap, 1.0, 200_001)
    weight = (c + wrap) / (1.0 + wrap) ** 2
    for index, polynomial in ((0, np.ones_like(c)), (1, c), (4, 1.5 * c**2 - 0.5)):
        assert wrapped_bands(wrap)[index] == pytest.approx(2.0 * np.trapezoid(weight * polynomial, c), abs=1e-6)
    np.testing.assert_allclose(wrapped_bands(0.0), COSINE, atol=1e-12)


def test_rotation_moves_what_came_from_z_to_x(lobed: Environment) -> None:
    sky = prepare_environment(np.exp(4.0 * (DIRECTIONS[..., 2:] - 1.0)) * np.ones(3), rows=64)
    x, z = np.float32([[1, 0, 0]]), np.float32([[0, 0, 1]])
    for roughness in (0.0, 0.5):
        r = np.float32([roughness])
        np.testing.assert_allclose(sky.reflection(x, r, 90.0), sky.reflection(z, r), rtol=2e-3)
    np.testing.assert_allclose(sky.irradiance(x, 90.0), sky.irradiance(z), rtol=1e-5)
    np.testing.assert_allclose(sky.irradiance(x, -270.0), sky.irradiance(z), rtol=1e-5)
    up = np.float32([[0, 1, 0]])
    np.testing.assert_allclose(lobed.irradiance(up, 77.0), lobed.irradiance(up), rtol=1e-5)


def test_a_mirror_shows_the_picture_itself() -> None:
    rng = np.random.default_rng(4)
    picture = rng.uniform(0.0, 1.0, (64, 128, 3)).astype(np.float32)
    prepared = prepare_environment(picture, rows=64)
    towards = latlong_directions(64, 128)[4:60:7, 3::11].astype(np.float32)
    np.testing.assert_allclose(prepared.reflection(towards, np.float32([0.0])), picture[4:60:7, 3::11], atol=1e-3)


def test_a_picture_is_brought_to_the_space_that_is_lit_in(tmp_path: Path) -> None:
    red = np.zeros((32, 64, 3), np.float32) + np.float32([1.0, 0.0, 0.0])
    write_image(tmp_path / "sky.exr", Image(red, ("R", "G", "B")), dtype="float")
    lights = [EnvironmentLight(file=str(tmp_path / "sky.exr"))]
    (sky,) = load_environments(lights, "ACEScg").values()
    expected = convert(red[:1, :1], "lin_rec709", "ACEScg")[0, 0]
    assert expected[1] > 0.05  # Rec.709's red is no pure red of ACEScg
    np.testing.assert_allclose(sky.irradiance(np.float32([[0, 0, 1]]))[0], expected, rtol=1e-3)
    with pytest.raises(BadConfig, match=r"sky\.exr: colour space 'lin_nowhere'"):
        load_environments(lights, "lin_nowhere")


@pytest.mark.parametrize("roughness", [0.2, 0.45, 0.8])
def test_a_blurred_copy_is_the_average_of_sampled_half_vectors(roughness: float) -> None:
    """Monte Carlo of GGX half vectors (Walter et al. 2007), n = v, weighted by n.l."""

    def radiance(d: np.ndarray) -> np.ndarray:
        return np.exp(6.0 * (d @ AXIS - 1.0)) + 0.1

    prepared = prepare_environment(radiance(latlong_directions(128, 256))[..., None] * np.ones(3), rows=128)
    rng = np.random.default_rng(5)
    u, phi = rng.uniform(size=60_000), rng.uniform(0, 2 * np.pi, 60_000)
    alpha = roughness**2
    cosine = np.sqrt((1.0 - u) / (1.0 + (alpha**2 - 1.0) * u))
    sine = np.sqrt(1.0 - cosine**2)
    for n in (AXIS, np.array([0.0, 1.0, 0.0]), np.array([0.6, 0.0, 0.8])):
        side = np.cross(n, [0.31, 0.2, 0.9])
        side /= np.linalg.norm(side)
        h = cosine[:, None] * n + sine[:, None] * (
            np.cos(phi)[:, None] * side + np.sin(phi)[:, None] * np.cross(n, side)
        )
        light = 2.0 * (h @ n)[:, None] * h - n
        weight = np.maximum(light @ n, 0.0)
        expected = np.sum(radiance(light) * weight) / weight.sum()
        found = prepared.reflection(n[None].astype(np.float32), np.float32([roughness]))[0, 0]
        assert found == pytest.approx(expected, rel=0.02)


def test_one_roughness_and_many_agree(lobed: Environment) -> None:
    directions = _unit(6, 40)
    roughness = np.linspace(0.0, 1.0, 40, dtype=np.float32)[:, None]
    together = lobed.reflection(directions, roughness)
    alone = [lobed.reflection(directions[i : i + 1], roughness[i])[0] for i in range(40)]
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_rougher_is_flatter(lobed: Environment) -> None:
    peaks = [lobed.reflection(AXIS[None].astype(np.float32), np.float32([r]))[0, 0] for r in ROUGHNESSES]
    assert all(a > b for a, b in itertools.pairwise(peaks))


def test_the_reflectance_table_is_the_integral() -> None:
    from core.relight.brdf import alpha_from_roughness, ggx_distribution, smith_visibility

    edges = (np.linspace(0.0, 1.0, 301) ** 1.5) * np.pi / 2
    theta, phi = (edges[1:] + edges[:-1]) / 2, (np.arange(240) + 0.5) / 240 * 2 * np.pi
    t, p = np.meshgrid(theta, phi, indexing="ij")
    h = np.stack([np.sin(t) * np.cos(p), np.sin(t) * np.sin(p), np.cos(t)], -1)
    solid = (np.cos(edges[:-1]) - np.cos(edges[1:]))[:, None] * (2 * np.pi / 240)
    worst = 0.0
    for roughness in (0.2, 0.4, 0.7, 1.0):
        for n_dot_v in (0.1, 0.3, 0.6, 1.0):
            view = np.array([np.sqrt(1 - n_dot_v**2), 0.0, n_dot_v])
            v_dot_h = h @ view
            light_z = 2.0 * v_dot_h * h[..., 2] - view[2]
            alpha = alpha_from_roughness(np.float64(roughness))
            lobe = ggx_distribution(1.0 - h[..., 2] ** 2, alpha) * smith_visibility(
                np.clip(light_z, 0.0, 1.0), np.float64(n_dot_v), alpha
            )
            # Over half vectors: d omega_l = 4 (v.h) d omega_h.
            weight = np.where((light_z > 0) & (v_dot_h > 0), lobe * light_z * 4.0 * v_dot_h, 0.0) * solid
            fresnel = (1.0 - np.clip(v_dot_h, 0.0, 1.0)) ** 5
            for f0 in (0.04, 0.5, 1.0):
                expected = float(np.sum(weight * (f0 + (1.0 - f0) * fresnel)))
                found = float(environment_reflectance(np.float32(f0), np.float32(roughness), np.float32(n_dot_v)))
                worst = max(worst, abs(found - expected))
    assert worst < 0.01


def test_a_file_is_read_and_lights(tmp_path: Path) -> None:
    write_image(tmp_path / "sky.exr", Image(np.full((16, 32, 3), 0.5, np.float32), ("R", "G", "B")), dtype="float")
    light = EnvironmentLight(file=str(tmp_path / "sky.exr"), intensity=2.0)
    surface = Surface(np.float32([[[0, 0, 1]]]), None, np.float32([0.25, 0.5, 1.0]))
    read = load_environments([light])
    passes = shade(surface, [light], environments=read)
    np.testing.assert_allclose(passes.diffuse[0, 0], [0.25, 0.5, 1.0], rtol=1e-3)
    half = shade(Surface(surface.normals, None, surface.albedo, occlusion=0.5), [light], environments=read)
    np.testing.assert_allclose(half.diffuse, passes.diffuse * 0.5, rtol=1e-6)
    np.testing.assert_allclose(half.specular, passes.specular * 0.5, rtol=1e-6)


def test_bad_pictures(tmp_path: Path) -> None:
    write_image(tmp_path / "square.exr", Image(np.ones((16, 16, 3), np.float32), ("R", "G", "B")))
    with pytest.raises(BadSize, match="twice as wide"):
        load_environments([EnvironmentLight(file=str(tmp_path / "square.exr"))])
    with pytest.raises(FileMissing):
        load_environments([EnvironmentLight(file=str(tmp_path / "absent.exr"))])
    assert load_environments([EnvironmentLight(file=str(tmp_path / "absent.exr"), enabled=False)]) == {}
    with pytest.raises(BadConfig, match="was not loaded"):
        shade(Surface(np.float32([[[0, 0, 1]]]), None, np.ones(3, np.float32)), [EnvironmentLight(file="x")])
    with pytest.raises(BadSize):
        prepare_environment(np.ones((4, 8)))


def test_bad_pixels_of_a_picture_do_not_spread() -> None:
    picture = np.ones((32, 64, 3), np.float32)
    picture[3, 4], picture[5, 6], picture[7, 8] = np.nan, -5.0, np.inf
    prepared = prepare_environment(picture, rows=32)
    assert np.isfinite(prepared.blurred).all()
    assert (prepared.blurred >= 0.0).all()
    assert np.isfinite(prepared.harmonics).all()
    # One infinite pixel is a sun that outgrew its file: as bright as the brightest other one, not a flood of light.
    np.testing.assert_allclose(prepared.blurred[-1], 1.0, atol=0.02)


def test_an_infinite_pixel_survives_a_change_of_primaries(tmp_path: Path) -> None:
    pixels = np.full((32, 64, 3), 0.5, np.float32)
    pixels[8, 20] = np.inf, 4.0, 4.0
    write_image(tmp_path / "sky.exr", Image(pixels, ("R", "G", "B")), dtype="float")
    light = EnvironmentLight(file=str(tmp_path / "sky.exr"))
    prepared = load_environments([light], "ACEScg")[light.file]
    pixels[8, 20] = 4.0  # white, so that it is the same in both primaries
    np.testing.assert_allclose(prepared.blurred, prepare_environment(pixels).blurred, rtol=1e-4)
