"""Light on analytic surfaces."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.errors import BadConfig, BadSize
from core.relight.lights import AmbientLight, AreaLight, DirectionalLight, PointLight, RimLight, SpotLight
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
    monkeypatch.setattr("core.relight.shade._BAND_PIXELS", 3 * 64)  # the whole ball is one band otherwise
    banded = shade(surface, [light])
    np.testing.assert_array_equal(whole.diffuse, banded.diffuse)
    np.testing.assert_array_equal(whole.specular, banded.specular)


def test_parts_of_different_size_are_refused() -> None:
    with pytest.raises(BadSize, match="position"):
        shade(replace(flat(), position=np.zeros((4, 8, 3), dtype=np.float32)), [])
    with pytest.raises(BadSize, match="roughness"):
        shade(replace(flat(), roughness=np.zeros((8, 8, 3), dtype=np.float32)), [])


@pytest.mark.parametrize("wrap", [0.0, 0.25, 0.5, 1.0])
def test_wrapped_light_carries_the_same_energy_and_reaches_round(wrap: float) -> None:
    """Over all directions of the normal, the mean of the wrapped cosine is that of Lambert's: 1/4."""
    height = np.linspace(-1.0, 1.0, 40_001, dtype=np.float32)
    z = ((height[1:] + height[:-1]) / 2)[None, :, None]  # equal heights are equal shares of the sphere
    normals = np.concatenate([np.sqrt(1.0 - z * z), np.zeros_like(z), z], axis=-1)
    lit = shade(Surface(normals, None, np.ones(3, np.float32)), [replace(FRONTAL, wrap=wrap)]).diffuse[0, :, 0]
    assert lit.mean() == pytest.approx(0.25, abs=1e-4)
    reached = float(z[0, lit > 0.0, 0].min())
    assert reached == pytest.approx(-wrap, abs=1e-3)
    whole = shade(Surface(normals, None, np.ones(3, np.float32), wrap=wrap), [FRONTAL]).diffuse[0, :, 0]
    np.testing.assert_array_equal(whole, lit)


def test_the_rim_is_on_its_side_and_on_the_outline() -> None:
    surface = replace(ball(), position=None, metalness=0.0)
    passes = shade(surface, [RimLight(angle=0.0, power=2.0)])
    lit = passes.diffuse[..., 0]
    x, z = surface.normals[..., 0], surface.normals[..., 2]
    assert not lit[x < -1e-3].any()
    side = (x[32] / np.hypot(x[32], 1 / 64)) ** 2  # the row's own lean off the horizontal is half a pixel
    expected = np.where((x[32] > 0) & (z[32] > 0), 0.8 * side * (1.0 - z[32]) ** 2, 0.0)
    np.testing.assert_allclose(lit[32], expected, atol=0.02)
    round_ = shade(surface, [RimLight(spread=1.0, power=2.0)]).diffuse[..., 0]
    on = z > 0
    np.testing.assert_allclose(round_[on], 0.8 * (1.0 - z[on]) ** 2, atol=1e-5)
    top = shade(surface, [RimLight(angle=90.0, power=2.0)]).diffuse[..., 0]
    np.testing.assert_allclose(top, lit.T[::-1], atol=1e-5)
    assert not round_[~on].any()


def test_switches_take_a_light_out_of_one_part_or_all() -> None:
    surface = ball(roughness=0.3)
    for light in (FRONTAL, AreaLight(position=(0.0, 0.0, -1.0)), RimLight(spread=1.0)):
        whole = shade(surface, [light])
        body = shade(surface, [replace(light, specular=False)])
        shine = shade(surface, [replace(light, diffuse=False)])
        np.testing.assert_array_equal(body.diffuse, whole.diffuse)
        np.testing.assert_array_equal(shine.specular, whole.specular)
        assert not body.specular.any()
        assert not shine.diffuse.any()
        off = shade(surface, [replace(light, enabled=False)])
        assert not off.diffuse.any()
        assert not off.specular.any()
    assert not shade(surface, [AmbientLight(enabled=False)]).ambient.any()


