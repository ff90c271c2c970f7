"""Random materials of every role: valid, read back from JSON, not too steep for a renderer, printed ones flat."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from scene_generator.materials import ROLES, color, material, printed
from scene_generator.materials.surface import STEEPNESS
from scene_generator.materials.wear import WEAR, bare, rust, worn
from scene_generator.spec import ColorTexture, Layer, Material, Pattern, SpecError, read
from scene_generator.textures import maps, patterns

COUNT = 200
PRINTED = sorted(printed.ROLES)


def draws(role: str, count: int = COUNT) -> list[Material]:
    """Return `count` materials of a role from one generator."""
    rng = np.random.default_rng(9)
    return [material(rng, role) for _ in range(count)]


def all_patterns(made: Material) -> list[Pattern]:
    """Return every pattern that a material names."""
    found = [made.base_color.pattern, made.metalness.pattern, made.specular_roughness.pattern, made.bump.pattern]
    for layer in made.layers:
        found += [layer.mask, layer.color.pattern]
    return found


def all_colors(texture: ColorTexture) -> np.ndarray:
    """Return a texture's colours, (N, 3)."""
    return np.array([texture.low, *texture.palette, texture.high])


@pytest.mark.parametrize("role", sorted(ROLES))
def test_specs_of_a_role_are_valid(role: str) -> None:
    for made in draws(role, 60):
        assert read(Material, json.loads(json.dumps(dataclasses.asdict(made))), "material") == made
        for pattern in all_patterns(made):
            assert pattern.kind in patterns.KINDS
            assert 1 <= pattern.scale <= 64
        textures = [made.base_color, *(layer.color for layer in made.layers)]
        for texture in textures:
            assert all_colors(texture).min() >= 0
            assert all_colors(texture).max() <= 1
            assert 0 <= texture.mottle <= 0.5
        assert 0 <= made.specular <= 1
        assert 0 <= made.specular_roughness.low <= 1
        assert 0 <= made.specular_roughness.high <= 1
        assert 0 <= made.bump.depth <= 0.1
        assert made.repeat[0] == made.repeat[1] > 0
        for layer in made.layers:
            assert 0 <= layer.cover <= 1
            assert 0.005 <= layer.softness <= 1
            assert 0 <= layer.metalness <= 1
            assert 0 <= layer.specular_roughness <= 1
            assert -0.05 <= layer.height <= 0.05


@pytest.mark.parametrize("role", sorted(ROLES))
def test_maps_of_a_role_are_valid_and_not_too_steep(role: str) -> None:
    tilts = []
    for made in draws(role, 6):
        out = maps.material_maps(made, 192)
        for values, low in ((out.base_color, 0.0), (out.roughness, 0.03), (out.metalness, 0.0)):
            assert np.isfinite(values).all()
            assert values.min() >= low - 1e-6
            assert values.max() <= 1 + 1e-6
        np.testing.assert_allclose(np.linalg.norm(out.normal, axis=-1), 1, atol=1e-5)
        assert out.normal[..., 2].min() > 0
        tilts.append(float(np.degrees(np.arccos(np.clip(out.normal[..., 2], -1, 1))).mean()))
    assert max(tilts) < 20


@pytest.mark.slow
@pytest.mark.parametrize("role", sorted(ROLES))
def test_relief_of_a_role_is_gentle_over_many_draws(role: str) -> None:
    tilts = []
    for made in draws(role):
        normal = maps.slope_normals(maps.material_height(made, 96))
        assert np.isfinite(normal).all()
        tilts.append(np.degrees(np.arccos(np.clip(normal[..., 2], -1, 1))).mean())
    assert np.mean(np.array(tilts) < 20) >= 0.95


@pytest.mark.parametrize("role", PRINTED)
def test_printed_surfaces_have_colour_detail_and_no_relief(role: str) -> None:
    made = draws(role)
    assert all(m.bump.depth == 0 and not m.layers for m in made)
    assert not any(maps.material_maps(m, 32).has_relief for m in made[:12])
    detail = [maps.material_maps(m, 48).base_color.std() > 0.005 for m in made[:40]]
    assert np.mean(detail) > 0.6


def test_most_relief_of_wallpaper_and_print_on_cloth_is_not_its_motif() -> None:
    motifs = {"damask", "flowers", "stars", "dots", "chevrons", "plaid", "print", "camouflage", "checker"}
    for role in ("wallpaper", "cloth", "fabric", "curtain", "ceramic", "poster", "tiles"):
        assert not any(m.bump.pattern.kind in motifs for m in draws(role) if m.bump.depth > 0)


