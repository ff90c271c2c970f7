from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.color import (
    NETWORK_VIEW_KNEE,
    color_space_names,
    count_unsafe,
    linear_to_srgb,
    network_view,
    srgb_to_linear,
    to_display,
    to_scene_linear,
)
from core.errors import BadConfig
from core.image import SCENE_LINEAR, SRGB


@pytest.fixture(autouse=True)
def _built_in_config(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OCIO", raising=False)


def picture(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((5, 7, 3)).astype(np.float32)


@given(st.floats(0.0, 1.0))
def test_srgb_curve_is_undone_by_its_inverse(value: float) -> None:
    assert float(linear_to_srgb(srgb_to_linear(value))) == pytest.approx(value, abs=2e-6)


def test_srgb_curve_at_known_points() -> None:
    # IEC 61966-2-1: the code 188 of 255 is 50.3 percent of light, 0.04045 ends the straight part.
    assert float(srgb_to_linear(188 / 255)) == pytest.approx(0.5029, abs=1e-4)
    assert float(srgb_to_linear(0.04045)) == pytest.approx(0.0031308, abs=1e-6)


def test_the_formula_agrees_with_openimageio() -> None:
    import OpenImageIO as oiio  # noqa: N813

    values = picture()
    buffer = oiio.ImageBufAlgo.colorconvert(
        oiio.ImageBuf(values), SRGB, "lin_rec709_scene", colorconfig="ocio://default"
    )
    np.testing.assert_allclose(to_scene_linear(values, SRGB), buffer.get_pixels(oiio.FLOAT), atol=3e-5)


def test_acescg_white_stays_white_and_its_red_leaves_rec709() -> None:
    white_and_red = np.array([[[1, 1, 1], [1, 0, 0]]], dtype=np.float32)
    converted = to_scene_linear(white_and_red, "ACEScg")
    np.testing.assert_allclose(converted[0, 0], 1.0, atol=1e-3)
    assert converted[0, 1, 0] > 1.5
    assert converted[0, 1, 1] < 0


def test_alpha_passes_through_conversions() -> None:
    rgba = np.concatenate([picture(), np.full((5, 7, 1), 0.25, dtype=np.float32)], axis=2)
    for space in (SRGB, "ACEScg", SCENE_LINEAR):
        np.testing.assert_array_equal(to_scene_linear(rgba, space)[..., 3], 0.25)


def test_scene_linear_is_left_alone_and_copied() -> None:
    values = picture()
    result = to_scene_linear(values, SCENE_LINEAR)
    np.testing.assert_array_equal(result, values)
    result[:] = 0
    assert values.any()


def test_to_display_clips_and_encodes() -> None:
    shown = to_display(np.array([[[-1.0, 0.5, 7.0], [np.nan, np.inf, 0.0]]]))
    np.testing.assert_allclose(shown[0, 0], [0.0, 0.7354, 1.0], atol=1e-3)
    np.testing.assert_allclose(shown[0, 1], [0.0, 1.0, 0.0], atol=1e-6)


def test_an_unknown_space_lists_near_names() -> None:
    with pytest.raises(BadConfig, match=r"'ACEScq'.*ACEScg"):
        to_scene_linear(picture(), "ACEScq")
    with pytest.raises(BadConfig, match="Linear Rec"):
        to_scene_linear(picture(), "no such space at all")


def test_the_configuration_of_the_environment_is_honoured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config.ocio"
    config.write_text(
        "ocio_profile_version: 2\nroles:\n  default: lin_rec709\n  scene_linear: lin_rec709\n"
        "displays:\n  screen:\n    - !<View> {name: plain, colorspace: lin_rec709}\n"
        "colorspaces:\n  - !<ColorSpace>\n    name: lin_rec709\n  - !<ColorSpace>\n    name: house_half\n"
        "    to_scene_reference: !<MatrixTransform> {matrix: [0.5, 0, 0, 0, 0, 0.5, 0, 0, 0, 0, 0.5, 0, 0, 0, 0, 1]}\n"
    )
    monkeypatch.setenv("OCIO", str(config))
    assert set(color_space_names()) == {"lin_rec709", "house_half"}
    np.testing.assert_allclose(to_scene_linear(picture(), "house_half"), picture() * 0.5, rtol=1e-5)
    with pytest.raises(BadConfig, match="ACEScg"):
        to_scene_linear(picture(), "ACEScg")


def test_a_broken_configuration_names_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCIO", os.fspath(tmp_path / "none.ocio"))
    with pytest.raises(BadConfig, match=r"none\.ocio.*OCIO"):
        to_scene_linear(picture(), "ACEScg")


def test_network_view_leaves_pictures_below_the_knee() -> None:
    encoded = np.linspace(0.0, 0.796, 200, dtype=np.float32)[:, None].repeat(3, axis=1)
    np.testing.assert_allclose(network_view(srgb_to_linear(encoded)), encoded, atol=2e-6)


def test_network_view_compresses_instead_of_clipping() -> None:
    seen = network_view(np.array([0.6, 1.0, 4.0, 16.0, 100.0, 1000.0]))
    np.testing.assert_allclose(seen[1:3], [0.9063, 0.9813], atol=5e-4)  # the documented values
    assert (np.diff(seen) > 0).all()
    assert seen[-1] < 1.0


def test_network_view_has_no_kink_at_the_knee() -> None:
    step = 1e-3
    below, at, above = (float(network_view(NETWORK_VIEW_KNEE + shift)) for shift in (-step, 0.0, step))
    assert (above - at) == pytest.approx(at - below, rel=0.02)


@given(st.floats(allow_nan=True, allow_infinity=True, width=32))
def test_network_view_of_any_number_is_a_number_from_0_to_1(value: float) -> None:
    seen = float(network_view(np.float32(value)))
    assert 0.0 <= seen <= 1.0


def test_unsafe_pixels_are_counted_once_each() -> None:
    values = np.zeros((2, 3, 3), dtype=np.float32)
    values[0, 0] = np.nan
    values[0, 1, 2] = np.inf
    values[1, 0, 0] = -np.inf
    values[1, 1] = -1.0
    assert count_unsafe(values) == {"nan": 1, "infinite": 2, "negative": 2}
