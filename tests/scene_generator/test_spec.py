"""Scenes go to JSON and back equal; what is not a scene is refused with its place named."""

from __future__ import annotations

import json

import pytest

from scene_generator.recipe import load_recipe, shipped
from scene_generator.sample import sample_scene
from scene_generator.spec import SceneSpec, SpecError

RECIPE = load_recipe("plate_normals")


@pytest.mark.parametrize("index", range(12))
def test_a_scene_survives_json(index: int) -> None:
    spec = sample_scene(RECIPE, 7, index)
    again = SceneSpec.from_json(spec.to_json())
    assert again == spec
    assert again.hash() == spec.hash()


def test_sampling_is_pure_and_numbers_matter() -> None:
    assert sample_scene(RECIPE, 0, 3) == sample_scene(RECIPE, 0, 3)
    hashes = {sample_scene(RECIPE, s, i, a).hash() for s in (0, 1) for i in (0, 1) for a in (0, 1)}
    assert len(hashes) == 8


def test_a_redrawn_sample_keeps_its_family() -> None:
    for index in range(20):
        assert len({sample_scene(RECIPE, 5, index, attempt).family for attempt in range(3)}) == 1


def test_the_mix_follows_the_weights() -> None:
    families = [sample_scene(RECIPE, 11, i).family for i in range(400)]
    total = sum(share.weight for share in RECIPE.families)
    for share in RECIPE.families:
        assert families.count(share.name) / 400 == pytest.approx(share.weight / total, abs=0.08)


def test_golden_hash_of_the_first_scene() -> None:
    # A change here means that published seeds give other scenes: raise the recipe's version with it.
    assert RECIPE.version == 1
    assert sample_scene(RECIPE, 7, 0).hash() == GOLDEN


GOLDEN = "7aaf6801f360d510884963371c75ed2b8fd03c0509c78a26168e15ca7d8d933b"


def _broken(change: dict[str, object]) -> str:
    data = json.loads(sample_scene(RECIPE, 7, 0).to_json())
    data.update(change)
    return json.dumps(data)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"version": 99}, "version"),
        ({"surprise": 1}, "surprise"),
        ({"seed": 1.5}, "scene.seed"),
        ({"seed": True}, "scene.seed"),
        ({"sky": 3}, "scene.sky"),
        ({"lights": "none"}, "scene.lights"),
        ({"camera": {"to_world": [0.0] * 16}}, "scene.camera"),
    ],
)
def test_a_wrong_value_is_named(change: dict[str, object], named: str) -> None:
    with pytest.raises(SpecError, match=named.replace(".", r"\.")):
        SceneSpec.from_json(_broken(change))


def test_text_that_is_no_json_is_refused() -> None:
    with pytest.raises(SpecError, match="not JSON"):
        SceneSpec.from_json("{")


def test_shipped_recipes_load_and_unknown_ones_are_listed(tmp_path: object) -> None:
    for name in shipped():
        assert load_recipe(name).name == name
    with pytest.raises(SpecError, match="plate_normals"):
        load_recipe("nothing_like_it")


def test_a_recipe_file_is_checked(tmp_path: pytest.TempPathFactory) -> None:
    file = tmp_path / "mine.json"  # type: ignore[operator]
    good = json.dumps(RECIPE.to_dict())
    file.write_text(good)
    assert load_recipe(str(file)) == RECIPE
    for old, new, named in (
        ('"room"', '"castle"', "castle"),
        ('"texture_size": 192', '"texture_size": 2', "texture_size"),
        ('"weight": 0.38', '"weight": 0', "weight"),
        ('"weight": 0.38', '"weight": "much"', "weight"),
    ):
        assert old in good
        file.write_text(good.replace(old, new))
        with pytest.raises(SpecError, match=named):
            load_recipe(str(file))


def test_negative_seeds_are_refused_and_zero_is_a_seed() -> None:
    with pytest.raises(SpecError, match="negative"):
        sample_scene(RECIPE, -1, 0)
    assert sample_scene(RECIPE, 0, 0).seed == 0
