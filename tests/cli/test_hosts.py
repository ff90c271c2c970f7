"""Maya and Nuke are found in fake folders of each system, and only where the program is really there."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.cli.hosts import HostInstall, find_hosts


@pytest.mark.parametrize(
    ("program", "host", "version"),
    [
        ("usr/autodesk/maya2025/bin/mayapy", "Maya", "2025"),
        ("Applications/Autodesk/maya2026/Maya.app/Contents/bin/mayapy", "Maya", "2026"),
        ("Program Files/Autodesk/Maya2024/bin/mayapy.exe", "Maya", "2024"),
        ("usr/local/Nuke15.1v3/Nuke15.1", "Nuke", "15.1v3"),
        ("Applications/Nuke16.0v2/Nuke16.0v2.app/Contents/MacOS/Nuke16.0", "Nuke", "16.0v2"),
        ("Program Files/Nuke17.0v1/Nuke17.0.exe", "Nuke", "17.0v1"),
    ],
)
def test_usual_places(tmp_path: Path, program: str, host: str, version: str) -> None:
    path = tmp_path / program
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")
    assert find_hosts({}, tmp_path) == [HostInstall(host, version, str(path))]


def test_folders_without_the_program_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "usr/autodesk/maya2025/bin").mkdir(parents=True)
    (tmp_path / "usr/local/Nuke15.1v3/plugins").mkdir(parents=True)
    (tmp_path / "usr/local/Nuke15.1v3/Nuke15.1_readme.txt").write_bytes(b"")
    assert find_hosts({}, tmp_path) == []


def test_the_variable_is_used_and_the_same_program_is_listed_once(tmp_path: Path) -> None:
    usual = tmp_path / "usr/autodesk/maya2025"
    odd = tmp_path / "studio/tools/maya2023"
    for folder in (usual, odd):
        (folder / "bin").mkdir(parents=True)
        (folder / "bin/mayapy").write_bytes(b"")
    assert [found.version for found in find_hosts({"MAYA_LOCATION": str(usual)}, tmp_path)] == ["2025"]
    assert {found.version for found in find_hosts({"MAYA_LOCATION": str(odd)}, tmp_path)} == {"2023", "2025"}
    assert [found.version for found in find_hosts({"MAYA_LOCATION": str(tmp_path / "gone")}, tmp_path)] == ["2025"]