def test_each_light_alone_is_the_light_alone() -> None:
    surface = ball(roughness=0.3, occlusion=0.5)
    lights = [FRONTAL, SpotLight(position=(1.0, 1.0, -2.0), direction=(-1.0, -1.0, -1.0)), AmbientLight(intensity=0.3)]
    passes = shade(surface, lights, per_light=True)
    for light, alone in zip(lights, passes.lights, strict=True):
        only = shade(surface, [light])
        np.testing.assert_array_equal(alone.diffuse, only.diffuse + only.ambient)
        np.testing.assert_array_equal(alone.specular, only.specular)


def test_occlusion_weakens_the_surroundings_and_others_on_request() -> None:
    open_, closed = flat(), replace(flat(), occlusion=np.full((8, 8, 1), 0.25, dtype=np.float32))
    lights = [FRONTAL, AmbientLight(intensity=0.5)]
    before, after = shade(open_, lights), shade(closed, lights)
    np.testing.assert_allclose(after.ambient, before.ambient * 0.25, rtol=1e-6)
    np.testing.assert_array_equal(after.diffuse, before.diffuse)
    everywhere = shade(closed, lights, occlude_all=True)
    np.testing.assert_allclose(everywhere.diffuse, before.diffuse * 0.25, rtol=1e-6)
    np.testing.assert_allclose(everywhere.specular, before.specular * 0.25, rtol=1e-6)


def test_shadows_are_cast_by_index_or_name_and_told_in_the_matte() -> None:
    lights = [DirectionalLight(name="key"), DirectionalLight(name="fill", intensity=0.5)]
    half = np.ones((8, 8, 1), dtype=np.float32)
    half[:, :4] = 0.0
    clear = shade(flat(), lights)
    np.testing.assert_array_equal(clear.shadow, 1.0)
    for key in (0, "key"):
        cast = shade(flat(), lights, shadows={key: half})
        np.testing.assert_allclose(cast.diffuse[:, :4], clear.diffuse[:, :4] / 3.0, rtol=1e-5)
        np.testing.assert_allclose(cast.specular[:, :4], clear.specular[:, :4] / 3.0, rtol=1e-5)
        np.testing.assert_array_equal(cast.diffuse[:, 4:], clear.diffuse[:, 4:])
        np.testing.assert_allclose(cast.shadow[:, :4], 1.0 / 3.0, rtol=1e-5)
        np.testing.assert_allclose(cast.shadow[:, 4:], 1.0, rtol=1e-5)
    with pytest.raises(BadSize, match="shadow of light 'key'"):
        shade(flat(), lights, shadows={"key": half[:4]})


def test_without_positions_only_lights_without_a_place_shine() -> None:
    nowhere = replace(flat(), position=None)
    np.testing.assert_allclose(shade(nowhere, [FRONTAL]).diffuse, shade(flat(), [FRONTAL]).diffuse, rtol=1e-6)
    for light in (PointLight(name="lamp"), SpotLight(name="lamp"), AreaLight(name="lamp")):
        with pytest.raises(BadConfig, match="'lamp' stands in the scene"):
            shade(nowhere, [light])
        shade(nowhere, [replace(light, enabled=False)])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("part", ["normals", "position", "albedo", "roughness", "metalness", "occlusion"])
def test_values_that_are_not_finite_stay_where_they_are(part: str, bad: float) -> None:
    surface = ball(
        roughness=np.full((64, 64, 1), 0.4, np.float32),
        metalness=np.full((64, 64, 1), 0.5, np.float32),
        occlusion=np.ones((64, 64, 1), np.float32),
        albedo=np.full((64, 64, 3), 0.5, np.float32),
    )
    lights = [FRONTAL, PointLight(position=(1.0, 1.0, -1.0)), AreaLight(), RimLight(), AmbientLight()]
    clean = shade(surface, lights)
    getattr(surface, part)[20, 20] = bad
    dirty = shade(surface, lights)
    for layer in ("diffuse", "specular", "ambient"):
        found, before = getattr(dirty, layer), getattr(clean, layer)
        assert np.isfinite(found).all()
        assert (found >= 0.0).all()
        found[20, 20] = before[20, 20]
        np.testing.assert_array_equal(found, before)
