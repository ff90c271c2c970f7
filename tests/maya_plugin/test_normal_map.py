"""Normal Map From Texture: what is handed to the worker, and the network that comes of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from maya_plugin.life import Life
from tests.fake_worker import FakeWorker
from tests.hosts.maya.fake_window import FakeMaya

Finish = Callable[[], None]


def texture(maya: FakeMaya, path: Path | str, shader: str = "standardSurface") -> str:
    """A file texture with a placement, that colours a material."""
    if shader.startswith("ai"):
        maya.loadPlugin("mtoa")
    maya.shadingNode("file", asTexture=True, isColorManaged=True, name="wall")
    maya.shadingNode("place2dTexture", asUtility=True, name="wallPlace")
    maya.connectAttr("wallPlace.outUV", "wall.uvCoord")
    maya.setAttr("wallPlace.repeatUV", 3.0, 2.0, type="double2")
    maya.shadingNode(shader, asShader=True, name="skin")
    maya.connectAttr("wall.outColor", "skin.baseColor")
    maya.setAttr("wall.fileTextureName", str(path), type="string")
    maya.select("wall")
    maya.undo_stack.clear()
    return "wall"


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "bricks.png"
    path.write_bytes(b"picture")
    return path


@pytest.mark.parametrize(("shader", "bump"), [("standardSurface", "bump2d"), ("aiStandardSurface", "aiNormalMap")])
def test_the_selected_texture_gets_a_normal_map_wired_as_its_material_wants_it(
    maya: FakeMaya, loaded: Life, worker: FakeWorker, finish: Finish, picture: Path, shader: str, bump: str
) -> None:
    texture(maya, picture, shader)
    before = dict(maya.graph.connections)
    loaded.session.host.call("platelightNormalMap", strength=1.5, invert=True, tileable="yes")
    assert maya.graph.connections == before  # nothing happens to the scene until the map is there
    finish()
    ((kind, frames, options),) = worker.jobs
    made = picture.with_name("bricks_normal.png")
    assert (kind, frames[0].texture, frames[0].normal_map) == ("normal_map", str(picture), made.as_posix())
    assert options.to_json() == {
        "strength": 1.5, "flat": 0.0, "invert": True, "tileable": True, "convention": "opengl"
    }  # fmt: skip
    node = maya.graph.source("skin.normalCamera").partition(".")[0]
    assert maya.graph.node(node).type.name == bump
    if bump == "bump2d":
        assert maya.getAttr(f"{node}.bumpInterp") == 1
        file = maya.graph.source(f"{node}.bumpValue").partition(".")[0]
    else:
        assert maya.getAttr(f"{node}.tangentSpace")
        assert maya.getAttr(f"{node}.colorToSigned")
        file = maya.graph.source(f"{node}.input").partition(".")[0]
    assert maya.getAttr(f"{file}.fileTextureName") == made.as_posix()
    assert maya.getAttr(f"{file}.colorSpace") == "Raw"
    assert maya.getAttr(f"{file}.ignoreColorSpaceFileRules")
    assert maya.graph.source(f"{file}.uvCoord") == "wallPlace.outUV"  # it repeats as the texture does
    assert len(maya.undo_stack) == 1
    maya.undo()
    assert maya.graph.connections == before
    assert bump not in {node.type.name for node in maya.graph.nodes.values()}
    assert worker.closed == 1
    assert maya.messages == []
    assert "wired by" in maya.notices[-1]


@pytest.mark.parametrize("arnold", [True, False])
def test_a_bump2d_flips_nothing_where_arnold_would(
    maya: FakeMaya, loaded: Life, finish: Finish, picture: Path, arnold: bool
) -> None:
    """Arnold's own attributes of it are on by default, and not there without Arnold."""
    texture(maya, picture)
    if arnold:
        maya.loadPlugin("mtoa")
    loaded.session.host.call("platelightNormalMap")
    finish()
    assert maya.messages == []
    bump = maya.graph.source("skin.normalCamera").partition(".")[0]
    for flip in ("aiFlipR", "aiFlipG"):
        assert maya.attributeQuery(flip, node=bump, exists=True) is arnold
        if arnold:
            assert maya.getAttr(f"{bump}.{flip}") is False


