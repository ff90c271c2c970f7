"""The lights file: what it holds, and what it says when it is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import core.relight
from core.errors import BadConfig, FileMissing
from core.relight.lights import (
    FALLOFFS,
    AmbientLight,
    AreaLight,
    DirectionalLight,
    EnvironmentLight,
    Light,
    PointLight,
    RimLight,
    SpotLight,
)
from core.relight.lights_file import EXAMPLE, lights_as_json, parse_lights, read_lights, schema, write_lights

ROOT = Path(__file__).resolve().parents[3]


def _file(*lights: Any) -> dict[str, Any]:
    return {"version": 2, "lights": list(lights)}


_NUMBER = st.floats(-1e6, 1e6)
_VECTOR = st.tuples(_NUMBER, _NUMBER, _NUMBER)
_WAY = _VECTOR.filter(lambda v: max(abs(part) for part in v) > 1e-3)
_SHARE = st.floats(0.0, 1.0)
_EVERY: dict[str, Any] = {
    "name": st.text(max_size=12),
    "enabled": st.booleans(),
    "intensity": st.floats(0.0, 1e6),
    "color": st.tuples(*[st.floats(0.0, 1e6)] * 3),
    "temperature": st.none() | st.floats(1000.0, 25000.0),
}
_PARTS: dict[str, Any] = {"diffuse": st.booleans(), "specular": st.booleans()}
_DISTANCE: dict[str, Any] = {
    "position": _VECTOR,
    "falloff": st.sampled_from(FALLOFFS),
    "reference_distance": st.floats(1e-4, 1e6),
    "radius": st.floats(1e-4, 1e6),
}
_ANY_LIGHT = st.one_of(
    st.builds(AmbientLight, **_EVERY),
    st.builds(DirectionalLight, **_EVERY, **_PARTS, direction=_WAY, wrap=_SHARE),
    st.builds(PointLight, **_EVERY, **_PARTS, **_DISTANCE, wrap=_SHARE),
    st.builds(
        SpotLight,
        **_EVERY,
        **_PARTS,
        **_DISTANCE,
        wrap=_SHARE,
        direction=_WAY,
        cone_angle=st.floats(0.1, 180.0),
        penumbra=st.floats(-90.0, 90.0),
        cone_falloff=st.floats(0.0, 1000.0),
    ),
    st.builds(
        AreaLight,
        **_EVERY,
        **_PARTS,
        **_DISTANCE,
        direction=_WAY,
        up=_WAY,
        width=st.floats(1e-3, 1e6),
        height=st.floats(1e-3, 1e6),
        two_sided=st.booleans(),
    ),
    st.builds(RimLight, **_EVERY, **_PARTS, angle=st.floats(-360, 360), spread=_SHARE, power=st.floats(0.5, 32)),
    st.builds(
        EnvironmentLight, **_EVERY, **_PARTS, file=st.just("a.exr"), rotation=st.floats(-3600, 3600), wrap=_SHARE
    ),
)


@settings(max_examples=50, deadline=None)
@given(st.lists(_ANY_LIGHT, max_size=5))
def test_every_light_survives_the_file(lights: list[Light]) -> None:
    text = json.dumps(lights_as_json(lights))
    assert parse_lights(json.loads(text)) == tuple(lights)


def test_written_lights_read_back(tmp_path: Path) -> None:
    lights = (*EXAMPLE, PointLight(position=(1.0, 2.0, -3.0), radius=0.5), AmbientLight(), DirectionalLight())
    write_lights(tmp_path / "lights.json", lights)
    assert read_lights(tmp_path / "lights.json") == lights
    write_lights(tmp_path / "none.json", ())
    assert read_lights(tmp_path / "none.json") == ()


def test_the_example_in_the_documentation_is_the_example() -> None:
    assert read_lights(ROOT / "docs" / "examples" / "lights.json") == EXAMPLE


def test_the_documentation_shows_a_file_that_is_read_and_names_every_key() -> None:
    text = (ROOT / "docs" / "relight.md").read_text(encoding="utf-8")
    shown = text.split("```json\n")[1].split("```")[0]
    kinds = schema()["properties"]["lights"]["items"]["oneOf"]
    assert {entry["type"] for entry in json.loads(shown)["lights"]} | {"point"} == {
        kind["properties"]["type"]["const"] for kind in kinds
    }
    assert len(parse_lights(json.loads(shown))) == 6
    for key in {key for kind in kinds for key in kind["properties"]}:
        assert f"`{key}`" in text


def test_the_schema_file_is_what_the_reader_checks_by() -> None:
    file = Path(core.relight.__file__).with_name("lights.schema.json")
    assert json.loads(file.read_text(encoding="utf-8")) == schema()


def test_lights_that_are_off_are_kept_as_off() -> None:
    assert parse_lights(_file({"type": "ambient", "enabled": False}, {"type": "ambient", "intensity": 2})) == (
        AmbientLight(enabled=False),
        AmbientLight(intensity=2.0),
    )


def test_version_1_is_read_as_it_was() -> None:
    old = {
        "version": 1,
        "lights": [
            {"type": "directional", "name": "key", "direction": [0, -1, 0], "color": [1, 0.5, 0.25], "intensity": 2},
            {"type": "point", "position": [1, 2, -3], "radius": 0.5, "enabled": True},
            {"type": "ambient"},
        ],
    }
    assert parse_lights(old) == (
        DirectionalLight(name="key", direction=(0.0, -1.0, 0.0), color=(1.0, 0.5, 0.25), intensity=2.0),
        PointLight(position=(1.0, 2.0, -3.0), radius=0.5),
        AmbientLight(),
    )
    for entry, word in (({"type": "spot"}, "'spot'"), ({"type": "ambient", "temperature": 3200}, "'temperature'")):
        with pytest.raises(BadConfig, match=f'{word} is not in version 1.*"version": 2'):
            parse_lights({"version": 1, "lights": [entry]})


def test_an_environment_is_looked_for_beside_the_lights_file(tmp_path: Path) -> None:
    (tmp_path / "lights.json").write_text(json.dumps(_file({"type": "environment", "file": "maps/sky.exr"})))
    (light,) = read_lights(tmp_path / "lights.json")
    assert isinstance(light, EnvironmentLight)
    assert Path(light.file) == tmp_path / "maps" / "sky.exr"
    (tmp_path / "lights.json").write_text(json.dumps(_file({"type": "environment", "file": "/maps/sky.exr"})))
    (light,) = read_lights(tmp_path / "lights.json")
    assert isinstance(light, EnvironmentLight)
    assert light.file == "/maps/sky.exr"


def test_the_schema_agrees_with_the_reader_on_every_key() -> None:
    """Each number's bounds in the schema are what the reader takes and what it refuses just beyond."""
    kinds = schema()["properties"]["lights"]["items"]["oneOf"]
    assert [kind["properties"]["type"]["const"] for kind in kinds] == [
        *("directional", "point", "spot", "area", "rim", "environment", "ambient")
    ]
    samples = {"position": [0, 0, 0], "direction": [0, 0, -1], "file": "a.exr"}
    for kind in kinds:
        needed = {key: samples[key] for key in kind["required"] if key != "type"}
        base = {"type": kind["properties"]["type"]["const"], **needed}
        for key, rule in kind["properties"].items():
            if "minimum" in rule:
                for value in (rule["minimum"], rule["maximum"]):
                    parse_lights(_file({**base, key: value}))
                for value in (rule["minimum"] - 1, rule["maximum"] * 2 + 1):
                    with pytest.raises(BadConfig, match=key):
                        parse_lights(_file({**base, key: value}))


