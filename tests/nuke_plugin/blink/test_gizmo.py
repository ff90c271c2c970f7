"""The PlateRelight node: its file, and from its controls to the kernel's pixels."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pytest

pytest.importorskip("tkinter", reason="no Tcl here; Debian, Ubuntu: sudo apt-get install python3-tk")

from core.relight.compose import MODES, relight
from core.relight.lights import (
    FALLOFFS,
    AmbientLight,
    AreaLight,
    DirectionalLight,
    Light,
    PointLight,
    RimLight,
    SpotLight,
)
from core.relight.temperature import kelvin_to_rgb
from nuke_plugin.blink import buttons, controls
from nuke_plugin.blink.build import INPUTS
from nuke_plugin.blink.links import kernel_links
from nuke_plugin.blink.temperature import SPACES
from nuke_plugin.gizmo_files.plate_relight import plate_relight_gizmo
from tests.hosts.nuke.expressions import evaluate, tokens_of
from tests.hosts.nuke.node_table import CLASSES, COMMON, USER_KNOBS
from tests.hosts.nuke.script_reader import ReadNode, read_script
from tests.nuke_plugin.blink.compiled import COMPONENTS, Kernel
from tests.nuke_plugin.blink.kernel_source import KERNEL, read_kernel
from tests.nuke_plugin.blink.node_values import NodeValues, expression_of
from tests.nuke_plugin.blink.scenes import pictures, random_scene
from tests.view_window import ViewWindow, stage_positions

FILE = Path(__file__).parents[3] / "nuke_plugin" / "gizmos" / "PlateRelight.gizmo"
SOURCE = read_kernel(KERNEL.read_text(encoding="utf-8"))

# Not in the table of tests/hosts/nuke.
MORE_KNOBS = {12: "two numbers with a handle", 13: "three numbers with a handle", 18: "colour"}


@pytest.fixture(scope="module")
def group() -> ReadNode:
    (found,) = read_script(FILE.read_text(encoding="utf-8")).nodes
    return found


def test_the_file_is_that_of_the_data() -> None:
    assert FILE.read_text(encoding="utf-8") == plate_relight_gizmo()


def test_tcl_reads_it_with_known_knobs_only(group: ReadNode) -> None:
    assert group.knobs["inputs"] == "6"
    for node in group.everything():
        known = {*COMMON, *CLASSES.get(node.node_class, {})}
        assert node.node_class in CLASSES
        assert set(node.knobs) <= known | {knob.name for knob in node.user_knobs}, node.name
        named = [knob.name for knob in node.user_knobs if knob.name]
        assert len(set(named)) == len(named)
        assert all(knob.kind in USER_KNOBS or knob.kind in MORE_KNOBS for knob in node.user_knobs)


def test_no_node_inside_has_the_name_of_a_control(group: ReadNode) -> None:
    """`parent.albedo` would mean either."""
    assert not {node.name for node in group.inside} & {knob.name for knob in group.user_knobs}


def test_links_lead_to_nodes_inside(group: ReadNode) -> None:
    for knob in group.user_knobs:
        if knob.kind == 41:
            inner, _, name = knob.settings["T"].partition(".")
            assert name in CLASSES[group.find(inner).node_class]


def test_the_plate_passes_until_there_is_a_path_and_the_node_says_so(group: ReadNode) -> None:
    path = group.find("Path")
    assert [node and node.name for node in path.inputs] == ["PlateDot", None, "Back"]
    node = NodeValues(group, 64, 64)
    which = expression_of(path.knobs["which"])
    for chosen, kernel_there, model_there in itertools.product(range(3), range(2), range(2)):
        node.set("path", chosen)
        node.set("has_kernel", kernel_there)
        node.set("has_model", model_there)
        assert node.evaluate(which) == (chosen if (1, kernel_there, model_there)[chosen] else 0)
    fresh = NodeValues(group, 64, 64)
    assert fresh.evaluate(which) == 0
    assert fresh.choices["path"] == controls.PATHS
    status = next(knob for knob in group.user_knobs if knob.name == "status")
    assert status.settings["T"] == controls.NO_PATH
    assert "none" in controls.NO_PATH
    for name in INPUTS:
        group.find(name)


def test_python_in_it_survives_without_the_plug_in(group: ReadNode) -> None:
    codes = [group.knobs["onCreate"], *(knob.settings["T"] for knob in group.user_knobs if knob.kind == 22)]
    names = {code.rpartition("buttons.")[2].removesuffix("()") for code in codes}
    assert {"created", "build", "link_camera", "load_former"} <= names
    for code in codes:
        compile(code, "knob", "exec")
        assert "except ImportError" in code
        assert hasattr(buttons, code.rpartition("buttons.")[2].removesuffix("()"))


def test_every_parameter_of_the_kernel_is_driven_by_numbers_that_are_there(group: ReadNode) -> None:
    links = kernel_links()
    assert set(links) == set(SOURCE.parameters)
    node = NodeValues(group, 1920, 1080)
    for name, expressions in links.items():
        wanted = COMPONENTS[SOURCE.parameters[name]]
        assert len(expressions) == (3 if name.startswith("former") else wanted), name
        for expression in expressions:
            tokens_of(expression)
            assert math.isfinite(node.evaluate(expression))


def test_choices_are_in_the_kernels_order(group: ReadNode) -> None:
    node = NodeValues(group, 64, 64)
    assert [words.partition(":")[0] for words in node.choices["mode"]] == list(MODES)
    assert [words.partition(" ")[0] for words in node.choices["l1_falloff"]] == list(FALLOFFS)
    assert len(node.choices["where"]) == 5
    assert node.choices["result"] == controls.RESULTS


@pytest.mark.parametrize("space", range(2))
def test_temperatures_are_the_references(group: ReadNode, space: int) -> None:
    node = NodeValues(group, 64, 64)
    node.set("primaries", space)
    node.set("l4_use_kelvin", 1)
    worst = 0.0
    for kelvin in (*np.linspace(1000, 7000, 61), 8000, 12000, 25000, 1908, 1909):
        node.set("l4_kelvin", float(kelvin))
        made = [node.evaluate(f"Light4.color_{index}") for index in range(3)]
        worst = max(worst, float(np.abs(np.array(made) - kelvin_to_rgb(float(kelvin), SPACES[space])).max()))
    assert worst < 1e-3


def parameters_of(node: NodeValues) -> dict[str, object]:
    with node.unchanged():
        found: dict[str, object] = {}
        for name, expressions in kernel_links().items():
            numbers = [node.evaluate(expression) for expression in expressions]
            found[name] = numbers + [0.0] * (COMPONENTS[SOURCE.parameters[name]] - len(numbers))
    return found


class Controls(Protocol):
    """Sets a control of a node by its name."""

    def set(self, name: str, *values: float) -> None: ...


def light_on(node: Controls, number: int, kind: str, dice: np.random.Generator) -> Light:
    """Set a light's controls at random; the same light as core has it."""
    own = f"l{number}_"
    color = [float(value) for value in dice.uniform(0.1, 1.0, 3)]
    kelvin = float(dice.uniform(1200.0, 12000.0))
    drawn = {
        name: float(dice.uniform(low, high))
        for name, low, high in (
            *(("intensity", 0.2, 2.0), ("azimuth", -120.0, 120.0), ("elevation", -60.0, 80.0), ("reference", 0.5, 2.0)),
            *(("radius", 0.01, 0.4), ("wrap", 0.0, 1.0), ("cone", 20.0, 120.0), ("penumbra", -9.0, 30.0)),
            *(("cone_falloff", 0.0, 3.0), ("width", 0.2, 2.0), ("height", 0.2, 2.0), ("roll", -90.0, 90.0)),
            *(("rim_angle", 0.0, 360.0), ("rim_spread", 0.0, 1.0), ("rim_power", 0.5, 6.0)),
        )
    }
    for name, value in drawn.items():
        node.set(own + name, value)
    place = tuple(float(value) for value in dice.normal((0.0, 0.8, 0.0), 0.5))
    two_sided, falloff = bool(dice.uniform() > 0.5), int(dice.integers(4))
    node.set(f"{own}type", controls.KINDS.index(kind))
    node.set(f"{own}color", *color)
    node.set(f"{own}use_kelvin", 1)
    node.set(f"{own}kelvin", kelvin)
    node.set(f"{own}position", *place)
    node.set(f"{own}falloff", falloff)
    node.set(f"{own}two_sided", two_sided)
    side, rise, roll = (math.radians(drawn[name]) for name in ("azimuth", "elevation", "roll"))
    aim = (-math.cos(rise) * math.sin(side), -math.sin(rise), -math.cos(rise) * math.cos(side))
    common: dict[str, Any] = {"intensity": drawn["intensity"], "color": tuple(color), "temperature": kelvin}
    stand: dict[str, Any] = {"position": place, "falloff": FALLOFFS[falloff], "reference_distance": drawn["reference"]}
    stand["radius"] = drawn["radius"]
    if kind == "ambient":
        return AmbientLight(**common)
    if kind == "directional":
        return DirectionalLight(**common, direction=aim, wrap=drawn["wrap"])
    if kind == "point":
        return PointLight(**common, **stand, wrap=drawn["wrap"])
    if kind == "spot":
        return SpotLight(
            **common,
            **stand,
            direction=aim,
            wrap=drawn["wrap"],
            cone_angle=drawn["cone"],
            penumbra=drawn["penumbra"],
            cone_falloff=drawn["cone_falloff"],
        )
    if kind == "area":
        up = (math.sin(roll) * math.cos(side), math.cos(roll), -math.sin(roll) * math.sin(side))
        size: dict[str, Any] = {"width": drawn["width"], "height": drawn["height"], "two_sided": two_sided}
        return AreaLight(**common, **stand, **size, direction=aim, up=up)
    node.set(f"{own}specular", 0)
    shape: dict[str, Any] = {"angle": drawn["rim_angle"], "spread": drawn["rim_spread"], "power": drawn["rim_power"]}
    return RimLight(**common, **shape, specular=False)


