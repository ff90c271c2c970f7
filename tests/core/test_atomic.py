"""Files appear whole or not at all: on success, on errors, on a full disk, and when the process is killed."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.atomic import atomic_path, write_bytes, write_json, write_text
from core.errors import BadInput, DiskFull

_WRITE_IN_CHILD = """
import sys
from core.atomic import write_bytes
from core.errors import DiskFull
try:
    write_bytes(sys.argv[1], bytes(1_000_000))
except DiskFull as error:
    print(error)
    sys.exit(71)
"""


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_success_leaves_one_file_with_the_content(tmp_path: Path) -> None:
    write_text(tmp_path / "new" / "note.txt", "grüße\n")
    assert names(tmp_path / "new") == ["note.txt"]
    assert (tmp_path / "new" / "note.txt").read_bytes() == "grüße\n".encode()


def test_json_comes_back_and_keeps_its_order(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"z": [1, 2.5], "a": None})
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert json.loads(text) == {"z": [1, 2.5], "a": None}
    assert text.index('"z"') < text.index('"a"')
    assert text.endswith("}\n")


def test_temporary_name_keeps_the_suffix_and_the_folder(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "plate.exr") as temporary:
        assert temporary.suffix == ".exr"
        assert temporary.parent == tmp_path
        assert temporary.name != "plate.exr"
        assert not (tmp_path / "plate.exr").exists()


@pytest.mark.parametrize("error", [ValueError("broken"), KeyboardInterrupt(), SystemExit(3)])
def test_failure_keeps_the_old_file_and_leaves_nothing_else(tmp_path: Path, error: BaseException) -> None:
    target = tmp_path / "out.bin"
    target.write_bytes(b"old")

    def fail() -> None:
        with atomic_path(target) as temporary:
            temporary.write_bytes(b"half of the n")
            raise error

    with pytest.raises(type(error)):
        fail()
    assert names(tmp_path) == ["out.bin"]
    assert target.read_bytes() == b"old"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_no_space_is_said_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def full(self: Path, data: bytes) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DiskFull, match=r"out\.bin: no space left"):
        write_bytes(tmp_path / "out.bin", b"data")
    assert names(tmp_path) == []


def test_other_errors_of_the_system_pass_unchanged(tmp_path: Path) -> None:
    def fail() -> None:
        with atomic_path(tmp_path / "out.bin"):
            raise OSError(errno.EBUSY, "busy")

    with pytest.raises(OSError, match="busy") as caught:
        fail()
    assert type(caught.value) is OSError


def test_a_file_where_a_folder_is_needed_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BadInput, match="cannot be written"):
        write_bytes(tmp_path / "file" / "out.bin", b"data")


def test_a_folder_in_the_files_place_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(BadInput, match="cannot be written"):
        write_bytes(tmp_path / "out", b"data")
    assert names(tmp_path) == ["out"]


def test_rights_follow_the_umask_and_not_the_temporary_file(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_bytes(tmp_path / "out.bin", b"data")
    finally:
        os.umask(before)
    assert (tmp_path / "out.bin").stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="the system has no limit on file size")
def test_a_real_limit_on_file_size_ends_in_the_same_message(tmp_path: Path) -> None:
    import resource

    done = subprocess.run(
        [sys.executable, "-c", _WRITE_IN_CHILD, str(tmp_path / "big.bin")],
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536)),
        check=False,
    )
    assert done.returncode == 71, done.stderr
    assert "no space left" in done.stdout
    assert names(tmp_path) == []


def test_a_really_full_disk_ends_in_a_message_and_no_file(tmp_path: Path) -> None:
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("needs unshare to mount a small disk of its own")
    namespace = [unshare, "--mount"] if os.geteuid() == 0 else [unshare, "--mount", "--map-root-user"]
    script = (
        'mount -t tmpfs -o size=64k none "$1" || exit 77; "$2" -c "$3" "$1/big.bin"; code=$?; ls -A "$1"; exit $code'
    )
    done = subprocess.run(
        [*namespace, "sh", "-c", script, "sh", str(tmp_path), sys.executable, _WRITE_IN_CHILD],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 71 and ("unshare" in done.stderr or done.returncode == 77):
        pytest.skip(f"may not mount a small disk here: {done.stderr.strip()}")
    assert done.returncode == 71, done.stderr
    message, *left_over = done.stdout.splitlines()
    assert "no space left" in message
    assert left_over == []


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_writer_leaves_no_file_of_that_name(tmp_path: Path, stop: signal.Signals) -> None:
    code = (
        "import sys, time\n"
        "from core.atomic import atomic_path\n"
        "with atomic_path(sys.argv[1]) as temporary:\n"
        "    temporary.write_bytes(b'half')\n"
        "    print('writing', flush=True)\n"
        "    time.sleep(60)\n"
    )
    child: subprocess.Popen[Any] = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "out.bin")], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"writing\n"
    child.send_signal(stop)
    child.wait(timeout=30)
    child.stdout.close()
    assert not (tmp_path / "out.bin").exists()
    if stop == signal.SIGINT:  # unwinding removes the temporary file too; a kill cannot
        assert names(tmp_path) == []
