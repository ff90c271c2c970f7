"""`sample_scene` is pure: recipe, seed, index and attempt give one scene, on every machine and in any order."""

from __future__ import annotations

import dataclasses

import numpy as np

from scene_generator.families import FAMILIES
from scene_generator.recipe import Recipe
from scene_generator.spec import SceneSpec, SpecError


def sample_scene(recipe: Recipe, seed: int, index: int, attempt: int = 0) -> SceneSpec:
    """Return scene `index` of `seed`; a rejected scene is drawn anew with the next `attempt`.

    The family depends on seed and index only, so that rejection does not change the mix.

    Raises:
        SpecError: a negative number was given.
    """
    if min(seed, index, attempt) < 0:
        raise SpecError(f"seed {seed}, index {index}, attempt {attempt}: none may be negative")
    weights = np.array([share.weight for share in recipe.families], np.float64)
    pick = np.random.default_rng((seed, index)).choice(len(weights), p=weights / weights.sum())
    family = recipe.families[int(pick)].name
    rng = np.random.default_rng((seed, index, attempt + 1))
    layout = FAMILIES[family](rng)
    focal = round(layout.camera.focal_length_mm * float(rng.uniform(*recipe.focal_scale)), 6)
    return SceneSpec(
        recipe=recipe.name,
        family=family,
        seed=seed,
        index=index,
        attempt=attempt,
        camera=dataclasses.replace(layout.camera, focal_length_mm=focal),
        objects=tuple(layout.objects),
        lights=tuple(layout.lights),
        sky=layout.sky,
    )
