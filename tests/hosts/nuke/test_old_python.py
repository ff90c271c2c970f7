"""A `.nuke` folder that is shared with Nuke 13 (Python 3.7): its start goes on, with a line on standard error."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import types
from pathlib import Path

import pytest

pytest.importorskip("tkinter", reason="no Tcl here; Debian, Ubuntu: sudo apt-get install python3-tk")

from core.cli.install import plugin_files
from nuke_plugin.errors import NukeTooOld
from tests.hosts.nuke.fake_nuke import FakeNuke, running
from tests.hosts.nuke.script_reader import read_script

ROOM = Path(__file__).parents[3] / "nuke_plugin"
STARTS = ("init", "menu")
OLD = (3, 7, 16, "final", 0)


@pytest.fixture
def starts(tmp_path: Path) -> dict[str, str]:
    files = plugin_files(tmp_path)
    return {name: files[f"{name}.py"].decode() for name in STARTS}


@pytest.mark.parametrize("name", STARTS)
def test_an_old_python_gets_a_line_and_imports_nothing(
    starts: dict[str, str], name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", OLD)
    monkeypatch.setitem(sys.modules, f"nuke_plugin.{name}", None)  # whoever imports it gets an ImportError
    exec(compile(starts[name], f"{name}.py", "exec"), {"__name__": "__main__"})
    told = capsys.readouterr().err
    assert told == "platelight: not loaded: needs Nuke 14 or later (Python 3.9), and this is Python 3.7\n"


@pytest.mark.parametrize("name", STARTS)
@pytest.mark.parametrize("missing", [True, False])
def test_whatever_goes_wrong_at_the_start_is_one_line(
    starts: dict[str, str],
    name: str,
    missing: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def start() -> None:
        raise ZeroDivisionError("two\nlines")

    module = types.ModuleType(name)
    module.start = start  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, f"nuke_plugin.{name}", None if missing else module)
    exec(compile(starts[name], f"{name}.py", "exec"), {"__name__": "__main__"})
    told = capsys.readouterr().err
    assert told.startswith("platelight: not loaded: ")
    assert told.count("\n") == 1
    assert missing or "ZeroDivisionError: two lines" in told


def test_todays_python_starts(starts: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    app = FakeNuke()
    with running(app):
        for name in STARTS:
            exec(compile(starts[name], f"{name}.py", "exec"), {"__name__": "__main__"})
    assert str(ROOM / "gizmos") in app.paths
    assert "Platelight/About" in app.menus["Nuke"].commands
    assert capsys.readouterr().err == ""


def test_what_is_too_old_is_to_nodes_as_if_the_plug_in_were_not_there() -> None:
    assert issubclass(NukeTooOld, ImportError)


IN_OLD_PYTHON = """
import json, sys, types
nuke = types.ModuleType("nuke")
told = []
nuke.message = told.append
sys.modules["nuke"] = nuke
sys.path.insert(0, sys.argv[1])
starts, codes = json.load(sys.stdin)
for text in starts + codes:
    exec(compile(text, "<text>", "exec"), {"nuke": nuke})
print(len(told))
"""


def test_a_real_python_3_7_goes_on(starts: dict[str, str]) -> None:
    candidates = [shutil.which("python3.7"), *sorted(Path.home().glob(".pyenv/versions/3.7.*/bin/python"))]
    check = ["-c", "import sys; sys.exit(sys.version_info[:2] != (3, 7))"]
    found = [p for p in candidates if p and subprocess.run([p, *check], capture_output=True).returncode == 0]
    if not found:
        pytest.skip("no Python 3.7 here; what it is told is checked all the same")
    callbacks, buttons = [], []
    for path in sorted((ROOM / "gizmos").glob("*.gizmo")):
        (node,) = read_script(path.read_text(encoding="utf-8")).nodes
        callbacks += [node.knobs[name] for name in ("onCreate", "knobChanged") if name in node.knobs]
        buttons += [knob.settings["T"] for knob in node.user_knobs if knob.kind == 22]
    assert len(callbacks) >= 4
    done = subprocess.run(
        [str(found[0]), "-B", "-I", "-c", IN_OLD_PYTHON, str(ROOM.parent)],
        input=json.dumps([list(starts.values()), callbacks + buttons]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(len(buttons))  # each says that the plug-in is not installed
    assert done.stderr.count("\n") == len(STARTS)
