"""Rules for what runs inside Maya: its imports, and the commands of Maya's that it calls."""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from maya_plugin import PLUGIN_VERSION, autoload
from maya_plugin.host import MayaHost, connect
from tests.hosts.maya.fake_window import FakeMaya, modules
from tests.hosts.maya.signatures import fits, signature

tomllib = pytest.importorskip("tomllib", reason="came with Python 3.11")

ROOT = Path(__file__).parents[2]
ROOM = ROOT / "maya_plugin"
FILES = sorted(ROOM.rglob("*.py"))
WITH_NUMPY = {"scene"}
"""Folders of the plug-in that may import numpy at once: everything else finds out first whether it is there."""


def name_of(file: Path) -> str:
    return file.relative_to(ROOM).as_posix()


def imports(body: list[ast.stmt]) -> Iterator[str]:
    """Names that are imported when a file is run: not in functions, and not for type checks only."""
    for node in body:
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)
        elif isinstance(node, ast.Try):
            yield from imports(node.body)


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_only_the_standard_library_and_the_project_are_imported_at_once(file: Path) -> None:
    ours = {"maya_plugin", "worker_link"}
    allowed = {*sys.stdlib_module_names, *ours}
    if file.relative_to(ROOM).parts[0] in WITH_NUMPY:
        allowed |= {"numpy", "scene_generator"}
    assert {name.split(".")[0] for name in imports(ast.parse(file.read_text(encoding="utf-8")).body)} <= allowed


def calls(text: str) -> Iterator[tuple[str, dict[str, Any], int]]:
    """(command, flags, line) of each `host.call("command", ..., flag=...)`; `...`: a value that is not written out."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "call":
            continue
        first = node.args[0] if node.args else None
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            flags = {
                str(word.arg): word.value.value if isinstance(word.value, ast.Constant) else ...
                for word in node.keywords
                if word.arg
            }
            yield first.value, flags, node.lineno


def mistakes(text: str) -> list[str]:
    """What Maya would refuse of the calls in a file, by its published interface."""
    found = []
    for command, flags, line in calls(text):
        known = signature(command)
        if known is None:
            found.append(f"line {line}: no command {command}")
            continue
        way = "query" if "query" in flags else "edit" if "edit" in flags else "create"
        allowed: dict[str, str] = getattr(known, way)
        for name, value in flags.items():
            if name in ("query", "edit"):
                continue
            if name not in allowed:
                found.append(f"line {line}: {command} has no flag {name} to {way}")
            elif way != "query" and value is not ... and not fits(value, allowed[name]):
                found.append(f"line {line}: {command} takes {name} as {allowed[name]}")
    return found


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_every_call_fits_the_published_interface(file: Path) -> None:
    """Also where no test goes: names and flags are read out of the files and held against types-maya."""
    assert mistakes(file.read_text(encoding="utf-8")) == []


def test_that_check_finds_planted_mistakes() -> None:
    planted = """
host.call("menuItm", label="a")
host.call("menuItem", lable="a")
host.call("menuItem", label=3)
host.call("menuItem", "x", edit=True, parent="y")
host.call("menuItem", "x", edit=True, label="fine", command=action)
"""
    found = mistakes(planted)
    assert [line.split(":")[0] for line in found] == ["line 2", "line 3", "line 4", "line 5"]
    assert len(list(calls((ROOM / "menu.py").read_text()))) >= 7


def test_the_version_is_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == PLUGIN_VERSION
    assert f"+ Platelight {PLUGIN_VERSION} " in (ROOM / "platelight.mod").read_text()


def host_of(monkeypatch: pytest.MonkeyPatch, maya: FakeMaya) -> MayaHost:
    for name, module in modules(maya).items():
        monkeypatch.setitem(sys.modules, name, module)
    host = connect()
    assert isinstance(host, MayaHost)
    return host


def test_the_start_loads_once_and_says_why_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    maya = FakeMaya()
    host = host_of(monkeypatch, maya)
    monkeypatch.setenv("MAYA_PLUG_IN_PATH", "/nowhere")
    assert autoload.schedule(host)
    assert capsys.readouterr().err == ""  # it waits until Maya is idle
    maya.idle()
    assert "platelight: not loaded: loadPlugin('platelight')" in capsys.readouterr().err
    maya.plugins.add("platelight")
    assert autoload.load_now(host) is False
    maya.option_vars[autoload.SWITCH] = 0
    maya.plugins.clear()
    assert autoload.load_now(host) is False
    assert capsys.readouterr().err == ""
    assert autoload.schedule(host_of(monkeypatch, FakeMaya(gui=False))) is False


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        (lambda maya: maya.menu("m", label="M", parent="MayaWindw"), "not found"),
        (lambda maya: maya.menuItem(label="a", parent="nomenu"), "not found"),
        (lambda maya: maya.menuItem("platelightMenu|menuItem0", edit=True, label="a"), "not found"),
        (lambda maya: maya.deleteUI("nothing"), "not found"),
        (lambda maya: maya.workspaceControl("nothing", edit=True, restore=True), "not found"),
        (lambda maya: maya.select("nobody"), "No object"),
        (lambda maya: maya.imagePlane(camera="time1"), "is no camera"),
        (lambda maya: maya.unloadPlugin("platelight"), "not loaded"),
        (lambda maya: maya.getAttr("time1.nosuch"), "No object"),
        (lambda maya: maya.listConnections("time1.nosuch"), "No object"),
        (lambda maya: maya.attributeQuery("a", node="nobody", exists=True), "No object"),
    ],
)
def test_the_window_says_no_where_maya_would(mistake: Any, words: str) -> None:
    with pytest.raises(RuntimeError, match=words):
        mistake(FakeMaya())


def test_a_farms_maya_has_no_window_and_no_call_from_another_thread_is_allowed() -> None:
    import threading

    quiet = FakeMaya(gui=False)
    for call in (
        lambda: quiet.menu("m", label="M", parent="MayaWindow"),
        lambda: quiet.confirmDialog(title="a", message="b", button=["OK"]),
        lambda: quiet.inViewMessage(assistMessage="a"),
        lambda: quiet.workspaceControl("c", label="c", uiScript="pass"),
    ):
        with pytest.raises(RuntimeError, match="not available in batch"):
            call()
    caught: list[BaseException] = []

    def elsewhere() -> None:
        try:
            quiet.ls()
        except AssertionError as error:
            caught.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert "from another thread" in str(caught[0])
    assert json.dumps(quiet.traces())
