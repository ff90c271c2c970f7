"""`platelight install nuke`: everything of the user's stays, everything of ours goes again."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.cli.host_files import Block, HostFiles
from core.cli.install import nuke_files, plugin_files
from core.cli.main import app
from core.errors import BadConfig, BadInput, FileMissing, ModelMismatch

FILES = {"a.py": b"a = 1\n", "package/b.py": b"b = 2\n", "package/deep/c.json": b"{}\n"}
BLOCK = Block("# >>> p >>>", "# <<< p <<<", ("import nuke", 'nuke.pluginAddPath("./p")'))


def places_in(folder: Path) -> HostFiles:
    return HostFiles(folder, "p", BLOCK)


def picture(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, and every folder as an empty name."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else b"folder"
        for path in sorted(folder.rglob("*"))
    }


INIT_FILES = [
    None,
    b"",
    b"import nuke\n",
    b"import nuke",
    b"import nuke\r\nx = 1\r\n",
    b"import nuke\r\nx = 1",
    "# Menü\n".encode("latin-1"),
    "# 日本\n".encode(),
    b"\n\n\n",
]


@pytest.mark.parametrize("init", INIT_FILES)
def test_in_and_out_again_leaves_every_byte(tmp_path: Path, init: bytes | None) -> None:
    if init is not None:
        (tmp_path / "init.py").write_bytes(init)
    (tmp_path / "menu.py").write_bytes(b"mine\n")
    before = picture(tmp_path)
    places = places_in(tmp_path)
    places.install(FILES, "1")
    extended = (tmp_path / "init.py").read_bytes()
    assert extended.startswith(init or b"")
    assert b'nuke.pluginAddPath("./p")' in extended
    assert b"\r\n" not in (init or b"") or extended.count(b"\n") == extended.count(b"\r\n")
    assert (tmp_path / "p" / "package" / "deep" / "c.json").read_bytes() == b"{}\n"
    assert places.install(FILES, "1") == []  # again: nothing to do
    assert (tmp_path / "init.py").read_bytes() == extended
    places.uninstall()
    assert picture(tmp_path) == before


def test_what_was_written_after_the_block_stays(tmp_path: Path) -> None:
    places = places_in(tmp_path)
    (tmp_path / "init.py").write_bytes(b"before = 1")
    places.install(FILES, "1")
    with (tmp_path / "init.py").open("ab") as file:
        file.write(b"after = 1\n")
    places.uninstall()
    assert (tmp_path / "init.py").read_bytes() == b"before = 1\nafter = 1\n"


def test_an_update_replaces_what_was_ours_and_removes_what_is_gone(tmp_path: Path) -> None:
    places = places_in(tmp_path)
    places.install(FILES, "1")
    changes = places.install({"a.py": b"a = 2\n", "new.py": b""}, "2")
    assert {(change.what, change.path.name) for change in changes} == {
        ("replace", "a.py"),
        ("write", "new.py"),
        ("remove", "b.py"),
        ("remove", "c.json"),
    }
    assert sorted(picture(tmp_path / "p")) == ["a.py", "installed.json", "new.py"]
    assert json.loads((tmp_path / "p" / "installed.json").read_text())["version"] == "2"


def test_a_changed_file_is_not_touched_without_force(tmp_path: Path) -> None:
    places = places_in(tmp_path)
    places.install(FILES, "1")
    (tmp_path / "p" / "a.py").write_bytes(b"mine = 1\n")
    before = picture(tmp_path)
    with pytest.raises(BadInput, match=r"a\.py: was changed since it was installed"):
        places.install({**FILES, "a.py": b"a = 2\n"}, "2")
    with pytest.raises(BadInput, match=r"a\.py: was changed"):
        places.uninstall()
    assert picture(tmp_path) == before
    places.uninstall(force=True)
    assert picture(tmp_path) == {}


def test_a_file_that_is_not_ours_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "a.py").write_bytes(b"somebody's\n")
    before = picture(tmp_path)
    with pytest.raises(BadInput, match="is not of this installation"):
        places_in(tmp_path).install(FILES, "1")
    assert picture(tmp_path) == before


def test_files_beside_ours_are_kept_and_named(tmp_path: Path) -> None:
    places = places_in(tmp_path)
    places.install(FILES, "1")
    (tmp_path / "p" / "models").mkdir()
    (tmp_path / "p" / "models" / "N.cat").write_bytes(b"made")
    (tmp_path / "p" / "package" / "__pycache__").mkdir()
    (tmp_path / "p" / "package" / "__pycache__" / "b.cpython-310.pyc").write_bytes(b"")
    changes = places.uninstall()
    assert [change.path.name for change in changes if change.what == "keep"] == ["N.cat"]
    assert sorted(picture(tmp_path)) == ["p", "p/models", "p/models/N.cat"]


@pytest.mark.parametrize("dry", ["install", "uninstall"])
def test_a_dry_run_writes_nothing(tmp_path: Path, dry: str) -> None:
    places = places_in(tmp_path)
    if dry == "uninstall":
        places.install(FILES, "1")
    before = picture(tmp_path)
    changes = places.install(FILES, "1", dry_run=True) if dry == "install" else places.uninstall(dry_run=True)
    assert len(changes) > len(FILES)
    assert picture(tmp_path) == before


def test_an_edited_block_is_not_removed_without_force(tmp_path: Path) -> None:
    places = places_in(tmp_path)
    places.install(FILES, "1")
    text = (tmp_path / "init.py").read_text()
    (tmp_path / "init.py").write_text(text.replace("import nuke\n", "import nuke\nmine = 1\n"))
    with pytest.raises(BadInput, match="between Platelight's marks"):
        places.uninstall()
    assert "mine = 1" in (tmp_path / "init.py").read_text()


@pytest.mark.parametrize(
    "damage", ["# >>> p >>>\n", "# <<< p <<<\n# >>> p >>>\n", "# >>> p >>>\n" * 2 + "# <<< p <<<\n"]
)
def test_broken_marks_are_refused(tmp_path: Path, damage: str) -> None:
    (tmp_path / "init.py").write_text(damage)
    with pytest.raises(BadConfig, match="once each"):
        places_in(tmp_path).install(FILES, "1")
    assert picture(tmp_path) == {"init.py": damage.encode()}


@pytest.mark.parametrize("text", ["{", "{}", '{"format": 9, "files": {}, "block": {}}', '{"format": 1, "files": [1]}'])
def test_a_damaged_manifest_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "installed.json").write_text(text)
    with pytest.raises(BadConfig, match="by hand"):
        places_in(tmp_path).uninstall()


def test_a_manifest_cannot_lead_outside(tmp_path: Path) -> None:
    (tmp_path / "victim").write_bytes(b"")
    digest = hashlib.sha256(b"").hexdigest()
    (tmp_path / "p").mkdir()
    manifest = {"format": 1, "version": "1", "files": {"../victim": digest}, "block": {}}
    (tmp_path / "p" / "installed.json").write_text(json.dumps(manifest))
    with pytest.raises(BadConfig, match="outside"):
        places_in(tmp_path).uninstall()
    assert (tmp_path / "victim").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_linked_init_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    (tmp_path / "dotfiles" / "init.py").write_bytes(b"x = 1\n")
    (tmp_path / "nuke").mkdir()
    (tmp_path / "nuke" / "init.py").symlink_to(tmp_path / "dotfiles" / "init.py")
    places = places_in(tmp_path / "nuke")
    places.install(FILES, "1")
    assert (tmp_path / "nuke" / "init.py").is_symlink()
    assert b"pluginAddPath" in (tmp_path / "dotfiles" / "init.py").read_bytes()
    places.uninstall()
    assert (tmp_path / "dotfiles" / "init.py").read_bytes() == b"x = 1\n"


def test_taking_out_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileMissing, match="nothing is installed"):
        places_in(tmp_path).uninstall()


def test_the_plug_in_is_copied_with_what_it_needs_and_no_more(tmp_path: Path) -> None:
    files = plugin_files(tmp_path)
    names = set(files)
    assert {
        "init.py",
        "menu.py",
        "worker.json",
        "nuke_plugin/host.py",
        "nuke_plugin/gizmos/PlateNormals.gizmo",
    } <= names
    assert {"worker_link/client.py", "nuke_plugin/examples/batch.nk", "nuke_plugin/cattery/make_cat.py"} <= names
    assert not [name for name in names if "__pycache__" in name or "gizmo_files" in name]
    assert json.loads(files["worker.json"])["python"][sys.platform] == sys.executable


def test_another_platforms_python_is_kept(tmp_path: Path) -> None:
    (tmp_path / "worker.json").write_text('{"python": {"plan9": "/bin/python"}}')
    assert json.loads(plugin_files(tmp_path)["worker.json"])["python"]["plan9"] == "/bin/python"


def model_in(folder: Path, digest: str | None = None) -> Path:
    folder.mkdir(parents=True)
    (folder / "m.pt").write_bytes(b"m")
    card = {"weights": "m.pt", "sha256": digest or hashlib.sha256(b"m").hexdigest()}
    (folder / "torchscript.json").write_text(json.dumps(card))
    return folder


def test_a_model_is_brought_along_and_stays_at_an_update(tmp_path: Path) -> None:
    places = nuke_files(tmp_path / "nuke")
    places.install(plugin_files(places.ours, model_in(tmp_path / "model")), "1")
    assert (places.ours / "models" / "m.pt").read_bytes() == b"m"
    assert places.install(plugin_files(places.ours), "1") == []


def test_a_model_that_cannot_be_meant_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileMissing, match="torchscript"):
        plugin_files(tmp_path, tmp_path / "nowhere")
    with pytest.raises(ModelMismatch, match="is not the file"):
        plugin_files(tmp_path, model_in(tmp_path / "model", "0" * 64))


@pytest.mark.parametrize("name", ["../m.pt", "sub/../m.pt", "/m.pt", "..", ""])
def test_a_model_brings_no_file_to_another_place(tmp_path: Path, name: str) -> None:
    """The name in a stranger's card becomes that of a file among the plug-in's own, which Nuke runs at its start."""
    folder = model_in(tmp_path / "model")
    (tmp_path / "m.pt").write_bytes(b"m")
    card = json.loads((folder / "torchscript.json").read_text())
    (folder / "torchscript.json").write_text(json.dumps({**card, "weights": name}))
    with pytest.raises(ModelMismatch, match="torchscript"):
        plugin_files(tmp_path / "installed", folder)


def test_the_command_goes_to_the_home_folder_and_says_what_it_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    runner = CliRunner()
    done = runner.invoke(app, ["install", "nuke", "--dry-run"])
    assert done.exit_code == 0, done.output
    assert "would write" in done.output
    assert picture(tmp_path) == {}
    done = runner.invoke(app, ["install", "nuke"])
    assert done.exit_code == 0, done.output
    assert "restart Nuke" in done.output
    assert (tmp_path / ".nuke" / "platelight" / "nuke_plugin" / "init.py").is_file()
    assert "up to date" in runner.invoke(app, ["install", "nuke"]).output
    assert runner.invoke(app, ["install", "nuke", "--uninstall"]).exit_code == 0
    assert picture(tmp_path) == {".nuke": b"folder"}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(BadInput, match="cannot be written"):
        places_in(tmp_path).install(FILES, "1")
