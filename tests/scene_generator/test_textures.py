"""Textures tile, keep to their ranges, are pure in their seeds, and their normal maps are the slope of their height."""

from __future__ import annotations

import numpy as np
import pytest

from scene_generator.materials import ROLES, material
from scene_generator.spec import Bump, Pattern, SpecError
from scene_generator.textures import maps, patterns


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
        assert not np.array_equal(grey, patterns.make(Pattern(kind, 43, 4, 1.7), 96))


@pytest.mark.parametrize("kind", ["cloud", "grain", "patches", "marble", "cells", "wood", "stripes", "weave"])
def test_the_seam_is_no_rougher_than_the_rest(kind: str) -> None:
    grey = patterns.make(Pattern(kind, 3, 3), 128)
    for axis in (0, 1):
        step = np.abs(np.diff(grey, axis=axis)).mean(axis=1 - axis)
        seam = np.abs(np.take(grey, 0, axis) - np.take(grey, -1, axis)).mean()
        assert seam <= step.max() * 1.05 + 1e-6


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


@pytest.mark.parametrize("role", sorted(ROLES))
def test_materials_keep_to_standard_surface(role: str) -> None:
    rng = np.random.default_rng(1)
    for _ in range(12):
        made = material(rng, role)
        out = maps.material_maps(made, 32)
        for values, low in ((out.base_color, 0.0), (out.roughness, 0.03), (out.metalness, 0.0)):
            assert values.min() >= low - 1e-6
            assert values.max() <= 1 + 1e-6
        assert 0 <= made.specular <= 1
        assert 0 <= made.bump.depth <= 0.1


def test_printed_surfaces_have_colour_detail_and_no_relief() -> None:
    rng = np.random.default_rng(2)
    for _ in range(10):
        made = material(rng, "print")
        assert made.bump.depth == 0
        assert maps.material_maps(made, 32).base_color.std() > 0.005


def test_unknown_names_are_refused() -> None:
    with pytest.raises(SpecError, match="plaid"):
        patterns.make(Pattern("plaid", 0), 8)
    with pytest.raises(SpecError, match="scale"):
        patterns.make(Pattern("cloud", 0, 0), 8)
    with pytest.raises(SpecError, match="cheese"):
        material(np.random.default_rng(0), "cheese")
