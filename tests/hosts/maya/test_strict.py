"""The stand-in for Maya says no where Maya would: what the tests of scenes prove rests on that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from maya_plugin.host import HostError, MayaHost
from scene_generator.maya_scene.commands import Command
from scene_generator.maya_scene.scene import scene_commands
from tests.hosts.maya import scenes
from tests.hosts.maya.conftest import Connect
from tests.hosts.maya.fake_cmds import FakeCmds
from tests.hosts.maya.node_tables import ADDED_BY_ARNOLD, TABLES
from tests.hosts.maya.reader import read_scene
from tests.hosts.maya.signatures import fits, signature


@pytest.mark.parametrize(
    ("command", "args", "flags", "said"),
    [
        ("createNoode", ("mesh",), {}, "createNoode"),
        ("createNode", ("mesh",), {"nmae": "a"}, "Invalid flag 'nmae'"),
        ("createNode", ("mesh",), {"name": 3}, "Invalid arguments for flag 'name'"),
        ("createNode", ("meesh",), {}, "Unknown object type: meesh"),
        ("createNode", ("mesh",), {"parent": "nobody"}, "No object matches name: nobody"),
        ("createNode", ("transform",), {"name": "a b"}, "no legal characters"),
        ("setAttr", ("ball.baseColour", 1.0), {}, "No object matches name: ball.baseColour"),
        ("setAttr", ("nobody.base", 1.0), {}, "No object matches name: nobody"),
        ("setAttr", ("ball.base", 1.5), {}, "past its range"),
        ("setAttr", ("ball.baseColor", 1.0), {}, "not equal to float3"),
        ("setAttr", ("ball.baseColor", 1.0, 1.0), {"type": "float3"}, "needs 3 numbers"),
        ("setAttr", ("ball.outColor", 1.0, 1.0, 1.0), {"type": "float3"}, "it is an output"),
        ("setAttr", ("ball.specularRoughness", 0.1), {}, "locked or connected"),
        ("setAttr", ("picture.fileTextureName", "x.exr"), {}, "Error reading|not equal to string"),
        ("setAttr", ("picture.colorSpace", 3.0), {"type": "string"}, "needs one string"),
        ("connectAttr", ("picture.outColor", "ball.metalness"), {}, "not compatible"),
        ("connectAttr", ("picture.outAlpha", "ball.baseColor"), {}, "not compatible"),
        ("connectAttr", ("picture.fileTextureName", "ball.base"), {}, "not compatible"),
        ("connectAttr", ("picture.outAlpha", "ball.specularRoughness"), {}, "has an incoming connection"),
        ("connectAttr", ("picture.outAlfa", "ball.metalness"), {}, "No object matches name"),
        ("connectAttr", ("picture.outColor", "ball.outColor"), {}, "not writable"),
        ("connectAttr", ("lampShape.lightData", "lightList1.lights"), {}, "is an array"),
        ("sets", ("ball",), {"edit": True, "forceElement": "ball"}, "is no shading group"),
        ("sets", ("ball",), {"edit": True, "forceElment": "ball"}, "Invalid flag 'forceElment'"),
        ("sets", (), {"edit": True, "renderable": True}, "Invalid flag 'renderable'"),
        ("shadingNode", ("file",), {"asShader": True}, "is not made asShader"),
        ("xform", ("ball",), {"matrix": (1.0,) * 16}, "is no transform"),
        ("xform", ("lamp",), {"matrix": (1.0,) * 15}, "Invalid arguments for flag 'matrix'"),
        ("loadPlugin", ("redshift4maya",), {}, "was not found"),
        ("arnoldRender", (), {"batch": True, "cam": "x"}, "Invalid flag 'cam'"),
        ("createNode", ("aiStandardSurface",), {}, "Unknown object type"),
        ("polyCube", (), {}, "no polyCube yet"),
    ],
)  # fmt: skip
def test_planted_mistakes_are_refused(
    host: MayaHost, cmds: FakeCmds, command: str, args: tuple[Any, ...], flags: dict[str, Any], said: str
) -> None:
    cmds.shadingNode("standardSurface", asShader=True, name="ball")
    cmds.shadingNode("file", asTexture=True, isColorManaged=True, name="picture")
    cmds.connectAttr("picture.outAlpha", "ball.specularRoughness")
    cmds.createNode("transform", name="lamp")
    cmds.createNode("areaLight", name="lampShape", parent="lamp")
    with pytest.raises((HostError, NotImplementedError, AttributeError), match=said):
        host.call(command, *args, **flags)


def test_arnolds_attributes_are_there_only_with_arnold(host: MayaHost, cmds: FakeCmds) -> None:
    cmds.createNode("camera", name="eye")
    with pytest.raises(HostError, match="aiEnableDOF"):
        host.call("setAttr", "eye.aiEnableDOF", True)
    host.load_plugin("mtoa")
    host.call("setAttr", "eye.aiEnableDOF", True)


def test_a_picture_needs_renderer_size_and_colours_to_agree(host: MayaHost, cmds: FakeCmds) -> None:
    host.load_plugin("mtoa")
    cmds.createNode("camera", name="eye")
    call = {"batch": True, "camera": "eye", "width": 8, "height": 8}
    with pytest.raises(HostError, match="the renderer is not arnold"):
        host.call("arnoldRender", **call)
    cmds.setAttr("defaultRenderGlobals.currentRenderer", "arnold", type="string")
    with pytest.raises(HostError, match="defaultResolution"):
        host.call("arnoldRender", **call)
    cmds.setAttr("defaultResolution.width", 8)
    cmds.setAttr("defaultResolution.height", 8)
    with pytest.raises(HostError, match="ACEScg"):
        host.call("arnoldRender", **call)


def _without(commands: list[Command], text: str) -> list[Command]:
    kept = [command for command in commands if text not in str(command)]
    assert len(kept) < len(commands), f"nothing has {text!r}"
    return kept


@pytest.mark.parametrize(
    "missing",
    [
        "alphaIsLuminance",
        "colorSpace'",
        "ignoreColorSpaceFileRules",
        ".outUV'",
        "@m000ColorPlace.repeatUV'",
        "lightList1.lights",
        "defaultLightSet",
        "colorToSigned",
        "filmFit",
        "aiFocusDistance",
        "normalize', False",
    ],
)
def test_the_reader_misses_what_is_not_wired(host: MayaHost, cmds: FakeCmds, tmp_path: Path, missing: str) -> None:
    """Each of these left out gives another picture, and the reader has to notice."""
    from maya_plugin.scene.build import read_meshes
    from maya_plugin.scene.facts import host_facts
    from maya_plugin.scene.run import Runner
    from scene_generator.maya_scene.files import write_files
    from scene_generator.maya_scene.store import FileStore

    spec = scenes.small(f_number=2.8)
    files = write_files(spec, scenes.TEXTURE_SIZE, FileStore(tmp_path))
    commands = scene_commands(spec, files, host_facts(host))
    Runner(host, read_meshes(files)).run(commands)
    read_scene(cmds.graph)
    cmds.file(new=True, force=True)
    Runner(host, read_meshes(files)).run(_without(commands, missing))
    with pytest.raises((AssertionError, RuntimeError)):
        read_scene(cmds.graph)


def test_a_command_about_a_node_that_was_not_made_is_refused(host: MayaHost) -> None:
    from maya_plugin.scene.run import Runner

    with pytest.raises(KeyError, match="nobody"):
        Runner(host, {}).run([Command("setAttr", ("@nobody.base", 1.0))])


def test_a_mesh_whose_arrays_do_not_fit_is_refused(host: MayaHost, cmds: FakeCmds) -> None:
    cmds.createNode("transform", name="t")
    with pytest.raises(HostError, match="mesh of t"):
        host.create_mesh("t", [(0, 0, 0)], [(0, 1, 2)], [(0, 0, 1)], [(0, 0)])


def test_signatures_come_from_the_stubs() -> None:
    known = signature("createNode")
    assert known is not None
    assert known.create["parent"] == "str"
    assert known.create["skipSelect"] == known.create["ss"] == "bool"
    prefs = signature("colorManagementPrefs")
    assert prefs is not None
    assert "inputSpaceNames" in prefs.query
    assert "inputSpaceNames" not in prefs.edit
    assert "renderingSpaceName" in prefs.edit
    assert signature("createNoode") is None


@pytest.mark.parametrize(
    ("value", "kind", "fine"),
    [
        (1, "int", True), (True, "int", False), (1, "float", True), ("x", "float", False), (1, "bool", True),
        (["a"], "str | list[str]", True), ("a", "str | list[str]", True), ([1], "str | list[str]", False),
        ((1.0, 2.0), "tuple[float, float]", True), ((1.0,), "tuple[float, float]", False),
    ],
)  # fmt: skip
def test_types_of_flags(value: Any, kind: str, fine: bool) -> None:
    assert fits(value, kind) is fine


def test_every_table_states_its_source() -> None:
    known = set("DAMSHB")
    for name, (source, *_) in [*TABLES.items(), *ADDED_BY_ARNOLD.items()]:
        assert source, name
        assert set(source.replace(", ", "")) <= known, name


def test_a_maya_that_is_too_old_is_refused(connect: Connect) -> None:
    with pytest.raises(HostError, match="2022 is too old"):
        connect(FakeCmds(year=2022))


def test_names_are_one_to_a_parent_and_a_name_alone_may_mean_several(cmds: FakeCmds) -> None:
    first, second = cmds.createNode("transform", name="a"), cmds.createNode("transform", name="b")
    assert cmds.createNode("transform", name="key", parent=first) == "key"
    assert cmds.createNode("transform", name="key", parent=second) == "b|key"
    assert cmds.createNode("transform", name="key", parent=second) == "key1"
    assert cmds.listRelatives("b") == ["key", "key1"]
    assert cmds.listRelatives("b", path=True) == ["b|key", "key1"]
    assert cmds.listRelatives("b", fullPath=True) == ["|b|key", "|b|key1"]
    with pytest.raises(RuntimeError, match="More than one object matches name: key"):
        cmds.setAttr("key.visibility", False)
    assert cmds.parent("key1", world=True) == ["key1"]
    assert cmds.rename("|key1", "key") == "key"
    assert cmds.ls("key", long=True) == ["|a|key", "|b|key", "|key"]
