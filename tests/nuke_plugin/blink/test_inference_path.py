"""PlateRelight's second path from pixels to pixels: the gizmo's own nodes pack the picture, the shipped TorchScript
file relights it with the numbers that the node's expressions give, and the result is that of core.relight."""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

pytest.importorskip("tkinter", reason="no Tcl here; Debian, Ubuntu: sudo apt-get install python3-tk")

from core.export.relight_module import CHANNELS, DEFAULTS
from core.export.relight_script import NUKE_CHANNELS
from core.relight.compose import MODES, relight
from core.relight.lights import RimLight
from nuke_plugin.blink.controls import KINDS, PATH_INFERENCE, PATHS
from nuke_plugin.blink.inference import PACKED, TORCHSCRIPT, model_links
from tests.hosts.nuke.fake_nodes import Box, FakeNode
from tests.hosts.nuke.fake_nuke import FakeNuke, running
from tests.hosts.nuke.pixels import RGBA, Picture, Renderer
from tests.nuke_plugin.blink.scenes import FloatArray, Scene, random_scene
from tests.nuke_plugin.blink.test_gizmo import light_on
from tests.view_window import ViewWindow, stage_positions

torch.set_num_threads(1)
ROOM = Path(__file__).parents[3] / "nuke_plugin"
WIDTH, HEIGHT = 17, 11
FORMAT: Box = (0.0, 0.0, float(WIDTH), float(HEIGHT))
CLOSE = 1e-4


@pytest.fixture
def nuke(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeNuke]:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.setenv("PLATELIGHT_CAT_FOLDER", str(tmp_path / "models"))
    app = FakeNuke()
    app.paths = [str(ROOM / "gizmos")]
    with running(app):
        yield app


@pytest.fixture(scope="module")
def module() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return torch.jit.load(io.BytesIO(Path(TORCHSCRIPT, "plate_relight.pt").read_bytes()))  # type: ignore[no-untyped-call]


class Node:
    """A PlateRelight node on a plate, over Inference."""

    def __init__(self, nuke: FakeNuke, box: Box = FORMAT) -> None:
        plate = nuke.create("ColorBars")
        plate.format_box = lambda: FORMAT  # type: ignore[method-assign]
        plate.box = box
        self.group = nuke.create("PlateRelight")
        self.group["use_inference"].execute()
        self.set("l1_type", 0)

    def set(self, name: str, *values: float) -> None:
        for index, value in enumerate(values):
            self.group[name].setValue(value, index)

    def relit(self, module: Any, sources: dict[str, Picture]) -> Picture:
        output = self.group.node("Output1")
        assert output is not None
        return Renderer(sources, lambda node, picture: infer(module, node, picture)).render(output)


def infer(module: Any, node: FakeNode, picture: Picture) -> Picture:
    """What Inference does: its knobs into the attributes, the .cat's channels in their order, the top row first."""
    assert str(node["halfPrecision"].value()) == "false"
    for name in DEFAULTS:
        setattr(module, name, float(node[name].value()))
    planes = np.stack([picture.plane(name)[::-1] for name in NUKE_CHANNELS]).astype(np.float32)
    with torch.no_grad():
        answer = module(torch.from_numpy(np.ascontiguousarray(planes[None])))[0].numpy()
    return Picture(picture.format_box, picture.box, dict(zip(RGBA, answer[:, ::-1].astype(float), strict=True)))


def picture(values: FloatArray, names: tuple[str, ...] = RGBA, box: Box = FORMAT) -> Picture:
    """Of (H, W, C), the top row first."""
    return Picture(FORMAT, box, {name: values[::-1, :, c].astype(float) for c, name in enumerate(names)})


