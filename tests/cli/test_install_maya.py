"""`platelight install maya`: everything of the user's stays, everything of ours goes again."""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.cli.install_maya import maya_files, maya_plugin_files, modules_folder
from core.cli.main import app
from core.errors import BadInput, FileMissing

ROOT = Path(__file__).parents[2]


def picture(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, and every folder as an empty name."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else b"folder"
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return maya_plugin_files(Path("/nowhere"))


def test_what_is_copied_is_what_maya_needs(files: dict[str, bytes]) -> None:
    assert {name.split("/")[0] for name in files} == {"maya_plugin", "worker_link", "scene_generator", "worker.json"}
    for name in (
        "maya_plugin/plug-ins/platelight.py",
        "maya_plugin/scripts/userSetup.py",
        "maya_plugin/icons/platelight_random_scene.png",
        "maya_plugin/scene/build.py",
        "worker_link/client.py",
        "scene_generator/recipes/plate_normals.json",
        "scene_generator/maya_scene/scene.py",
    ):
        assert name in files
    for name in files:
        assert not name.startswith(("scene_generator/renderers", "scene_generator/sets", "scene_generator/report"))
        assert "__pycache__" not in name
        assert not name.endswith("make_icons.py")
    assert json.loads(files["worker.json"])["python"] == {sys.platform: sys.executable}


@pytest.mark.parametrize("mod", [None, b"somebody's.mod"])
def test_in_and_out_again_leaves_every_byte(tmp_path: Path, files: dict[str, bytes], mod: bytes | None) -> None:
    if mod is not None:
        (tmp_path / "other.mod").write_bytes(b"+ Other 1.0 ./other\n")
    before = picture(tmp_path)
    places = maya_files(tmp_path)
    places.install(files, "1")
    line = (tmp_path / "platelight.mod").read_text()
    assert line == f"+ Platelight {version('platelight')} ./platelight/maya_plugin\n"
    assert (tmp_path / line.split()[3] / "plug-ins" / "platelight.py").is_file()
    assert places.install(files, "1") == []  # again: nothing to do
    places.uninstall()
    assert picture(tmp_path) == before


def test_an_older_module_file_of_ours_is_brought_up_to_date(tmp_path: Path) -> None:
    (tmp_path / "platelight.mod").write_bytes(b"+ Platelight 0.0.9 ./platelight/maya_plugin\r\n")
    places = maya_files(tmp_path)
    assert [change.what for change in places.install({"a.py": b""}, "1")] == ["write", "extend"]
    assert version("platelight").encode() in (tmp_path / "platelight.mod").read_bytes()


def test_a_module_file_of_somebody_else_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "platelight.mod").write_bytes(b"+ Platelight 9 /studio/platelight\nPATH +:= bin\n")
    before = picture(tmp_path)
    with pytest.raises(BadInput, match="is not of this installation"):
        maya_files(tmp_path).install({"a.py": b""}, "1")
    with pytest.raises(FileMissing, match="nothing is installed"):
        maya_files(tmp_path).uninstall()
    assert picture(tmp_path) == before


def test_a_module_file_that_was_changed_stays(tmp_path: Path) -> None:
    places = maya_files(tmp_path)
    places.install({"a.py": b""}, "1")
    (tmp_path / "platelight.mod").write_bytes(b"+ Platelight 1 ./platelight/maya_plugin\nMINE:=1\n")
    places.uninstall()
    assert list(picture(tmp_path)) == ["platelight.mod"]


@pytest.mark.parametrize("dry", ["install", "uninstall"])
def test_a_dry_run_writes_nothing(tmp_path: Path, dry: str) -> None:
    places = maya_files(tmp_path)
    if dry == "uninstall":
        places.install({"a.py": b""}, "1")
    before = picture(tmp_path)
    assert places.install({"a.py": b""}, "1", dry_run=True) if dry == "install" else places.uninstall(dry_run=True)
    assert picture(tmp_path) == before


def test_the_command_says_what_it_did(tmp_path: Path) -> None:
    runner = CliRunner()
    done = runner.invoke(app, ["install", "maya", "--to", str(tmp_path), "--dry-run"])
    assert done.exit_code == 0, done.output
    assert "would write" in done.output
    assert list(tmp_path.iterdir()) == []
    done = runner.invoke(app, ["install", "maya", "--to", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "restart Maya" in done.output
    assert "MAYA_MODULE_PATH" in done.output
    assert "up to date" in runner.invoke(app, ["install", "maya", "--to", str(tmp_path)]).output
    (tmp_path / "platelight" / "mine.txt").write_text("mine")
    done = runner.invoke(app, ["install", "maya", "--to", str(tmp_path), "--uninstall"])
    assert "kept" in done.output
    assert sorted(picture(tmp_path)) == ["platelight", "platelight/mine.txt"]


def test_the_folder_is_the_one_that_maya_reads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert modules_folder({}, "linux") == tmp_path / "maya" / "modules"
    assert modules_folder({}, "darwin") == tmp_path / "Library/Preferences/Autodesk/maya/modules"
    assert modules_folder({}, "win32") == tmp_path / "Documents/maya/modules"
    assert modules_folder({"MAYA_APP_DIR": "/my/maya"}, "linux") == Path("/my/maya/modules")


def test_the_module_file_of_the_repository_is_one_line_without_comments() -> None:
    text = (ROOT / "maya_plugin" / "platelight.mod").read_text()
    assert text == f"+ Platelight {version('platelight')} .\n"


def test_the_icons_are_what_their_script_draws() -> None:
    import runpy

    folder = ROOT / "maya_plugin" / "icons"
    script = runpy.run_path(str(folder / "make_icons.py"))
    drawn = {f"platelight_{name}.png": script["drawn"](shape) for name, shape in script["ICONS"].items()}
    assert {path.name: path.read_bytes() for path in folder.glob("*.png")} == drawn
