"""Textures tile, keep to their ranges, are pure in their seeds, and layers change all maps of a material together."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from scene_generator.spec import Bump, ColorTexture, Layer, Material, Pattern, ScalarTexture, SpecError
from scene_generator.textures import maps, patterns
from scene_generator.textures.noise import cells, noise

FLAT = Pattern("flat", 0, 1)
GREY = ColorTexture((0.5, 0.5, 0.5), (0.5, 0.5, 0.5), FLAT)


def bare(**changes: object) -> Material:
    """Return an even grey, half rough material, with fields replaced."""
    made = Material(1.0, GREY, ScalarTexture(0.0, 0.0, FLAT), 0.5, ScalarTexture(0.5, 0.5, FLAT), Bump(0.0, FLAT))
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def layer(kind: str = "cloud", cover: float = 0.3, **changes: object) -> Layer:
    """Return a dark, rough, metallic layer, with fields replaced."""
    dark = ColorTexture((0.1, 0.05, 0.02), (0.1, 0.05, 0.02), FLAT)
    made = Layer(Pattern(kind, 4, 3), cover, 0.1, dark, 1.0, 0.9)
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", sorted(patterns.KINDS))
def test_patterns_are_in_range_and_pure(kind: str) -> None:
    pattern = Pattern(kind, 42, 4, 1.7)
    grey = patterns.make(pattern, 96)
    assert grey.shape == (96, 96)
    assert grey.dtype == np.float32
    assert grey.min() >= -1e-6
    assert grey.max() <= 1 + 1e-6
    np.testing.assert_array_equal(grey, patterns.make(pattern, 96))
    if kind not in ("flat", "checker"):
        assert np.ptp(grey) > 0.9
        assert not np.array_equal(grey, patterns.make(Pattern(kind, 43, 4, 1.7), 96))


@pytest.mark.parametrize("kind", sorted(patterns.KINDS))
@pytest.mark.parametrize("scale", [1, 3, 8, 64])
def test_the_seam_is_no_rougher_than_the_rest(kind: str, scale: int) -> None:
    grey = patterns.make(Pattern(kind, 3, scale), 128)
    for axis in (0, 1):
        step = np.abs(np.diff(grey, axis=axis)).mean(axis=1 - axis)
        seam = np.abs(np.take(grey, 0, axis) - np.take(grey, -1, axis)).mean()
        assert seam <= step.max() * 1.05 + 1e-6


def test_the_seam_test_sees_a_seam() -> None:
    slope = np.broadcast_to(np.linspace(0, 1, 128), (128, 128))
    step = np.abs(np.diff(slope, axis=1)).mean(axis=0)
    assert np.abs(slope[:, 0] - slope[:, -1]).mean() > step.max() * 1.05 + 1e-6


@pytest.mark.parametrize("name", sorted(k[: -len("_height")] for k in patterns.KINDS if k.endswith("_height")))
def test_a_height_kind_has_its_joints_where_the_colour_has_them(name: str) -> None:
    tone = patterns.make(Pattern(name, 8, 3), 192)
    height = patterns.make(Pattern(name + "_height", 8, 3), 192)
    joints = tone < 0.15
    assert 0.005 < joints.mean() < 0.6
    assert height[joints].mean() < height[~joints].mean() - 0.2


def test_tones_of_bricks_are_not_heights() -> None:
    # Within faces, the colour differs from brick to brick by far more than the height does.
    tone = patterns.make(Pattern("bricks", 8, 3), 192)
    height = patterns.make(Pattern("bricks_height", 8, 3), 192)
    faces = height > 0.75
    assert faces.mean() > 0.6
    assert height[faces].std() < 0.35 * tone[faces].std()


def test_stretched_noise_is_longer_along_v() -> None:
    field = noise(np.random.default_rng(1), 128, 8, 1.0, (12.0, 1.0))
    along_v, along_u = (np.abs(field - np.roll(field, 3, axis)).mean() for axis in (0, 1))
    assert along_v < 0.6 * along_u


def test_cells_are_nearest_points_by_brute_force() -> None:
    near, second, number = cells(5, 24, 3)
    points = 0.5 + (np.random.default_rng(5).random((2, 3, 3), np.float32) - 0.5)
    spread = [
        (i * 3 + j, points[0, i, j] + i + 3 * a, points[1, i, j] + j + 3 * b)
        for i in range(3)
        for j in range(3)
        for a in (-1, 0, 1)
        for b in (-1, 0, 1)
    ]
    t = (np.arange(24) + 0.5) / 8
    d = np.stack([np.hypot(t[:, None] - y, t[None, :] - x) for _, y, x in spread])
    order = np.sort(d, axis=0)
    np.testing.assert_allclose(near, order[0], atol=1e-5)
    np.testing.assert_array_equal(number, np.array([k for k, _, _ in spread])[d.argmin(0)])
    # The second may lie beyond the neighbouring cells only where it is farther than one cell away.
    close = order[1] < 1
    np.testing.assert_allclose(second[close], order[1][close], atol=1e-5)


def test_a_palette_is_met_at_its_knots_and_straight_between() -> None:
    ends = ((0.0, 0.1, 0.2), (0.9, 0.8, 0.7))
    inner = ((0.5, 0.0, 0.3), (0.1, 0.6, 0.9))
    texture = ColorTexture(ends[0], ends[1], Pattern("stripes", 2, 1), 0.0, inner)
    knots = np.array([ends[0], *inner, ends[1]])
    t = patterns.make(texture.pattern, 64)
    expected = np.stack([np.interp(t, [0, 1 / 3, 2 / 3, 1], knots[:, c]) for c in range(3)], -1)
    np.testing.assert_allclose(maps.color_map(texture, 64), expected, atol=1e-5)


@pytest.mark.parametrize("count", [0, 1, 4])
def test_palette_ends_are_the_patterns_ends(count: int) -> None:
    inner = tuple((0.2 * k, 0.5, 0.1) for k in range(count))
    colors = maps.color_map(ColorTexture((1, 0, 0), (0, 0, 1), Pattern("checker", 0, 4), 0.0, inner), 32)
    t = patterns.make(Pattern("checker", 0, 4), 32)
    np.testing.assert_allclose(colors[t == 0], [[1, 0, 0]] * int((t == 0).sum()), atol=1e-6)
    np.testing.assert_allclose(colors[t == 1], [[0, 0, 1]] * int((t == 1).sum()), atol=1e-6)


@pytest.mark.parametrize("kind", ["cloud", "rust", "chips", "dirt", "smooth", "strata"])
@pytest.mark.parametrize("cover", [0.05, 0.3, 0.8])
def test_a_layer_covers_the_share_asked_for(kind: str, cover: float) -> None:
    there = maps.coverage(layer(kind, cover), 192)
    assert (there >= 0.5).mean() == pytest.approx(cover, abs=0.02)
    mask = patterns.make(Pattern(kind, 4, 3), 192)
    assert mask[there >= 0.5].min() >= mask[there < 0.5].max()


def test_coverage_at_its_ends() -> None:
    assert (maps.coverage(layer(cover=0.0), 32) == 0).all()
    assert (maps.coverage(layer(cover=1.0), 32) == 1).all()
    # Thin lines cannot cover half of the surface: the empty rest of their mask stays bare.
    lines = maps.coverage(layer("scratches", 0.5), 128)
    mask = patterns.make(Pattern("scratches", 4, 3), 128)
    assert (lines[mask == 0] < 1e-3).all()
    assert (lines > 0.5).any()


def test_softness_is_the_width_of_the_edge() -> None:
    mask = patterns.make(Pattern("cloud", 4, 3), 128)
    for softness in (0.02, 0.3):
        there = maps.coverage(layer(softness=softness), 128)
        edge = (there > 0) & (there < 1)
        assert np.ptp(mask[edge]) == pytest.approx(softness, rel=0.1)


def test_layers_change_all_maps_at_the_same_texels() -> None:
    made = bare(layers=(layer(softness=0.01, height=0.002),))
    out, plain = maps.material_maps(made, 128), maps.material_maps(bare(), 128)
    there = maps.coverage(made.layers[0], 128) > 0
    for name in ("base_color", "roughness", "metalness"):
        changed = np.abs(getattr(out, name) - getattr(plain, name)).reshape(128, 128, -1).max(-1) > 0
        np.testing.assert_array_equal(changed, there)
    full = maps.coverage(made.layers[0], 128) == 1
    np.testing.assert_allclose(out.base_color[full], [[0.1, 0.05, 0.02]] * int(full.sum()), atol=1e-6)
    np.testing.assert_allclose(out.roughness[full], 0.9, atol=1e-6)
    np.testing.assert_allclose(out.metalness[full], 1.0, atol=1e-6)
    # Relief only at the edge of the layer: inside and outside it is flat.
    leaning = out.normal[..., 2] < 1
    assert leaning.any()
    around = np.zeros_like(there)
    edge = (there != np.roll(there, 1, 0)) | (there != np.roll(there, 1, 1)) | (there & ~full)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            around |= np.roll(edge, (dy, dx), (0, 1))
    assert not (leaning & ~around).any()


def test_the_topmost_layer_hides_the_one_below() -> None:
    top = layer(color=ColorTexture((0.9, 0.9, 0.9), (0.9, 0.9, 0.9), FLAT), metalness=0.0, softness=0.01)
    out = maps.material_maps(bare(layers=(layer(cover=0.6, softness=0.01), top)), 64)
    over = maps.coverage(top, 64) == 1
    np.testing.assert_allclose(out.base_color[over], 0.9, atol=1e-6)
    assert (out.metalness[over] == 0).all()
    assert (out.metalness == 1).any()


@pytest.mark.parametrize("height", [-0.004, 0.004])
def test_a_layer_adds_its_height_to_the_bump(height: float) -> None:
    bump = Bump(0.01, Pattern("smooth", 3, 2))
    made = bare(bump=bump, layers=(layer(height=height),))
    full = maps.coverage(made.layers[0], 96) == 1
    none = maps.coverage(made.layers[0], 96) == 0
    gained = maps.material_height(made, 96) - maps.height_map(bump, 96)
    np.testing.assert_allclose(gained[full], height, atol=1e-7)
    np.testing.assert_allclose(gained[none], 0, atol=1e-7)
    np.testing.assert_array_equal(
        maps.material_maps(made, 96).normal, maps.slope_normals(maps.material_height(made, 96))
    )


def test_a_normal_map_is_the_slope_of_its_height() -> None:
    bump = Bump(0.02, Pattern("cloud", 9, 2))
    size = 128
    height, normal = maps.height_map(bump, size), maps.normal_map(bump, size)
    assert np.ptp(height) == pytest.approx(0.02, rel=1e-3)
    u, v = -normal[..., 0] / normal[..., 2], -normal[..., 1] / normal[..., 2]
    np.testing.assert_allclose(u, (np.roll(height, -1, 1) - np.roll(height, 1, 1)) * size / 2, atol=1e-5)
    np.testing.assert_allclose(v, (np.roll(height, -1, 0) - np.roll(height, 1, 0)) * size / 2, atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(normal, axis=-1), 1, atol=1e-5)


def test_a_flat_bump_is_flat() -> None:
    assert (maps.normal_map(Bump(0.0, Pattern("cloud", 1)), 16) == [0, 0, 1]).all()
    assert not maps.material_maps(bare(), 16).has_relief
    assert maps.material_maps(bare(layers=(layer(height=0.001),)), 16).has_relief


def test_a_users_maps_take_the_place_of_procedural_ones() -> None:
    made = bare(bump=Bump(0.02, Pattern("cloud", 9, 2)), layers=(layer(),))
    color = np.full((32, 32, 3), 0.25, np.float32)
    out = maps.material_maps(made, 32, maps.TextureMaps(base_color=color))
    np.testing.assert_array_equal(out.base_color, color)
    # No layers over a user's maps; what the set lacks is the material's own.
    np.testing.assert_array_equal(out.roughness, np.full((32, 32), 0.5, np.float32))
    np.testing.assert_array_equal(out.normal, maps.normal_map(made.bump, 32))
    normal = np.broadcast_to(np.array([0.6, 0, 0.8], np.float32), (32, 32, 3))
    full = maps.TextureMaps(color, np.zeros((32, 32)), np.ones((32, 32)), normal)
    out = maps.material_maps(made, 32, full)
    np.testing.assert_array_equal(out.normal, normal)
    assert (out.roughness == np.float32(0.03)).all()
    assert (out.metalness == 1).all()
    with pytest.raises(SpecError, match=r"roughness.*\(16, 16\)"):
        maps.material_maps(made, 32, maps.TextureMaps(roughness=np.zeros((16, 16), np.float32)))


def test_unknown_names_are_refused() -> None:
    with pytest.raises(SpecError, match="cheese"):
        patterns.make(Pattern("cheese", 0), 8)
    with pytest.raises(SpecError, match="scale"):
        patterns.make(Pattern("cloud", 0, 0), 8)
