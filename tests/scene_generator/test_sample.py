"""Whole scenes of every family: pure, equal after JSON, inside their ranges, with what the recipe asks for."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from scene_generator.assets import Asset, AssetIndex, AssetShares
from scene_generator.families import FAMILIES
from scene_generator.recipe import FamilyShare, Recipe
from scene_generator.sample import sample_scene
from scene_generator.spec import SceneSpec

SEEDS = range(8)
ASSETS = AssetIndex(
    meshes=(Asset("pots/amphora", "0" * 64, extent=(0.5, 1.0, 0.5)),),
    textures=(Asset("oak", "1" * 64), Asset("slate", "2" * 64)),
    hdris=(Asset("noon", "3" * 64),),
)


def _recipe(name: str, **ranges: tuple[float, float]) -> Recipe:
    return Recipe("test", 1, "", (FamilyShare(name, 1.0, dict(ranges)),), focal_scale=(1.0, 1.0))


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_a_scene_is_pure_survives_json_and_has_two_lights(name: str) -> None:
    recipe = _recipe(name)
    hashes = set()
    for seed in SEEDS:
        spec = sample_scene(recipe, seed, 0)
        assert spec.family == name
        assert len(spec.lights) == 2, "one kernel serves all scenes that have as many lights"
        names = [thing.name for thing in spec.objects]
        assert len(set(names)) == len(names)
        targets = [target for motion in spec.motion for target in motion.targets]
        assert len(set(targets)) == len(targets)
        assert set(targets) <= {*names, "camera"}
        hashes.add(spec.hash())
    assert len(hashes) == len(SEEDS)
    again = SceneSpec.from_json(spec.to_json())
    assert again == spec == sample_scene(recipe, SEEDS[-1], 0)
    assert again.hash() == spec.hash()


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_what_is_drawn_lies_in_the_documented_range(name: str) -> None:
    ranges = FAMILIES[name].ranges
    seen: set[str] = set()
    for seed in SEEDS:
        for draw in sample_scene(_recipe(name), seed, 1).drawn:
            limits = ranges[draw.name]
            low, high = limits.low, limits.high
            if limits.meaning.startswith("share"):  # a share is decided: yes or no
                assert draw.value in (0, 1), draw.name
                low, high = 0, 1
            assert low - 1e-6 <= draw.value <= high + 1e-6, draw.name
            seen.add(draw.name)
    assert seen == set(ranges), "a documented range that is never drawn from steers nothing"


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_narrowed_ranges_give_only_values_inside(name: str) -> None:
    narrow = {}
    for key, limits in FAMILIES[name].ranges.items():
        middle = limits.low + (limits.high - limits.low) * 0.4
        narrow[key] = (middle, middle + (limits.high - limits.low) * 0.1)
        if float(limits.low).is_integer() and float(limits.high).is_integer() and not limits.unit:
            narrow[key] = (round(middle), round(middle))  # a count
        if limits.meaning.startswith("share"):
            narrow[key] = (1.0, 1.0)
    drawn = [draw for seed in range(3) for draw in sample_scene(_recipe(name, **narrow), seed, 2).drawn]
    for draw in drawn:
        low, high = narrow[draw.name]
        assert low - 1e-6 <= draw.value <= high + 1e-6, draw.name


def test_the_focal_length_drawn_is_that_of_the_camera_times_the_scale() -> None:
    for name in ("cluster", "street", "figures"):
        spec = sample_scene(_recipe(name), 5, 0)
        assert {d.name: d.value for d in spec.drawn}["focal_mm"] == pytest.approx(spec.camera.focal_length_mm)
    doubled = dataclasses.replace(_recipe("cluster"), focal_scale=(2.0, 2.0))
    once, twice = sample_scene(_recipe("cluster"), 5, 0), sample_scene(doubled, 5, 0)
    assert twice.camera.focal_length_mm == pytest.approx(2 * once.camera.focal_length_mm)
    assert twice.objects == once.objects


def test_the_share_of_scenes_seen_through_a_lens() -> None:
    all_, none = (dataclasses.replace(_recipe("cluster"), defocus_share=s) for s in (1.0, 0.0))
    some = dataclasses.replace(none, defocus_share=0.5)
    blurred = 0
    for index in range(40):
        camera = sample_scene(all_, 1, index).camera
        assert 1.4 <= camera.f_number <= 8
        assert camera.focus_distance >= 0.1
        assert sample_scene(none, 1, index).camera.f_number == 0
        blurred += sample_scene(some, 1, index).camera.f_number > 0
    assert 10 <= blurred <= 30
    a, b = sample_scene(all_, 1, 3), sample_scene(none, 1, 3)
    assert (a.objects, a.lights, a.sky, a.motion) == (b.objects, b.lights, b.sky, b.motion)


def _with_assets(**shares: float) -> Recipe:
    none = {"meshes": 0.0, "textures": 0.0, "hdris": 0.0}
    return dataclasses.replace(_recipe("cluster"), asset_shares=AssetShares(**(none | shares)))


def test_assets_come_with_their_shares_and_only_where_there_are_any() -> None:
    assert sample_scene(_with_assets(meshes=1.0, textures=1.0, hdris=1.0), 1, 0) == sample_scene(_with_assets(), 1, 0)
    for index in range(3):
        plain = sample_scene(_with_assets(), 1, index, assets=ASSETS)
        assert not any(thing.shape.asset or thing.material.texture_set for thing in plain.objects)
        assert not plain.sky.hdri
        lit = sample_scene(_with_assets(hdris=1.0), 1, index, assets=ASSETS)
        assert lit.sky.hdri == "noon"
        assert 0 <= lit.sky.hdri_turn <= 1
        assert lit.objects == plain.objects
        dressed = sample_scene(_with_assets(textures=1.0), 1, index, assets=ASSETS)
        assert {thing.material.texture_set for thing in dressed.objects} <= {"oak", "slate"}
        assert [thing.shape for thing in dressed.objects] == [thing.shape for thing in plain.objects]
        filled = sample_scene(_with_assets(meshes=1.0), 1, index, assets=ASSETS)
        meshes = [thing for thing in filled.objects if thing.shape.kind == "mesh"]
        assert {thing.shape.asset for thing in meshes} == {"pots/amphora"}
        assert all(len(thing.shape.numbers) == 1 for thing in meshes)


def test_a_mesh_of_the_users_fits_into_its_disc() -> None:
    from scene_generator.families.layout import Layout, camera
    from scene_generator.families.things import thing
    from scene_generator.spec import Sky

    to = Layout(camera((0, 1, 3), (0, 0, 0), 40.0), Sky((1.0,) * 3, (1.0,) * 3, (1.0,) * 3))
    to.meshes, to.mesh_share = ASSETS.meshes, 1.0
    thing(np.random.default_rng(0), to, 1.0, 0.5, -1.0, 0.2)
    (size,) = to.objects[0].shape.numbers
    x, _, z = ASSETS.meshes[0].extent
    assert size * np.hypot(x, z) / 2 <= 0.2 + 1e-9, "the corners of its box stay inside"
    assert to.objects[0].to_world[7] == 0.5
    assert to.movable == [(to.objects[0].name,)]


def test_an_indoor_map_is_no_sky_for_a_street() -> None:
    hall, park = Asset("hall", "0" * 64, use="indoor"), Asset("park", "1" * 64)
    index = AssetIndex(hdris=(hall, park))
    seen: dict[str, set[str]] = {"street": set(), "table_top": set()}
    for family, maps in seen.items():
        recipe = Recipe("mine", 1, "", (FamilyShare(family, 1.0),), asset_shares=AssetShares(hdris=1.0))
        maps.update(sample_scene(recipe, 3, i, assets=index).sky.hdri for i in range(12))
    assert seen == {"street": {"park"}, "table_top": {"hall", "park"}}
