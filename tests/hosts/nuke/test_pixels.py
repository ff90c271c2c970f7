"""What comes out of a PlateNormals node for what goes in, with a model whose answer can be calculated."""

from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip("tkinter", reason="no Tcl here; Debian, Ubuntu: sudo apt-get install python3-tk")

from core.color import to_scene_linear
from nuke_plugin import plate_normals
from nuke_plugin.controls import CAT_NAME, COLOURS, SOURCES, VIEWS
from nuke_plugin.host import NukeHost
from tests.hosts.nuke.fake_nodes import Box, FakeNode
from tests.hosts.nuke.fake_nuke import FakeNuke
from tests.hosts.nuke.model_knobs import model_knobs
from tests.hosts.nuke.pixels import RGBA, Picture, Plane, Renderer

FORMAT: Box = (0.0, 0.0, 14.0, 8.0)
OVERSCAN: Box = (-3.0, -1.0, 16.0, 11.0)
FOV = 70.0


def rays_of_the_format(box: Box, aspect: float = 1.0) -> tuple[Plane, Plane]:
    """Slopes to the right and up at pixel centres of `box`, of a camera that looks at the middle of the format."""
    focal = max(FORMAT[2] * aspect, FORMAT[3]) / 2 / math.tan(math.radians(FOV) / 2)
    x, y = np.meshgrid(np.arange(box[0], box[2]), np.arange(box[1], box[3]))
    return (x + 0.5 - FORMAT[2] / 2) * aspect / focal, (y + 0.5 - FORMAT[3] / 2) / focal


def sphere_around_the_camera(node: FakeNode, picture: Picture) -> Picture:
    """A model whose normals point back along the rays, by PlateModule's own formula; confidence is the red it saw."""
    knobs = {name: float(node[name].value()) for name in ("fov", "pixel_aspect", "center_x", "center_y")}
    assert picture.box == picture.format_box
    height, width = picture.plane("rgba.red").shape
    across = width * knobs["pixel_aspect"]
    unit = math.tan(math.radians(knobs["fov"]) / 2) / max(across, height)
    x = ((np.arange(width) + 0.5) * 2 / width - 1 - knobs["center_x"]) * unit * across
    y = ((np.arange(height) + 0.5) * 2 / height - 1 - knobs["center_y"]) * unit * height
    right, up = np.meshgrid(x, y)
    length = np.sqrt(1 + right**2 + up**2)
    planes = dict(zip(RGBA, (-right / length, -up / length, 1 / length, picture.plane("rgba.red")), strict=True))
    return Picture(picture.format_box, picture.box, planes)


def plate(box: Box) -> Picture:
    random = np.random.default_rng(1)
    shape = (round(box[3] - box[1]), round(box[2] - box[0]))
    names = (*RGBA, "depth.Z", "N.red")
    return Picture(FORMAT, box, {name: random.uniform(0.1, 0.9, shape) for name in names})


class Shot:
    """A node on a plate."""

    def __init__(self, nuke: FakeNuke, box: Box = FORMAT) -> None:
        import json
        from pathlib import Path

        Path(nuke.paths[-1], CAT_NAME).write_text(json.dumps({"knobs": list(model_knobs())}))
        source = nuke.create("ColorBars")
        source.format_box = lambda: FORMAT  # type: ignore[method-assign]
        source.box = box
        node = plate_normals.create(NukeHost())
        assert isinstance(node, FakeNode)
        plate_normals.link_model(node)
        node["fov"].setValue(FOV)
        self.node, self.plate = node, plate(box)
        self.file = Picture(
            FORMAT, box, {"N.red": self.plate.plane("rgba.red") - 2, "confidence.alpha": box_of(box, 7)}
        )

    def render(self, name: str = "Output1") -> Picture:
        inner = self.node.node(name)
        assert inner is not None
        sources = {"plate": self.plate, "Prerendered": self.file}
        return Renderer(sources, sphere_around_the_camera).render(inner)


def box_of(box: Box, value: float) -> Plane:
    return np.full((round(box[3] - box[1]), round(box[2] - box[0])), value, dtype=float)


def assert_same(one: Plane, other: Plane) -> None:
    assert one.shape == other.shape
    assert np.abs(one - other).max() < 1e-9


@pytest.mark.parametrize("box", [FORMAT, OVERSCAN])
@pytest.mark.parametrize("view", range(len(VIEWS)))
def test_format_box_alpha_and_other_channels_are_the_plates(nuke: FakeNuke, box: Box, view: int) -> None:
    shot = Shot(nuke, box)
    shot.node["view"].setValue(VIEWS[view])
    result = shot.render()
    assert result.format_box == FORMAT
    assert result.box == box
    assert_same(result.plane("depth.Z"), shot.plate.plane("depth.Z"))
    if view != 3:
        assert_same(result.plane("rgba.alpha"), shot.plate.plane("rgba.alpha"))
    if view == 0:
        for name in RGBA:
            assert_same(result.plane(name), shot.plate.plane(name))


