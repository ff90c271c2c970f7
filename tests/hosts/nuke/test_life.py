"""Install, start, make a node, make the model file, render a range, unload, uninstall: as a person's day goes."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("tkinter", reason="no Tcl here; Debian, Ubuntu: sudo apt-get install python3-tk")

from core.cli.install import nuke_files, plugin_files
from nuke_plugin.controls import FIELD_OF_VIEW
from tests.hosts.nuke.model_knobs import model_knobs

ROOT = Path(__file__).parents[3]


def write_model(folder: Path) -> Path:
    """A card as `platelight export --torchscript` writes it, and a file that the fake does not look into."""
    folder.mkdir(parents=True)
    (folder / "plate_normals.pt").write_bytes(b"TorchScript")
    card = {
        "format": 1,
        "name": "plate_normals",
        "version": "1",
        "weights": "plate_normals.pt",
        "sha256": hashlib.sha256(b"TorchScript").hexdigest(),
        "oldest_libtorch": "1.12",
        "knobs": [
            {"name": name, "label": name, "default": 0.0, "range": [0.0, 1.0], "tooltip": name}
            for name in model_knobs()
        ],
    }
    (folder / "torchscript.json").write_text(json.dumps(card))
    return folder


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("life")
    home = folder / "nuke folder"
    home.mkdir()
    (home / "init.py").write_text("# the person's own\nimport os\n")
    (folder / "decoy" / "core").mkdir(parents=True)
    (folder / "decoy" / "core" / "__init__.py").write_text('raise ImportError("some other studio\'s core")\n')
    places = nuke_files(home)
    places.install(plugin_files(places.ours, write_model(folder / "model")), "0.1.0")
    program = ROOT / "tests" / "hosts" / "nuke" / "life.py"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PLATELIGHT")}
    done = subprocess.run(
        [sys.executable, "-B", str(program), str(folder / "decoy"), str(ROOT), str(home)],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**environment, "HOME": str(folder / "home"), "USERPROFILE": str(folder / "home")},
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return {**told, "home": home, "places": places}


def test_the_installed_copy_is_what_loads(life: dict[str, Any]) -> None:
    assert life["loaded_from"] == str(life["home"] / "platelight" / "nuke_plugin")
    assert life["imported"] == []


def test_the_start_adds_paths_and_menus(life: dict[str, Any]) -> None:
    assert str(life["home"] / "platelight" / "nuke_plugin" / "gizmos") in life["paths"]
    assert str(life["home"] / "platelight" / "models") in life["paths"]
    for name in ("PlateNormals", "PlateRelight", "PlateProbe", "PlateOcclusion"):
        assert ["Nodes", f"Platelight/{name}"] in life["commands"]
    assert ["Nuke", "Platelight/Batch normals..."] in life["commands"]


def test_the_menu_makes_a_node_behind_the_plate(life: dict[str, Any]) -> None:
    assert life["node"] == ["PlateNormals1", "Group", True]
    assert {"N", "confidence"} <= set(life["layers"])


def test_the_button_makes_the_model_file_and_the_controls_follow(life: dict[str, Any]) -> None:
    assert life["model_knobs_before"] is False
    assert life["messages_after_cat"] == []
    assert life["open_properties"] == ["PlateNormals1"]  # and none of the CatFileCreator's
    assert life["cat"] == str(life["home"] / "platelight" / "models" / "PlateNormals.cat")
    assert life["fov_in_model"] == pytest.approx(FIELD_OF_VIEW)
    assert life["fov_changed"] == pytest.approx(40.0)


def test_a_range_is_rendered_and_read_back(life: dict[str, Any]) -> None:
    names = [f"{kind}/shot.PlateNormals1.{frame}.exr" for kind in ("normals", "plate") for frame in (1001, 1002, 1003)]
    assert life["frames"] == names
    assert life["source"] == "pre-rendered EXR"
    assert life["reads"].endswith("/platelight_frames/normals/shot.PlateNormals1.%04d.exr")
    assert len(life["messages_after_render"]) == 1
    assert "3 of 3 frames are done" in life["messages_after_render"][0]


def test_the_light_is_estimated_and_a_relight_set_up(life: dict[str, Any]) -> None:
    probe = life["probe"]
    assert probe["name"] == "PlateProbe1"
    assert probe["status"].startswith("key 43 degrees from the right, 29 degrees from above")
    assert probe["rendered"] == ["PlateProbe1.PlateFile", 1001, 1001]
    assert probe["temporary"] is False
    assert probe["relight"] == ["PlateRelight1", True, "ratio: new light / former light"]
    assert probe["former"] == pytest.approx([1.0] + [0.1] * 8)
    assert probe["camera_light"] == "directional"
    assert probe["light"] == ["DirectLight", pytest.approx(2.0)]
    assert ["PlateRelight1" in words for words in probe["messages"]] == [True, False]


def test_occlusion_is_rendered_and_read_back(life: dict[str, Any]) -> None:
    told = life["occlusion"]
    assert (told["name"], told["behind"]) == ("PlateOcclusion1", True)
    names = [f"{kind}/shot.PlateOcclusion1.{frame}.exr" for kind in ("ao", "surfaces") for frame in (1001, 1002, 1003)]
    assert told["files"] == names
    assert told["rendered"] == ["PlateOcclusion1.PlateFile", 1001, 1003]
    assert "Nothing rendered yet" in told["status"][0]
    assert told["status"][1] == "Rendered: frames 1001 to 1003, of normals only."
    assert told["source"] == "rendered EXR"
    assert told["reads"].endswith("/platelight_frames/ao/shot.PlateOcclusion1.%04d.exr")
    assert len(told["messages"]) == 1
    assert "3 of 3 frames are done.\nNoticed: noticed (and 2 more such lines)" in told["messages"][0]


def test_unloading_takes_the_menus_away(life: dict[str, Any]) -> None:
    assert life["commands_after"] == []


def test_uninstalling_leaves_what_is_not_its_own(life: dict[str, Any]) -> None:
    changes = life["places"].uninstall()
    kept = {change.path.name for change in changes if change.what == "keep"}
    assert kept == {"PlateNormals.cat"}
    assert (life["home"] / "init.py").read_text() == "# the person's own\nimport os\n"
    left = {path.suffix for path in life["places"].ours.rglob("*") if path.is_file()}
    assert left == {".cat"}
