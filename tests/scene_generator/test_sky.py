"""Skies: directions, suns through clouds, seams, and the shares of the kinds of light."""

from __future__ import annotations

import dataclasses
from collections import Counter

import numpy as np
import pytest

from scene_generator.families import light
from scene_generator.sky import directions, latlong
from scene_generator.spec import Sky, SoftBox

BLUE = Sky((0.2, 0.4, 0.9), (0.8, 0.85, 0.9), (0.2, 0.15, 0.1))
SUN = SoftBox((0.6, 0.64, 0.48), 0.05, (400.0, 380.0, 300.0))


def _cover(sky: Sky) -> float:
    # Share of the upper half, the sun left out, that clouds have changed by more than 2 %.
    plain = latlong(dataclasses.replace(sky, clouds=0.0), 96)[:48]
    changed = np.abs(latlong(sky, 96)[:48] / plain - 1).max(-1) > 0.02
    return float(changed.mean())


def test_directions_are_unit_and_where_the_layout_says() -> None:
    d = directions(64)
    np.testing.assert_allclose(np.linalg.norm(d, axis=-1), 1, atol=1e-12)
    assert d[0, :, 1].min() > 0.99, "row 0 is up"
    np.testing.assert_allclose(d[32, 32], [1, 0, 0], atol=0.05)
    np.testing.assert_allclose(d[32, 64], [0, 0, 1], atol=0.05)
    np.testing.assert_allclose(d[32, 0], [0, 0, -1], atol=0.05)


def test_zenith_horizon_and_ground_have_their_colours() -> None:
    picture = latlong(BLUE, 128)
    np.testing.assert_allclose(picture[0, 0], BLUE.zenith, rtol=0.02)
    np.testing.assert_allclose(picture[63, 0], BLUE.horizon, rtol=0.1)
    np.testing.assert_allclose(picture[-1, 0], BLUE.ground, rtol=0.02)


@pytest.mark.parametrize("clouds", [0.0, 0.3, 1.0])
def test_the_sun_shines_through_clouds(clouds: float) -> None:
    for seed in range(4):
        picture = latlong(dataclasses.replace(BLUE, patches=(SUN,), clouds=clouds, seed=seed), 128)
        toward = directions(128) @ np.asarray(SUN.direction)
        clear = latlong(dataclasses.replace(BLUE, patches=(SUN,)), 128)
        disc = toward > np.cos(0.03)
        assert disc.sum() >= 5
        assert (picture[disc] / clear[disc]).min() > 0.9


def test_a_sun_ends_in_a_rim_two_texels_wide_about_its_radius() -> None:
    dark, height = Sky((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0)), 64
    toward = np.array([0.48, 0.6, 0.64])
    picture = latlong(dataclasses.replace(dark, patches=(SoftBox(tuple(toward), 0.4, (3.0, 2.0, 1.0)),)), height)
    angle = np.arccos(np.clip(directions(height) @ toward, -1, 1))
    texel = np.pi / height
    share = np.interp(angle, [0.4 - texel, 0.4 + texel], [1.0, 0.0])
    assert ((share > 0.1) & (share < 0.9)).sum() > 20
    np.testing.assert_allclose(picture, share[..., None] * [3.0, 2.0, 1.0], atol=1e-5)


def test_every_kind_of_sky_is_finite_and_not_negative() -> None:
    for outdoors in (light.OUTDOORS, light.INDOORS):
        for seed in range(60):
            picture = latlong(light.sky(np.random.default_rng(seed), outdoors), 48)
            assert picture.shape == (48, 96, 3)
            assert picture.dtype == np.float32
            assert np.isfinite(picture).all()
            assert picture.min() >= 0
            assert picture.max() > 0


def test_the_left_and_right_edge_meet() -> None:
    # Steps across the edge are like steps between neighbours elsewhere.
    for seed in range(6):
        picture = latlong(dataclasses.replace(BLUE, clouds=0.8, seed=seed), 192)
        seam = np.abs(picture[:, 0] - picture[:, -1])
        inside = np.abs(np.diff(picture, axis=1))
        assert inside.mean() > 0.005, "there are clouds"
        assert seam.mean() < 3 * inside.mean()
        assert seam.max() <= inside.max()


def test_more_clouds_cover_more() -> None:
    cover = [np.mean([_cover(dataclasses.replace(BLUE, clouds=c, seed=s)) for s in range(5)]) for c in (0.0, 0.3, 0.9)]
    assert cover[0] == 0
    assert cover[0] < cover[1] < cover[2] - 0.1


def test_a_sky_is_the_same_every_time_and_its_seed_matters() -> None:
    sky = dataclasses.replace(BLUE, clouds=0.6, seed=5)
    np.testing.assert_array_equal(latlong(sky, 64), latlong(sky, 64))
    assert not np.array_equal(latlong(sky, 64), latlong(dataclasses.replace(sky, seed=6), 64))


@pytest.mark.parametrize("shares", [light.OUTDOORS, light.INDOORS], ids=["outdoors", "indoors"])
def test_kinds_of_light_come_with_their_shares(shares: dict[str, float], monkeypatch: pytest.MonkeyPatch) -> None:
    count: Counter[str] = Counter()
    kinds = dict(light._KINDS)

    def counted(name: str) -> object:
        def make(rng: np.random.Generator, level: float) -> object:
            count[name] += 1
            return kinds[name](rng, level)

        return make

    monkeypatch.setattr(light, "_KINDS", {name: counted(name) for name in kinds})
    for seed in range(400):
        light.sky(np.random.default_rng(seed), shares)
    assert set(count) == set(shares)
    for name, share in shares.items():
        assert count[name] / 400 == pytest.approx(share / sum(shares.values()), abs=0.06), name


def test_kinds_of_light_differ_as_their_names_say() -> None:
    def mean(kind: str) -> float:
        return float(np.mean([latlong(light.sky(np.random.default_rng(s), {kind: 1.0}), 32).mean() for s in range(30)]))

    assert mean("night") < 0.35 * mean("overcast")
    assert mean("low_key") < mean("high_key")
    sharp = [light.sky(np.random.default_rng(s), {"clear": 1.0}).patches[0].radius for s in range(20)]
    soft = [light.sky(np.random.default_rng(s), {"hazy": 1.0}).patches[0].radius for s in range(20)]
    assert max(sharp) <= 0.07
    assert np.mean(soft) > 1.5 * np.mean(sharp)
