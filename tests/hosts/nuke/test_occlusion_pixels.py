"""What comes out of a PlateOcclusion node, and what it writes for the worker, pixel by pixel."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tkinter", reason="no Tcl here; Debian, Ubuntu: sudo apt-get install python3-tk")

from nuke_plugin.controls import NORMALS_FROM
from nuke_plugin.host import NukeHost
from nuke_plugin.occlusion.controls import CHANNEL, DEPTH_IS, DEPTHS, FILE_CHANNEL, SOURCES, VIEWS
from nuke_plugin.occlusion.render import create
from tests.hosts.nuke.fake_nodes import Box, FakeNode
from tests.hosts.nuke.fake_nuke import FakeNuke
from tests.hosts.nuke.pixels import RGBA, Picture, Plane, Renderer

EXAMPLE = Path(__file__).parents[3] / "nuke_plugin" / "examples" / "occlusion.nk"
FORMAT: Box = (0.0, 0.0, 14.0, 8.0)
OVERSCAN: Box = (-3.0, -1.0, 16.0, 11.0)
FOV = 70.0
NORMALS = ("N.red", "N.green", "N.blue", "N.alpha")


def picture(box: Box, names: tuple[str, ...], seed: int) -> Picture:
    random = np.random.default_rng(seed)
    shape = (round(box[3] - box[1]), round(box[2] - box[0]))
    return Picture(FORMAT, box, {name: random.uniform(0.1, 0.9, shape) for name in names})


class Shot:
    """A node on a plate that has layer N, depth and one more channel; a depth render and a worker's file beside it."""

    def __init__(self, nuke: FakeNuke, box: Box = FORMAT) -> None:
        source = nuke.create("ColorBars")
        source.format_box = lambda: FORMAT  # type: ignore[method-assign]
        source.box = box
        node = create(NukeHost())
        assert isinstance(node, FakeNode)
        node["fov"].setValue(FOV)
        self.node = node
        self.plate = picture(box, (*RGBA, *NORMALS, "depth.Z", "forward.u"), 1)
        self.other = picture(box, (*NORMALS, "rgba.red", "depth.Z"), 2)
        self.file = picture(box, (FILE_CHANNEL,), 3)

    def render(self, name: str = "Output1") -> Picture:
        inner = self.node.node(name)
        assert inner is not None
        sources = {"plate": self.plate, "normals": self.other, "depth": self.other, "Prerendered": self.file}
        return Renderer(sources, lambda node, given: given).render(inner)


def same(one: Plane, other: Plane) -> None:
    assert one.shape == other.shape
    assert np.abs(one - other).max() < 1e-9


@pytest.mark.parametrize("box", [FORMAT, OVERSCAN])
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("source", SOURCES)
def test_the_plate_stays_and_has_layer_ao_in_every_view(nuke: FakeNuke, box: Box, view: str, source: str) -> None:
    shot = Shot(nuke, box)
    shot.node["view"].setValue(view)
    shot.node["source"].setValue(source)
    result = shot.render()
    assert (result.format_box, result.box) == (FORMAT, box)
    expected = shot.file.plane(FILE_CHANNEL) if source == SOURCES[1] else np.ones_like(shot.plate.plane("N.red"))
    same(result.plane(CHANNEL), expected)
    for name in ("rgba.alpha", "depth.Z", "forward.u", *NORMALS):
        same(result.plane(name), shot.plate.plane(name))
    for name in RGBA[:3]:
        same(result.plane(name), expected if view == VIEWS[1] else shot.plate.plane(name))


@pytest.mark.parametrize(("strength", "of"), [(0.0, 0.0), (0.5, 0.5), (2.0, 2.0)])
def test_strength_is_applied_as_the_worker_does(nuke: FakeNuke, strength: float, of: float) -> None:
    shot = Shot(nuke)
    shot.node["source"].setValue(SOURCES[1])
    shot.node["strength"].setValue(strength)
    same(shot.render().plane(CHANNEL), np.clip(1 - of * (1 - shot.file.plane(FILE_CHANNEL)), 0, 1))


