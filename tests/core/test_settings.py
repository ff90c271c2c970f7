from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from core.errors import BadConfig
from core.generative.variation import Variation
from core.losses.normals_objective import NormalsObjective
from core.materials.changes import PictureChanges
from core.settings import from_settings
from core.tasks import material, occlusion, texture_normals
from core.training.augment.settings import Appearance
from core.training.augment.texture import TextureChanges


@dataclass(frozen=True)
class Some:
    share: float = 0.5
    scales: int = 3
    roll: bool = True
    kind: str = "plain"


def test_what_is_named_is_taken_and_the_rest_left() -> None:
    assert from_settings(Some, {"share": 1, "roll": False}, "part") == Some(1, 3, False, "plain")
    assert from_settings(Some, {"scales": 4.0}, "part").scales == 4


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"shares": 1}, "part setting 'shares': unknown; known are share, scales, roll, kind"),
        ({"share": "a"}, "part setting 'share' is 'a'; a number is needed"),
        ({"share": True}, "a number is needed"),
        ({"share": None}, "a number is needed"),
        ({"share": [0.1]}, "a number is needed"),
        ({"share": float("nan")}, "a number is needed"),
        ({"scales": 2.5}, "a whole number is needed"),
        ({"roll": 1}, "true or false is needed"),
    ],
)
def test_what_does_not_fit_is_named(value: dict[str, Any], words: str) -> None:
    with pytest.raises(BadConfig, match=words.replace("(", r"\(")):
        from_settings(Some, value, "part")


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (texture_normals.Objective, "angle"),
        (material.MaterialObjective, "numbers"),
        (occlusion.Changes, "smooth"),
        (PictureChanges, "noise"),
        (TextureChanges, "noise"),
        (Variation, "mirror"),
        (NormalsObjective, "angular"),
        (Appearance, "jpeg"),
    ],
)
def test_every_part_of_a_recipe_refuses_words_for_numbers_and_numbers_below_zero(kind: Any, name: str) -> None:
    with pytest.raises(BadConfig, match="a number is needed"):
        kind.from_json({name: "much"})
    with pytest.raises(BadConfig, match="unknown"):
        kind.from_json({"no_such_setting": 1.0})
    with pytest.raises(BadConfig):
        kind.from_json({name: -1.0})
