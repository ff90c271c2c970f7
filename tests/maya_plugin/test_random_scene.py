"""Random Scene: one step of undo, the same seed the same scene, another one, families and counts."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maya_plugin.commands.random_scene import MADE, last_draw
from maya_plugin.commands.scene_choice import changed_recipe, counts_text, parse_counts, ranges_of
from maya_plugin.errors import BadSetting
from maya_plugin.life import Life
from maya_plugin.state import remember
from scene_generator.maya_scene import files
from tests.hosts.maya.fake_window import FakeMaya
from tests.hosts.maya.scenes import stand_in

Finish = Callable[[], None]
SMALL: dict[str, Any] = {"families": "cluster", "counts": "cluster.count=2:3", "textureSize": 16}


@pytest.fixture
def boxes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every shape is a box: what a test is about is not its mesh, and making some of them takes a second."""
    monkeypatch.setattr(files, "write_files", partial(files.write_files, make=stand_in))


def broken(*_: Any, **__: Any) -> None:
    raise RuntimeError("no lights today")


def kinds(maya: FakeMaya) -> list[str]:
    return sorted(node.type.name for node in maya.graph.nodes.values())


def test_a_scene_is_made_and_undone_in_one_step(maya: FakeMaya, loaded: Life, finish: Finish, tmp_path: Path) -> None:
    before = kinds(maya)
    made = loaded.session.host.call("platelightRandomScene", seed=5, **SMALL)
    assert made == {"recipe": "plate_normals", "seed": 5, "index": 0}
    assert kinds(maya) == before  # textures are being written beside Maya, no node is there yet
    finish()
    assert maya.messages == []
    found = kinds(maya)
    assert {"camera", "mesh", "aiStandardSurface", "aiSkyDomeLight"} <= set(found)
    kept = json.loads(maya.getAttr(f"platelight.{MADE}"))
    assert (kept["seed"], kept["index"], kept["number"]) == (5, 0, 1)
    files = [n.values["fileTextureName"] for n in maya.graph.nodes.values() if n.type.name == "file"]
    assert files
    assert all(path.startswith(f"{tmp_path.as_posix()}/sourceimages/platelight/plate_normals_5/") for path in files)
    assert maya.selection == ["platelight"]
    assert len(maya.undo_stack) == 1
    maya.undo()
    assert kinds(maya) == before


@pytest.mark.usefixtures("boxes")
def test_the_same_seed_gives_the_same_nodes_and_another_one_follows(
    maya: FakeMaya, loaded: Life, finish: Finish
) -> None:
    call = loaded.session.host.call
    call("platelightRandomScene", seed=5, **SMALL)
    finish()
    first = kinds(maya)
    call("platelightRandomScene", seed=5, replace=True, **SMALL)
    finish()
    assert kinds(maya) == first  # the former one is gone, with all of its materials
    assert call("platelightRandomScene", another=True, lock=True, replace=True, **SMALL) == {
        "recipe": "plate_normals", "seed": 5, "index": 1
    }  # fmt: skip
    finish()
    assert sum(kind == "camera" for kind in kinds(maya)) == 1
    assert call("platelightRandomScene", another=True, **SMALL)["seed"] != 5
    finish()
    assert sum(kind == "camera" for kind in kinds(maya)) == 2  # without replace, they stand together
    assert maya.messages == []
    assert len(maya.undo_stack) == 4


@pytest.mark.usefixtures("boxes")
def test_the_menu_gives_a_new_scene_each_time_unless_the_seed_is_locked(
    maya: FakeMaya, loaded: Life, finish: Finish
) -> None:
    def draw() -> list[int]:
        last = last_draw(loaded.session.host)
        assert last
        return [last[1].seed, last[1].index]

    remember(loaded.session.host, "platelightRandomScene", {**SMALL, "seed": 4, "lock": True, "replace": True})
    maya.press("Random Scene")
    finish()
    assert draw() == [4, 0]
    maya.press("Random Scene")
    finish()
    assert draw() == [4, 1]
    remember(loaded.session.host, "platelightRandomScene", {**SMALL, "seed": 4, "replace": True})
    maya.press("Random Scene")
    finish()
    assert draw()[0] != 4
    assert maya.messages == []


@pytest.mark.usefixtures("boxes")
def test_what_is_not_of_the_scene_outlives_it(maya: FakeMaya, loaded: Life, finish: Finish) -> None:
    """Somebody's own asset in the group, a light under its camera, and own meshes with a material of the scene."""
    call = loaded.session.host.call
    call("platelightRandomScene", seed=1, **SMALL)
    finish()
    thing = next(name for name in maya.graph.nodes if name.startswith("o000") and not name.endswith("Shape"))
    maya.xform("platelight", matrix=[1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 5, 0, 0, 1])
    hero = maya.createNode("transform", name="hero", parent="platelight")
    maya.xform(hero, matrix=[1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 7, 0, 1])
    maya.createNode("mesh", name="heroShape", parent=hero)
    maya.createNode("transform", name="myLight", parent="shotCamera")
    maya.setAttr(f"{maya.createNode('mesh', name='keptOrig', parent=thing)}.intermediateObject", True)
    maya.createNode("mesh", name="card", parent=thing)
    group = next(n.name for n in maya.graph.nodes.values() if n.members and n.type.name == "shadingEngine")
    maya.sets("heroShape", edit=True, forceElement=group)
    behind = maya.graph.source(f"{group}.surfaceShader").partition(".")[0]
    uuids = {maya.graph.node(name).uuid for name in (group, behind, "hero", "heroShape", "myLight", "card")}
    maya.undo_stack.clear()
    call("platelightRandomScene", seed=2, replace=True, **SMALL)
    finish()
    assert maya.messages == []
    left = {node.uuid: node for node in maya.graph.nodes.values()}
    assert uuids <= set(left)
    for name, place in (("hero", (5, 7, 0)), ("myLight", None)):
        node = maya.graph.node(name)
        assert node.parent == ""
        assert place is None or node.matrix[12:15] == place
    assert maya.graph.node(maya.graph.node("card").parent).parent == ""
    assert not maya.objExists("keptOrig")  # a deformer's, of a mesh that is gone
    assert maya.graph.node(group).members == ["heroShape"]
    assert sum(node.type.name == "camera" for node in left.values()) == 1
    assert "moved out of it: " in maya.notices[-1]
    assert "hero" in maya.notices[-1]
    assert f"kept, as other meshes have them: {group}" in maya.notices[-1]
    assert len(maya.undo_stack) == 1
    maya.undo()
    assert maya.graph.node("hero").parent == "platelight"


