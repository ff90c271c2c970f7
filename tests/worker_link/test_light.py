"""The light-estimate file: what goes out comes back, what is none is refused, frames are merged."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.core.worker.protocol_check import problems
from worker_link.light import (
    BadLight,
    PlateLight,
    Residual,
    color_and_intensity,
    luminance,
    merge_lights,
    parse_light,
    read_light,
    save_light,
)
from worker_link.light_doubts import confidence_of, doubts_of
from worker_link.light_words import azimuth_and_elevation, light_words

GOOD = PlateLight(
    harmonics=tuple((0.1 * row + 0.5, -0.2 * row + 0.4, 0.05 * row + 0.3) for row in range(9)),
    toward=(0.6, 0.48, 0.64),
    key=(2.0, 1.0, 0.5),
    ambient=(0.2, 0.25, 0.3),
    mean_irradiance=(0.9, 0.7, 0.5),
    bright_irradiance=(2.0, 1.5, 1.0),
    directionality=0.4,
    spread_degrees=8.0,
    residual=Residual(0.2, 0.9, 0.1, 0.8, 0.3, 4000),
    plate="/plates/a.1001.exr",
    normals="/normals/a.1001.exr",
)


def close(one: PlateLight, other: PlateLight) -> None:
    assert one.toward == pytest.approx(other.toward, abs=1e-12)
    for name in ("key", "ambient", "mean_irradiance", "bright_irradiance"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), rel=1e-12), name
    assert [value for row in one.harmonics for value in row] == pytest.approx(
        [value for row in other.harmonics for value in row]
    )


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "light.json"
    save_light(str(path), GOOD)
    read = read_light(str(path))
    close(read, GOOD)
    same = ("directionality", "spread_degrees", "residual", "color_space", "frames", "plate", "normals")
    assert [getattr(read, name) for name in same] == [getattr(GOOD, name) for name in same]
    assert [file.name for file in path.parent.iterdir()] == ["light.json"]


def test_it_fits_its_schema() -> None:
    schema = json.loads((Path(__file__).parents[2] / "worker_link" / "light.schema.json").read_text())
    for light in (GOOD, replace(GOOD, key=(0.0, 0.0, 0.0)), replace(GOOD, residual=Residual(coverage=0.01))):
        assert problems(json.loads(json.dumps(light.to_json(), allow_nan=False)), schema, schema) == []
    assert set(schema["required"]) == set(schema["properties"]) - {"made_with"} == set(GOOD.to_json())
    marked = replace(GOOD, made_with="0123456789abcdef")
    assert problems(marked.to_json(), schema, schema) == []
    assert parse_light(marked.to_json()).made_with == marked.made_with
    assert problems({**GOOD.to_json(), "toward": [0, 1]}, schema, schema)
    assert problems({**GOOD.to_json(), "ambient_to_key": "inf"}, schema, schema)


def test_no_key_is_null_and_not_infinity() -> None:
    dark = replace(GOOD, key=(0.0, 0.0, 0.0))
    text = json.dumps(dark.to_json(), allow_nan=False)  # raises for what is no JSON
    assert json.loads(text)["ambient_to_key"] is None
    assert json.loads(text)["key"] == {"color": [1.0, 1.0, 1.0], "intensity": 0.0}
    assert math.isinf(parse_light(json.loads(text)).ambient_to_key)
    assert "no key" in light_words(dark)


def changed(**fields: Any) -> dict[str, Any]:
    return {**GOOD.to_json(), **fields}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "is no light estimate"),
        ({"lights": []}, "is no light estimate"),
        (changed(version=2), "of version 2"),
        (changed(harmonics=[[1, 2, 3]]), "9 rows"),
        (changed(harmonics=[[1, 2, "x"]] * 9), r"harmonics\[0\] is 'x'"),
        (changed(harmonics=[[1, 2, math.nan]] * 9), "is nan"),
        (changed(toward=[0, 0, 0.5]), "unit vector"),
        (changed(key={"color": [1, 1, 1]}), "has no key.intensity"),
        (changed(key={"color": [1, -1, 1], "intensity": 1}), "key.color is -1"),
        (changed(key=3), "key has to be an object"),
        (changed(directionality=2), "directionality is 2"),
        (changed(color_space=None), "color_space has to be a text"),
        (changed(spread_degrees=True), "spread_degrees is True"),
        ({key: value for key, value in GOOD.to_json().items() if key != "residual"}, "has no residual"),
    ],
)
def test_what_is_none_is_refused_with_its_field(document: Any, words: str) -> None:
    with pytest.raises(BadLight, match=words):
        parse_light(document, "a.json")


def test_files_that_are_none_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadLight, match=r"nothing\.json: cannot be read"):
        read_light(str(tmp_path / "nothing.json"))
    (tmp_path / "torn.json").write_text("{")
    with pytest.raises(BadLight, match=r"torn\.json: is no JSON"):
        read_light(str(tmp_path / "torn.json"))


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "light.json"
    save_light(str(path), GOOD)
    with pytest.raises(ValueError, match="not JSON compliant"):
        save_light(str(path), replace(GOOD, spread_degrees=math.nan))
    close(read_light(str(path)), GOOD)
    assert len(list(tmp_path.iterdir())) == 1


def test_balanced_has_a_mean_of_one_and_the_same_ratios() -> None:
    balanced = GOOD.balanced()
    assert balanced.mean_irradiance == pytest.approx((1.0, 1.0, 1.0))
    for channel in range(3):
        factor = balanced.key[channel] / GOOD.key[channel]
        assert factor == pytest.approx(1.0 / GOOD.mean_irradiance[channel])
        for one, other in zip(balanced.harmonics, GOOD.harmonics, strict=True):
            assert one[channel] == pytest.approx(other[channel] * factor)


def test_merging_the_same_light_changes_nothing() -> None:
    merged = merge_lights([GOOD, GOOD, GOOD])
    close(merged, GOOD)
    assert merged.frames == 3
    assert merged.spread_degrees == pytest.approx(GOOD.spread_degrees)
    assert merge_lights([GOOD]) is GOOD


def test_merging_takes_the_scale_of_each_frame_out() -> None:
    """The estimate of a frame that shows darker things is brighter by a factor: the light has not changed."""
    merged = merge_lights([GOOD, GOOD.scaled((4.0, 4.0, 4.0))])
    assert luminance(merged.mean_irradiance) == pytest.approx(2.5 * luminance(GOOD.mean_irradiance))
    assert merged.key[0] / merged.key[2] == pytest.approx(GOOD.key[0] / GOOD.key[2])
    assert merged.harmonics[3][1] / merged.harmonics[0][1] == pytest.approx(GOOD.harmonics[3][1] / GOOD.harmonics[0][1])


def test_frames_that_disagree_widen_the_spread() -> None:
    left, right = replace(GOOD, toward=(-0.6, 0.0, 0.8)), replace(GOOD, toward=(0.6, 0.0, 0.8))
    merged = merge_lights([left, right])
    assert merged.toward == pytest.approx((0.0, 0.0, 1.0), abs=1e-9)
    assert merged.spread_degrees == pytest.approx(math.degrees(math.acos(0.8)))


def test_an_unsure_frame_weighs_less() -> None:
    unsure = replace(GOOD, toward=(-0.6, 0.48, 0.64), residual=replace(GOOD.residual, coverage=0.03))
    assert unsure.confidence == 0.0
    assert merge_lights([GOOD, unsure]).toward[0] > 0.5


def test_opposite_frames_have_a_direction_all_the_same() -> None:
    merged = merge_lights([replace(GOOD, toward=(1.0, 0.0, 0.0)), replace(GOOD, toward=(-1.0, 0.0, 0.0))])
    assert luminance([v * v for v in merged.toward]) > 0.0


def test_what_cannot_be_merged_is_refused() -> None:
    with pytest.raises(BadLight, match="no light estimate"):
        merge_lights([])
    with pytest.raises(BadLight, match="ACEScg, lin_rec709"):
        merge_lights([GOOD, replace(GOOD, color_space="ACEScg")])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"coverage": 0.04}, "few directions"),
        ({"usable_share": 0.03}, "could be used"),
        ({"median_stops": 1.1}, "badly"),
        ({"directionality": 0.01}, "from all sides"),
        ({"spread_degrees": 45.0}, "45 degrees off"),
    ],
)
def test_each_weakness_is_told_and_lowers_the_confidence(changes: dict[str, float], words: str) -> None:
    facts = {"coverage": 0.4, "usable_share": 0.9, "median_stops": 0.1, "directionality": 0.5, "spread_degrees": 3.0}
    assert confidence_of(**facts) == 1.0
    assert doubts_of(**facts) == ()
    (told,) = doubts_of(**{**facts, **changes})
    assert words in told
    assert confidence_of(**{**facts, **changes}) < 0.5


def test_words_and_angles() -> None:
    azimuth, elevation = azimuth_and_elevation(replace(GOOD, toward=(-math.sqrt(0.5), 0.0, math.sqrt(0.5))))
    assert (azimuth, elevation) == pytest.approx((-45.0, 0.0))
    assert "43 degrees from the right, 29 degrees from above" in light_words(GOOD)
    assert color_and_intensity((0.0, 0.0, 0.0)) == ((1.0, 1.0, 1.0), 0.0)
