"""Plate and light together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadConfig, BadSize
from core.image import Image, write_image
from core.relight.albedo import estimate_albedo
from core.relight.compose import MODES, FormerLight, Mode, Relit, relight
from core.relight.harmonics import ambient_harmonics, directional_harmonics
from core.relight.lights import AmbientLight, AreaLight, DirectionalLight, Light, PointLight, RimLight, SpotLight
from core.relight.picture import RelightOptions, relight_picture
from core.relight.place import positions
from core.relight.shade import Surface

FRONTAL = DirectionalLight()
FORMER = directional_harmonics([0.0, 0.6, 0.8], [1.0, 0.9, 0.8]) + ambient_harmonics([0.2, 0.25, 0.3])
SIZE = (12, 16)


@pytest.fixture
def plate() -> np.ndarray:
    return np.random.default_rng(11).uniform(0.0, 2.0, (*SIZE, 3)).astype(np.float32)


def _surface(rng_seed: int = 12, **changes: object) -> Surface:
    rng = np.random.default_rng(rng_seed)
    normals = rng.normal(size=(*SIZE, 3)).astype(np.float32)
    normals[..., 2] = np.abs(normals[..., 2]) + 0.5
    values: dict[str, object] = {
        "normals": normals,
        "position": positions(np.zeros((*SIZE, 2), dtype=np.float32)),
        "albedo": np.full(3, 0.5, dtype=np.float32),
        **changes,
    }
    return Surface(**values)  # type: ignore[arg-type]


def _facing(**changes: object) -> Surface:
    return _surface(normals=np.broadcast_to(np.float32([0, 0, 1]), (*SIZE, 3)).copy(), **changes)


def _sum(relit: Relit) -> np.ndarray:
    return relit.plate + relit.diffuse + relit.specular + relit.ambient


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("with_alpha", [False, True])
def test_layers_sum_to_the_beauty(plate: np.ndarray, mode: Mode, with_alpha: bool) -> None:
    alpha = np.random.default_rng(2).uniform(0.0, 1.0, (*SIZE, 1)).astype(np.float32) if with_alpha else None
    lights = [FRONTAL, PointLight(position=(0.3, 0.2, -1.0), intensity=2.0), AmbientLight(intensity=0.2)]
    surface = _surface()
    surface.normals[:3, :5] = 0.0
    former = FormerLight.over(FORMER, surface.normals)
    relit = relight(plate, surface, lights, mode=mode, alpha=alpha, former=former, per_light=True)
    np.testing.assert_allclose(_sum(relit), relit.beauty, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(relit.plate + sum(relit.lights), relit.beauty, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(relit.beauty[:3, :5], plate[:3, :5], atol=1e-6)
    cover = np.ones((*SIZE, 1), np.float32) if alpha is None else alpha
    np.testing.assert_array_equal(relit.mask[3:], cover[3:])
    assert not relit.mask[:3, :5].any()
    assert relit.specular.any()
    assert relit.ambient.any()
    assert relit.diffuse.any()


def test_multiply_by_a_frontal_unit_light_returns_the_plate(plate: np.ndarray) -> None:
    relit = relight(plate, _facing(specular=0.0, roughness=1.0), [FRONTAL])
    # specular=0 leaves only Schlick's grazing term, which is nothing straight on.
    np.testing.assert_allclose(relit.beauty, plate, rtol=1e-5, atol=1e-6)


def test_multiply_without_light_is_black_where_there_is_surface_and_plate_elsewhere(plate: np.ndarray) -> None:
    surface = _facing()
    surface.normals[:, :4] = 0.0
    beauty = relight(plate, surface, []).beauty
    assert not beauty[:, 4:].any()
    np.testing.assert_array_equal(beauty[:, :4], plate[:, :4])


def test_add_keeps_the_plate_and_adds_the_lamp(plate: np.ndarray) -> None:
    off = relight(plate, _facing(), [], mode="add")
    np.testing.assert_array_equal(off.beauty, plate)
    on = relight(plate, _facing(specular=0.0), [FRONTAL], mode="add")
    np.testing.assert_allclose(on.beauty - plate, 0.5, atol=1e-5)


def test_replace_looks_only_at_the_albedo(plate: np.ndarray) -> None:
    first = relight(plate, _facing(), [FRONTAL], mode="replace").beauty
    second = relight(plate * 3.0, _facing(), [FRONTAL], mode="replace").beauty
    np.testing.assert_array_equal(first, second)


def test_multiply_respects_premultiplied_edges(plate: np.ndarray) -> None:
    """Half-covered pixels are lit as the whole thing is, then weakened: highlights too."""
    half = np.full((*SIZE, 1), 0.5, dtype=np.float32)
    full = relight(plate, _facing(), [FRONTAL])
    edge = relight(plate * 0.5, _facing(), [FRONTAL], alpha=half)
    np.testing.assert_allclose(edge.beauty, full.beauty * 0.5, rtol=1e-5)
    hole = relight(np.zeros_like(plate), _facing(), [FRONTAL], alpha=np.zeros_like(half))
    assert not hole.beauty.any()


def test_bad_pixels_do_not_spread(plate: np.ndarray) -> None:
    plate[0, 0], plate[0, 1], plate[0, 2] = np.nan, np.inf, -3.0
    for mode in MODES:
        surface = _facing()
        former = FormerLight.over(FORMER, surface.normals)
        beauty = relight(plate, surface, [FRONTAL], mode=mode, former=former).beauty
        assert np.isfinite(beauty).all()
        assert (beauty[1:] >= 0.0).all()


def test_sizes_and_modes_are_checked(plate: np.ndarray) -> None:
    with pytest.raises(BadSize, match="16x11"):
        relight(plate[:-1], _facing(), [FRONTAL])
    with pytest.raises(BadConfig, match="multiply, ratio, add, replace"):
        relight(plate, _facing(), [FRONTAL], mode="screen")  # type: ignore[arg-type]


def test_positions_lie_on_the_rays_at_their_depth() -> None:
    slopes = np.float32([[[0.5, -0.25], [0.0, 0.1]]])
    depth = np.float32([[[4.0], [0.0]]])
    found = positions(slopes, depth, distance=3.0)
    np.testing.assert_allclose(found, [[[2.0, -1.0, -4.0], [0.0, 0.3, -3.0]]], rtol=1e-6)
    with pytest.raises(BadSize):
        positions(slopes, depth[:, :1])


def test_estimated_albedo_flattens_a_light_gradient_and_keeps_texture() -> None:
    checker = np.where(np.indices((96, 96)).sum(axis=0) // 4 % 2, 0.6, 0.2)[..., None]
    light = np.linspace(0.2, 2.0, 96)[None, :, None]
    tint = np.float32([1.0, 0.7, 0.4])
    albedo = estimate_albedo((checker * light * tint).astype(np.float32))
    inner = albedo[24:72, 24:72]
    left, right = inner[:, :16].mean(), inner[:, -16:].mean()
    assert right / left < 1.25  # under light that is twice as strong on the right of this part
    np.testing.assert_allclose(inner / inner[..., :1], np.broadcast_to(tint, inner.shape), rtol=1e-4)
    assert inner.max() / inner.min() > 2.0
    assert np.isfinite(estimate_albedo(np.full((8, 8, 3), np.nan, dtype=np.float32))).all()


def test_estimated_albedo_takes_what_alpha_leaves_out_for_no_surrounding() -> None:
    across = np.hypot(*(np.indices((96, 96)) - 47.5))[..., None]
    alpha = np.clip((30.0 - across) / 8.0, 0.0, 1.0).astype(np.float32)
    found = estimate_albedo(np.float32([0.4, 0.4, 0.4]) * alpha, alpha=alpha)
    # Evenly grey up to its soft edge: no bright rim beside the black, and not darkened twice where half is covered.
    np.testing.assert_allclose(found[alpha[..., 0] > 0.05], 0.3, atol=0.01)


_LIGHTS = st.one_of(
    st.builds(DirectionalLight, direction=st.tuples(*[st.floats(-1, 1)] * 2, st.just(-0.7)), wrap=st.floats(0, 1)),
    st.builds(PointLight, position=st.tuples(*[st.floats(-3, 3)] * 3), intensity=st.floats(0, 5)),
    st.builds(SpotLight, position=st.just((0.0, 0.0, 0.0)), cone_angle=st.floats(5, 180), penumbra=st.floats(-20, 20)),
    st.builds(AreaLight, position=st.tuples(*[st.floats(-3, 3)] * 3), two_sided=st.booleans()),
    st.builds(RimLight, angle=st.floats(-360, 360), spread=st.floats(0, 1), power=st.floats(0.5, 8)),
    st.builds(AmbientLight, intensity=st.floats(0, 2), temperature=st.floats(1000, 25000)),
)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(_LIGHTS, max_size=4),
    st.sampled_from(MODES),
    st.booleans(),
    st.integers(0, 1000),
    st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_passes_and_lights_always_sum_to_the_beauty(
    lights: list[Light], mode: Mode, shadowed: bool, seed: int, look: tuple[float, float]
) -> None:
    rng = np.random.default_rng(seed)
    surface = _surface(seed, roughness=look[0], metalness=look[1], occlusion=rng.uniform(size=(*SIZE, 1)))
    picture = rng.uniform(-0.1, 2.0, (*SIZE, 3)).astype(np.float32)
    shadows = {index: rng.uniform(size=(*SIZE, 1)).astype(np.float32) for index in range(len(lights)) if shadowed}
    former = FormerLight.over(FORMER, surface.normals)
    relit = relight(picture, surface, lights, mode=mode, former=former, shadows=shadows, per_light=True)
    scale = max(1.0, float(np.abs(relit.beauty).max()))
    np.testing.assert_allclose(_sum(relit), relit.beauty, atol=1e-5 * scale)
    np.testing.assert_allclose(sum(relit.lights, relit.plate), relit.beauty, atol=1e-5 * scale)
    for part in (relit.diffuse, relit.specular, relit.ambient, relit.shadow, *relit.lights):
        assert np.isfinite(part).all()
        assert (part >= 0.0).all()
    assert (relit.shadow <= 1.0 + 1e-6).all()


def test_ratio_by_the_light_that_was_there_returns_the_plate(plate: np.ndarray) -> None:
    """Ambient light over itself: the plate comes back, whatever the normals; twice as much doubles it."""
    surface = _surface(specular=0.0, roughness=1.0)
    former = FormerLight.over(ambient_harmonics([0.5, 0.4, 0.3]), surface.normals)
    same = AmbientLight(color=(0.5, 0.4, 0.3))
    np.testing.assert_allclose(relight(plate, surface, [same], mode="ratio", former=former).beauty, plate, atol=1e-5)
    double = AmbientLight(color=(0.5, 0.4, 0.3), intensity=2.0)
    found = relight(plate, surface, [double], mode="ratio", former=former).beauty
    np.testing.assert_allclose(found, plate * 2.0, rtol=1e-4)


def test_ratio_needs_the_former_light(plate: np.ndarray) -> None:
    with pytest.raises(BadConfig, match="former"):
        relight(plate, _facing(), [FRONTAL], mode="ratio")


def test_ratio_in_bands_is_the_whole(plate: np.ndarray) -> None:
    surface = _surface()
    former = FormerLight.over(FORMER, surface.normals)
    whole = relight(plate, surface, [FRONTAL], mode="ratio", former=former).beauty
    bands = [
        relight(plate[rows], surface.rows(rows), [FRONTAL], mode="ratio", former=former).beauty
        for rows in (slice(0, 5), slice(5, 12))
    ]
    np.testing.assert_array_equal(np.concatenate(bands), whole)


def test_light_on_a_premultiplied_albedo_leaves_no_dark_fringe(tmp_path: Path) -> None:
    alpha = np.full((16, 16, 1), 0.5, np.float32)
    plate = Image(np.concatenate([np.full((16, 16, 3), 0.1, np.float32), alpha], 2), ("R", "G", "B", "A"))
    albedo = Image(np.concatenate([0.6 * np.repeat(alpha, 3, 2), alpha], 2), ("R", "G", "B", "A"))
    write_image(tmp_path / "albedo.exr", albedo)
    normals = np.zeros((16, 16, 3), np.float32)
    normals[..., 2] = 1.0
    options = RelightOptions(mode="replace", albedo=str(tmp_path / "albedo.exr"), specular=0.0)
    found, _ = relight_picture(plate, Image.from_layers({"N": normals}), (FRONTAL,), options)
    # Half of a surface of 0.6 under light of 1, premultiplied; the alpha counts once. The rest is grazing reflection.
    assert float(found.rgb().mean()) == pytest.approx(0.3, abs=0.01)
