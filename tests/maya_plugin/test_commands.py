"""What every command has in common, the menu that is made of them, and the work beside Maya."""

from __future__ import annotations

import dataclasses
import threading
from typing import Any

import pytest

from maya_plugin import PLUGIN_VERSION, background
from maya_plugin.commands.command import KINDS, help_text
from maya_plugin.commands.registry import COMMANDS
from maya_plugin.errors import PluginError
from maya_plugin.host import connect
from maya_plugin.life import Life
from maya_plugin.state import recall, remember
from tests.hosts.maya.fake_window import FakeMaya
from tests.maya_plugin.conftest import Open

NAMES = [command.name for command in COMMANDS]


def cmds() -> Any:
    import importlib

    return importlib.import_module("maya.cmds")


@pytest.mark.parametrize("name", NAMES)
def test_each_command_tells_version_and_help_and_its_defaults(loaded: Life, name: str) -> None:
    command = loaded.session.commands[name]
    function = getattr(cmds(), name)
    assert function(query=True, version=True) == function(q=True, v=True) == PLUGIN_VERSION
    text = function(help=True)
    assert text == function(h=True) == help_text(command) == function.__doc__
    for flag in command.flags:
        assert f"  {flag.name} ({flag.short})  " in text
        assert function(**{"query": True, flag.name: True}) == flag.default
    assert isinstance(function(query=True, available=True), str)


@pytest.mark.parametrize("name", NAMES)
def test_flags_are_well_made(loaded: Life, name: str) -> None:
    flags = loaded.session.commands[name].flags
    longs, shorts = [flag.name for flag in flags], [flag.short for flag in flags]
    assert len(set(longs + shorts + ["help", "query", "version", "available", "h", "q", "v", "av"])) == (
        len(longs) + len(shorts) + 8
    )
    for flag in flags:
        assert flag.kind in KINDS
        assert flag.checked(flag.default) == flag.default
        assert bool(flag.choices) == (flag.kind == "choice")
        assert flag.help


@pytest.mark.parametrize("name", NAMES)
def test_planted_mistakes_are_refused(loaded: Life, name: str) -> None:
    function = getattr(cmds(), name)
    with pytest.raises(TypeError, match="Invalid flag 'nosuch'"):
        function(nosuch=True)
    with pytest.raises(TypeError, match="takes flags only"):
        function("persp")
    with pytest.raises(TypeError, match="for queries"):
        function(version=True)
    with pytest.raises(TypeError, match="one flag at a time"):
        function(query=True)
    for flag in loaded.session.commands[name].flags:
        with pytest.raises(TypeError, match=f"flag '{flag.name}'"):
            function(**{flag.name: object()})
        with pytest.raises(TypeError, match="given twice"):
            function(**{flag.name: flag.default, flag.short: flag.default})


def test_the_menu_has_them_all_in_groups_with_option_boxes(maya: FakeMaya, loaded: Life) -> None:
    labels = maya.labels()
    for command in COMMANDS:
        assert any(label.startswith(command.label) for label in labels)
    assert "Generate Dataset..." in labels
    items = maya.menus["platelightMenu"]
    assert sum(bool(item.get("divider")) for item in items) == 4
    assert sum(bool(item.get("optionBox")) for item in items) == sum(bool(c.panel) and not c.asks for c in COMMANDS)
    assert not any("not available" in str(item.get("label", "")) for item in items)


def test_a_command_of_a_job_that_no_worker_has_says_why_it_cannot_run(loaded: Life) -> None:
    stranger = dataclasses.replace(COMMANDS[0], job="paintings")
    assert loaded.session.why_not(stranger) == "Platelight has no model for this yet"
    assert loaded.session.why_not(COMMANDS[0]) == ""


def test_an_error_from_the_menu_is_a_dialogue_and_from_a_script_an_exception(maya: FakeMaya, loaded: Life) -> None:
    maya.press("Normal Map From Texture")
    assert maya.messages == ["no file texture is selected; select one, or name a picture with file"]
    with pytest.raises(PluginError, match="no file texture"):
        cmds().platelightNormalMap()


