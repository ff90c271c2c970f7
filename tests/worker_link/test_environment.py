from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from worker_link import environment
from worker_link.environment import KEEP_VARIABLE, PYTHON_VARIABLE, candidates, find_python, scrubbed
from worker_link.errors import EnvironmentMissing
from worker_link.place import setting_file, write_setting


@pytest.fixture(autouse=True)
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user without any setting."""
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.delenv(PYTHON_VARIABLE, raising=False)
    return tmp_path / "user"


def a_python(folder: Path) -> Path:
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\n")
    return python


def test_what_a_host_sets_for_itself_stays_with_it() -> None:
    host = {
        "PYTHONPATH": "/host/lib",
        "PYTHONHOME": "/host",
        "PYTHONNOUSERSITE": "1",
        "LD_LIBRARY_PATH": "/host/lib",
        "LD_PRELOAD": "/host/lib/liballoc.so",
        "DYLD_INSERT_LIBRARIES": "/host/x.dylib",
        "QT_PLUGIN_PATH": "/host/qt",
        "QT_QPA_PLATFORM_PLUGIN_PATH": "/host/qt",
        "QML2_IMPORT_PATH": "/host/qml",
        "VIRTUAL_ENV": "/other/venv",
        "OIIO_LIBRARY_PATH": "/host/oiio",
        "PXR_PLUGINPATH_NAME": "/host/usd",
    }
    kept = {
        "HOME": "/home/a",
        "LANG": "en_GB.UTF-8",
        "PATH": "/usr/bin:/bin",
        "OCIO": "/show/config.ocio",
        "CUDA_VISIBLE_DEVICES": "1",
        "OMP_NUM_THREADS": "4",
        "PLATELIGHT_DEBUG": "1",
    }
    assert scrubbed({**host, **kept}) == kept
    assert scrubbed({**host, KEEP_VARIABLE: "LD_LIBRARY_PATH, QT_PLUGIN_PATH"}) == {
        "LD_LIBRARY_PATH": "/host/lib",
        "QT_PLUGIN_PATH": "/host/qt",
        KEEP_VARIABLE: "LD_LIBRARY_PATH, QT_PLUGIN_PATH",
    }


def test_the_hosts_own_folders_leave_the_path() -> None:
    path = os.pathsep.join(["/opt/Nuke15.1v1", "/opt/Nuke15.1v1/bin", "/opt/Nuke15.1v10", "/usr/bin"])
    found = scrubbed({"PATH": path}, "/opt/Nuke15.1v1")["PATH"]
    assert found == os.pathsep.join(["/opt/Nuke15.1v10", "/usr/bin"])
    assert scrubbed({"PATH": "/usr/bin"}, "/usr/bin")["PATH"] == "/usr/bin"


def test_the_variable_comes_first_and_may_name_an_environment(nobody: Path, tmp_path: Path) -> None:
    python = a_python(tmp_path / "named")
    write_setting(setting_file(), str(a_python(tmp_path / "set")))
    assert find_python({PYTHON_VARIABLE: str(python)}) == python
    assert find_python({PYTHON_VARIABLE: str(tmp_path / "named")}) == python


def test_the_setting_comes_next(nobody: Path, tmp_path: Path) -> None:
    python = a_python(tmp_path / "set")
    write_setting(setting_file(), str(python))
    assert setting_file().is_relative_to(nobody)
    assert find_python({}) == python


@pytest.mark.parametrize("how", ["variable", "setting", "damaged"])
def test_what_is_named_and_not_there_is_not_passed_over(how: str, nobody: Path, tmp_path: Path) -> None:
    variables = {}
    if how == "variable":
        variables[PYTHON_VARIABLE] = str(tmp_path / "gone")
    else:
        write_setting(setting_file(), str(tmp_path / "gone"))
        if how == "damaged":
            setting_file().write_text("{")
    with pytest.raises(EnvironmentMissing, match="--register"):
        find_python(variables)


def test_then_places_where_people_put_it(nobody: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "__file__", str(tmp_path / "plugins" / "nuke_plugin" / "worker" / "e.py"))
    python = a_python(nobody / ".local" / "share" / "pipx" / "venvs" / "platelight")
    assert python in list(candidates({}))
    assert find_python({}) == python
    command = a_python(tmp_path / "tool").with_name("platelight")
    command.write_text("#!/bin/sh\n")
    command.chmod(0o755)
    assert find_python({"PATH": str(command.parent)}) == command.with_name("python")


def test_beside_an_installed_plug_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = tmp_path / "venv" / "lib" / "python3.11" / "site-packages" / "nuke_plugin" / "worker" / "environment.py"
    monkeypatch.setattr(environment, "__file__", str(inside))
    python = a_python(tmp_path / "venv")
    assert find_python({}) == python


def test_nothing_found_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "__file__", str(tmp_path / "nuke_plugin" / "worker" / "e.py"))
    monkeypatch.setattr(environment, "_SHARED", ())
    with pytest.raises(EnvironmentMissing, match=r"pip install platelight.*PLATELIGHT_PYTHON"):
        find_python({"PATH": str(tmp_path)})


def test_this_clone_finds_its_own_environment() -> None:
    beside = Path(environment.__file__).parents[1] / ".venv" / "bin" / "python"
    assert (beside in list(candidates({}))) == (sys.platform != "win32")
