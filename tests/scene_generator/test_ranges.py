"""Ranges: draws stay inside, overrides count, names that do not exist are refused; the documentation says the same."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest

from scene_generator.families import FAMILIES
from scene_generator.families.describe import page
from scene_generator.families.ranges import Dice, Range, check_overrides
from scene_generator.recipe import FamilyShare, Recipe, load_recipe
from scene_generator.spec import SpecError, read

DOCS = Path(__file__).parents[2] / "docs" / "families.md"
RANGES = {
    "length": Range(1.0, 100.0, "a length", "m", log=True),
    "angle": Range(-0.5, 0.5, "an angle", "rad"),
    "count": Range(2, 4, "a count"),
    "often": Range(0.25, 0.25, "a share"),
    "tall": Range(0.5, 2.0, "a height", "m"),
    "gap": Range(0.0, 2.5, "a distance that may be none", "m"),
    "ratio": Range(0.03, 0.2, "one length over another"),
    "offset": Range(-1.0, 1.5, "to the left or right", "m"),
}


def _dice(seed: int = 0, **overrides: tuple[float, float]) -> Dice:
    return Dice(np.random.default_rng(seed), RANGES, overrides)


def test_draws_fill_their_range_evenly_or_evenly_in_the_logarithm() -> None:
    dice = _dice()
    angles = np.array([dice.draw("angle") for _ in range(2000)])
    assert -0.5 <= angles.min() < -0.48
    assert 0.48 < angles.max() <= 0.5
    assert abs(np.median(angles)) < 0.05
    lengths = np.array([dice.draw("length") for _ in range(2000)])
    assert 1 <= lengths.min() < 1.1
    assert 90 < lengths.max() <= 100
    assert np.median(lengths) == pytest.approx(10, rel=0.2), "half lie below the geometric middle"


def test_counts_take_both_ends_and_chances_their_share() -> None:
    dice = _dice()
    assert {dice.count("count") for _ in range(100)} == {2, 3, 4}
    assert np.mean([dice.chance("often") for _ in range(2000)]) == pytest.approx(0.25, abs=0.04)
    assert not any(_dice(s, often=(0.0, 0.0)).chance("often") for s in range(50))
    assert all(_dice(s, often=(1.0, 1.0)).chance("often") for s in range(50))


def test_what_was_drawn_is_remembered_by_name() -> None:
    dice = _dice()
    dice.draw("angle")
    last = dice.draw("angle")
    happened = dice.chance("often")
    assert [(d.name, d.value) for d in dice.drawn()] == [("angle", round(last, 6)), ("often", float(happened))]


def test_a_name_that_the_family_has_not_is_refused_when_drawn() -> None:
    with pytest.raises(SpecError, match="colour"):
        _dice().draw("colour")


@pytest.mark.parametrize(
    ("overrides", "named"),
    [
        ({"colour": (0.0, 1.0)}, "'colour' is unknown"),
        ({"angle": (0.5, -0.5)}, "'angle' is 0.5"),
        ({"length": (0.0, 5.0)}, "above 0 m"),
        ({"often": (0.0, 7.0)}, "'often' is 0.0..7.0, expected a share, 0..1"),
        ({"often": (-0.1, 0.5)}, "expected a share"),
        ({"count": (-1.0, 4.0)}, "'count' is -1.0..4.0, expected whole numbers of 0 or more"),
        ({"count": (1.5, 4.0)}, "expected whole numbers"),
        ({"angle": (-4.0, 0.0)}, "'angle' is -4.0..0.0, expected radians, -pi..pi"),
        ({"tall": (-1.0, 2.0)}, "'tall' is -1.0..2.0, expected above 0 m"),
        ({"gap": (-1.0, 2.0)}, "'gap' is -1.0..2.0, expected 0 or more"),
        ({"ratio": (-1.0, 2.0)}, "expected 0 or more"),
        ({"angle": (float("nan"), 0.0)}, "expected finite numbers"),
    ],
)
def test_an_override_that_cannot_be_is_named(overrides: dict[str, tuple[float, float]], named: str) -> None:
    with pytest.raises(SpecError, match=named):
        check_overrides("test", RANGES, overrides)
    check_overrides("test", RANGES, {"angle": (-3.1, 3.1), "length": (200.0, 300.0), "often": (0.0, 1.0)})
    check_overrides(
        "test", RANGES, {"count": (0.0, 9.0), "gap": (0.0, 0.0), "ratio": (0.0, 2.5), "offset": (-9.0, 2.0)}
    )


@pytest.mark.parametrize(
    ("ranges", "named"),
    [({"steam": [0, 1]}, "steam"), ({"pitch": [1.0, 0.2]}, "pitch"), ({"focal_mm": [0, 50]}, "focal_mm")],
)
def test_a_recipe_with_such_a_range_is_refused_as_it_is_loaded(
    tmp_path: Path, ranges: dict[str, list[float]], named: str
) -> None:
    data = load_recipe("plate_normals").to_dict() | {"families": [{"name": "cluster", "weight": 1, "ranges": ranges}]}
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(data))
    with pytest.raises(SpecError, match=named) as caught:
        load_recipe(str(file))
    assert "cluster" in str(caught.value)


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_every_range_is_in_order_and_says_what_it_means(name: str) -> None:
    for key, limits in FAMILIES[name].ranges.items():
        assert limits.low <= limits.high, key
        assert len(limits.meaning) > 3, key
        assert not limits.log or limits.low > 0, key
        assert math.isfinite(limits.low + limits.high), key
        assert limits.is_share == limits.meaning.startswith("share"), key
        assert not limits.refuses(limits.low, limits.high), key


def test_a_family_that_is_listed_twice_is_refused() -> None:
    twice = (FamilyShare("room", 1.0), FamilyShare("street", 1.0), FamilyShare("room", 2.0))
    with pytest.raises(SpecError, match="'room' is listed 2 times; list it once"):
        Recipe("mine", 1, "", twice).check()


def test_the_documentation_is_what_the_code_says() -> None:
    # Write it again: python -m scene_generator.families.describe > docs/families.md
    assert DOCS.read_text(encoding="utf-8") == page()


def test_the_documentation_lists_every_range_of_every_family() -> None:
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", page(), re.M | re.S))
    for name, family in FAMILIES.items():
        for key, limits in family.ranges.items():
            assert f"| `{key}` | {limits.low:g} | {limits.high:g} |" in sections[name]


def test_the_example_in_the_documentation_is_a_recipe_that_holds(tmp_path: Path) -> None:
    from scene_generator.sample import sample_scene

    (example,) = re.findall(r"```json\n(.*?)```", page(), re.S)
    file = tmp_path / "portraits.json"
    file.write_text(example)
    recipe = load_recipe(str(file))
    for index in range(3):
        spec = sample_scene(recipe, 1, index)
        assert spec.family == "figures"
        assert 35 <= spec.camera.focal_length_mm <= 50
        assert sum(thing.shape.kind == "figure_head" for thing in spec.objects) == 1
        assert all(thing.shape.numbers[1] == 0 for thing in spec.objects if thing.shape.kind == "figure_head")


def test_ranges_of_a_recipe_are_read_strictly() -> None:
    good = {"name": "cluster", "weight": 1, "ranges": {"pitch": [0.1, 0.2]}}
    assert read(FamilyShare, good, "share").ranges == {"pitch": (0.1, 0.2)}
    for wrong in ({"pitch": [0.1]}, {"pitch": 0.1}, {"pitch": ["low", "high"]}, [["pitch", 0.1, 0.2]]):
        with pytest.raises(SpecError, match=r"share\.ranges"):
            read(FamilyShare, good | {"ranges": wrong}, "share")
    with pytest.raises(SpecError, match="defocus_share"):
        Recipe("mine", 1, "", (FamilyShare("room", 1.0),), defocus_share=1.5).check()