@pytest.mark.parametrize("kind", controls.KINDS[1:])
def test_from_the_controls_to_the_references_picture(group: ReadNode, kernel: Kernel, kind: str) -> None:
    """The only slack beside the kernel's own is the temperature's, below a thousandth."""
    dice = np.random.default_rng(controls.KINDS.index(kind))
    for mode in range(4):
        node = NodeValues(group, 17, 11)
        scene = random_scene(dice, 11, 17)
        window = ViewWindow.from_fov_degrees(17, 11, 50.0)
        surface = replace(scene.surface, position=stage_positions(window, 1.7), albedo=np.full(3, 0.6, np.float32))
        surface = replace(surface, roughness=0.45, metalness=0.3, specular=0.6, occlusion=1.0, wrap=0.15)
        for name in ("roughness", "metalness", "specular", "wrap"):
            node.set(name, getattr(surface, name))
        node.set("fov", 50.0)
        node.set("stage", 1.7)
        node.set("albedo", 0.6, 0.6, 0.6)
        node.set("mode", mode)
        for index in range(9):
            for channel, color in enumerate(("red", "green", "blue")):
                node.set(f"former{index}_{color}", float(scene.former.harmonics[index, channel]))
        for channel, color in enumerate(("red", "green", "blue")):
            node.set(f"floor_{color}", float(scene.former.floor[channel]))
        node.set("l1_type", 0)
        lights = [light_on(node, number, kind, dice) for number in (2, 8)]
        expected = relight(
            scene.plate, surface, lights, mode=MODES[mode], alpha=scene.alpha, former=scene.former
        ).beauty
        made = kernel(pictures(scene), parameters_of(node))[::-1, :, :3]
        assert np.abs(made - expected).max() < 2e-3 * max(1.0, float(np.abs(expected).max()))
        assert np.abs(expected - np.nan_to_num(scene.plate)).max() > 0.02


