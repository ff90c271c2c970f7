"""Install, start, each command, undo, unload, all of it twice, a farm, uninstall: as a person's day goes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.cli.install_maya import maya_files, maya_plugin_files

ROOT = Path(__file__).parents[3]
CHANGING = (
    "platelightRandomScene",
    "platelightNormalMap",
    "platelightPlateNormals",
    "platelightRelightRig",
    "platelightOcclusion",
    "platelightMatchMaterial",
)


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("life")
    modules = folder / "my modules"
    modules.mkdir()
    (folder / "decoy" / "core").mkdir(parents=True)
    (folder / "decoy" / "core" / "__init__.py").write_text('raise ImportError("some other studio\'s core")\n')
    places = maya_files(modules)
    places.install(maya_plugin_files(places.ours), "0.1.0")
    program = ROOT / "tests" / "hosts" / "maya" / "life.py"
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PLATELIGHT", "PYTHON"))}
    done = subprocess.run(
        [sys.executable, "-B", str(program), str(folder / "decoy"), str(ROOT), str(modules)],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**environment, "HOME": str(folder / "home"), "USERPROFILE": str(folder / "home")},
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return {**told, "places": places, "modules": modules}


@pytest.mark.parametrize("which", ["first", "second"])
def test_the_start_script_loads_the_installed_copy_when_maya_is_idle(life: dict[str, Any], which: str) -> None:
    told = life[which]
    assert told["names"] == []  # Maya's own names are as they were
    assert told["loaded before idle"] == []
    assert told["loaded"] == ["platelight"]
    assert told["registered"] == [["Platelight", "0.1.0"]]
    assert told["loaded_from"] == str(life["places"].ours / "maya_plugin")
    assert "Random Scene" in told["labels"]
    assert told["icons"] is True


@pytest.mark.parametrize("which", ["first", "second"])
def test_each_command_is_one_step_of_undo_that_leaves_the_scene_as_it_was(life: dict[str, Any], which: str) -> None:
    steps = life[which]["steps"]
    assert {name: steps[name] for name in CHANGING} == {name: [1, True, True] for name in CHANGING}
    assert steps["platelightGenerateDataset"] == steps["platelightCheckWorker"] == [0, False, True]
    assert steps["jobs"] == ["normal_map", "normals", "light", "occlusion", "material"]
    assert len(steps["messages"]) == 1
    assert "normal_map: ready" in steps["messages"][0]


@pytest.mark.parametrize("which", ["first", "second"])
def test_unloading_leaves_nothing(life: dict[str, Any], which: str) -> None:
    assert life[which]["after"] == life[which]["before"]
    assert life[which]["after"]["commands"] == life[which]["after"]["modules"] == []
    assert life[which]["option_vars"] == ["platelight_abilities"]  # settings stay, by intent


def test_without_a_qt_the_panels_say_so(life: dict[str, Any]) -> None:
    assert "neither PySide6 nor PySide2" in life["first"]["no qt"]


def test_the_start_can_be_switched_off(life: dict[str, Any]) -> None:
    assert life["switched off"] == []


def test_a_farm_loads_it_by_name_and_needs_neither_window_nor_numpy(life: dict[str, Any]) -> None:
    farm = life["farm"]
    assert farm["loaded by itself"] == []
    assert farm["made"] is True
    assert "mayapy -m pip install numpy" in farm["no numpy"]
    assert farm["dry run"][-4:] == ["--renderer", "maya", "--variant", "software"]
    assert farm["after"] == farm["before"]
    assert farm["menus"] == []
    assert life["imported"] == []


def test_uninstalling_leaves_nothing_of_ours(life: dict[str, Any]) -> None:
    life["places"].uninstall()
    assert list(life["modules"].iterdir()) == []
