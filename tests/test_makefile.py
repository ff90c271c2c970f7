"""The two commands that newcomers type: they hang together, stop early with clear words, and do nothing twice."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with only what `make venv` reads, and a Python and pip that only note what they are asked."""
    for name in ("Makefile", "pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def make(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        ["make", *arguments], cwd=folder, env={**clean, **environ}, capture_output=True, text=True, check=False
    )


def fake_python(folder: Path, *, fail_on: str = "never asked", venv: bool = True) -> Path:
    """A shell script that plays Python: notes its arguments in `calls`, makes a `.venv` with itself in it."""
    script = folder / "fake-python"
    script.write_text(
        f"""#!/bin/sh
echo "$*" >> "{folder}/calls"
case "$*" in
    *"import venv, ensurepip"*) exit {0 if venv else 1};;
    *"{fail_on}"*) echo "ERROR: No matching distribution" >&2; exit 1;;
    "-m venv"*) for last; do :; done; mkdir -p "$last/bin"; touch "$last/pyvenv.cfg"; cp "$0" "$last/bin/python";;
esac
"""
    )
    script.chmod(0o755)
    return script


def calls(folder: Path) -> list[str]:
    return (folder / "calls").read_text().splitlines() if (folder / "calls").exists() else []


def test_dry_run_of_every_target_that_help_lists(clone: Path) -> None:
    listed = [line.split()[1] for line in make(clone, "help").stdout.splitlines()]
    assert {"help", "venv", "demo", "test", "lint", "types", "clean"} <= set(listed)
    for target in listed:
        done = make(clone, "-n", target)
        assert done.returncode == 0, f"{target}: {done.stderr}"
    assert not (clone / ".venv").exists()


def test_test_runs_every_gate(clone: Path) -> None:
    planned = make(clone, "-n", "test").stdout
    for gate in ("ruff check", "mypy", "lint-imports", "pytest"):
        assert gate in planned


def test_demo_passes_the_plate_on(clone: Path) -> None:
    assert "--plate 'my plate.exr'" in make(clone, "-n", "demo", "PLATE=my plate.exr").stdout
    assert "--plate" not in make(clone, "-n", "demo").stdout


def test_venv_installs_every_extra_but_gpu_and_the_second_call_does_nothing(clone: Path) -> None:
    python = fake_python(clone)
    first = make(clone, "venv", f"PYTHON={python}", TORCH="torch==2.13.0+cpu")
    assert first.returncode == 0, first.stderr
    installs = [call for call in calls(clone) if " install " in call]
    assert installs[0].endswith("torch==2.13.0+cpu")
    assert installs[1].endswith("--editable .[render,materialx,train,tensorboard,datasets,demo,dev]")
    before = len(calls(clone))
    second = make(clone, "venv", f"PYTHON={python}")
    assert second.returncode == 0
    assert len(calls(clone)) == before
    (clone / "pyproject.toml").touch()
    os.utime(clone / "pyproject.toml", (2**31, 2**31))
    make(clone, "venv", f"PYTHON={python}")
    assert len(calls(clone)) > before


def test_without_a_cpu_build_it_stops_and_says_what_to_do(clone: Path) -> None:
    python = fake_python(clone, fail_on="torch==2.13.0+cpu")
    done = make(clone, "venv", f"PYTHON={python}", "TORCH=torch==2.13.0+cpu")
    assert done.returncode != 0
    assert "PIP_EXTRA_INDEX_URL" in done.stderr
    assert "make venv TORCH=torch==2.13.0" in done.stderr
    assert not any("--editable" in call for call in calls(clone))


def test_an_accepted_large_build_is_remembered(clone: Path) -> None:
    python = fake_python(clone)
    assert make(clone, "venv", f"PYTHON={python}", "TORCH=torch==2.13.0").returncode == 0
    (clone / ".venv" / ".complete").unlink()
    assert make(clone, "venv", f"PYTHON={python}").returncode == 0
    assert not any("+cpu" in call for call in calls(clone))


def test_a_changed_choice_of_torch_is_installed(clone: Path) -> None:
    python = fake_python(clone)
    make(clone, "venv", f"PYTHON={python}", "TORCH=torch==2.13.0+cpu")
    make(clone, "venv", f"PYTHON={python}", "TORCH=torch==2.13.0")
    assert [call.split()[-1] for call in calls(clone) if "torch" in call] == ["torch==2.13.0+cpu", "torch==2.13.0"]


def test_a_stopped_set_up_is_taken_up_again(clone: Path) -> None:
    python = fake_python(clone, fail_on="--editable")
    assert make(clone, "venv", f"PYTHON={python}").returncode != 0
    assert not (clone / ".venv" / ".complete").exists()
    shutil.copy(fake_python(clone), clone / ".venv" / "bin" / "python")
    assert make(clone, "venv", f"PYTHON={python}").returncode == 0
    assert (clone / ".venv" / ".complete").exists()


def test_missing_venv_package_is_named(clone: Path) -> None:
    done = make(clone, "venv", f"PYTHON={fake_python(clone, venv=False)}")
    assert done.returncode != 0
    assert "apt-get install python3-venv" in done.stderr


def test_missing_or_old_python_is_named(clone: Path) -> None:
    done = make(clone, "venv", "PYTHON=/nowhere/python")
    assert done.returncode != 0
    assert "Python 3.11 or later" in done.stderr


def test_a_folder_that_is_no_environment_is_left_alone(clone: Path) -> None:
    (clone / "photos").mkdir()
    (clone / "photos" / "one.jpg").write_bytes(b"x")
    done = make(clone, "venv", f"PYTHON={fake_python(clone)}", "VENV=photos")
    assert done.returncode != 0
    assert "no virtual environment" in done.stderr
    assert (clone / "photos" / "one.jpg").exists()


def test_continuous_integration_runs_make_test() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "exec make test" in script.read_text()
