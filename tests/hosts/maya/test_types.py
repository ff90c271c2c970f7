"""mypy, strict, reads the commands of the golden scenes against the published stubs: a second judge beside the fake."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests" / "golden"
CACHE = ROOT / ".mypy_cache" / "calls_of_maya"
"""Kept, since reading the stubs takes longest; of its own, since other options would undo that of the project."""
OTHERS = """
cmds.about(version=True)
cmds.pluginInfo("mtoa", query=True, loaded=True)
cmds.pluginInfo("mtoa", query=True, version=True)
cmds.loadPlugin("mtoa", quiet=True)
cmds.undoInfo(openChunk=True, chunkName="x")
cmds.undoInfo(closeChunk=True)
cmds.file(new=True, force=True)
cmds.file(rename="x.ma")
cmds.file(save=True, type="mayaAscii")
cmds.colorManagementPrefs(query=True, inputSpaceNames=True)
cmds.colorManagementPrefs(query=True, renderingSpaceNames=True)
cmds.colorManagementPrefs(edit=True, cmEnabled=True)
cmds.colorManagementPrefs(edit=True, renderingSpaceName="x")
cmds.colorManagementPrefs(query=True, cmEnabled=True)
cmds.currentUnit(query=True, linear=True)
cmds.currentUnit(linear="cm")
cmds.upAxis(query=True, axis=True)
cmds.parent("x", world=True)
cmds.listRelatives("x", fullPath=True, noIntermediate=True)
cmds.ls("x", type="shadingEngine")
cmds.getAttr("x.worldMatrix[0]", time=1.0)
cmds.getAttr("x.imageName", expandEnvironmentVariables=True)
cmds.workspace(expandName="x")
"""
"""What `host.py`, the files of `scene` and some commands call, which no golden log holds."""

MISTAKES = ("cmds.createNoode('mesh')", "cmds.createNode('mesh', nmae='x')", "cmds.setAttr('a.b', 1, typo='x')")


def calls() -> list[str]:
    """The distinct ways in which the golden scenes call commands."""
    found: dict[str, str] = {}
    for path in sorted(GOLDEN.glob("maya_*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            name = line.partition("(")[0]
            if name not in ("mesh", "arnoldRender"):  # the host's own; and a plug-in's, which no stubs have
                flags = [part.partition("=")[0] for part in line.split(", ") if "=" in part]
                found.setdefault(f"{name} {flags}", f"cmds.{line}")
    return list(found.values())


@pytest.mark.slow
def test_every_call_is_in_the_stubs(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    made = calls()
    assert len(made) > 10
    lines = ["import maya.cmds as cmds", *OTHERS.strip().splitlines(), *made, *MISTAKES]
    (tmp_path / "calls.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(CACHE), str(tmp_path / "calls.py")],
        capture_output=True,
        text=True,
        check=False,
    )
    wrong = {int(line.split(":")[1]) for line in done.stdout.splitlines() if ": error:" in line}
    expected = {len(lines) - k for k in range(len(MISTAKES))}
    assert wrong == expected, done.stdout
