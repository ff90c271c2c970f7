"""What an installed copy holds: every data file, no address of a registry, and the one torch that was tested."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

tomllib = pytest.importorskip("tomllib", reason="came with Python 3.11")

ROOT = Path(__file__).parents[1]
ROOMS = ("core", "scene_generator", "maya_plugin", "nuke_plugin", "worker_link")


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("room", ROOMS)
def test_every_data_file_is_packed(room: str, project: dict[str, Any]) -> None:
    patterns = project["tool"]["setuptools"]["package-data"][room]
    packed = {path for pattern in patterns for path in (ROOT / room).glob(pattern)}
    hidden_or_cached = ("__pycache__", ".")
    data = [path for path in (ROOT / room).rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")]
    names = {path: path.relative_to(ROOT).parts for path in data}
    visible = [path for path in data if not any(part.startswith(hidden_or_cached) for part in names[path])]
    assert [str(path) for path in visible if path not in packed] == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_folder_with_code_is_a_package_or_packed_as_data(room: str, project: dict[str, Any]) -> None:
    """The folders of a Maya module (`plug-ins`, `scripts`) are read by Maya and cannot be packages."""
    patterns = project["tool"]["setuptools"]["package-data"][room]
    as_data = {path for pattern in patterns for path in (ROOT / room).glob(pattern)}
    files = [path for path in (ROOT / room).rglob("*.py") if not (path.parent / "__init__.py").is_file()]
    assert [str(path) for path in files if path not in as_data] == []


def test_the_base_install_stays_small(project: dict[str, Any]) -> None:
    base = " ".join(project["project"]["dependencies"])
    assert all(name not in base for name in ("torch", "mitsuba", "opencv", "scikit", "onnxruntime-gpu"))


def test_torch_is_pinned_alike_in_both_places(project: dict[str, Any]) -> None:
    pins = [line for line in project["project"]["optional-dependencies"]["train"] if line.startswith("torch")]
    assert len(pins) == 1
    assert f"TORCH_DEFAULT := {pins[0]}$" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_make_installs_every_extra_but_gpu_and_metrics(project: dict[str, Any]) -> None:
    """`dev` brings `docs` along; `metrics` is of use only to who has the standard weights."""
    assert "platelight[docs]" in project["project"]["optional-dependencies"]["dev"]
    line = next(line for line in (ROOT / "Makefile").read_text().splitlines() if line.startswith("EXTRAS := "))
    extras = set(project["project"]["optional-dependencies"]) - {"gpu", "docs", "metrics"}
    assert set(line.removeprefix("EXTRAS := ").split(",")) == extras


@pytest.mark.parametrize("name", ["pyproject.toml", "Makefile", ".ci/run"])
def test_no_index_is_written_into_the_project(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "http://" not in text
    assert "https://" not in text
    assert "--index-url" not in text
