"""Lights to Nuke's nodes and back."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from core.relight.nuke_lights import lights_from_script, read_nuke_lights, script_from_lights, write_nuke_lights
from core.relight.tcl_words import quoted, script_nodes, words

_NUMBER = st.floats(-1e5, 1e5)
_VECTOR = st.tuples(_NUMBER, _NUMBER, _NUMBER)
_WAY = _VECTOR.filter(lambda v: math.hypot(*v) > 1e-3)
_EVERY = {
    "name": st.text(max_size=12),
    "enabled": st.booleans(),
    "intensity": st.floats(0.0, 1e6),
    "color": st.tuples(*[st.floats(0.0, 1e6)] * 3),
}
_SAYABLE = st.one_of(
    st.builds(DirectionalLight, **_EVERY, direction=_WAY),
    st.builds(PointLight, **_EVERY, position=_VECTOR, falloff=st.sampled_from(FALLOFFS)),
    st.builds(
        SpotLight,
        **_EVERY,
        position=_VECTOR,
        falloff=st.sampled_from(FALLOFFS),
        direction=_WAY,
        cone_angle=st.floats(0.1, 180.0),
        penumbra=st.floats(-90.0, 90.0),
        cone_falloff=st.floats(0.0, 1000.0),
    ),
    st.builds(
        EnvironmentLight, **_EVERY, file=st.sampled_from(["a.exr", "/b c/d[1].exr"]), rotation=st.floats(-360, 360)
    ),
)


def _plain(light: Light) -> Light:
    """With a direction of length 1, rounded: its length is not light, and Nuke keeps angles."""
    if isinstance(light, DirectionalLight | SpotLight):
        unit = np.array(light.direction) / math.hypot(*light.direction)
        x, y, z = (round(float(part), 8) + 0.0 for part in unit)
        return replace(light, direction=(x, y, z))
    return light


@settings(max_examples=80, deadline=None)
@given(
    st.lists(_SAYABLE, max_size=5).filter(
        lambda lights: not any(set("\n\r[]$") & set(x.name + getattr(x, "file", "")) for x in lights)
    )
)
def test_what_both_can_say_survives_the_round(lights: list[Light]) -> None:
    text, notes = script_from_lights(lights)
    assert notes == []
    back, said = lights_from_script(text)
    assert said == []
    assert [_plain(light) for light in back] == [_plain(light) for light in lights]
    again, _ = script_from_lights(back)
    third, _ = lights_from_script(again)
    assert [_plain(light) for light in third] == [_plain(light) for light in back]


def test_the_nodes_are_those_of_nuke_with_their_knobs() -> None:
    text, _ = script_from_lights(
        [
            DirectionalLight(name="key", direction=(0.0, -1.0, 0.0), enabled=False),
            PointLight(name="a lamp", position=(1.0, 2.5, -3.0), falloff="none"),
            SpotLight(name="a lamp", direction=(1.0, 0.0, 0.0), cone_angle=33.0, penumbra=-4.0, cone_falloff=1.5),
            EnvironmentLight(name="sky", file="s.exr", rotation=90.0),
        ]
    )
    key, lamp, spot, sky = script_nodes(text)
    assert [node.kind for node in (key, lamp, spot, sky)] == ["DirectLight", "Light2", "Spotlight", "Environment"]
    assert (key.knobs["rotate"], key.knobs["disable"]) == ("-90 0 0", "true")
    assert (lamp.knobs["translate"], lamp.knobs["falloff_type"]) == ("1 2.5 -3", "No Falloff")
    assert (lamp.knobs["name"], spot.knobs["name"]) == ("a_lamp", "a_lamp_2")
    assert spot.knobs["rotate"] == "0 -90 0"
    assert [spot.knobs[f"cone_{knob}"] for knob in ("angle", "penumbra_angle", "falloff")] == ["33", "-4", "1.5"]
    assert (sky.knobs["rotate"], sky.knobs["label"]) == ("0 90 0", "map: s.exr")


def test_a_real_interpreter_reads_the_same_words() -> None:
    tkinter = pytest.importorskip("tkinter")
    try:
        tcl = tkinter.Tcl()
    except tkinter.TclError:
        pytest.skip("no Tcl")
    for text in ("plain", "two words", 'a "quote"', "b[1]$x {y} \\ z", "line\nline", "", "#no", "é;é"):
        assert tcl.call("lindex", quoted(text), 0) == text
        assert words(quoted(text)) == [text]


@pytest.mark.parametrize("text", ["[python {1/0}]", "a\\[exec x\\]", "$env(HOME)", "\\\\[delete]", 'x" [quit]'])
def test_no_text_of_a_lights_file_is_run_in_a_label(text: str) -> None:
    lights = [PointLight(name=text), EnvironmentLight(name="sky", file=f"maps/{text}.exr")]
    script, notes = script_from_lights(lights)
    for node in script_nodes(script):
        assert not set("[]$") & set(node.knobs["label"])  # what the script's parser hands on, Nuke evaluates once more
    assert len(notes) == 2
    assert all("as Nuke would run" in note for note in notes)


def test_what_is_lost_is_told() -> None:
    lights = [
        RimLight(name="rim"),
        AreaLight(name="soft box"),
        AmbientLight(),
        DirectionalLight(name="warm", temperature=3200.0, wrap=0.4, specular=False),
        PointLight(name="lamp", reference_distance=2.0, radius=0.3, intensity=1.5),
    ]
    text, notes = script_from_lights(lights)
    said = "\n".join(notes)
    for words_ in (
        "'rim' is left out",
        "'soft box' is left out",
        "type ambient is left out",
        "'warm': its temperature of 3200 K",
    ):
        assert words_ in said
    for words_ in ("'warm': wrap", "'warm': specular", "'lamp': its reference distance of 2 m", "'lamp': radius"):
        assert words_ in said
    (warm, lamp), _ = lights_from_script(text)
    assert warm.temperature is None
    assert warm.color[0] > warm.color[1] > warm.color[2]
    assert lamp.intensity == 6.0  # 1.5 at two metres is 6 at one


SCRIPT = """#! Nuke
version 14.0 v5
define_window_layout_xml {<?xml version="1.0"?> <layout>{"id": 1}</layout>}
Root {
 inputs 0
 name /shots/sh010.nk
}
Group {
 inputs 0
 name Lights
 addUserKnob {20 User}
 addUserKnob {7 gain}
}
 Light2 {
  inputs 0
  light_type spot
  color 0.5
  intensity 2
  translate {1 2 -3}
  rotate {0 90 12}
  rot_order XYZ
  depthmap_slope 0.01
  name "Light1"
  xpos -40
 }
