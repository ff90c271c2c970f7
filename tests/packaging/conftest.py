"""A wheel and an sdist of this working tree, built once, and an environment of nothing but that wheel."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("core", "scene_generator", "maya_plugin", "nuke_plugin", "worker_link")


def built(kind: str, source: Path, out: Path) -> Path:
    """What `pip` and `build` ask the build backend for: "wheel" or "sdist" of the project in `source`."""
    out.mkdir(parents=True, exist_ok=True)
    code = f"import sys; from setuptools import build_meta; print(build_meta.build_{kind}(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(out)], cwd=source, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return out / done.stdout.splitlines()[-1]


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the project is made of: a build leaves folders behind, which do not belong in the checkout."""
    folder = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, folder)
    for room in ROOMS:
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__", "*.pyc", ".*"))
    return folder


@pytest.fixture(scope="session")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("setuptools", minversion="77")
    return built("wheel", source, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def clean_python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that holds the wheel and no dependency at all."""
    folder = tmp_path_factory.mktemp("clean")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=120)
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check", "--quiet"]
    subprocess.run([*pip, "install", "--no-deps", "--no-index", str(wheel)], check=True, timeout=300)
    return python


@pytest.fixture(scope="session")
def python_with_dependencies(clean_python: Path) -> Path:
    """The same once the packages of the tests' own environment can be seen behind the wheel.

    A folder that a .pth names is looked into, but its own .pth files are not obeyed: the checkout, which the tests'
    environment may hold as an editable install, stays out of sight.
    """
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    places = subprocess.run([str(clean_python), "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    packages = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    (Path(places) / "dependencies.pth").write_text("\n".join(packages) + "\n", encoding="utf-8")
    return clean_python