@pytest.mark.parametrize("aspect", [1.0, 2.0])
@pytest.mark.parametrize("view", range(len(VIEWS)))
def test_layer_n_is_there_in_every_view_with_the_rays_of_the_format(nuke: FakeNuke, aspect: float, view: int) -> None:
    shot = Shot(nuke, OVERSCAN)
    shot.node["pixel_aspect"].setValue(aspect)
    shot.node["view"].setValue(VIEWS[view])
    result = shot.render()
    right, up = rays_of_the_format(OVERSCAN, aspect)
    length = np.sqrt(1 + right**2 + up**2)
    assert_same(result.plane("N.red"), -right / length)
    assert_same(result.plane("N.green"), -up / length)
    assert_same(result.plane("N.blue"), 1 / length)
    assert_same(result.plane("N.alpha"), shot.plate.plane("rgba.red"))


def test_without_overscan_normals_end_at_the_format(nuke: FakeNuke) -> None:
    shot = Shot(nuke, OVERSCAN)
    shot.node["overscan"].setValue(False)
    result = shot.render()
    right, up = rays_of_the_format(FORMAT)
    assert result.box == OVERSCAN
    assert_same(result.on(FORMAT, "N.blue"), 1 / np.sqrt(1 + right**2 + up**2))
    assert result.plane("N.blue")[0, 0] == 0


@pytest.mark.parametrize("aspect", [1.0, 2.0])
def test_what_faces_the_camera_everywhere_has_a_facing_ratio_of_one(nuke: FakeNuke, aspect: float) -> None:
    shot = Shot(nuke, OVERSCAN)
    shot.node["view"].setValue(VIEWS[2])
    shot.node["pixel_aspect"].setValue(aspect)
    shot.node["flip_x"].setValue(True)  # which changes N and not what faces whom
    assert_same(shot.render().plane("rgba.green"), box_of(OVERSCAN, 1.0))


def test_preview_raw_and_confidence(nuke: FakeNuke) -> None:
    shot = Shot(nuke)
    shot.node["view"].setValue(VIEWS[1])
    result = shot.render()
    assert_same(result.plane("rgba.green"), result.plane("N.green") * 0.5 + 0.5)
    shot.node["view"].setValue(VIEWS[3])
    result = shot.render()
    for colour in ("red", "green", "blue", "alpha"):
        assert_same(result.plane(f"rgba.{colour}"), result.plane(f"N.{colour}"))
    shot.node["view"].setValue(VIEWS[4])
    result = shot.render()
    assert_same(result.plane("rgba.blue"), result.plane("N.alpha"))


@pytest.mark.parametrize(("axis", "colour"), [("x", "red"), ("y", "green"), ("z", "blue")])
def test_flips(nuke: FakeNuke, axis: str, colour: str) -> None:
    shot = Shot(nuke)
    before = shot.render()
    shot.node[f"flip_{axis}"].setValue(True)
    after = shot.render()
    for name in ("red", "green", "blue", "alpha"):
        assert_same(after.plane(f"N.{name}"), before.plane(f"N.{name}") * (-1 if name == colour else 1))


def test_the_model_sees_rec709_and_the_plate_stays(nuke: FakeNuke) -> None:
    shot = Shot(nuke)
    shot.node["input_colours"].setValue(COLOURS[1])
    seen = np.stack([shot.render("Region").plane(name) for name in RGBA[:3]], axis=-1)
    given = np.stack([shot.plate.plane(name) for name in RGBA[:3]], axis=-1)
    assert np.abs(seen - to_scene_linear(given, "ACEScg")).max() < 1e-5
    assert_same(shot.render().plane("rgba.red"), shot.plate.plane("rgba.red"))


def test_what_is_written_for_the_worker_is_what_the_model_sees(nuke: FakeNuke) -> None:
    shot = Shot(nuke, OVERSCAN)
    shot.node["input_colours"].setValue(COLOURS[1])
    shot.node["exposure"].setValue(1.0)
    written, seen = shot.render("Exposed"), shot.render("Region")
    assert (written.format_box, written.box) == (FORMAT, OVERSCAN)
    assert_same(written.plane("rgba.red"), seen.plane("rgba.red") * 2)
    assert_same(written.plane("rgba.alpha"), shot.plate.plane("rgba.alpha"))


def test_pre_rendered_normals_take_the_models_place(nuke: FakeNuke) -> None:
    shot = Shot(nuke, OVERSCAN)
    shot.node["source"].setValue(SOURCES[1])
    result = shot.render()
    assert_same(result.plane("N.red"), shot.file.plane("N.red"))
    assert_same(result.plane("N.alpha"), box_of(OVERSCAN, 7))
    assert_same(result.plane("rgba.alpha"), shot.plate.plane("rgba.alpha"))
