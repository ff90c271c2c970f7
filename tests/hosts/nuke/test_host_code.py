"""Rules for everything that runs inside Nuke: its imports, its start, and how it speaks of trouble."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("tkinter", reason="no Tcl here; Debian, Ubuntu: sudo apt-get install python3-tk")

from nuke_plugin import PLUGIN_VERSION, init, menu
from nuke_plugin.errors import NukeTooOld, PluginError, guarded, tell
from nuke_plugin.host import Field, NukeHost, require_version
from tests.hosts.nuke.fake_nuke import FakeNuke, running
from worker_link.installed import installed_python

tomllib = pytest.importorskip("tomllib", reason="came with Python 3.11")

ROOT = Path(__file__).parents[3]
ROOM = ROOT / "nuke_plugin"
FILES = sorted(ROOM.rglob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOM).as_posix())
def test_only_the_standard_library_and_the_plug_in_are_imported(file: Path) -> None:
    allowed = {*sys.stdlib_module_names, "nuke_plugin", "worker_link", *(("nuke",) if file.name == "host.py" else ())}
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert {name.name.split(".")[0] for name in node.names} <= allowed
        elif isinstance(node, ast.ImportFrom):
            assert str(node.module).split(".")[0] in allowed


def test_nuke_is_imported_inside_functions_only() -> None:
    tree = ast.parse((ROOM / "host.py").read_text(encoding="utf-8"))
    assert not [node for node in tree.body if isinstance(node, ast.Import) and node.names[0].name == "nuke"]


def test_the_host_code_fits_the_stubs_of_nuke(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    if importlib.util.find_spec("nuke-stubs") is None:
        pytest.skip("types-nuke is not installed")
    planted = tmp_path / "planted.py"
    text = (ROOM / "host.py").read_text(encoding="utf-8")
    planted.write_text(text.replace("nuke.pluginPath()", "nuke.pluginPaths()"), encoding="utf-8")
    mypy = [sys.executable, "-m", "mypy", "--strict", "--python-version", "3.10"]
    environment = {**os.environ, "MYPYPATH": str(ROOT)}
    done = subprocess.run(
        [*mypy, str(ROOM / "host.py"), str(planted)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert [line for line in done.stdout.splitlines() if "host.py" in line] == []
    assert "pluginPaths" in done.stdout


def test_the_version_is_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == PLUGIN_VERSION


@pytest.mark.parametrize("version", [(13, 2, 8), (12, 0, 1)])
def test_an_old_nuke_gets_a_line_and_no_paths(
    version: tuple[int, int, int], capsys: pytest.CaptureFixture[str]
) -> None:
    app = FakeNuke(version)
    with running(app):
        assert init.start() is False
        assert menu.start() is False
        with pytest.raises(NukeTooOld, match=f"needs Nuke 14.0 or later; this is {version[0]}.{version[1]}"):
            require_version(NukeHost())
    assert app.paths == []
    assert app.menus["Nuke"].commands == {}
    assert capsys.readouterr().err.count("platelight:") == 2


def test_a_farm_has_paths_and_no_menu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLATELIGHT_CAT_FOLDER", str(tmp_path))
    app = FakeNuke(gui=False)
    with running(app):
        assert init.start()
        assert init.start()  # again, as two installations on one path would
    assert app.paths.count(str(ROOM / "gizmos")) == 1
    assert str(tmp_path) in app.paths


def test_trouble_is_a_box_with_a_window_and_a_line_without(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise PluginError("what, which, and\nwhat to do")

    app = FakeNuke()
    with running(app):
        assert not guarded(NukeHost(), fail)
        assert guarded(NukeHost(), lambda: None)
    assert app.messages == ["Platelight: what, which, and\nwhat to do"]
    with running(FakeNuke(gui=False)):
        tell(NukeHost(), "two\nlines")
    assert capsys.readouterr().err == "platelight: two lines\n"


def test_messages_cannot_be_markup() -> None:
    app = FakeNuke()
    with running(app):
        NukeHost().message("a <b> & c")
    assert app.messages == ["a &lt;b> &amp; c"]


def test_menus_come_and_go_and_about_says_what_is_missing(nuke: FakeNuke) -> None:
    assert menu.start()
    nuke.menus["Nuke"].commands["Platelight/About"]()
    assert "not made yet" in nuke.messages[-1]
    assert "Nuke 15.1v3" in nuke.messages[-1]
    nuke.menus["Nuke"].commands["Other/Thing"] = lambda: None
    menu.stop()
    assert list(nuke.menus["Nuke"].commands) == ["Other/Thing"]


@pytest.mark.parametrize("name", ["PlateNormals", "PlateRelight", "PlateProbe", "PlateOcclusion"])
def test_the_toolbar_opens_the_properties_of_what_it_makes(nuke: FakeNuke, name: str) -> None:
    menu.start()
    nuke.menus["Nodes"].commands[f"Platelight/{name}"]()
    assert nuke.open_properties == [f"{name}1"]
    nuke.paths = []
    nuke.menus["Nodes"].commands[f"Platelight/{name}"]()
    assert "platelight install nuke" in nuke.messages[-1]


@pytest.mark.parametrize("name", ["Normals from a plate", "Relight", "Probe", "Occlusion into relight", "Batch"])
def test_examples_open_from_the_menu(nuke: FakeNuke, name: str) -> None:
    menu.start()
    nuke.menus["Nuke"].commands[f"Platelight/Examples/{name}"]()
    node = nuke.find("PlateNormals1")
    assert node is not None
    assert node.input(0) is nuke.find("YourPlate")
    assert node["fov"].value() == 55.0


def test_a_dialogue_knows_its_kinds_of_lines() -> None:
    with pytest.raises(ValueError, match="none of text, file"):
        Field("a", "A", "colour", 0)


def test_the_workers_python_is_that_of_the_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLATELIGHT_PYTHON", raising=False)
    assert installed_python(tmp_path) is None
    for text in ("{", "[]", '{"python": "x"}', json.dumps({"python": {sys.platform: "/nowhere"}})):
        (tmp_path / "worker.json").write_text(text)
        assert installed_python(tmp_path) is None
    (tmp_path / "worker.json").write_text(json.dumps({"python": {sys.platform: sys.executable}}))
    assert installed_python(tmp_path) == Path(sys.executable)
    monkeypatch.setenv("PLATELIGHT_PYTHON", "/other/python")
    assert installed_python(tmp_path) is None


def test_the_fake_is_strict(nuke: FakeNuke) -> None:
    import nuke as module

    with pytest.raises(AttributeError):
        module.undo()  # type: ignore[attr-defined]
    with pytest.raises(RuntimeError, match="Unknown command"):
        module.createNode("Blurr")
    node = module.createNode("Crop")
    with pytest.raises(NameError, match="does not exist"):
        node["bax"]
    with pytest.raises(AssertionError, match="hangs"):
        module.executeInMainThread(lambda: None)
    with pytest.raises(Exception, match="nothing is named nosuch"):
        node["box"].setExpression("nosuch.x + 1")
