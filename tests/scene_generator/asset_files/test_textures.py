"""A user's pictures are grouped by their names and come out linear, tileable, the right way up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.color import srgb_to_linear
from core.errors import BadInput, UnreadableImage
from core.image import SCENE_LINEAR, SRGB, Image, write_image
from scene_generator.asset_files.resampling import resample
from scene_generator.asset_files.textures import group, read_maps, role_of


def picture(path: Path, values: np.ndarray, dtype: str | None = None) -> Path:
    """Write (H, W) or (H, W, 3) values as they are, top row first."""
    rgb = np.repeat(values[..., None], 3, 2) if values.ndim == 2 else values
    space = SRGB if dtype is None else SCENE_LINEAR  # what the file says of itself
    write_image(path, Image(np.asarray(rgb, np.float32), ("R", "G", "B"), space), dtype=dtype)
    return path


@pytest.mark.parametrize(
    ("stem", "name", "role"),
    [
        ("brick_color", "brick", "color"),
        ("brick wall-Base_Color", "brick wall", "color"),
        ("Bricks001_2K-JPG_NormalGL", "Bricks001_2K-JPG", "normal"),
        ("Bricks001_2K-JPG_NormalDX", "Bricks001_2K-JPG", "normal_dx"),
        ("rock_nor_gl_4k", "rock", "normal"),
        ("rock.nrm", "rock", "normal"),
        ("rock_normal_directx", "rock", "normal_dx"),
        ("rock_ROUGH", "rock", "roughness"),
        ("rock_glossiness", "rock", "gloss"),
        ("rock_metallic", "rock", "metalness"),
        ("rock_disp_1k", "rock", "height"),
        ("rock_arm", "rock", "packed"),
        ("rock_ao", "rock", "unused"),
        ("rock", "rock", "color"),
        ("protocol", "protocol", "color"),
        ("nieb__diffuse_4afe6e_normal_gl", "nieb__diffuse_4afe6e", "normal"),
        ("roughness", "", "roughness"),
    ],
)
def test_names_tell_the_map(stem: str, name: str, role: str) -> None:
    assert role_of(stem) == (name, role)


def test_pictures_are_grouped() -> None:
    sets = group(
        ["a/brick_col.jpg", "a/brick_rough.png", "brick_diff.jpg", "oak/color.png", "oak/normal.png", "rusty_metal.jpg",
         "rusty_metal_normal.png", "lone_ao.png", "plain.jpg", "steel_metal.png", "steel_color.png"]
    )  # fmt: skip
    assert list(sets) == ["a/brick", "brick", "oak", "plain", "rusty_metal", "steel"]
    assert sets["a/brick"] == {"color": "a/brick_col.jpg", "roughness": "a/brick_rough.png"}
    assert sets["oak"] == {"color": "oak/color.png", "normal": "oak/normal.png"}
    assert sets["rusty_metal"] == {"color": "rusty_metal.jpg", "normal": "rusty_metal_normal.png"}
    assert sets["steel"] == {"color": "steel_color.png", "metalness": "steel_metal.png"}


def test_two_pictures_for_one_map_are_refused() -> None:
    with pytest.raises(BadInput, match=r"brick_diff\.png.*brick_color\.jpg"):
        group(["brick_color.jpg", "brick_diff.png"])


def test_eight_bit_colour_is_linearised_and_float_colour_is_not(tmp_path: Path) -> None:
    values = np.full((8, 8, 3), (0.2, 0.5, 0.9), np.float32)
    stored = np.round(values * 255) / 255
    png = picture(tmp_path / "c.png", values)
    exr = picture(tmp_path / "c.exr", values, "float")
    np.testing.assert_allclose(read_maps({"color": png}, 4, 0.0).base_color, srgb_to_linear(stored[:4, :4]), atol=1e-6)
    np.testing.assert_allclose(read_maps({"color": exr}, 4, 0.0).base_color, values[:4, :4], atol=1e-6)


def test_colour_is_averaged_as_light(tmp_path: Path) -> None:
    checks = np.indices((8, 8)).sum(0) % 2
    maps = read_maps({"color": picture(tmp_path / "c.png", checks.astype(np.float32))}, 4, 0.0)
    np.testing.assert_allclose(maps.base_color, 0.5, atol=1e-6)


def test_the_bottom_of_the_picture_is_v_zero(tmp_path: Path) -> None:
    values = np.zeros((8, 8))
    values[:2] = 1.0
    maps = read_maps({"roughness": picture(tmp_path / "r.png", values)}, 8, 0.0)
    assert maps.roughness is not None
    assert maps.roughness[-2:].min() == 1.0
    assert maps.roughness[:-2].max() == 0.0
    assert maps.base_color is None
    assert maps.normal is None


def test_data_maps_are_raw_and_gloss_is_turned(tmp_path: Path) -> None:
    grey = picture(tmp_path / "g.png", np.full((8, 8), 51 / 255))
    maps = read_maps({"gloss": grey, "metalness": grey}, 4, 0.0)
    np.testing.assert_allclose(maps.roughness, 0.8, atol=1e-6)
    np.testing.assert_allclose(maps.metalness, 0.2, atol=1e-6)
    packed = picture(tmp_path / "p.png", np.full((8, 8, 3), (1.0, 0.4, 0.6)))
    maps = read_maps({"packed": packed}, 4, 0.0)
    np.testing.assert_allclose(maps.roughness, 0.4, atol=1e-6)
    np.testing.assert_allclose(maps.metalness, 0.6, atol=1e-6)


def test_directx_normals_are_flipped_and_two_channel_ones_completed(tmp_path: Path) -> None:
    normal = np.array([0.48, 0.36, 0.8])
    encoded = np.full((8, 8, 3), normal * 0.5 + 0.5)
    path = picture(tmp_path / "n.png", encoded)
    np.testing.assert_allclose(read_maps({"normal": path}, 4, 0.0).normal, np.tile(normal, (4, 4, 1)), atol=0.01)
    np.testing.assert_allclose(
        read_maps({"normal_dx": path}, 4, 0.0).normal, np.tile(normal * [1, -1, 1], (4, 4, 1)), atol=0.01
    )
    flat = encoded.copy()
    flat[..., 2] = 0.0
    path = picture(tmp_path / "two.png", flat)
    np.testing.assert_allclose(read_maps({"normal": path}, 4, 0.0).normal, np.tile(normal, (4, 4, 1)), atol=0.01)
    path = picture(tmp_path / "signed.exr", np.tile(normal * [-1, 1, 1], (8, 8, 1)), "float")
    np.testing.assert_allclose(
        read_maps({"normal": path}, 4, 0.0).normal, np.tile(normal * [-1, 1, 1], (4, 4, 1)), atol=1e-5
    )


def test_object_space_normals_are_refused(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(16, 16, 3))
    vectors /= np.linalg.norm(vectors, axis=-1, keepdims=True)
    with pytest.raises(UnreadableImage, match=r"world\.png.*tangent"):
        read_maps({"normal": picture(tmp_path / "world.png", vectors * 0.5 + 0.5)}, 8, 0.0)


@pytest.mark.parametrize("axis", [0, 1])
def test_a_ramp_of_height_leans_by_its_slope(tmp_path: Path, axis: int) -> None:
    size, depth = 32, 0.1
    ramp = (np.indices((size, size))[axis] + 0.5) / size  # rises to the right, or downwards in the picture
    maps = read_maps({"height": picture(tmp_path / "h.exr", ramp, "float")}, size, depth)
    assert maps.normal is not None
    # One tile wide and `depth` high: dh/du = depth; downwards is -v, so dh/dv = -depth.
    expected = np.array([-depth, 0, 1]) if axis == 1 else np.array([0, depth, 1])
    inside = maps.normal[2:-2, 2:-2]
    np.testing.assert_allclose(inside, np.tile(expected / np.linalg.norm(expected), (28, 28, 1)), atol=1e-5)


def test_a_wide_picture_is_repeated_not_stretched(tmp_path: Path) -> None:
    values = np.zeros((8, 16))
    values[0] = 1.0  # one line along the top
    maps = read_maps({"roughness": picture(tmp_path / "r.png", values)}, 16, 0.0)
    assert maps.roughness is not None
    assert np.flatnonzero(maps.roughness[:, 0] > 0.5).tolist() == [7, 15]


def test_small_and_broken_pictures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableImage, match=r"dot\.png.*2x2"):
        read_maps({"color": picture(tmp_path / "dot.png", np.ones((2, 2)))}, 4, 0.0)
    holes = np.ones((8, 8))
    holes[3, 3] = np.nan
    with pytest.raises(UnreadableImage, match=r"holes\.exr.*finite"):
        read_maps({"roughness": picture(tmp_path / "holes.exr", holes, "float")}, 4, 0.0)


@pytest.mark.parametrize("size", [1, 3, 5, 7, 10])
def test_shrinking_keeps_the_mean_and_each_part(size: int) -> None:
    values = np.random.default_rng(3).random((10, 10, 2))
    small = resample(values, size, size)
    np.testing.assert_allclose(small.mean(axis=(0, 1)), values.mean(axis=(0, 1)), rtol=1e-6)
    fine = np.repeat(np.repeat(values, size, 0), size, 1)  # every new pixel is a whole block of these
    blocks = fine.reshape(size, 10, size, 10, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(small, blocks, rtol=1e-6)


def test_growing_wraps_around() -> None:
    wave = np.cos(2 * np.pi * (np.arange(16) + 0.5) / 16)
    grown = resample(np.tile(wave, (16, 1)), 64, 64)
    np.testing.assert_allclose(grown[5], np.cos(2 * np.pi * (np.arange(64) + 0.5) / 64), atol=0.03)
    np.testing.assert_array_equal(grown[0], grown[63])
