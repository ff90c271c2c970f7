"""Appearance: pictures of the same thing that a network could meet, decided by the generator alone."""

from __future__ import annotations

import json
from dataclasses import asdict, fields, replace
from importlib import resources
from typing import cast

import numpy as np
import numpy.typing as npt
import pytest

from core.color import linear_to_srgb, network_view, srgb_to_linear
from core.errors import BadConfig
from core.training.augment.appearance import Appearance, as_network_sees, vary
from core.training.augment.curves import logc3
from core.training.augment.effects import CURVES, DELIVERY, EFFECTS, LIGHT
from core.training.augment.lens import Optics
from core.training.augment.settings import SHARES

FloatArray = npt.NDArray[np.float32]
PLATE = np.random.default_rng(0).random((32, 32, 3)).astype(np.float32) ** 2 * 3.0
FIRST_NAMES = ("clipped", "tone", "calm", "grey", "blur", "motion", "resample", "noise", "jpeg")
PLAIN = dict.fromkeys(("exposure_stops", "white_balance", *SHARES), 0.0) | {"untouched": 1.0}

_FOR_PLATES = ("plate_normals", "pix2pix_normals")


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_an_untouched_picture_is_the_exposed_plate_as_a_network_sees_it() -> None:
    found = vary(PLATE, 1.0, rng(), Appearance.from_json(PLAIN))
    np.testing.assert_allclose(found, network_view(PLATE * np.float32(0.45)), atol=1e-6)


def test_a_clipped_picture_is_a_photograph_through_the_shoulder() -> None:
    found = vary(PLATE, 1.0, rng(), Appearance.from_json({**PLAIN, "clipped": 1.0}))
    light = np.clip(PLATE * np.float32(0.45), 0.0, 1.0)
    np.testing.assert_allclose(found, network_view(light), atol=2e-3)
    dark = light < 0.5
    np.testing.assert_allclose(found[dark], linear_to_srgb(light)[dark], atol=1e-3)


def test_it_is_decided_by_the_generator_alone() -> None:
    for clipped in (0.0, 1.0):
        settings = Appearance.from_json(
            dict.fromkeys(SHARES, 1.0) | {"untouched": 0.0, "grey": 0.0, "clipped": clipped}
        )
        np.testing.assert_array_equal(vary(PLATE, 1.0, rng(3), settings), vary(PLATE, 1.0, rng(3), settings))
        assert np.abs(vary(PLATE, 1.0, rng(3), settings) - vary(PLATE, 1.0, rng(4), settings)).max() > 0.01


@pytest.mark.parametrize("name", EFFECTS)
def test_each_change_is_made_where_its_share_is_one(name: str) -> None:
    plain = {**PLAIN, "untouched": 0.0, "clipped": float(name in CURVES)}
    before = vary(PLATE, 1.0, rng(), Appearance.from_json(plain))
    after = vary(PLATE, 1.0, rng(), Appearance.from_json({**plain, name: 1.0}))
    least = {"quantise": 1e-4, "aberration": 3e-3}.get(name, 0.01)
    assert np.abs(before - after).max() > least
    if name == "grey":
        np.testing.assert_allclose(after.max(axis=2), after.min(axis=2), atol=1e-6)
    if name in ("blur", "defocus", "motion", "resample"):
        assert np.abs(np.diff(after, axis=1)).mean() < np.abs(np.diff(before, axis=1)).mean()


@pytest.mark.parametrize("name", EFFECTS)
def test_an_untouched_picture_has_none_of_them(name: str) -> None:
    np.testing.assert_array_equal(
        vary(PLATE, 1.0, rng(), Appearance.from_json({**PLAIN, "clipped": 1.0, name: 1.0})),
        vary(PLATE, 1.0, rng(), Appearance.from_json({**PLAIN, "clipped": 1.0})),
    )


