"""Settings of a run: every one checked, and the shipped recipes fit the tasks they name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.errors import BadConfig, FileMissing
from core.tasks import TASKS, default_recipe
from core.training.config import RECIPES, TrainConfig, read_recipe


def test_a_configuration_comes_back_from_json() -> None:
    config = TrainConfig(task="plate_normals", steps=7, learning_rates={"encoder": 1e-4}, model={"width": 8})
    assert TrainConfig.from_json(json.loads(json.dumps(config.to_json()))) == config
    assert config.with_changes({"steps": 9, "seed": None}).steps == 9
    assert config.with_changes({"steps": 9, "seed": None}).seed == config.seed


@pytest.mark.parametrize("name", sorted(path.stem for path in RECIPES.glob("*.json")))
def test_the_shipped_recipes_are_sound(name: str) -> None:
    pytest.importorskip("torch")
    from core.tasks import build_task

    config = read_recipe(name)
    assert config.task in TASKS
    assert config.description
    build_task(config)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"colour": 1}, "unknown setting 'colour'"),
        ({"steps": "many"}, "steps is 'many'; int is needed"),
        ({"steps": True}, "steps is True"),
        ({"steps": 0}, "at least 1"),
        ({"size": 100}, "multiple of 32"),
        ({"precision": "fp8"}, "fp32, bf16"),
        ({"validation_share": 1.0}, "validation_share"),
        ({"ema_decay": -0.1}, "ema_decay"),
        ({"model": 3}, "model is 3"),
        ({"workers": 0}, "workers"),
    ],
)
def test_odd_settings_are_refused_by_name(tmp_path: Path, changes: dict[str, Any], word: str) -> None:
    path = tmp_path / "recipe.json"
    path.write_text(json.dumps({"task": "plate_normals", **changes}))
    with pytest.raises(BadConfig, match=word):
        read_recipe(str(path))


def test_recipes_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(FileMissing, match="plate_normals_first"):
        read_recipe("no_such_recipe")
    for text, word in (("{", "not JSON"), ("[]", "object"), ("{}", "'task' is missing")):
        (tmp_path / "recipe.json").write_text(text)
        with pytest.raises(BadConfig, match=word):
            read_recipe(str(tmp_path / "recipe.json"))


def test_stages_keep_their_share_of_other_steps() -> None:
    recipe = TrainConfig(task="plate_normals", steps=3600, size=256, sizes=((0, 128), (1200, 192), (2600, 256)))
    assert recipe.with_changes({"steps": 360}).sizes == ((0, 128), (120, 192), (260, 256))
    assert recipe.with_changes({"steps": 1}).sizes == ((0, 256),)
    assert recipe.with_changes({"size": 128}).sizes == ()
    assert recipe.with_changes({"seed": 3}).sizes == recipe.sizes


@pytest.mark.parametrize("task", TASKS)
def test_a_task_has_a_first_recipe_or_says_which_there_are(task: str) -> None:
    try:
        assert read_recipe(default_recipe(task)).task == task
    except BadConfig as error:
        names = str(error).rpartition(": ")[2].split(", ")
        assert len(names) > 1
        assert all(read_recipe(name).task == task for name in names)
