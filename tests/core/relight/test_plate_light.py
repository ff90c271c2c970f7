"""From pictures to a light estimate and back to the harmonics of ratio mode."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.color import to_scene_linear
from core.errors import BadChannels, BadConfig, BadSize, FileMissing
from core.image import Image
from core.relight.compose import FormerLight, mean_irradiance
from core.relight.harmonics import irradiance
from core.relight.light_preview import light_preview
from core.relight.lights_from_estimate import lights_from_light
from core.relight.picture import RelightOptions, set_stage
from core.relight.plate_light import (
    estimate_from_pictures,
    former_harmonics,
    merge_light_files,
    read_light_file,
    write_light_file,
)
from core.relight.ratio import RatioLimits
from worker_link.light import PlateLight

TOWARD = np.array([0.6, 0.48, 0.64])
SIZE = 32


def ball(alpha: float | None = None, confidence: bool = False) -> tuple[Image, Image]:
    y, x = (np.mgrid[SIZE - 1 : -1 : -1, 0:SIZE] - (SIZE - 1) / 2) / (SIZE / 2 - 2)
    z = np.sqrt(np.maximum(0.0, 1.0 - x * x - y * y))
    inside = (x * x + y * y < 0.98)[..., None]
    normals = np.where(inside, np.stack([x, y, z], axis=-1), 0.0).astype(np.float32)
    shading = 0.3 * (0.2 + np.maximum(normals @ TOWARD, 0.0))[..., None] * inside
    rgb = (shading * np.array([1.2, 1.0, 0.7])).astype(np.float32)
    if alpha is not None:
        rgb = np.concatenate([rgb, np.full((SIZE, SIZE, 1), alpha, np.float32)], axis=2)
    plate = Image(rgb, ("R", "G", "B") if alpha is None else ("R", "G", "B", "A"))
    if confidence:
        layer = np.concatenate([normals, inside.astype(np.float32)], axis=2)
        return plate, Image(layer, ("N.red", "N.green", "N.blue", "N.alpha"))
    return plate, Image(normals, ("N.red", "N.green", "N.blue"))


@pytest.fixture(scope="module")
def expected() -> PlateLight:
    return estimate_from_pictures(*ball())


def test_the_estimate_carries_what_ratio_mode_needs(expected: PlateLight) -> None:
    (_, normals), light = ball(), expected
    assert float(np.dot(light.toward, TOWARD)) > np.cos(np.radians(10.0))
    nine, layer = np.array(light.harmonics), normals.layer("N")
    np.testing.assert_allclose(light.mean_irradiance, mean_irradiance(nine, layer), rtol=1e-4)
    floor = FormerLight.over(nine, layer, RatioLimits(floor=0.02)).floor
    np.testing.assert_allclose(0.02 * np.array(light.bright_irradiance), floor, rtol=2e-3)
    assert (light.plate, light.normals, light.color_space) == ("plate", "normals", "lin_rec709")
    assert light.confidence > 0.5


def test_ratio_from_the_file_is_ratio_from_the_plate(tmp_path: Path) -> None:
    plate, normals = ball()
    write_light_file(tmp_path / "light.json", estimate_from_pictures(plate, normals))
    read = read_light_file(tmp_path / "light.json")
    for balance in (True, False):
        options = RelightOptions(mode="ratio", balance=balance)
        here = set_stage(plate, normals, (), options).former
        given = set_stage(plate, normals, (), options, former=former_harmonics(read, balance=balance)).former
        assert here is not None
        assert given is not None
        np.testing.assert_allclose(given.harmonics, here.harmonics, atol=1e-5 * float(here.harmonics.max()))


def test_an_estimate_in_other_primaries_is_converted(expected: PlateLight) -> None:
    light = expected
    aces = former_harmonics(light, "ACEScg", balance=False)
    lit = irradiance(aces, np.array([[TOWARD]]))
    back = to_scene_linear(lit, "ACEScg")
    np.testing.assert_allclose(back, irradiance(np.array(light.harmonics), np.array([[TOWARD]])), rtol=1e-4)
    with pytest.raises(BadConfig, match="not scene-linear"):
        former_harmonics(replace(light, color_space="srgb_rec709_scene"), "ACEScg")


def test_a_plate_in_acescg_keeps_its_primaries(expected: PlateLight) -> None:
    plate, normals = ball()
    light = estimate_from_pictures(plate, normals, color_space="ACEScg")
    assert light.color_space == "ACEScg"
    np.testing.assert_allclose(light.harmonics, expected.harmonics)


def test_an_alpha_that_is_black_everywhere_is_none_and_half_covered_pixels_are_left_out(
    expected: PlateLight,
) -> None:
    _, normals = ball()
    black, _ = ball(alpha=0.0)
    np.testing.assert_allclose(estimate_from_pictures(black, normals).harmonics, expected.harmonics)
    covered, _ = ball(alpha=1.0)
    pixels = covered.pixels.copy()
    pixels[:, : SIZE // 2, :3] *= 9.0  # wrong, and only half there
    pixels[:, : SIZE // 2, 3] = 0.5
    half = estimate_from_pictures(covered.with_pixels(pixels), normals)
    assert half.residual.pixels < expected.residual.pixels
    assert max(half.mean_irradiance) < 2.0 * max(expected.mean_irradiance)


def test_the_confidence_in_n_alpha_is_taken_unless_it_is_black(expected: PlateLight) -> None:
    plate, sure = ball(confidence=True)
    np.testing.assert_allclose(estimate_from_pictures(plate, sure).harmonics, expected.harmonics)
    pixels = sure.pixels.copy()
    pixels[..., 3] = 0.0
    np.testing.assert_allclose(estimate_from_pictures(plate, sure.with_pixels(pixels)).harmonics, expected.harmonics)
    pixels[: SIZE // 2, :, 3] = 1.0  # the lower half is unsure
    upper = estimate_from_pictures(plate, sure.with_pixels(pixels))
    assert upper.residual.pixels < expected.residual.pixels


def test_one_file_may_hold_plate_and_normals(expected: PlateLight) -> None:
    plate, normals = ball(alpha=0.0)
    both = Image(np.concatenate([plate.pixels, normals.pixels], axis=2), (*plate.channels, *normals.channels))
    np.testing.assert_allclose(estimate_from_pictures(both, both).harmonics, expected.harmonics)


def test_pictures_that_do_not_fit_are_named() -> None:
    plate, normals = ball()
    small = Image(np.ones((4, 4, 3), np.float32), normals.channels)
    with pytest.raises(BadSize, match=r"p\.exr is 32x32 pixels but n\.exr is 4x4"):
        estimate_from_pictures(plate, small, name="p.exr", normals_name="n.exr")
    with pytest.raises(BadChannels, match="no layer N"):
        estimate_from_pictures(plate, plate)
    with pytest.raises(BadSize, match="the occlusion"):
        estimate_from_pictures(plate, normals, occlusion=Image(np.ones((4, 4, 1), np.float32), ("Y",)))


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileMissing, match="no such light estimate"):
        read_light_file(tmp_path / "no.json")
    (tmp_path / "lights.json").write_text(json.dumps({"version": 2, "lights": []}))
    with pytest.raises(BadConfig, match="is no light estimate"):
        read_light_file(tmp_path / "lights.json")
    with pytest.raises(BadConfig, match="no light estimate to merge"):
        merge_light_files([])


def test_lights_carry_the_key_and_the_ambient(expected: PlateLight) -> None:
    light = expected
    key, ambient = lights_from_light(light)
    np.testing.assert_allclose(key.direction, [-v for v in light.toward])
    np.testing.assert_allclose(np.array(key.color) * key.intensity, light.key, rtol=1e-6)
    np.testing.assert_allclose(np.array(ambient.color) * ambient.intensity, light.ambient, rtol=1e-6)


def test_the_preview_shows_the_plate_and_a_ball_lit_from_the_lights_side(expected: PlateLight) -> None:
    (plate, _), light = ball(), expected
    double = plate.rgb().repeat(4, axis=0).repeat(4, axis=1)
    sheet, size = light_preview(double, light), 4 * SIZE
    assert sheet.shape == (size, size + size // 2, 3)
    np.testing.assert_array_equal(sheet[:, :size], double)
    side = size // 2
    for top in (0, side):  # the light is right and above
        shown = sheet[top : top + side, size:].mean(axis=2)
        assert shown[: side // 2, side // 2 :].mean() > 1.5 * shown[side // 2 :, : side // 2].mean()
    # Grey of the mean albedo in the plate's own light: as bright as the grey ball that it was taken from.
    assert sheet[:side, size:].max() == pytest.approx(plate.rgb().max(), rel=0.35)
    tall = light_preview(np.ones((1200, 90, 3), np.float32), light)
    assert tall.shape[0] == 400