def test_only_normals_and_depth_are_written(nuke: FakeNuke) -> None:
    shot = Shot(nuke, OVERSCAN)
    writer = shot.node.node("PlateFile")
    assert writer is not None
    written = shot.render(writer.inputs[0].name())  # type: ignore[union-attr]
    assert (written.format_box, written.box) == (FORMAT, OVERSCAN)
    assert set(written.planes) == set(NORMALS[:3])
    for name in NORMALS[:3]:
        same(written.plane(name), shot.plate.plane(name))
    shot.node["with_depth"].setValue(True)
    shot.node["depth_from"].setValue(DEPTHS[1])
    written = shot.render("NoRgba")
    assert set(written.planes) == {*NORMALS[:3], "depth.Z"}
    same(written.plane("depth.Z"), shot.plate.plane("depth.Z"))


def test_normals_and_depth_of_their_own_inputs(nuke: FakeNuke) -> None:
    shot = Shot(nuke)
    shot.node["normals_from"].setValue(NORMALS_FROM[1])
    shot.node["flip_y"].setValue(True)
    shot.node["with_depth"].setValue(True)
    written = shot.render("NoRgba")
    same(written.plane("N.red"), shot.other.plane("N.red"))
    same(written.plane("N.green"), -shot.other.plane("N.green"))
    same(written.plane("depth.Z"), shot.other.plane("depth.Z"))
    shot.node["depth_channel0"].setValue("rgba.red")
    same(shot.render("NoRgba").plane("depth.Z"), shot.other.plane("rgba.red"))


@pytest.mark.parametrize("aspect", [1.0, 2.0])
@pytest.mark.parametrize("meaning", range(3))
def test_depth_becomes_planar_metres(nuke: FakeNuke, meaning: int, aspect: float) -> None:
    shot = Shot(nuke, OVERSCAN)
    focal = max(FORMAT[2] * aspect, FORMAT[3]) / 2 / math.tan(math.radians(FOV) / 2)
    x, y = np.meshgrid(np.arange(OVERSCAN[0], OVERSCAN[2]), np.arange(OVERSCAN[1], OVERSCAN[3]))
    right, up = (x + 0.5 - FORMAT[2] / 2) * aspect / focal, (y + 0.5 - FORMAT[3] / 2) / focal
    planar = shot.other.plane("depth.Z") * 300  # centimetres
    given = (planar, 1 / planar, planar * np.sqrt(1 + right**2 + up**2))[meaning].copy()
    given[2, 3] = 0.0  # nothing is there
    shot.other.planes["depth.Z"] = given
    shot.node["with_depth"].setValue(True)
    shot.node["depth_is"].setValue(DEPTH_IS[meaning])
    shot.node["unit"].setValue(0.01)
    shot.node["pixel_aspect"].setValue(aspect)
    expected = planar * 0.01
    expected[2, 3] = 0.0
    same(shot.render("NoRgba").plane("depth.Z"), expected)


def test_in_the_example_the_relights_maps_carry_it(nuke: FakeNuke) -> None:
    shot = Shot(nuke)
    shot.node["source"].setValue(SOURCES[1])
    given = shot.render()
    nuke.paste(str(EXAMPLE))
    relight = nuke.find("PlateRelight1")
    maps = nuke.find("PlateRelight1.Maps")
    numbers = nuke.find("PlateRelight1.Picture")
    assert relight is not None
    assert maps is not None
    assert numbers is not None
    carried = Renderer({"maps": given}, lambda node, one: one).render(maps)
    same(carried.plane("rgba.red"), given.plane(CHANNEL))
    assert numbers["from_maps_0"].value() == 1  # what tells the kernel to read it
    relight["use_occlusion"].setValue(False)
    assert numbers["from_maps_0"].value() == 0
