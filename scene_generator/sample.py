"""`sample_scene` is pure: recipe, seed, index and attempt give one scene, on every machine and in any order."""

from __future__ import annotations

import dataclasses
from typing import List  # noqa: UP035 - Python 3.9

import numpy as np

from scene_generator.assets import NO_ASSETS, AssetIndex
from scene_generator.families import FAMILIES
from scene_generator.families.layout import Layout
from scene_generator.families.ranges import Dice
from scene_generator.motion import draw_motion
from scene_generator.recipe import FamilyShare, Recipe
from scene_generator.spec import Camera, Material, SceneObject, SceneSpec, Sky, SpecError


def sample_scene(recipe: Recipe, seed: int, index: int, attempt: int = 0, assets: AssetIndex = NO_ASSETS) -> SceneSpec:
    """Return scene `index` of `seed`; a rejected scene is drawn anew with the next `attempt`.

    The family depends on seed and index only, so that rejection does not change the mix.

    Raises:
        SpecError: a negative number was given.
    """
    if min(seed, index, attempt) < 0:
        raise SpecError(f"seed {seed}, index {index}, attempt {attempt}: none may be negative")
    share = family_of(recipe, seed, index)
    family = FAMILIES[share.name]
    dice = Dice(
        np.random.default_rng((seed, index, attempt + 1)), family.ranges, share.ranges, assets, recipe.asset_shares
    )
    layout = family.build(dice)
    # Separate streams: a recipe with assets or another lens moves nothing else.
    rng = np.random.default_rng((seed, index, attempt + 1, 1))
    return SceneSpec(
        recipe=recipe.name,
        family=share.name,
        seed=seed,
        index=index,
        attempt=attempt,
        camera=_lens(rng, layout, recipe),
        objects=tuple(_dressed(rng, layout.objects, recipe, assets)),
        lights=tuple(layout.lights),
        sky=_sky(rng, layout.sky, recipe, assets, family.outdoor),
        motion=draw_motion(np.random.default_rng((seed, index, attempt + 1, 2)), layout),
        drawn=dice.drawn(),
    )


def _lens(rng: np.random.Generator, layout: Layout, recipe: Recipe) -> Camera:
    focal = round(layout.camera.focal_length_mm * float(rng.uniform(*recipe.focal_scale)), 6)
    blurred, stop = rng.random() < recipe.defocus_share, float(np.exp(rng.uniform(np.log(1.4), np.log(8.0))))
    off = float(rng.uniform(0.8, 1.25))
    if not blurred:
        return dataclasses.replace(layout.camera, focal_length_mm=focal)
    focus = round(max(layout.focus * off, 0.1), 6)
    return dataclasses.replace(layout.camera, focal_length_mm=focal, f_number=round(stop, 4), focus_distance=focus)


def family_of(recipe: Recipe, seed: int, index: int) -> FamilyShare:
    """Return the family that sample `index` of `seed` is drawn from, without drawing the scene."""
    weights = np.array([share.weight for share in recipe.families], np.float64)
    pick = np.random.default_rng((seed, index)).choice(len(weights), p=weights / weights.sum())
    return recipe.families[int(pick)]


_BODIES = frozenset((
    "bush", "car", "conifer", "fern", "flowers", "grass", "hair", "hands", "head", "hedge", "ivy", "leaves", "legs",
    "panes", "screen", "shoes", "top", "water",
))  # fmt: skip
"""Objects that keep their own material: a wall's picture on a face or a leaf teaches nothing that a plate shows."""


def _dressed(
    rng: np.random.Generator,
    objects: List[SceneObject],  # noqa: UP006
    recipe: Recipe,
    assets: AssetIndex,
) -> List[SceneObject]:  # noqa: UP006
    # A user's textures take the place of procedural ones, material by material.
    if not assets.textures:
        return objects
    chosen = {}
    for thing in objects:
        if thing.material in chosen:
            continue
        if thing.name.split("_")[0] in _BODIES:
            chosen[thing.material] = thing.material
            continue
        chosen[thing.material] = thing.material
        if rng.random() < recipe.asset_shares.textures:
            name = assets.textures[int(rng.integers(len(assets.textures)))].name
            tiles = round(float(np.exp(rng.uniform(np.log(0.4), np.log(2.5)))), 6)
            chosen[thing.material] = _with_set(thing.material, name, tiles)
    return [dataclasses.replace(thing, material=chosen[thing.material]) for thing in objects]


def _with_set(material: Material, name: str, tiles: float) -> Material:
    return dataclasses.replace(material, texture_set=name, repeat=(tiles, tiles), layers=())


def _sky(rng: np.random.Generator, sky: Sky, recipe: Recipe, assets: AssetIndex, outdoor: bool) -> Sky:
    fitting = [asset for asset in assets.hdris if not (outdoor and asset.use == "indoor")]
    if not fitting or rng.random() >= recipe.asset_shares.hdris:
        return sky
    name = fitting[int(rng.integers(len(fitting)))].name
    turn, gain = round(float(rng.random()), 6), round(float(np.exp(rng.uniform(-1.5, 0.7))), 6)
    return dataclasses.replace(sky, hdri=name, hdri_turn=turn, hdri_gain=gain)
