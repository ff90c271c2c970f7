"""What is in the wheel and the sdist, and that the wheel works where nothing of the checkout can be seen."""

from __future__ import annotations

import email.parser
import json
import os
import subprocess
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from core.image import Image, read_image, write_image
from tests.packaging.conftest import ROOMS, built

pytestmark = pytest.mark.slow

NEEDED = (
    "core/weights/plate_normals/card.json",
    "core/weights/plate_normals/plate_normals.onnx",
    "core/recipes/plate_normals_second.json",
    "core/relight/lights.schema.json",
    "core/viewer/three_bundle.js",
    "core/viewer/viewer.js",
    "core/viewer/viewer.css",
    "core/py.typed",
    "scene_generator/recipes/plate_normals.json",
    "scene_generator/report/style.css",
    "nuke_plugin/blink/PlateRelight.blink",
    "nuke_plugin/gizmos/PlateNormals.gizmo",
    "nuke_plugin/gizmos/PlateRelight.gizmo",
    "nuke_plugin/gizmos/PlateProbe.gizmo",
    "nuke_plugin/gizmos/PlateOcclusion.gizmo",
    "nuke_plugin/examples/relight.nk",
    "maya_plugin/platelight.mod",
    "maya_plugin/plug-ins/platelight.py",
    "maya_plugin/scripts/userSetup.py",
    "maya_plugin/icons/platelight_material.png",
)
"""One of each kind that a host or a command cannot do without."""


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def files_of(source: Path) -> set[str]:
    found = (path for room in ROOMS for path in (source / room).rglob("*") if path.is_file())
    return {path.relative_to(source).as_posix() for path in found}


def test_the_wheel_holds_every_file_of_the_rooms_and_no_other(wheel: Path, source: Path) -> None:
    assert names_in(wheel) == files_of(source)


@pytest.mark.parametrize("name", NEEDED)
def test_the_wheel_holds(name: str, wheel: Path) -> None:
    assert name in names_in(wheel)


def test_the_wheel_says_what_it_needs(wheel: Path) -> None:
    assert wheel.name.endswith("-py3-none-any.whl")  # nothing in it is compiled for one machine
    with zipfile.ZipFile(wheel) as archive:
        folder = next(name.split("/")[0] for name in archive.namelist() if ".dist-info/" in name)
        told = email.parser.Parser().parsestr(archive.read(f"{folder}/METADATA").decode())
        commands = archive.read(f"{folder}/entry_points.txt").decode()
    assert told["Requires-Python"] == ">=3.10"
    base = [line for line in told.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert {line.split(">")[0].split("<")[0].strip() for line in base} == {
        "numpy",
        "OpenImageIO",
        "onnxruntime",
        "typer",
        "rich",
    }
    assert {"render", "train", "materialx", "gpu", "demo"} <= set(told.get_all("Provides-Extra", []))
    assert "platelight = core.cli.main:entry" in commands


def test_a_wheel_from_the_sdist_is_the_same(source: Path, wheel: Path, tmp_path: Path) -> None:
    archive = built("sdist", source, tmp_path / "dist")
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path, filter="data")
    again = built("wheel", tmp_path / archive.name.removesuffix(".tar.gz"), tmp_path / "again")
    with zipfile.ZipFile(wheel) as first, zipfile.ZipFile(again) as second:
        assert names_in(again) == names_in(wheel)
        assert all(first.read(name) == second.read(name) for name in names_in(wheel))


def test_the_hosts_parts_load_without_any_dependency(clean_python: Path, tmp_path: Path) -> None:
    """Every module of the line to the worker, and the plug-ins with all that they load themselves."""
    code = (
        "import importlib, json, pkgutil, sys\n"
        "import maya_plugin, nuke_plugin, worker_link\n"
        "for found in pkgutil.walk_packages(worker_link.__path__, 'worker_link.'):\n"
        "    if not found.name.endswith('__main__'):\n"
        "        importlib.import_module(found.name)\n"
        "for name in ('nuke_plugin.batch', 'nuke_plugin.panel', 'nuke_plugin.prerender', 'maya_plugin.menu',\n"
        "             'maya_plugin.commands.registry', 'maya_plugin.session'):\n"
        "    importlib.import_module(name)\n"
        "print(json.dumps([[name, getattr(module, '__file__', None)] for name, module in sys.modules.items()]))\n"
    )
    done = subprocess.run(
        [str(clean_python), "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    loaded: dict[str, str | None] = dict(json.loads(done.stdout))
    assert {"numpy", "core", "torch", "onnxruntime", "OpenImageIO", "typer"}.isdisjoint(loaded)
    assert str(clean_python.parents[1]) in str(loaded["nuke_plugin"])


def platelight(python: Path, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The command that the wheel installed, in a folder of its own, with a home of its own."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "NUKE_PATH")}
    return subprocess.run(
        [str(python.parent / "platelight"), *arguments],
        cwd=folder,
        env={**environment, "HOME": str(folder), "COLUMNS": "120", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_the_command_lists_what_it_can_do(python_with_dependencies: Path, tmp_path: Path) -> None:
    done = platelight(python_with_dependencies, "--help", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    for name in ("generate", "train", "normals", "relight", "bench", "doctor"):
        assert name in done.stdout


def test_what_runs_is_the_wheel(python_with_dependencies: Path, tmp_path: Path) -> None:
    code = "import core, scene_generator; print(core.__file__); print(scene_generator.__file__)"
    places = subprocess.run(
        [str(python_with_dependencies), "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout.split()
    assert all(place.startswith(str(python_with_dependencies.parents[1])) for place in places), places


def test_a_plate_becomes_normals_with_the_wheels_own_model(python_with_dependencies: Path, tmp_path: Path) -> None:
    ramp = np.linspace(0.05, 0.8, 96, dtype=np.float32)
    plate = np.repeat(np.tile(ramp, (64, 1))[..., None], 3, axis=2)
    write_image(tmp_path / "plate.exr", Image(plate, ("R", "G", "B")))
    done = platelight(
        python_with_dependencies,
        *("normals", "plate.exr", "--out", "normals", "--size", "64", "--looks", "1", "--threads", "1"),
        folder=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    (made,) = (tmp_path / "normals").rglob("*.exr")
    normals = read_image(made).layer("N")
    assert normals.shape == (64, 96, 3)
    assert np.allclose(np.linalg.norm(normals, axis=2), 1.0, atol=1e-3)


def test_nuke_and_maya_are_installed_from_the_wheel(python_with_dependencies: Path, tmp_path: Path) -> None:
    done = platelight(python_with_dependencies, "install", "nuke", "--to", "nuke", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    names = {path.name for path in (tmp_path / "nuke").rglob("*")}
    assert {"init.py", "menu.py", "PlateNormals.gizmo", "PlateRelight.blink"} <= names
    done = platelight(python_with_dependencies, "install", "maya", "--to", "maya", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert any(path.suffix == ".mod" for path in (tmp_path / "maya").rglob("*"))