@pytest.mark.parametrize("role", ["bare_metal", "chrome", "brushed_metal"])
def test_metals_are_metal_wherever_nothing_lies_on_them(role: str) -> None:
    covered = 0
    for made in draws(role, 40):
        out = maps.material_maps(made, 48)
        clear = np.ones((48, 48), bool)
        for layer in made.layers:
            clear &= maps.coverage(layer, 48) == 0
        assert (out.metalness[clear] == 1).all()
        covered += bool(made.layers)
    assert covered < 25


def test_chipped_paint_bares_metal_and_lies_higher_than_it() -> None:
    rng = np.random.default_rng(2)
    chips = bare(rng, (0.5, 0.5, 0.5), 0.2)
    assert chips.metalness == 1
    assert chips.height < 0
    with_chips = [m for m in draws("painted_metal") if any(layer.metalness == 1 for layer in m.layers)]
    assert 0.3 < len(with_chips) / COUNT < 0.7
    for made in with_chips[:5]:
        layer = made.layers[0]
        there = maps.coverage(layer, 128)
        only = dataclasses.replace(made, layers=(layer,))
        out, height = maps.material_maps(only, 128), maps.material_height(only, 128)
        bump = maps.height_map(made.bump, 128)
        assert (out.metalness[there == 1] == 1).all()
        assert (out.metalness[there == 0] == 0).all()
        np.testing.assert_allclose((height - bump)[there == 1], layer.height, atol=1e-7)


def test_rust_is_brown_rough_swollen_and_no_metal() -> None:
    rng = np.random.default_rng(2)
    for _ in range(20):
        layer = rust(rng, 0.4)
        assert layer.metalness == 0
        assert layer.specular_roughness >= 0.75
        assert layer.height > 0
        for r, g, b in all_colors(layer.color):
            assert r > g > b
    assert all(any(x.height > 0 and x.metalness == 0 for x in m.layers) for m in draws("rust"))


def test_wear_lies_on_about_the_share_asked_for() -> None:
    rng = np.random.default_rng(4)
    plain = material(rng, "bare_metal")
    share = np.mean([bool(worn(rng, plain, 0.25).layers) for _ in range(2000)])
    assert share == pytest.approx(0.25, abs=0.04)


@pytest.mark.parametrize("kind", sorted(WEAR))
def test_every_kind_of_wear_can_be_seen_and_only_grooves_and_growth_are_relief(kind: str) -> None:
    rng = np.random.default_rng(5)
    seen = 0
    for _ in range(12):
        layer: Layer = WEAR[kind](rng, (0.4, 0.35, 0.3))
        there = maps.coverage(layer, 96)
        seen += 0.001 < there.mean() < 0.9
        if kind in ("scratches", "cracks"):
            assert layer.height < 0
        elif kind != "moss":
            assert layer.height == 0
    assert seen >= 10


def test_steepness_is_what_patterns_have() -> None:
    for kind, (k, p) in STEEPNESS.items():
        slopes = []
        for seed in (5, 6, 7):
            h = patterns.make(Pattern(kind, seed, 5), 192)
            rise = [(np.roll(h, 1, axis) - np.roll(h, -1, axis)) * 96 for axis in (0, 1)]
            slopes.append(np.hypot(*rise).mean())
        assert 0.5 < np.mean(slopes) / (k * 5**p) < 2, kind


def test_colours_are_mostly_calm_and_sometimes_strong() -> None:
    rng = np.random.default_rng(6)
    drawn = np.array([color(rng) for _ in range(2000)])
    saturation = 1 - drawn.min(1) / drawn.max(1)
    assert np.median(saturation) < 0.4
    assert saturation.max() > 0.8
    assert drawn.max() <= 0.8


def test_skin_spans_human_tones() -> None:
    tones = np.array([m.base_color.low for m in draws("skin")])
    assert tones[:, 0].min() < 0.08
    assert tones[:, 0].max() > 0.5
    assert (tones[:, 0] > tones[:, 2]).all()
    rough = [(m.specular_roughness.low, m.specular_roughness.high) for m in draws("skin")]
    assert np.min(rough) >= 0.35
    assert np.max(rough) <= 0.6


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(SpecError, match="cheese"):
        material(np.random.default_rng(0), "cheese")


def test_materials_are_pure_in_their_generator() -> None:
    for role in ROLES:
        assert material(np.random.default_rng(3), role) == material(np.random.default_rng(3), role)