def sources_of(scene: Scene, mask: FloatArray, sure: FloatArray) -> dict[str, Picture]:
    surface, one = scene.surface, np.ones_like(scene.alpha)
    maps = [surface.occlusion, surface.roughness, surface.metalness, mask]
    return {
        "plate": picture(np.concatenate([scene.plate, scene.alpha], axis=-1)),
        "normals": picture(np.concatenate([surface.normals, sure], axis=-1), ("N.red", "N.green", "N.blue", "N.alpha")),
        "place": picture(np.concatenate([np.asarray(surface.position), one], axis=-1)),
        "albedo_map": picture(np.concatenate([surface.albedo, one], axis=-1)),
        "maps": picture(np.concatenate([value * one for value in maps], axis=-1)),
    }


@pytest.mark.parametrize("mode", range(4))
def test_the_node_over_inference_gives_the_references_picture(nuke: FakeNuke, module: Any, mode: int) -> None:
    node = Node(nuke)
    assert node.group["status"].value() == PATH_INFERENCE
    assert node.group["path"].value() == PATHS[2]
    dice = np.random.default_rng(mode)
    scene = random_scene(dice, HEIGHT, WIDTH)
    scene = replace(scene, plate=np.nan_to_num(scene.plate))
    lights = []
    for number, kind in enumerate(KINDS[1:], 1):
        light = replace(light_on(node, number, kind, dice), temperature=None)
        node.set(f"l{number}_use_kelvin", 0)
        if isinstance(light, RimLight):  # whose highlight is on this path the reference's, too
            light = replace(light, specular=True)
            node.set(f"l{number}_specular", 1)
        lights.append(light)
    mask, sure = dice.uniform(0.0, 1.0, (2, HEIGHT, WIDTH, 1)).astype(np.float32)
    node.set("mode", mode)
    for name in ("normals_from", "place_from", "where", "albedo_from"):
        node.set(name, 1)
    for name in ("use_occlusion", "use_roughness", "use_metalness", "use_mask", "invert_mask", "use_confidence"):
        node.set(name, 1)
    node.set("specular", scene.surface.specular)
    node.set("wrap", scene.surface.wrap)
    node.set("mix", 0.75)
    for index in range(9):
        for channel, color in enumerate(("red", "green", "blue")):
            node.set(f"former{index}_{color}", float(scene.former.harmonics[index, channel]))
    for channel, color in enumerate(("red", "green", "blue")):
        node.set(f"floor_{color}", float(scene.former.floor[channel]))
    expected = relight(
        scene.plate, scene.surface, lights, mode=MODES[mode], alpha=scene.alpha, former=scene.former
    ).beauty
    expected = scene.plate + (expected - scene.plate) * (1.0 - mask) * sure * 0.75
    made = node.relit(module, sources_of(scene, mask, sure))
    found = np.stack([made.plane(name)[::-1] for name in RGBA], axis=-1)
    assert (np.abs(found[..., :3] - expected) / np.maximum(1.0, np.abs(expected))).max() < CLOSE
    np.testing.assert_allclose(found[..., 3:], scene.alpha, atol=1e-6)
    assert np.abs(expected - scene.plate).max() > 0.02
    assert made.box == made.format_box == FORMAT