@pytest.mark.usefixtures("boxes")
def test_renamed_nodes_are_found_again(maya: FakeMaya, loaded: Life, finish: Finish) -> None:
    empty = kinds(maya)
    loaded.session.host.call("platelightRandomScene", seed=1, **SMALL)
    finish()
    maya.rename("platelight", "mine")
    loaded.session.host.call("platelightRandomScene", seed=1, replace=True, **SMALL)
    finish()
    assert "mine" not in maya.graph.nodes
    assert sum(kind == "camera" for kind in kinds(maya)) == empty.count("camera") + 1


@pytest.mark.usefixtures("boxes")
def test_a_scene_is_the_same_in_any_unit(maya: FakeMaya, loaded: Life, finish: Finish) -> None:
    """Meshes are in centimetres whatever the working unit is: clipping planes in metres would cut them away."""
    kept = []
    for unit in ("cm", "m", "in"):
        maya.file(new=True, force=True)
        maya.unit = unit
        loaded.session.host.call("platelightRandomScene", seed=5, **SMALL)
        finish()
        assert maya.unit == unit
        kept.append({name: maya.graph.get(f"shotCameraShape.{name}") for name in ("nearClipPlane", "farClipPlane")})
    assert kept[0] == kept[1] == kept[2] == {"nearClipPlane": 0.01, "farClipPlane": 1000.0}
    maya.file(new=True, force=True)
    maya._xform = broken  # type: ignore[method-assign]
    loaded.session.host.call("platelightRandomScene", seed=5, **SMALL)
    finish()
    assert "no lights today" in maya.messages[-1]
    assert maya.unit == "in"


@pytest.mark.usefixtures("boxes")
@pytest.mark.parametrize("up", ["y", "z"])
def test_a_scene_stands_on_its_floor(maya: FakeMaya, loaded: Life, finish: Finish, up: str) -> None:
    maya.up = up
    loaded.session.host.call("platelightRandomScene", seed=5, **SMALL)
    finish()
    assert maya.messages == []
    world = maya.graph.world(maya.graph.node("platelight"))
    np.testing.assert_array_equal(np.array([0, 1, 0, 1]) @ world, [0, 1, 0, 1] if up == "y" else [0, 0, 1, 1])
    np.testing.assert_allclose(np.linalg.det(world), 1.0)
    placed = [n for n in maya.graph.nodes.values() if n.type.dag == "transform" and n.name.startswith(("o0", "sky"))]
    assert placed
    assert all(maya.graph.path(node).startswith("|platelight|") for node in placed)
    maya.undo()
    assert not maya.objExists("platelight")


@pytest.mark.usefixtures("boxes")
def test_a_failure_half_way_leaves_nothing(maya: FakeMaya, loaded: Life, finish: Finish) -> None:
    before = kinds(maya)
    maya._xform = broken  # type: ignore[method-assign]
    loaded.session.host.call("platelightRandomScene", seed=1, **SMALL)
    finish()
    assert "no lights today" in maya.messages[-1]
    assert kinds(maya) == before


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"recipe": "nosuch"}, "cannot be read"),
        ({"families": "castle"}, "not in the recipe"),
        ({"counts": "cluster.count"}, "write family.name=low:high"),
        ({"counts": "castle.count=1"}, "of no family"),
        ({"counts": "cluster.count=3:1"}, "low <= high"),
        ({"counts": "cluster.cats=3"}, "cats"),
        ({"seed": -1}, "expected 0 or more"),
        ({"textureSize": 8}, "expected 16 to 4096"),
    ],
)
def test_what_cannot_be_meant_is_said(loaded: Life, flags: dict[str, Any], words: str) -> None:
    with pytest.raises(RuntimeError, match=words):
        loaded.session.host.call("platelightRandomScene", **{**SMALL, **flags})


def test_counts_go_to_text_and_back_and_change_the_recipe() -> None:
    counts = parse_counts("room.things=2:5; street.cars=0,")
    assert counts == {"room.things": (2.0, 5.0), "street.cars": (0.0, 0.0)}
    assert parse_counts(counts_text(counts)) == counts
    recipe = changed_recipe("plate_normals", ["street", "room"], counts)
    assert [share.name for share in recipe.families] == ["room", "street"]
    assert recipe.families[1].ranges == {"cars": (0.0, 0.0)}


def test_a_familys_ranges_are_told_as_panels_show_them() -> None:
    counted = ranges_of("cluster", counts_only=True)
    assert [(name, own.low, own.high, own.meaning, own.unit) for name, own in counted.items()] == [
        ("count", 5.0, 14.0, "objects", "")
    ]
    everything = ranges_of("cluster")
    assert set(counted) < set(everything)
    assert everything["pitch"].unit == "rad"
    assert not everything["pitch"].is_count
    with pytest.raises(BadSetting, match="unknown"):
        ranges_of("castle")