def test_a_bump_that_is_there_stays_unless_it_is_to_be_replaced(
    maya: FakeMaya, loaded: Life, finish: Finish, picture: Path
) -> None:
    texture(maya, picture)
    maya.shadingNode("bump2d", asUtility=True, name="mine")
    maya.connectAttr("mine.outNormal", "skin.normalCamera")
    loaded.session.host.call("platelightNormalMap")
    finish()
    assert maya.graph.source("skin.normalCamera") == "mine.outNormal"
    assert "has a bump already and keeps it" in maya.notices[-1]
    loaded.session.host.call("platelightNormalMap", replace=True, overwrite=True)
    finish()
    assert maya.graph.source("skin.normalCamera") == "bricks_normalBump1.outNormal"


def test_a_texture_behind_a_grade_finds_its_material(
    maya: FakeMaya, loaded: Life, finish: Finish, picture: Path
) -> None:
    texture(maya, picture)
    maya.createNode("colorCorrect", name="grade")
    maya.connectAttr("wall.outColor", "grade.inColor")
    maya.connectAttr("grade.outColor", "skin.baseColor", force=True)
    loaded.session.host.call("platelightNormalMap", node="wall")
    finish()
    assert maya.graph.source("skin.normalCamera")


def test_tiles_are_all_made_and_read_as_tiles(
    maya: FakeMaya, loaded: Life, worker: FakeWorker, finish: Finish, tmp_path: Path
) -> None:
    for tile in (1001, 1002, 1011):
        (tmp_path / f"skin.{tile}.png").write_bytes(b"picture")
    texture(maya, tmp_path / "skin.1001.png")
    maya.setAttr("wall.uvTilingMode", 3)
    loaded.session.host.call("platelightNormalMap")
    finish()
    assert [Path(frame.normal_map).name for frame in worker.jobs[0][1]] == [
        "skin_normal.1001.png", "skin_normal.1002.png", "skin_normal.1011.png"
    ]  # fmt: skip
    assert maya.getAttr("skin_normal.uvTilingMode") == 3
    assert maya.getAttr("skin_normal.fileTextureName").endswith("/skin_normal.1001.png")


@pytest.mark.parametrize("named", ["$SHOW/tex/brick.png", "tex/brick.png", "~/tex/brick.png"])
def test_a_texture_is_found_as_maya_finds_it(
    maya: FakeMaya, loaded: Life, worker: FakeWorker, finish: Finish, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, named: str,
) -> None:  # fmt: skip
    for name in ("SHOW", "HOME", "USERPROFILE"):
        monkeypatch.setenv(name, tmp_path.as_posix())
    (tmp_path / "tex").mkdir()
    (tmp_path / "tex" / "brick.png").write_bytes(b"picture")
    texture(maya, named)
    assert loaded.session.host.call("platelightNormalMap") == f"{tmp_path.as_posix()}/tex/brick_normal.png"
    finish()
    assert worker.jobs[0][1][0].texture == f"{tmp_path.as_posix()}/tex/brick.png"
    assert maya.messages == []


@pytest.mark.parametrize(
    ("named", "made"), [("skin.<udim>.png", "skin_normal.1001.png"), ("skin_<UDIM>.png", "skin_normal_1001.png")]
)
def test_the_mark_of_tiles_is_read_however_it_is_written(
    maya: FakeMaya, loaded: Life, worker: FakeWorker, finish: Finish, tmp_path: Path, named: str, made: str
) -> None:
    for tile in ("1001", "1012"):
        (tmp_path / named.replace("<udim>", tile).replace("<UDIM>", tile)).write_bytes(b"picture")
    texture(maya, tmp_path / named)
    maya.setAttr("wall.uvTilingMode", 3)
    loaded.session.host.call("platelightNormalMap")
    finish()
    assert [Path(frame.normal_map).name for frame in worker.jobs[0][1]] == [made, made.replace("1001", "1012")]
    (node,) = [n.name for n in maya.graph.nodes.values() if n.type.name == "file" and n.name != "wall"]
    assert node == "skin_normal"
    assert maya.getAttr(f"{node}.fileTextureName").endswith(f"/{made}")


@pytest.mark.parametrize(("mode", "words"), [(1, "ZBrush"), (2, "Mudbox"), (4, "Explicit")])
def test_tiles_of_other_kinds_are_refused(
    maya: FakeMaya, loaded: Life, worker: FakeWorker, picture: Path, mode: int, words: str
) -> None:
    """One tile's map would be read for all of them."""
    texture(maya, picture)
    maya.setAttr("wall.uvTilingMode", mode)
    with pytest.raises(RuntimeError, match=f"{words}.*choose UDIM"):
        loaded.session.host.call("platelightNormalMap")
    assert worker.jobs == []


