"""What runs inside Maya keeps to numpy and the standard library, and to one way in."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FILES = sorted(
    [
        *(ROOT / "scene_generator" / "maya_scene").rglob("*.py"),
        *(ROOT / "maya_plugin" / "scene").rglob("*.py"),
        ROOT / "maya_plugin" / "host.py",
        ROOT / "scene_generator" / "__main__.py",
    ]
)
ALLOWED = {*sys.stdlib_module_names, "numpy", "scene_generator", "maya_plugin", "worker_link"}


def named(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("file", FILES, ids=named)
def test_numpy_and_the_standard_library(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
        assert {name.split(".")[0] for name in names} <= ALLOWED


def test_maya_is_imported_in_one_file_inside_functions() -> None:
    for file in FILES:
        text = file.read_text(encoding="utf-8")
        if file.name != "host.py":
            assert "import maya\n" not in text
            assert '"maya.' not in text
    host = ast.parse((ROOT / "maya_plugin" / "host.py").read_text(encoding="utf-8"))
    top = [alias.name for node in host.body if isinstance(node, ast.Import) for alias in node.names]
    assert not [name for name in top if name.startswith("maya")]


def test_the_generator_never_imports_the_plug_in() -> None:
    for file in (ROOT / "scene_generator").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.split(".")[0] == "maya_plugin"], file
