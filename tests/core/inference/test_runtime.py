"""Neither or both builds of ONNX Runtime are named, with the commands that mend it; one build is fine."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest

from core.inference.runtime import installed_runtimes, package_origin, runtime_problem


def environment(**versions: str) -> Callable[[str], str]:
    """Stands for the records of installed distributions."""
    installed = {name.replace("_", "-"): version for name, version in versions.items()}

    def version_of(name: str) -> str:
        if name not in installed:
            raise metadata.PackageNotFoundError(name)
        return installed[name]

    return version_of


def whole() -> str:
    return "site-packages/onnxruntime/__init__.py"


@pytest.mark.parametrize("only", [{"onnxruntime": "1.20.0"}, {"onnxruntime_gpu": "1.21.0"}])
def test_one_build_is_no_problem(only: dict[str, str]) -> None:
    assert runtime_problem(environment(**only), whole) is None
    assert list(installed_runtimes(environment(**only)).values()) == list(only.values())


def test_neither_names_both_and_how_to_install_one() -> None:
    problem = runtime_problem(environment(), whole)
    assert problem is not None
    assert "neither" in problem
    assert "pip install onnxruntime " in problem
    assert "onnxruntime-gpu" in problem
    assert "\n" not in problem


def test_both_are_named_with_their_versions_and_both_have_to_go_first() -> None:
    problem = runtime_problem(environment(onnxruntime="1.20.0", onnxruntime_gpu="1.21.0"), whole)
    assert problem is not None
    assert "onnxruntime 1.20.0 and onnxruntime-gpu 1.21.0" in problem
    assert "uninstall -y onnxruntime onnxruntime-gpu" in problem


def test_a_build_whose_files_went_with_the_other_is_noticed() -> None:
    problem = runtime_problem(environment(onnxruntime_gpu="1.21.0"), lambda: None)
    assert problem is not None
    assert "onnxruntime-gpu 1.21.0 is recorded as installed" in problem
    assert "uninstall -y onnxruntime onnxruntime-gpu" in problem


def test_an_empty_shell_of_the_package_has_no_origin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert package_origin() is not None
    (tmp_path / "onnxruntime" / "capi").mkdir(parents=True)  # what removing one of two builds leaves behind
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, "onnxruntime", raising=False)
    importlib.invalidate_caches()
    assert package_origin() is None


def test_this_environment_is_read_from_its_real_records() -> None:
    found = installed_runtimes()
    assert found
    assert all(metadata.version(name) == version for name, version in found.items())
