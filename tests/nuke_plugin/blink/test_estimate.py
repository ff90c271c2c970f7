"""An estimated light on its way into the kernel: file, plug-in, knobs, expressions, pixels; beside the reference's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("tkinter", reason="no Tcl here; Debian, Ubuntu: sudo apt-get install python3-tk")

from core.relight.compose import FormerLight, relight
from core.relight.estimate import EstimateSettings, estimate_light
from core.relight.lights import Light
from core.relight.lights_from_estimate import lights_from_light
from core.relight.plate_light import former_harmonics, light_document, read_light_file, write_light_file
from nuke_plugin.probe.set_up import set_former, set_lights
from tests.hosts.nuke.script_reader import ReadNode, read_script
from tests.nuke_plugin.blink.compiled import Kernel
from tests.nuke_plugin.blink.node_values import NodeValues
from tests.nuke_plugin.blink.scenes import Scene, pictures, random_scene
from tests.nuke_plugin.blink.test_gizmo import FILE, parameters_of
from tests.view_window import ViewWindow, stage_positions
from worker_link.light import PlateLight, read_light

TOWARD = np.array([0.48, 0.6, 0.64])


class OneKnob:
    def __init__(self, node: NodeValues, name: str) -> None:
        self.node, self._name = node, name

    def setValue(self, value: Any, index: int = 0) -> None:  # noqa: N802
        if isinstance(value, str):
            value = self.node.choices[self._name].index(value)
        self.node.values[self._name][index] = float(value)


class Relight:
    """A PlateRelight whose knobs are those of its file, as the plug-in's code sees it."""

    def __init__(self, node: NodeValues) -> None:
        self.values = node

    def name(self) -> str:
        return "PlateRelight1"

    def knob(self, name: str) -> OneKnob | None:
        return OneKnob(self.values, name) if name in self.values.values else None


@pytest.fixture(scope="module")
def group() -> ReadNode:
    (found,) = read_script(FILE.read_text(encoding="utf-8")).nodes
    return found


@pytest.fixture(scope="module")
def scene() -> Scene:
    """A scene of random normals, holes and grain, whose plate is lit by one warm lamp."""
    drawn = random_scene(np.random.default_rng(5), 31, 43)
    stage = stage_positions(ViewWindow.from_fov_degrees(43, 31, 55.0), 2.0)
    surface = replace(
        drawn.surface, position=stage, roughness=0.5, metalness=0.0, specular=0.5, occlusion=1.0, wrap=0.0
    )
    normals = np.nan_to_num(surface.normals)
    unit = normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-6)
    shading = 0.3 * (0.3 + 1.4 * np.maximum(unit @ TOWARD, 0.0))[..., None] * np.array([1.3, 1.0, 0.6])
    plate = (shading + np.random.default_rng(6).normal(0.0, 0.004, shading.shape)) * drawn.alpha
    return replace(drawn, plate=plate.astype(np.float32), surface=surface)


@pytest.fixture(scope="module")
def light(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> PlateLight:
    """As it comes out of its file."""
    found = estimate_light(scene.plate, scene.surface.normals, settings=EstimateSettings(pixels=600, groups=4))
    path = Path(tmp_path_factory.mktemp("light")) / "light.json"
    write_light_file(path, light_document(found, scene.surface.normals))
    assert read_light_file(path) == read_light(str(path))
    return read_light_file(path)


def reference(scene: Scene, light: PlateLight, lights: list[Light], balance: bool) -> np.ndarray:
    former = FormerLight.over(former_harmonics(light, balance=balance), scene.surface.normals)
    return relight(scene.plate, scene.surface, lights, mode="ratio", alpha=scene.alpha, former=former).beauty


@pytest.mark.parametrize("balance", [True, False])
def test_an_estimate_set_up_in_the_node_is_the_references_ratio_picture(
    group: ReadNode, kernel: Kernel, scene: Scene, light: PlateLight, balance: bool
) -> None:
    node = NodeValues(group, scene.plate.shape[1], scene.plate.shape[0])
    node.set("mode", 1)
    relit: Any = Relight(node)
    set_former(relit, light, balance)
    set_lights(relit, light.balanced() if balance else light)
    key, ambient = lights_from_light(light.balanced() if balance else light)
    expected = reference(scene, light, [replace(key, specular=False), ambient], balance)
    made = kernel(pictures(scene), parameters_of(node))[::-1, :, :3]
    assert np.abs(made - expected).max() < 1e-3 * max(1.0, float(np.abs(expected).max()))
    # Set up with the light that it divides by, the picture stays near the plate.
    assert float(np.median(np.abs(expected - scene.plate))) < 0.1 * float(np.median(np.abs(scene.plate)))

    # The key on the other side: the picture changes, and still as the reference's.
    azimuth = node.values["l1_azimuth"][0]
    node.set("l1_azimuth", -azimuth)
    x, y, z = key.direction
    other = replace(key, specular=False, direction=(-x, y, z))
    expected_other = reference(scene, light, [other, ambient], balance)
    made = kernel(pictures(scene), parameters_of(node))[::-1, :, :3]
    assert np.abs(made - expected_other).max() < 1e-3 * max(1.0, float(np.abs(expected_other).max()))
    assert np.abs(expected_other - expected).max() > 0.05


def test_the_floor_in_the_knobs_is_the_references(group: ReadNode, scene: Scene, light: PlateLight) -> None:
    node = NodeValues(group, 8, 8)
    relit: Any = Relight(node)
    set_former(relit, light, balanced=True)
    floor = FormerLight.over(former_harmonics(light), scene.surface.normals).floor
    assert [node.values[f"floor_{color}"][0] for color in ("red", "green", "blue")] == pytest.approx(floor, rel=1e-3)