def test_a_picture_without_a_node_is_made_and_left_to_be_connected(
    maya: FakeMaya, loaded: Life, finish: Finish, picture: Path, tmp_path: Path
) -> None:
    out = tmp_path / "maps" / "9 lives.exr"
    answer = loaded.session.host.call("platelightNormalMap", file=str(picture), out=out.as_posix())
    finish()
    assert answer == out.as_posix()
    assert out.is_file()
    assert maya.getAttr("_9_lives.fileTextureName") == out.as_posix()
    assert "connect" in maya.notices[-1]


def test_relative_files_lie_in_the_project(
    maya: FakeMaya, loaded: Life, worker: FakeWorker, finish: Finish, picture: Path, tmp_path: Path
) -> None:
    answer = loaded.session.host.call("platelightNormalMap", file="bricks.png", out="maps/bricks.png")
    finish()
    assert answer == f"{tmp_path.as_posix()}/maps/bricks.png"
    assert worker.jobs[0][1][0].texture == picture.as_posix()
    assert (tmp_path / "maps" / "bricks.png").is_file()


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({}, "no file texture is selected"),
        ({"node": "skin"}, "is no file texture"),
        ({"node": "nobody"}, "is no file texture"),
        ({"file": "/nowhere/a.png"}, "there is no such file"),
    ],
)
def test_what_cannot_be_meant_is_said(
    maya: FakeMaya, loaded: Life, picture: Path, flags: dict[str, str], words: str
) -> None:
    texture(maya, picture)
    maya.select()
    with pytest.raises(RuntimeError, match=words):
        loaded.session.host.call("platelightNormalMap", **flags)
    assert loaded.session.tasks == []


def test_a_file_that_is_there_is_not_written_over(
    maya: FakeMaya, loaded: Life, worker: FakeWorker, picture: Path
) -> None:
    picture.with_name("bricks_normal.png").write_bytes(b"somebody's")
    texture(maya, picture)
    with pytest.raises(RuntimeError, match="is there already"):
        loaded.session.host.call("platelightNormalMap")
    assert worker.jobs == []


def test_a_worker_without_the_model_says_so_and_the_menu_shows_it(
    maya: FakeMaya, loaded: Life, worker: FakeWorker, finish: Finish, picture: Path
) -> None:
    worker.abilities["normal_map"] = "this Platelight came without the model texture_normals"
    texture(maya, picture)
    maya.press("Check Worker")
    finish()
    assert "normal_map: this Platelight came without the model" in maya.messages[-1]
    assert "Normal Map From Texture (not available)" in maya.labels()
    item = next(i for i in maya.menus["platelightMenu"] if str(i.get("label", "")).startswith("Normal Map"))
    assert item["enable"] is False
    assert "came without the model" in item["annotation"]
    loaded.session.host.call("platelightNormalMap")  # a script may try all the same: the worker may be another by now
    finish()
    assert "came without the model" in maya.messages[-1]
    assert worker.jobs == []
    loaded.session.host.call("platelightNormalMap", model="/models/mine")
    finish()
    assert worker.jobs[0][2].model == "/models/mine"


def test_an_old_worker_has_no_such_job(
    maya: FakeMaya, loaded: Life, worker: FakeWorker, finish: Finish, picture: Path
) -> None:
    del worker.abilities["normal_map"]
    texture(maya, picture)
    loaded.session.host.call("platelightNormalMap", model="/models/mine")
    finish()
    assert "has no such job" in maya.messages[-1]


def test_a_failure_and_a_cancelled_run_change_nothing(
    maya: FakeMaya, loaded: Life, worker: FakeWorker, finish: Finish, picture: Path
) -> None:
    texture(maya, picture)
    worker.fails = {0}
    loaded.session.host.call("platelightNormalMap")
    finish()
    assert "cannot be read" in maya.messages[-1]
    worker.fails, worker.hold = set(), True
    loaded.session.host.call("platelightNormalMap")
    assert worker.waits.wait(60.0)
    maya.press("Cancel Running Work")
    finish()
    assert maya.notices[-1] == "Normal Map From Texture: cancelled"
    assert loaded.session.tasks == []
    assert maya.undo_stack == []
