"""Match Material From Picture: what is handed in, the shader that is made of the answer, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from maya_plugin.life import Life
from maya_plugin.rendering_space import in_space
from tests.fake_worker import FakeWorker
from tests.hosts.maya.fake_cmds import LINEAR
from tests.hosts.maya.fake_window import FakeMaya
from worker_link.jobs import MaterialFrame, MaterialOptions

Finish = Callable[[], None]


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "2 vase.jpg"
    path.write_bytes(b"picture")
    return path


def test_a_picture_becomes_a_shader_of_the_selection(
    maya: FakeMaya, loaded: Life, worker: FakeWorker, finish: Finish, picture: Path, tmp_path: Path
) -> None:
    mask = tmp_path / "mask.png"
    mask.write_bytes(b"mask")
    ball = maya.createNode("mesh", name="ballShape", parent=maya.createNode("transform", name="ball"))
    maya.select("ball")
    before = len(maya.undo_stack)
    target = loaded.session.host.call("platelightMatchMaterial", file=str(picture), mask=str(mask), exposure=-0.5)
    assert target == f"{tmp_path.as_posix()}/2 vase_material.json"
    finish()
    assert maya.messages == []
    ((kind, frames, options),) = worker.jobs
    assert (kind, frames) == ("material", [MaterialFrame(str(picture), target, str(mask))])
    assert options == MaterialOptions(exposure=-0.5)
    shader = "_2_vase"
    assert maya.nodeType(shader) == "standardSurface"
    for name, color in (("baseColor", (0.5, 0.25, 0.125)), ("specularColor", (1.0, 0.5, 0.25))):
        wanted = in_space(color, "lin_rec709", "ACEScg")
        assert wanted[0] < color[0]
        assert tuple(maya.getAttr(f"{shader}.{name}")) == pytest.approx(wanted)
    assert maya.getAttr(f"{shader}.specularRoughness") == 0.375
    assert maya.getAttr(f"{shader}.metalness") == 0.75
    assert maya.getAttr(f"{shader}.base") == maya.getAttr(f"{shader}.specular") == 1.0
    assert maya.graph.node(f"{shader}SG").members == [ball]
    assert "given to" in maya.notices[-1]
    assert maya.notices[-1].endswith("noticed")
    assert len(maya.undo_stack) == before + 1
    maya.undo()
    assert not maya.objExists(shader)
    assert Path(target).is_file()


def test_meshes_below_a_selected_group_get_it_whatever_they_are_called(
    maya: FakeMaya, loaded: Life, finish: Finish, picture: Path
) -> None:
    """Two of one name, and one that a deformer has left its origin beside."""
    meshes = []
    maya.createNode("transform", name="set")
    for part in ("left", "right"):
        maya.createNode("transform", name=part, parent="set")
        ball = maya.createNode("transform", name="ball", parent=part)
        meshes.append(maya.graph.node(maya.createNode("mesh", name="ballShape", parent=ball)).name)
    origin = maya.createNode("mesh", name="ballShapeOrig", parent="left|ball")
    maya.setAttr(f"{origin}.intermediateObject", True)
    maya.select("set")
    loaded.session.host.call("platelightMatchMaterial", file=str(picture))
    finish()
    assert maya.messages == []
    assert maya.graph.node("_2_vaseSG").members == meshes


def test_without_a_selection_the_shader_is_made_for_later(
    maya: FakeMaya, loaded: Life, worker: FakeWorker, finish: Finish, picture: Path
) -> None:
    loaded.session.host.call("platelightMatchMaterial", file=str(picture))
    finish()
    assert maya.graph.node("_2_vaseSG").members == []
    assert "given to" not in maya.notices[-1]
    assert worker.jobs[0][1][0].mask == ""


@pytest.mark.parametrize(("space", "managed"), [(LINEAR, True), ("ACEScg", False)])
def test_colours_stay_as_they_are_where_maya_renders_in_their_space(
    maya: FakeMaya, loaded: Life, finish: Finish, picture: Path, space: str, managed: bool
) -> None:
    maya.rendering_space, maya.managed = space, managed
    loaded.session.host.call("platelightMatchMaterial", file=str(picture))
    finish()
    assert tuple(maya.getAttr("_2_vase.baseColor")) == (0.5, 0.25, 0.125)


def test_what_the_worker_wrote_must_be_a_material(
    maya: FakeMaya, loaded: Life, finish: Finish, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    huge = b'{"base": 1, "specular": 1e999, "base_color": [1, 1, 1], "specular_color": [1, 1, 1], ' \
           b'"specular_roughness": 0.3, "metalness": 0}'  # fmt: skip
    for text in (b"{}", b"no json", huge, b'{"base": 1, "specular": 1, "base_color": [1], "specular_color": [1, 1, 1], '
                 b'"specular_roughness": 0.3, "metalness": 0}'):  # fmt: skip
        monkeypatch.setattr("tests.fake_worker.MATERIAL", text)
        loaded.session.host.call("platelightMatchMaterial", file=str(picture), overwrite=True)
        finish()
        assert "holds no material" in maya.messages[-1]
    assert not maya.objExists("_2_vase")


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"file": ""}, "no picture is named"),
        ({"file": "/nowhere.png"}, "/nowhere.png: there is no such file; name the picture"),
        ({"mask": "/nowhere.png"}, "name the mask"),
        ({"out": "/proc/self/status"}, "is there already"),
        ({"exposure": 50.0}, "expected -20 to 20"),
    ],
)
def test_what_cannot_be_meant_is_said(loaded: Life, picture: Path, flags: dict[str, Any], words: str) -> None:
    with pytest.raises(RuntimeError, match=words):
        loaded.session.host.call("platelightMatchMaterial", **{"file": str(picture), **flags})


def test_a_worker_without_the_model_disables_it_with_its_reason(
    maya: FakeMaya, loaded: Life, worker: FakeWorker, finish: Finish
) -> None:
    worker.abilities["material"] = "this Platelight came without the model material"
    maya.press("Check Worker")
    finish()
    item = next(i for i in maya.menus["platelightMenu"] if str(i.get("label", "")).startswith("Match Material"))
    assert item["enable"] is False
    assert "came without the model material" in item["annotation"]