@pytest.mark.parametrize(("size", "aspect"), [((1920, 1080), 1.0), ((1000, 1600), 1.0), ((1828, 1556), 2.0)])
def test_the_handle_stands_where_it_is_seen(group: ReadNode, size: tuple[int, int], aspect: float) -> None:
    node = NodeValues(group, *size)
    node.set("pixel_aspect", aspect)
    node.set("fov", 60.0)
    node.set("l3_place_by", 1)
    node.set("l3_distance", 2.5)
    longer_half = 2.5 * math.tan(math.radians(30.0))
    wide = size[0] * aspect >= size[1]
    node.set("l3_handle", *((size[0], size[1] / 2) if wide else (size[0] / 2, size[1])))
    x, y, z = (node.evaluate(f"Light3.place_{index}") for index in range(3))
    assert (x, y, z) == pytest.approx((longer_half, 0, -2.5) if wide else (0, longer_half, -2.5))
    across = node.evaluate("Picture.frame_3") * size[0]
    assert across * x / 2.5 == pytest.approx((size[0] / 2) if wide else 0)


def test_a_proxy_scales_the_frame_and_nothing_else(group: ReadNode) -> None:
    node = NodeValues(group, 1920, 1080)
    full = parameters_of(node)
    node.root["proxy"] = 1.0
    proxy = parameters_of(node)
    assert proxy["frame"] == [960.0, 540.0, *full["frame"][2:]]  # type: ignore[index]
    assert {name for name in full if full[name] != proxy[name]} == {"frame"}


def test_the_evaluator_of_these_tests_counts() -> None:
    assert evaluate("a == 1 ? (2 + 3) * 2 : 7", lambda _: 1.0) == 10