@pytest.mark.parametrize("name", EFFECTS)
def test_every_extent_says_how_far_a_change_goes(name: str) -> None:
    """A larger extent is another picture; the change's own random numbers stay what they were."""
    own = [item for item in asdict(Appearance()) if item.startswith(f"{name}_")]
    assert own or name in ("log", "filmic", "grey")
    plain = {**PLAIN, "untouched": 0.0, "clipped": float(name in CURVES), name: 1.0}
    smaller = {"resample_smallest": 0.9, "jpeg_quality": 95.0, "quantise_bits": 12.0}
    for extent in own:
        less = smaller.get(extent, asdict(Appearance())[extent] / 4.0)
        far = vary(PLATE, 1.0, rng(1), Appearance.from_json(plain))
        near = vary(PLATE, 1.0, rng(1), Appearance.from_json({**plain, extent: less}))
        without = vary(PLATE, 1.0, rng(1), Appearance.from_json({**plain, name: 0.0}))
        assert np.abs(near - without).mean() < np.abs(far - without).mean()


def recorded(monkeypatch: pytest.MonkeyPatch, settings: Appearance, seed: int) -> dict[str, tuple[float, float]]:
    """What each change that is made is given: how far it goes, and the next of its own random numbers."""
    seen: dict[str, tuple[float, float]] = {}
    for stage in (LIGHT, CURVES, DELIVERY):
        for name in stage:

            def record(
                picture: FloatArray, amount: float, own: np.random.Generator, *_: object, name: str = name
            ) -> FloatArray:
                seen[name] = (amount, float(own.random()))
                return picture

            monkeypatch.setitem(cast(dict[str, object], stage), name, record)
    vary(PLATE, 1.0, rng(seed), settings)
    return seen


