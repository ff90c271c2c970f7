"""The panels, under both Qts that Mayas bring: built, driven by clicks, docked, closed; pictures of them are kept.

`PLATELIGHT_PICTURES=FOLDER` keeps the pictures there.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import site
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PANELS = (
    "platelightNormalMap", "platelightNormalMap_running", "platelightNormalMap_not_available",
    "platelightPlateNormals", "platelightRelightRig", "platelightRandomScene",
    "platelightGenerateDataset", "platelightGenerateDataset_farm",
)  # fmt: skip


def _python(name: str) -> tuple[str, dict[str, str]]:
    """A Python with that Qt, and its variables; skips where there is none."""
    if name == "PySide6":
        if importlib.util.find_spec("PySide6") is None:
            pytest.skip("no PySide6 here: pip install PySide6-Essentials")
        return sys.executable, {}
    # Debian and Ubuntu have PySide2 for the system's own Python, which lends it this environment's other packages.
    system = "/usr/bin/python3"
    check = "import sys, PySide2.QtWidgets; print(sys.version_info[:2] == tuple(map(int, sys.argv[1:])))"
    words = [system, "-c", check, *map(str, sys.version_info[:2])]
    if not Path(system).exists() or subprocess.run(words, capture_output=True, text=True).stdout.strip() != "True":
        pytest.skip("no PySide2 for this Python (Debian 12 and 3.11: apt-get install python3-pyside2.qtwidgets)")
    return system, {"PYTHONPATH": os.pathsep.join([str(ROOT), *site.getsitepackages()])}


@pytest.fixture(scope="module", params=["PySide6", "PySide2"])
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    name: str = request.param
    python, variables = _python(name)
    folder = tmp_path_factory.mktemp(name)
    done = subprocess.run(
        [python, "-B", str(ROOT / "tests" / "maya_plugin" / "qt_program.py"), name, str(folder)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables, "QT_QPA_PLATFORM": "offscreen"},
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert found["qt"] == name
    kept = os.environ.get("PLATELIGHT_PICTURES")
    if kept:
        for picture in folder.glob(f"{name}_*.png"):
            shutil.copy(picture, kept)
    return {**found, "folder": folder}


def test_a_form_runs_its_command_with_what_was_set(told: dict[str, Any]) -> None:
    assert told["nothing selected"].startswith("no file texture is selected")
    strength, words, notice = told["made"]
    assert (strength, words) == (2.5, "done")
    assert "bricks_normal.png" in notice


def test_progress_is_shown_and_cancel_works(told: dict[str, Any]) -> None:
    assert told["running"] == "Normal Map From Texture: 1 of 1"
    assert told["cancelled"] == "cancelled"


def test_what_cannot_be_used_is_disabled_with_the_reason(told: dict[str, Any]) -> None:
    assert told["reason"] == "Cannot be used: this Platelight came without the model texture_normals"
    assert told["enabled"] is False


def test_a_panel_opens_once_and_remembers(told: dict[str, Any]) -> None:
    assert told["opened twice"] is True
    assert told["plate"] == ["normals", "high", "done"]
    assert told["rig"] == ["light", True]
    assert told["remembered"] == "high"


def test_random_scene_makes_one_and_another_one_of_the_chosen_families(told: dict[str, Any]) -> None:
    assert told["families"] == 10
    assert told["scene"] == ["platelight: cluster, scene 0 of seed 7", []]
    assert told["another"] == [7, 1]
    assert told["replaced"] == 1
    assert told["kept"] == ["cluster", "cluster.count=2:3", True]


def test_the_dataset_panel_previews_estimates_and_starts(told: dict[str, Any]) -> None:
    found = told["dataset"]
    assert found["no folder"].startswith("name a folder")
    assert found["estimate"] == "The whole set: about 90 min (60 min to 2.0 h), 3 GB (2 to 4); from 16 scenes"
    assert found["sheet"] == 420
    assert found["ranges untouched"] == ""
    assert found["ranges"] == "room.width=3.5:8, street.storeys=1:2"
    assert found["generate"][:3] == ["generate", "--out", str(told["folder"] / "set")]
    assert found["generate"][found["generate"].index("--count") + 1] == "5000"
    assert found["button"] == "Write Farm Job"
    assert found["preset"] == [5000, "farm"]
    assert found["farm"] == ["farm", "write"]


def test_unloading_closes_every_panel_and_keeps_the_settings(told: dict[str, Any]) -> None:
    assert len(told["controls"]) == 5
    assert told["left"] == {"menus": [], "controls": [], "deferred": 0, "callbacks": 0}
    assert "platelight_platelightRandomScene" in told["kept settings"]


@pytest.mark.parametrize("panel", PANELS)
def test_each_panel_was_drawn(told: dict[str, Any], panel: str) -> None:
    picture = told["folder"] / f"{told['qt']}_{panel}.png"
    data = picture.read_bytes()
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    assert width >= 400
    assert height >= 500
    assert len(data) > 4000  # letters and lines, not one flat colour
