"""What runs inside a host is Python 3.9, the oldest that one has: its syntax, what it evaluates, and that it loads."""

from __future__ import annotations

import ast
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_import_rules import ROOT, host_safe_files, modules

NEWER = {"Match", "TryStar", "TypeAlias"}
TYPES = {"bool", "bytes", "dict", "float", "int", "list", "object", "set", "str", "tuple"}
NEEDS_MORE = {"scene_generator", "maya_plugin/scene", "maya_plugin/plug-ins", "maya_plugin/scripts"}
"""Folders that load only with numpy, or are no modules."""


def evaluated(node: ast.AST) -> Iterator[ast.AST]:
    """A node and all below it but annotations, which `from __future__ import annotations` leaves alone."""
    yield node
    parts = ast.iter_child_nodes(node)
    if isinstance(node, ast.AnnAssign):
        parts = iter([] if node.value is None else [node.value])
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        defaults = [default for default in node.args.kw_defaults if default is not None]
        parts = iter([*node.body, *node.decorator_list, *node.args.defaults, *defaults])
    for part in parts:
        yield from evaluated(part)


def is_type(node: ast.AST) -> bool:
    return (isinstance(node, ast.Constant) and node.value is None) or (isinstance(node, ast.Name) and node.id in TYPES)


def problems(text: str) -> list[str]:
    """What Python 3.9 would stumble over, a line each. Raises SyntaxError where it cannot even read it."""
    tree = ast.parse(text, feature_version=(3, 9))
    found = []
    for node in evaluated(tree):
        line = f"line {getattr(node, 'lineno', 0)}"
        if type(node).__name__ in NEWER:
            found.append(f"{line}: {type(node).__name__}")
        if (
            isinstance(node, ast.BinOp)
            and isinstance(node.op, ast.BitOr)
            and (is_type(node.left) or is_type(node.right))
        ):
            found.append(f"{line}: types are joined")
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            words = {keyword.arg for keyword in node.keywords}
            if (name == "zip" and "strict" in words) or (name == "dataclass" and words & {"slots", "kw_only"}):
                found.append(f"{line}: {name} with {', '.join(sorted(str(word) for word in words))}")
    future = any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body)
    if not future and any(not isinstance(node, ast.Expr) for node in tree.body):
        found.append("no `from __future__ import annotations`, so annotations are evaluated")
    return found


@pytest.mark.parametrize("file", host_safe_files(), ids=lambda file: file.relative_to(ROOT).as_posix())
def test_python_3_9_reads_it(file: Path) -> None:
    assert problems(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("def f(a: int | None = None, *, b: str | None = None) -> str | None: ...", []),
        ("found: int | None = 3", []),
        ("flags = a | b", []),
        ("Both = int | None", ["line 2: types are joined"]),
        ("def f(a=int | None): ...", ["line 2: types are joined"]),
        ("cast(str | None, x)", ["line 2: types are joined"]),
        ("for a, b in zip(x, y, strict=True): ...", ["line 2: zip with strict"]),
        ("@dataclass(slots=True)\nclass A: ...", ["line 2: dataclass with slots"]),
    ],
)
def test_that_check_finds_what_is_newer(line: str, found: list[str]) -> None:
    assert problems(f"from __future__ import annotations\n{line}") == found


def test_that_check_finds_newer_syntax_and_missing_futures() -> None:
    with pytest.raises(SyntaxError):
        problems("match x:\n    case 1: ...")
    assert problems("import os") == ["no `from __future__ import annotations`, so annotations are evaluated"]


def test_a_real_python_3_9_loads_it() -> None:
    candidates = [shutil.which("python3.9"), *sorted(Path.home().glob(".pyenv/versions/3.9.*/bin/python"))]
    check = ["-c", "import sys; sys.exit(sys.version_info[:2] != (3, 9))"]
    found = [p for p in candidates if p and subprocess.run([p, *check], capture_output=True).returncode == 0]
    if not found:
        pytest.skip("no Python 3.9 here; its syntax is checked all the same")
    files = [file for file in host_safe_files() if not file_needs_more(file)]
    assert {file.relative_to(ROOT).parts[0] for file in files} == {"maya_plugin", "nuke_plugin", "worker_link"}
    load = (
        f"import importlib, sys; sys.path.insert(0, {str(ROOT)!r})\nfor n in sys.argv[1:]: importlib.import_module(n)"
    )
    command = [str(found[0]), "-B", "-I", "-c", load, *modules(files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def file_needs_more(file: Path) -> bool:
    path = file.relative_to(ROOT).as_posix()
    return any(path.startswith(f"{folder}/") for folder in NEEDS_MORE)