@pytest.mark.parametrize("changed", [item.name for item in fields(Appearance) if item.name != "untouched"])
def test_one_changed_setting_leaves_the_other_changes_as_they_were(
    changed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(Appearance(), untouched=0.0, clipped=1.0, noise=0.8, grain=0.8, defocus=0.6, jpeg=0.7)
    others = CURVES if changed in (*CURVES, "clipped") else (changed,)
    for seed in range(8):
        before = recorded(monkeypatch, settings, seed)
        for value in (0.0, 1.0):
            after = recorded(monkeypatch, replace(settings, **{changed: value}), seed)
            kept = [{name: what for name, what in run.items() if name not in others} for run in (before, after)]
            assert kept[0] == kept[1]
            assert kept[0]
            if changed in EFFECTS and changed not in CURVES:
                assert (changed in after) == (value == 1.0)


def test_the_changes_happen_in_the_order_of_the_light() -> None:
    assert list(LIGHT) == ["defocus", "blur", "motion", "aberration", "vignette", "halation", "noise", "grain"]
    assert list(CURVES) == ["log", "filmic", "camera"]
    assert list(DELIVERY) == ["tone", "calm", "grey", "sharpen", "resample", "jpeg", "quantise"]
    # Light is spread before it is clipped: a lamp a hundred times white opens into a white disc.
    lamp = np.full((33, 33, 3), 0.02, np.float32)
    lamp[16, 16] = 1000.0
    plain = {**PLAIN, "untouched": 0.0, "clipped": 1.0, "key": 1.0, "defocus": 1.0}
    seen = vary(lamp, 1.0, rng(2), Appearance.from_json(plain))
    assert (seen.min(axis=2) > 0.9).sum() >= 5
    # Grain lies on the picture that the lens gave, not below its blur.
    grainy = Appearance.from_json({**plain, "blur": 1.0, "blur_pixels": 8.0, "grain": 1.0, "key": 0.2})
    field = vary(np.ones((64, 64, 3), np.float32), 1.0, rng(2), grainy)
    assert field.std() > 0.01


def test_the_first_curve_drawn_is_taken() -> None:
    every = {**PLAIN, "untouched": 0.0, "clipped": 1.0, "log": 1.0, "filmic": 1.0, "camera": 1.0}
    light = PLATE * np.float32(0.45)
    found = vary(PLATE, 1.0, rng(), Appearance.from_json(every))
    np.testing.assert_allclose(found, as_network_sees(logc3(light)), atol=1e-6)
    # Only photographs have a curve: a scene-linear plate is what it is.
    linear = vary(PLATE, 1.0, rng(), Appearance.from_json({**every, "clipped": 0.0}))
    np.testing.assert_allclose(linear, network_view(light), atol=1e-6)


def test_a_photograph_is_linearised_as_if_it_were_srgb_whatever_its_curve() -> None:
    picture = np.random.default_rng(1).random((16, 16, 3)).astype(np.float32)
    np.testing.assert_allclose(as_network_sees(picture), network_view(srgb_to_linear(picture)), atol=1e-5)


def test_the_optical_axis_of_a_window_is_where_it_is_bright() -> None:
    settings = Appearance.from_json({**PLAIN, "untouched": 0.0, "vignette": 1.0, "vignette_stops": 6.0})
    ones = np.ones((32, 32, 3), np.float32)
    corner = vary(ones, 1.0, rng(), settings, Optics((0.0, 0.0), 60.0))
    assert np.unravel_index(corner[..., 0].argmax(), (32, 32)) == (0, 0)
    middle = vary(ones, 1.0, rng(), settings)[..., 0]
    assert {int(place) for place in np.unravel_index(middle.argmax(), (32, 32))} <= {15, 16}


@pytest.mark.parametrize("clipped", [0.0, 1.0])
@pytest.mark.parametrize("curve", [None, *CURVES])
def test_everything_at_once_of_extreme_light_is_still_a_picture(clipped: float, curve: str | None) -> None:
    off = {name: 0.0 for name in CURVES if name != curve}
    settings = Appearance.from_json(dict.fromkeys(SHARES, 1.0) | {"untouched": 0.0, "clipped": clipped} | off)
    plate = np.zeros((40, 56, 3), np.float32)
    plate[10:14, 10:14] = 1e4
    plate[20:, 20:] = 0.3
    plate[30, 30] = (np.nan, np.inf, -1.0)
    for seed in range(4):
        found = vary(plate, 0.3, rng(seed), settings)
        assert (found.shape, found.dtype) == (plate.shape, np.float32)
        assert np.isfinite(found).all()
        assert (found.min() >= 0.0) & (found.max() <= 1.0)
        assert found.std() > 0.01
    black = vary(np.zeros((40, 40, 3), np.float32), 0.0, rng(), settings)
    assert np.isfinite(black).all()


def test_whatever_is_drawn_the_picture_is_one() -> None:
    for seed in range(40):
        found = vary(PLATE * 100.0, 1.0, rng(seed), Appearance())
        assert (found.shape, found.dtype) == (PLATE.shape, np.float32)
        assert np.isfinite(found).all()
        assert found.min() >= 0.0
        assert found.max() <= 1.0


def test_unknown_settings_and_words_are_refused() -> None:
    with pytest.raises(BadConfig, match=r"sharpness.*known are key"):
        Appearance.from_json({"sharpness": 1.0})
    with pytest.raises(BadConfig, match="a number is needed"):
        Appearance.from_json({"noise": "much"})
    assert {item.name for item in fields(Appearance)} >= {*SHARES, *FIRST_NAMES}


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("grain", 1.5, "from 0 to 1"),
        ("jpeg", -0.1, "from 0 to 1"),
        ("exposure_stops", -1.0, "at least 0"),
        ("defocus_pixels", 0.0, "above 0"),
        ("noise_strength", float("inf"), "a number is needed"),
        ("blur_pixels", float("nan"), "a number is needed"),
        ("jpeg_quality", 0, "from 1 to 100"),
        ("quantise_bits", 40, "from 1 to 16"),
    ],
)
def test_settings_out_of_range_are_refused_by_name(name: str, value: float, wanted: str) -> None:
    with pytest.raises(BadConfig, match=rf"{name}.*{wanted}"):
        Appearance.from_json({name: value})


def test_every_change_has_a_share_of_its_name_and_the_defaults_are_in_range() -> None:
    assert {*EFFECTS, "clipped", "untouched"} == set(SHARES)
    assert Appearance.from_json(asdict(Appearance())) == Appearance()


def test_the_recipes_for_plates_that_come_with_the_code_still_load() -> None:
    paths = [path for path in resources.files("core.recipes").iterdir() if path.name.endswith(".json")]
    found = [recipe for recipe in (json.loads(path.read_text()) for path in paths) if recipe["task"] in _FOR_PLATES]
    assert len(found) > 4
    for recipe in found:
        settings = dict(recipe.get("augmentation", {}))
        for name in ("smallest_crop", "roll_degrees", "roll_chance"):
            settings.pop(name, None)
        Appearance.from_json(settings)