def test_overscan_is_lit_as_part_of_the_same_stage(nuke: FakeNuke, module: Any) -> None:
    left, bottom, right, top = 3, 1, 2, 4
    box: Box = (-float(left), -float(bottom), float(WIDTH + right), float(HEIGHT + top))
    node = Node(nuke, box)
    node.set("mode", 3)
    node.set("stage", 1.5)
    node.set("specular", 0.0)  # a highlight would lie beside
    node.set("fov", 60.0)
    node.set("normals_from", 1)
    for name, *values in (("type", 3), ("position", 0.3, 0.2, -0.8)):
        node.set(f"l2_{name}", *values)
    height, width = HEIGHT + bottom + top, WIDTH + left + right
    facing = np.zeros((height, width, 4), np.float32)
    facing[..., 2:] = 1.0
    grey = np.full((height, width, 4), 0.5, np.float32)
    grey[..., 3] = 1.0
    names = ("N.red", "N.green", "N.blue", "N.alpha")
    sources = {name: picture(grey, box=box) for name in ("plate", "place", "albedo_map", "maps")}
    sources["normals"] = picture(facing, names, box)
    made = node.relit(module, sources)
    assert made.box == box
    assert made.format_box == FORMAT
    inside = {name: picture(grey[:HEIGHT, :WIDTH]) for name in ("plate", "place", "albedo_map", "maps")}
    inside["normals"] = picture(facing[:HEIGHT, :WIDTH], names)
    alone = Node(nuke)
    for name in ("mode", "stage", "specular", "fov", "normals_from", "l2_type"):
        alone.group[name].setValue(node.group[name].value())
    alone.set("l2_position", 0.3, 0.2, -0.8)
    plain = alone.relit(module, inside)
    for channel in RGBA[:3]:
        np.testing.assert_allclose(made.on(FORMAT, channel), plain.plane(channel), rtol=1e-5)
        assert made.plane(channel)[-1].min() > 0.0
    # Brightest where the light stands before the stage, as the view of the whole format has it.
    where = np.unravel_index(int(np.argmax(plain.plane("rgba.red")[::-1])), (HEIGHT, WIDTH))
    stage = stage_positions(ViewWindow.from_fov_degrees(WIDTH, HEIGHT, 60.0), 1.5)
    nearest = np.unravel_index(int(np.argmin(np.abs(stage[..., :2] - (0.3, 0.2)).sum(-1))), (HEIGHT, WIDTH))
    assert where == nearest


def test_what_goes_in_is_what_the_module_reads() -> None:
    """Each of the module's channels is carried by the channel of Nuke at its place, from the node that has it."""
    carried = {put: (source, taken) for source, channels in PACKED.items() for taken, put in channels}
    assert [*RGBA, *carried] == list(NUKE_CHANNELS)
    wanted = {
        "Flips": ("normal.x", "normal.y", "normal.z"),
        "Place": ("place.x", "place.y", "place.z"),
        "Colours": ("albedo.red", "albedo.green", "albedo.blue"),
        "Maps": ("occlusion", "roughness", "metalness"),
        "Share": ("share",),
    }
    assert [name for names in wanted.values() for name in names] == list(CHANNELS[4:])
    for (source, taken), name in zip(carried.values(), CHANNELS[4:], strict=True):
        assert name in wanted[source]
        assert taken == RGBA[wanted[source].index(name)]


def test_every_attribute_is_driven(nuke: FakeNuke) -> None:
    assert set(model_links()) == set(DEFAULTS)
    card = json.loads(Path(TORCHSCRIPT, "torchscript.json").read_text("utf-8"))
    assert {knob["name"] for knob in card["knobs"]} == set(DEFAULTS)
    model = Node(nuke).group.node("Model")
    assert model is not None
    said = str(model["serialiseKnob"].value())
    assert said == "".join(f"{name}:{{{expression}}};" for name, expression in model_links().items())
    for name, value in DEFAULTS.items():
        number = float(model[name].value())
        assert np.isfinite(number)
        if not name.startswith(("light", "frame", "albedo", "mode", "result")):
            assert number == pytest.approx(value), name


def test_a_node_without_any_path_passes_the_plate(nuke: FakeNuke, module: Any) -> None:
    node = Node(nuke)
    scene = random_scene(np.random.default_rng(0), HEIGHT, WIDTH)
    one = np.ones_like(scene.alpha)
    node.group["path"].setValue(PATHS[1])
    made = node.relit(module, sources_of(scene, one, one))
    np.testing.assert_array_equal(made.plane("rgba.red")[::-1], scene.plate[..., 0].astype(float))
    assert "none" in str(node.group["status"].value())


def test_no_licence_for_cat_files_is_told(nuke: FakeNuke) -> None:
    nuke.can_make_cat = False
    nuke.create("ColorBars")
    group = nuke.create("PlateRelight")
    group["use_inference"].execute()
    (words,) = nuke.messages
    assert "CatFileCreator refused it" in words
    assert group["path"].value() == PATHS[0]
    assert not group["has_model"].value()
