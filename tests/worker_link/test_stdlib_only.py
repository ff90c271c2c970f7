"""The client runs in a host's Python: 3.9, without any package, and with other people's modules about."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "worker_link").glob("*.py"))

_LOAD = """
import sys
sys.path.insert(0, sys.argv[1])

class Watch:
    def find_spec(self, name, path=None, target=None):
        top = name.split(".")[0]
        if top not in sys.stdlib_module_names and top != "worker_link":
            raise ImportError("not of the standard library: " + name)

sys.meta_path.insert(0, Watch())
for name in sys.argv[2:]:
    __import__(name)
from worker_link.client import WorkerClient
WorkerClient("test").close()
print("loaded")
"""


def test_it_imports_the_standard_library_only() -> None:
    names = [f"worker_link.{file.stem}" for file in FILES if file.stem != "__init__"]
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-c", _LOAD, str(ROOT), *names], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "loaded\n"


def test_the_watch_does_catch_others() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOAD, str(ROOT), "numpy"], capture_output=True, text=True, check=False
    )
    assert "not of the standard library: numpy" in done.stderr


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_it_is_python_3_9(file: Path) -> None:
    tree = ast.parse(file.read_text("utf-8"), feature_version=(3, 9))
    future = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    assert future or file.name == "__init__.py"
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Match)]
    # With the annotations left alone, a union written with a bar must not be evaluated anywhere.
    for node in tree.body:
        if isinstance(node, ast.Assign):
            bars = [one for one in ast.walk(node.value) if isinstance(one, ast.BinOp) and isinstance(one.op, ast.BitOr)]
            assert not bars, f"{file.name}:{node.lineno}"
