"""The lights file: what it holds, and what it says when it is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import core.relight
from core.errors import BadConfig, FileMissing
from core.relight.lights import AmbientLight, DirectionalLight, PointLight
from core.relight.lights_file import EXAMPLE, parse_lights, read_lights, schema, write_lights

ROOT = Path(__file__).resolve().parents[3]


def _file(*lights: Any) -> dict[str, Any]:
    return {"version": 1, "lights": list(lights)}


def test_written_lights_read_back(tmp_path: Path) -> None:
    lights = (*EXAMPLE, PointLight(position=(1.0, 2.0, -3.0), radius=0.5), AmbientLight(), DirectionalLight())
    write_lights(tmp_path / "lights.json", lights)
    assert read_lights(tmp_path / "lights.json") == lights
    write_lights(tmp_path / "none.json", ())
    assert read_lights(tmp_path / "none.json") == ()


def test_the_example_in_the_documentation_is_the_example() -> None:
    assert read_lights(ROOT / "docs" / "examples" / "lights.json") == EXAMPLE


def test_the_schema_file_is_what_the_reader_checks_by() -> None:
    file = Path(core.relight.__file__).with_name("lights.schema.json")
    assert json.loads(file.read_text(encoding="utf-8")) == schema()


def test_lights_that_are_off_are_left_out() -> None:
    assert parse_lights(_file({"type": "ambient", "enabled": False}, {"type": "ambient", "intensity": 2})) == (
        AmbientLight(intensity=2.0),
    )


POINT = {"type": "point", "position": [0, 0, 0]}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([], ["holds a list"]),
        ({"version": 2, "lights": []}, ["version is 2", "reads 1"]),
        ({"version": True, "lights": []}, ["version is true"]),
        ({"lights": []}, ["version is missing"]),
        ({"version": 1}, ["lights is missing"]),
        ({"version": 1, "lights": {}}, ["must be a list"]),
        ({"version": 1, "lights": [], "light": []}, ["unknown key 'light'", "did you mean 'lights'"]),
        (_file(3), ["lights[0] is 3"]),
        (_file({"type": "sun"}), ["lights[0].type", '"sun"', "directional, point, ambient"]),
        (_file({"type": ["point"]}), ["lights[0].type"]),
        (_file({"type": "ambient"}, {"type": "directional"}), ["lights[1].direction is missing"]),
        (_file({**POINT, "intensty": 1}), ["'intensty'", "did you mean 'intensity'"]),
        (_file({**POINT, "direction": [0, 0, 1]}), ["unknown key 'direction'"]),
        (_file({**POINT, "intensity": -2}), ["lights[0].intensity is -2", "from 0 to 1e+06"]),
        (_file({**POINT, "intensity": "1"}), ['intensity is "1"']),
        (_file({**POINT, "intensity": True}), ["intensity is true"]),
        (_file({**POINT, "intensity": float("nan")}), ["intensity is NaN"]),
        (_file({**POINT, "position": [0, 0]}), ["position", "three numbers"]),
        (_file({**POINT, "position": [0, 0, 1e9]}), ["position", "from -1e+06 to 1e+06"]),
        (_file({**POINT, "color": [1, 1, -0.1]}), ["color", "-0.1"]),
        (_file({**POINT, "radius": 0}), ["radius is 0", "0.0001"]),
        (_file({**POINT, "enabled": 1}), ["enabled is 1", "true or false"]),
        (_file({**POINT, "name": 7}), ["name is 7", "text"]),
        (_file({"type": "directional", "direction": [0, 0, 0]}), ["direction", "zero"]),
        (_file(*[{"type": "ambient"}] * 65), ["65", "at most 64"]),
    ],
)
def test_a_wrong_value_is_named(value: Any, words: list[str]) -> None:
    with pytest.raises(BadConfig) as caught:
        parse_lights(value, source="my.json")
    message = str(caught.value)
    assert message.startswith("my.json")
    assert "\n" not in message
    for word in words:
        assert word in message


def test_files_that_are_no_json(tmp_path: Path) -> None:
    with pytest.raises(FileMissing, match="example-lights"):
        read_lights(tmp_path / "absent.json")
    broken = tmp_path / "broken.json"
    broken.write_text('{"version": 1,\n "lights": [}')
    with pytest.raises(BadConfig, match="line 2"):
        read_lights(broken)
    broken.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadConfig, match="UTF-8"):
        read_lights(broken)
