"""Who may import whom, where the import linter's contracts cannot say it: by name lists, and by really importing.

The contracts themselves are in `pyproject.toml` and run with `make imports`; a test below shows that they would catch
what they are there for.
"""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

ROOMS = ("core", "scene_generator", "maya_plugin", "nuke_plugin", "worker_link")

HOST_SAFE = (
    "__main__",
    "assets",
    "families",
    "farm",
    "journal",
    "materials",
    "maya_scene",
    "motion",
    "recipe",
    "sample",
    "shapes",
    "sky",
    "spec",
    "textures",
)
"""The files and folders of `scene_generator` that run inside Maya and Nuke."""

OF_CORE_FOR_THE_GENERATOR = {"image", "color", "normals", "camera", "errors", "shards", "atomic", "cores", "walk"}
NEVER_IN_A_HOST = {"core", "torch", "onnxruntime", "onnx", "mitsuba", "drjit", "OpenImageIO", "typer", "rich", "cv2"}


def imported(file: Path) -> Iterator[str]:
    """Dotted names that a file imports anywhere, in functions too; `from a import b` gives `a.b`."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports here are absolute"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def host_safe_files() -> list[Path]:
    found = [ROOT / "scene_generator" / "__init__.py"]
    for name in HOST_SAFE:
        folder = ROOT / "scene_generator" / name
        found += sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]
    rooms = ("maya_plugin", "nuke_plugin", "worker_link")
    return found + [file for room in rooms for file in sorted((ROOT / room).rglob("*.py"))]


def modules(files: list[Path]) -> list[str]:
    dotted = [file.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".") for file in files]
    return [name.removesuffix(".__init__") for name in dotted]


@pytest.mark.parametrize("file", host_safe_files(), ids=lambda file: file.relative_to(ROOT).as_posix())
def test_host_safe_files_import_nothing_that_a_host_lacks(file: Path) -> None:
    tops = {name.split(".")[0] for name in imported(file)}
    assert tops.isdisjoint(NEVER_IN_A_HOST)
    room = file.relative_to(ROOT).parts[0]
    assert tops.isdisjoint({"maya_plugin", "nuke_plugin"} - {room})


@pytest.mark.parametrize(
    "file",
    sorted((ROOT / "scene_generator").rglob("*.py")),
    ids=lambda file: file.relative_to(ROOT / "scene_generator").as_posix(),
)
def test_the_generator_uses_of_core_only_its_foundations(file: Path) -> None:
    for name in imported(file):
        parts = name.split(".")
        assert parts[0] not in {"torch", "onnx", "onnxruntime"}
        if parts[0] == "core":
            assert parts[1] in OF_CORE_FOR_THE_GENERATOR, f"{file.name} imports {name}"


@pytest.mark.parametrize("host", ["maya", "nuke"])
def test_each_host_is_imported_in_one_file_only(host: str) -> None:
    files = [file for room in ROOMS for file in (ROOT / room).rglob("*.py")]
    using = {file.name for file in files for name in imported(file) if name.split(".")[0] == host}
    assert using <= {"host.py"}


_DECOY = 'raise ImportError("this is some other studio\'s core")\n'

_LOAD = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
forbidden = {name.split(".")[0] for name in sys.modules} & {"torch", "onnxruntime", "mitsuba", "OpenImageIO"}
assert not forbidden, forbidden
print("loaded", len(sys.argv) - 1)
"""


def with_first_on_path(folder: Path, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    paths = f"import sys; sys.path[:0] = [{str(folder)!r}, {str(ROOT)!r}]\n"
    return subprocess.run([sys.executable, "-c", paths + code, *arguments], capture_output=True, text=True, check=False)


def test_host_safe_files_and_plug_ins_load_beside_another_core(tmp_path: Path) -> None:
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "__init__.py").write_text(_DECOY)
    names = modules(host_safe_files())
    done = with_first_on_path(tmp_path, _LOAD, *names)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"loaded {len(names)}\n"


def test_the_decoy_does_stand_in_the_way_of_core(tmp_path: Path) -> None:
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "__init__.py").write_text(_DECOY)
    done = with_first_on_path(tmp_path, _LOAD, "core.errors")
    assert done.returncode != 0
    assert "some other studio" in done.stderr


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("core/normals.py", "import scene_generator", "core imports no other room"),
        ("core/normals.py", "import core.cli.console", "only the command line imports"),
        ("core/camera.py", "import torch", "bottom of core needs no torch"),
        ("core/inference/runtime.py", "import core.training.loop", "bottom of core needs no torch"),
        ("scene_generator/spec.py", "import core.errors", "host-safe half"),
        ("scene_generator/renderers/__init__.py", "import core.training", "never sees networks"),
        ("nuke_plugin/__init__.py", "import core.errors", "plug-ins see only the line"),
        ("maya_plugin/__init__.py", "import nuke_plugin", "do not see each other"),
    ],
)
def test_the_contracts_catch_what_they_are_for(tmp_path: Path, file: str, line: str, contract: str) -> None:
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("weights", "__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / file).write_text((tmp_path / file).read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    linter = "from importlinter.cli import lint_imports_command; lint_imports_command()"  # -c puts the folder first
    done = subprocess.run(
        [sys.executable, "-c", linter, "--no-cache"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr
    broken = [line for line in done.stdout.splitlines() if "BROKEN" in line]
    assert any(contract in line for line in broken), done.stdout
