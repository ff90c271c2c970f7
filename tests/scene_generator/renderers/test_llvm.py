"""The LLVM library: the right one is chosen among fake folders, and a variant that aborts costs only its child."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from scene_generator.renderers import llvm
from scene_generator.renderers.llvm import find_llvm, llvm_version, probe_variant

linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads ELF headers")


def library(path: Path, *, foreign: bool = False) -> Path:
    """A file with the header of a library for this machine, or for another one."""
    header = bytearray(Path(sys.executable).read_bytes()[:64])
    if foreign:
        header[18:20] = b"\x03\x00" if bytes(header[18:20]) != b"\x03\x00" else b"\x3e\x00"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(header)
    return path


def found(root: Path, **environ: str) -> Path | None:
    return find_llvm(environ=environ, root=root, ldconfig=False)


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("libLLVM-14.so.1", 14),
        ("libLLVM-14.0.6.so.1", 14),
        ("libLLVM-17.so", 17),
        ("libLLVM.so.19.1", 19),
        ("llvm-18/lib/libLLVM.so", 18),
        ("llvm/21.1.0/lib/libLLVM.dylib", 21),
        ("llvm@20/lib/libLLVM.dylib", 20),
        ("llvm-19/lib/libLLVM.so.1", 19),
        ("lib/libLLVM.so.1", None),
        ("lib/libLLVM.so", None),
        ("lib/libLLVMSupport.so", None),
    ],
)
def test_version_is_read_from_name_or_folder(tmp_path: Path, name: str, version: int | None) -> None:
    assert llvm_version(tmp_path / name) == version


def test_version_is_read_from_what_a_link_points_to(tmp_path: Path) -> None:
    (tmp_path / "libLLVM.so.18.1").write_bytes(b"")
    (tmp_path / "libLLVM.so").symlink_to("libLLVM.so.18.1")
    assert llvm_version(tmp_path / "libLLVM.so") == 18


@linux_only
def test_newest_wins_and_old_ones_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "usr/lib/x86_64-linux-gnu"
    for name in ("libLLVM-14.so.1", "libLLVM-15.so.1", "libLLVM-16.so.1"):
        library(folder / name)
    assert found(tmp_path) is None
    seventeen = library(folder / "libLLVM-17.so.1")
    assert found(tmp_path) == seventeen
    nineteen = library(tmp_path / "usr/lib/llvm-19/lib/libLLVM.so.1")
    assert found(tmp_path) == nineteen


@linux_only
def test_other_machine_types_scripts_and_folders_are_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "usr/lib/i386-linux-gnu"
    library(folder / "libLLVM.so.19.1", foreign=True)
    (tmp_path / "usr/lib/llvm-20/lib").mkdir(parents=True)
    (tmp_path / "usr/lib/llvm-20/lib/libLLVM-20.so").write_text("INPUT(libLLVM.so.20.1)")
    (tmp_path / "usr/lib/llvm-21/lib/libLLVM-21.so").mkdir(parents=True)
    assert found(tmp_path) is None


@linux_only
def test_the_variable_wins_unless_it_names_an_old_or_missing_one(tmp_path: Path) -> None:
    usual = library(tmp_path / "usr/lib/llvm-19/lib/libLLVM.so.1")
    mine = library(tmp_path / "mine/libLLVM-17.so")
    unnamed = library(tmp_path / "mine/libLLVM.so")
    old = library(tmp_path / "mine/libLLVM-15.so")
    assert found(tmp_path, DRJIT_LIBLLVM_PATH=str(mine)) == mine
    assert found(tmp_path, DRJIT_LIBLLVM_PATH=str(unnamed)) == unnamed
    assert found(tmp_path, DRJIT_LIBLLVM_PATH=str(old)) == usual
    assert found(tmp_path, DRJIT_LIBLLVM_PATH=str(tmp_path / "absent.so")) == usual


def test_an_empty_machine_has_none(tmp_path: Path) -> None:
    assert found(tmp_path) is None


def test_scalar_variant_renders_here() -> None:
    pytest.importorskip("mitsuba")
    assert probe_variant("scalar_rgb") is None


def test_llvm_variant_renders_where_a_library_was_found() -> None:
    pytest.importorskip("mitsuba")
    if find_llvm() is None:
        pytest.skip("no LLVM library on this machine")
    assert probe_variant("llvm_ad_rgb") is None


def test_unknown_variant_is_named_in_the_reason() -> None:
    pytest.importorskip("mitsuba")
    reason = probe_variant("llvm_ad_nonsense" if find_llvm() else "nonsense")
    assert reason is not None
    assert "nonsense" in reason


def test_without_a_library_the_reason_holds_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llvm, "find_llvm", lambda: None)
    reason = probe_variant("llvm_ad_rgb")
    assert reason is not None
    assert "install" in reason


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no signals as on POSIX")
def test_an_aborting_renderer_is_a_reason_and_not_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llvm, "_PROBE", "import os, sys; sys.stderr.write('cannot select: x\\n'); os.abort()")
    reason = probe_variant("scalar_rgb")
    assert reason is not None
    assert "SIGABRT" in reason
    assert "cannot select: x" in reason


def test_a_hanging_renderer_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llvm, "_PROBE", "import time; time.sleep(600)")
    assert probe_variant("scalar_rgb", timeout_s=0.2) == "gave no picture within 0.2 seconds"


def test_a_missing_renderer_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llvm, "_PROBE", "raise ModuleNotFoundError(\"No module named 'mitsuba'\")")
    reason = probe_variant("scalar_rgb")
    assert reason is not None
    assert "platelight[render]" in reason


class FakeApt:
    """Stands for apt-get: knows packages after `update`, and installing one makes a library appear."""

    def __init__(self, root: Path, listed: str) -> None:
        self.root, self.listed, self.updated = root, listed, False
        self.commands: list[str] = []

    def run(self, command: Sequence[str], timeout_s: float = 600.0) -> str | None:
        line = " ".join(command)
        self.commands.append(line)
        if line.endswith(" update"):
            self.updated = True
        elif " install " in line:
            library(self.root / "usr/lib/llvm-18/lib/libLLVM.so")
        return None

    def packages(self, command: Sequence[str], **_: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, 0, stdout=self.listed if self.updated else "", stderr="")


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeApt:
    fake = FakeApt(
        tmp_path,
        "libllvm14 - runtime\nlibllvm16 - runtime\nlibllvm17t64 - runtime\nlibllvm18 - runtime\nlibllvm22 - runtime\n",
    )
    monkeypatch.setattr(llvm, "find_llvm", lambda: find_llvm(environ={}, root=tmp_path, ldconfig=False))
    monkeypatch.setattr(llvm, "_run", fake.run)
    monkeypatch.setattr("subprocess.run", fake.packages)
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(llvm, "_root_prefix", list)
    return fake


@linux_only
def test_install_fetches_lists_first_and_takes_a_tested_version(
    apt: FakeApt, capsys: pytest.CaptureFixture[str]
) -> None:
    assert llvm.main(["--install"]) == 0
    assert apt.commands[0].endswith(" update")
    assert apt.commands[-1].endswith("install --yes --no-install-recommends libllvm18 libatomic1")
    assert "found" in capsys.readouterr().out.splitlines()[-1]


@linux_only
def test_without_rights_the_command_is_printed_and_nothing_is_run(
    apt: FakeApt, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(llvm, "_root_prefix", lambda: None)
    assert llvm.main(["--install"]) == 0
    assert apt.commands == []
    printed = capsys.readouterr().out
    assert "sudo apt-get install libllvm" in printed
    assert "scalar variant" in printed


@linux_only
def test_a_failed_install_says_so_and_carries_on(
    apt: FakeApt, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(command: Sequence[str], timeout_s: float = 600.0) -> str | None:
        if command[-1] == "update":
            apt.updated = True
            return None
        return "E: no network"

    monkeypatch.setattr(llvm, "_run", refuse)
    assert llvm.main(["--install"]) == 0
    assert "E: no network" in capsys.readouterr().out
