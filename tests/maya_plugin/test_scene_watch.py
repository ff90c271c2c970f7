"""What comes late: into the scene that it was begun in, to the nodes that it was begun with, or nowhere."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from maya_plugin.life import Life
from scene_generator.maya_scene import files
from tests.fake_worker import light
from tests.hosts.maya.fake_window import FakeMaya, plate_scene
from tests.hosts.maya.scenes import stand_in

Finish = Callable[[], None]
CALLS: dict[str, dict[str, Any]] = {
    "platelightRandomScene": {"families": "cluster", "counts": "cluster.count=2:3", "textureSize": 16, "replace": True},
    "platelightNormalMap": {"node": "wall"},
    "platelightPlateNormals": {"camera": "shotCam"},
    "platelightRelightRig": {"camera": "shotCam"},
    "platelightOcclusion": {"normals": "plate.exr"},
    "platelightMatchMaterial": {"file": "plate.exr"},
}


@pytest.fixture
def scene(maya: FakeMaya, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeMaya:
    """A texture with its material, a plate, and a mesh that is selected."""
    monkeypatch.setattr(files, "write_files", partial(files.write_files, make=stand_in))
    for name in ("plate.exr", "wall.png"):
        (tmp_path / name).write_bytes(b"picture")
    plate_scene(maya, (tmp_path / "plate.exr").as_posix())
    maya.shadingNode("file", asTexture=True, isColorManaged=True, name="wall")
    maya.setAttr("wall.fileTextureName", (tmp_path / "wall.png").as_posix(), type="string")
    maya.shadingNode("standardSurface", asShader=True, name="skin")
    maya.connectAttr("wall.outColor", "skin.baseColor")
    maya.createNode("mesh", name="ballShape", parent=maya.createNode("transform", name="ball"))
    maya.select("ball")
    return maya


def nodes(maya: FakeMaya) -> dict[str, str]:
    return {node.uuid: maya.graph.path(node) for node in maya.graph.nodes.values()}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("again", [False, True], ids=["new scene", "the same scene again"])
def test_another_scene_gets_nothing_of_it(
    scene: FakeMaya, loaded: Life, finish: Finish, name: str, again: bool
) -> None:
    """A scene that is opened again has nodes of the same UUIDs, and is another all the same: it may be older."""
    scene.scenes["/shot.ma"] = copy.deepcopy(scene.graph)
    loaded.session.host.call(name, **CALLS[name])
    if again:
        scene.file("/shot.ma", open=True, force=True)
    else:
        scene.file(new=True, force=True)
    before = nodes(scene)
    finish()
    assert nodes(scene) == before
    assert scene.messages == []
    assert "the scene was changed meanwhile" in scene.notices[-1]


@pytest.mark.parametrize("name", ["platelightNormalMap", "platelightPlateNormals", "platelightRelightRig"])
def test_what_it_was_for_may_be_gone(scene: FakeMaya, loaded: Life, finish: Finish, name: str) -> None:
    loaded.session.host.call(name, **CALLS[name])
    scene.delete("wall", "shotCam")
    before = nodes(scene)
    finish()
    assert nodes(scene) == before
    assert scene.messages == []
    assert "the scene was changed meanwhile" in scene.notices[-1]


def test_nodes_are_found_where_they_are_by_now(scene: FakeMaya, loaded: Life, finish: Finish) -> None:
    """Renamed and put below a group, while others take their names."""
    for name in ("platelightNormalMap", "platelightRelightRig", "platelightMatchMaterial"):
        loaded.session.host.call(name, **CALLS[name])
    scene.createNode("transform", name="set")
    for node in ("shotCam", "ball"):
        scene.parent(node, "set")
        scene.rename(node, f"{node}A")
        scene.createNode("transform", name=node)
    scene.rename("wall", "wallA")
    scene.shadingNode("file", asTexture=True, isColorManaged=True, name="wall")
    finish()
    assert scene.messages == []
    assert scene.objExists("platelightRig")
    assert scene.graph.source("skin.normalCamera")
    assert scene.graph.node("plateSG").members == ["ballShape"]


def test_a_mesh_that_is_gone_keeps_no_other_from_its_material(scene: FakeMaya, loaded: Life, finish: Finish) -> None:
    scene.createNode("mesh", name="boxShape", parent=scene.createNode("transform", name="box"))
    scene.select("ball", "box")
    loaded.session.host.call("platelightMatchMaterial", **CALLS["platelightMatchMaterial"])
    scene.delete("ball")
    finish()
    assert scene.messages == []
    assert scene.graph.node("plateSG").members == ["boxShape"]


def test_an_estimate_on_disk_comes_at_once(scene: FakeMaya, loaded: Life, tmp_path: Path) -> None:
    (tmp_path / "light.json").write_text(json.dumps(light()))
    loaded.session.host.call("platelightRelightRig", estimate="light.json", camera="shotCam")
    assert scene.objExists("platelightRig")