POINT = {"type": "point", "position": [0, 0, 0]}
AREA = {"position": [0, 0, 0], "direction": [0, 0, -1]}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([], ["holds a list"]),
        ({"version": 3, "lights": []}, ["version is 3", "reads 1 and 2"]),
        ({"version": True, "lights": []}, ["version is true"]),
        ({"lights": []}, ["version is missing"]),
        ({"version": 1}, ["lights is missing"]),
        ({"version": 1, "lights": {}}, ["must be a list"]),
        ({"version": 1, "lights": [], "light": []}, ["unknown key 'light'", "did you mean 'lights'"]),
        (_file(3), ["lights[0] is 3"]),
        (
            _file({"type": "sun"}),
            ["lights[0].type", '"sun"', "directional, point, spot, area, rim, env"],
        ),
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
        (_file({**POINT, "name": "lamp", "wrap": 2}), ["lights[0].wrap is 2", "from 0 to 1", "(light 'lamp')"]),
        (_file({**POINT, "falloff": "square"}), ['falloff is "square"', "none, linear, quadratic, cubic"]),
        (_file({**POINT, "temperature": 900}), ["temperature is 900", "from 1000 to 25000"]),
        (_file({**POINT, "diffuse": 0.5}), ["diffuse is 0.5", "true or false"]),
        (_file({"type": "rim", "power": 0.1}), ["power is 0.1", "from 0.5 to 32"]),
        (_file({"type": "environment"}), ["lights[0].file is missing"]),
        (_file({"type": "environment", "file": ""}), ["file is", "must name a file"]),
        (_file({"type": "area", "position": [0, 0, 0]}), ["lights[0].direction is missing"]),
        (_file({"type": "area", **AREA, "up": [0, 0, 0]}), ["up", "zero"]),
        (_file({"type": "area", **AREA, "wrap": 0.5}), ["unknown key 'wrap'"]),
        (_file({"type": "spot", **AREA, "cone_angle": 181}), ["cone_angle is 181", "from 0.1 to 180"]),
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