def test_the_menu_uses_what_the_option_box_was_set_to(maya: FakeMaya, loaded: Life) -> None:
    remember(loaded.session.host, "platelightNormalMap", {"file": "/nowhere.png", "strength": "old", "gone": 1})
    maya.press("Normal Map From Texture")
    assert maya.messages == ["/nowhere.png: there is no such file; mend the path of the texture"]


def test_what_is_remembered_survives_nonsense(maya: FakeMaya, loaded: Life) -> None:
    host = loaded.session.host
    assert recall(host, "x") == {}
    remember(host, "x", {"a": [1, "ü"]})
    assert recall(host, "x") == {"a": [1, "ü"]}
    maya.optionVar(stringValue=("platelight_x", "{"))
    assert recall(host, "x") == {}


def test_work_runs_beside_maya_and_ends_in_its_main_thread(maya: FakeMaya, loaded: Life) -> None:
    threads: dict[str, int] = {}
    seen: list[tuple[int, str, bool]] = []

    def work(task: background.Task) -> str:
        threads["work"] = threading.get_ident()
        for percent in range(0, 100, 10):
            task.show(percent, "on")
        return "answer"

    def finished(answer: str) -> None:
        threads["finished"] = threading.get_ident()
        assert answer == "answer"

    task = background.start(
        loaded.session.host, "x", work, finished, told=lambda t: seen.append((t.percent, t.words, t.over))
    )
    assert task.wait(60.0)
    assert "finished" not in threads  # nothing happens to Maya before it is ready
    maya.idle()
    assert threads["work"] != threads["finished"] == threading.get_ident()
    assert seen[-1] == (90, "on", True)
    assert len(seen) < 10  # many changes are told at once


def test_a_fault_in_the_thread_is_told(maya: FakeMaya, loaded: Life) -> None:
    told: list[str] = []

    def work(task: background.Task) -> None:
        raise ZeroDivisionError("oh")

    task = background.start(loaded.session.host, "x", work, lambda _: None, failed=told.append)
    assert task.wait(60.0)
    maya.idle()
    assert told == ["x: stopped by a fault of the plug-in: ZeroDivisionError: oh"]


def test_a_worker_that_cannot_be_had_is_told(maya: FakeMaya, loaded: Life, worker: Any, finish: Any) -> None:
    worker.dead = "no Python with Platelight was found"
    maya.press("Check Worker")
    finish()
    assert maya.messages == ["Check Worker: no Python with Platelight was found"]


def test_what_ends_after_unloading_tells_nobody(maya: FakeMaya, opened: Open) -> None:
    from maya_plugin import life

    loaded = opened(maya)
    gate, finished = threading.Event(), []

    def work(task: background.Task) -> None:
        task.when_cancelled(gate.set)
        assert gate.wait(60.0)

    task = loaded.session.run("platelightCheckWorker", "x", work, finished.append)
    life.unload()  # cancels it
    assert task.wait(60.0)
    maya.idle()
    assert finished == []
    assert maya.messages == []


def test_in_batch_there_is_no_menu_and_commands_wait(opened: Open, worker: Any, tmp_path: Any) -> None:
    maya = FakeMaya(gui=False)
    picture = tmp_path / "a.png"
    picture.write_bytes(b"picture")
    loaded = opened(maya)
    assert maya.menus == {}
    cmds().platelightNormalMap(file=str(picture))
    assert (tmp_path / "a_normal.png").is_file()  # done when it returns
    assert maya.graph.source("a_normalBump.bumpValue")
    with pytest.raises(PluginError, match="no window"):
        loaded.open_panel(COMMANDS[0])
    worker.fails = {0}
    with pytest.raises(PluginError, match="cannot be read"):
        cmds().platelightNormalMap(file=str(picture), overwrite=True)
    assert maya.option_vars == {}


def test_somebody_elses_command_of_that_name_is_not_replaced(maya: FakeMaya, opened: Open) -> None:
    from maya_plugin import life

    opened(maya)
    life.unload()
    cmds().platelightOcclusion = lambda: "theirs"
    with pytest.raises(PluginError, match="of somebody else"):
        life.load()
    assert cmds().platelightOcclusion() == "theirs"
    assert maya.menus == {}
    assert life.current() is None
    assert connect().version() == 2026
