from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.core.worker.running import wait_for
from worker_link import place as place_module
from worker_link.place import (
    FOLDER_VARIABLE,
    Address,
    Lock,
    Place,
    PlaceError,
    find_place,
    read_setting,
    setting_file,
    write_setting,
)

ADDRESS = Address(4321, "secret", 99, "0.1.0")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "made" / "here"))
    return find_place()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_folder_and_the_address_are_for_the_user_alone(place: Place) -> None:
    assert mode(place.folder) == 0o700
    place.write(ADDRESS)
    assert mode(place.folder / "worker.json") == 0o600
    assert place.read() == ADDRESS
    assert "secret" not in repr(ADDRESS)


def test_a_folder_that_others_may_read_is_closed(place: Place) -> None:
    place.folder.chmod(0o755)
    assert mode(find_place().folder) == 0o700


def test_a_folder_of_somebody_else_is_not_used(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: place.folder.stat().st_uid + 1)
    with pytest.raises(PlaceError, match="belongs to another user"):
        find_place()


def test_a_link_to_a_folder_is_not_used(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "link").symlink_to(place.folder)
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "link"))
    with pytest.raises(PlaceError, match="no folder of its own"):
        find_place()


@pytest.mark.parametrize("name", ["relative/folder", "/dev/null/folder"])
def test_folders_that_cannot_be(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, name)
    with pytest.raises(PlaceError, match=FOLDER_VARIABLE):
        find_place()


def test_the_default_does_not_depend_on_what_a_host_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    before = place_module._default_folder()
    for name in ("TMPDIR", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "NUKE_TEMP_DIR"):
        monkeypatch.setenv(name, "/somewhere/else")
    assert place_module._default_folder() == before
    assert before.is_absolute()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"port": 1}', '{"port": 0, "token": "a", "pid": 1, "version": "x"}', "\0\0"]
)
def test_a_damaged_address_is_none(place: Place, text: str) -> None:
    (place.folder / "worker.json").write_text(text)
    assert place.read() is None


def test_a_worker_forgets_only_its_own_address(place: Place) -> None:
    place.write(ADDRESS)
    place.forget(Address(4321, "other", 99, "0.1.0"))
    assert place.read() == ADDRESS
    place.forget(ADDRESS)
    assert place.read() is None
    assert list(place.folder.iterdir()) == []


def test_a_lock_excludes_other_processes_and_ends_with_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time; from pathlib import Path; from worker_link.place import Lock\n"
            "lock = Lock(Path(sys.argv[1])); print(lock.take(), flush=True); time.sleep(1000)",
            str(path),
        ],
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"True\n"
        lock = Lock(path)
        assert not lock.take()
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        wait_for(lock.take)
        assert not Lock(path).take()  # two handles of one process exclude each other too
        lock.release()
        assert Lock(path).take()
    finally:
        holder.kill()
        holder.wait()


def test_the_setting_names_a_python_and_keeps_the_rest(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "settings.json"
    assert read_setting(file) is None
    write_setting(file, "/a/python")
    file.write_text(json.dumps({"python": "/a/python", "other": 1}))
    write_setting(file, "/b/python")
    assert read_setting(file) == "/b/python"
    assert json.loads(file.read_text())["other"] == 1
    assert os.listdir(file.parent) == ["settings.json"]


@pytest.mark.parametrize("text", ["", "[]", '{"python": 3}', '{"python": ""}', "{}"])
def test_a_damaged_setting_names_the_remedy(tmp_path: Path, text: str) -> None:
    (tmp_path / "settings.json").write_text(text)
    with pytest.raises(PlaceError, match="--register"):
        read_setting(tmp_path / "settings.json")


def test_the_setting_lies_in_the_home() -> None:
    assert setting_file().is_relative_to(Path.home())


@pytest.mark.skipif(sys.platform == "win32", reason="rights are kept otherwise there")
def test_an_address_that_another_user_could_have_written_is_none(place: Place, tmp_path: Path) -> None:
    """The folder was open to others once: what they left would send a host, and its paths, to their program."""
    place.write(ADDRESS)
    address = place.folder / "worker.json"
    for open_to in (0o620, 0o602, 0o604, 0o640):
        address.chmod(open_to)
        assert place.read() is None
    address.chmod(0o600)
    assert place.read() == ADDRESS
    address.rename(tmp_path / "elsewhere.json")
    address.symlink_to(tmp_path / "elsewhere.json")
    assert place.read() is None
    address.unlink()
    os.mkfifo(address, 0o600)  # nobody will ever write into it
    assert place.read() is None


def test_an_address_of_another_owner_is_none(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.write(ADDRESS)
    monkeypatch.setattr(os, "getuid", lambda: place.folder.stat().st_uid + 1)
    assert place.read() is None