end_group
DirectLight {
 intensity 3
 useMatrix true
 matrix {
   {1 0 0 0}
   {0 0 1 0}
   {0 -1 0 0}
   {0 0 0 1}
 }
 name DirectLight1
}
PointLight {
 name New1
}
push 0
Grade {
 white {{curve x1001 1 x1010 2}}
 name Grade1
}
"""


def test_a_script_as_nuke_writes_it() -> None:
    (spot, sun), notes = lights_from_script(SCRIPT, source="sh010.nk")
    assert isinstance(spot, SpotLight)
    assert (spot.name, spot.color, spot.intensity, spot.falloff) == ("Light1", (0.5, 0.5, 0.5), 2.0, "none")
    np.testing.assert_allclose(spot.direction, (0.0, 0.0, -1.0) @ _turn("Y", 90) @ _turn("Z", 12), atol=1e-9)
    assert isinstance(sun, DirectionalLight)
    assert sun.direction == (0.0, -1.0, 0.0)
    assert any("New1" in note and "PointLight" in note for note in notes)
    assert any("DirectLight1" in note and "connected" in note for note in notes) is False


def _turn(axis: str, degrees: float) -> np.ndarray:
    """For row vectors."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    x = {"Z": [[c, s, 0], [-s, c, 0], [0, 0, 1]], "Y": [[c, 0, -s], [0, 1, 0], [s, 0, c]]}
    return np.array(x[axis])


@pytest.mark.parametrize(
    ("node", "words_"),
    [
        ("Light2 {\n intensity {{curve x1 0 x10 1}}\n name L1\n}", ["L1.intensity", "bake"]),
        ("Light2 {\n translate {{parent.p.x} 0 0}\n name L1\n}", ["L1.translate", "bake"]),
        ("Light2 {\n falloff_type Steep\n name L1\n}", ["L1.falloff_type", "No Falloff, Linear"]),
        ("Light2 {\n light_type laser\n name L1\n}", ["light_type", "point, directional, spot"]),
        ("Light2 {\n intensity -1\n name L1\n}", ["intensity is -1", "(light 'L1')"]),
        ("Spotlight {\n cone_angle 270\n name S\n}", ["cone_angle is 270"]),
        ("Environment {\n name E\n}", ["E: has no picture", "map: FILE"]),
        ("Light2 {\n name L1\n", ["line 1", "never closed"]),
        ("DirectLight {\n rot_order XXY\n name D\n}", ["rot_order"]),
    ],
)
def test_what_cannot_be_read_is_named(node: str, words_: list[str]) -> None:
    with pytest.raises(BadConfig) as caught:
        lights_from_script(node, source="a.nk")
    assert str(caught.value).startswith("a.nk")
    for word in words_:
        assert word in str(caught.value)


def test_files(tmp_path: Path) -> None:
    lights = (DirectionalLight(name="key", direction=(0.0, 0.0, -1.0)), PointLight(name="lamp"))
    assert write_nuke_lights(tmp_path / "l.nk", lights) == []
    assert read_nuke_lights(tmp_path / "l.nk") == (lights, [])
    with pytest.raises(FileMissing):
        read_nuke_lights(tmp_path / "absent.nk")
