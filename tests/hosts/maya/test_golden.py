"""The commands of three scenes, word by word: a change in what Maya is asked for shows here.

`PLATELIGHT_UPDATE_GOLDEN=1 pytest tests/hosts/maya/test_golden.py` writes them anew; read the difference before it is
kept.
"""

from __future__ import annotations

import dataclasses
import os
import re
from pathlib import Path

import pytest

from scene_generator.maya_scene.arnold import arnold_commands
from scene_generator.maya_scene.commands import log
from scene_generator.maya_scene.facts import ARNOLD, SOFTWARE, HostFacts, Picture
from scene_generator.maya_scene.files import SceneFiles, write_files
from scene_generator.maya_scene.scene import CAMERA, scene_commands
from scene_generator.maya_scene.software import SUPPORTED, software_commands
from scene_generator.maya_scene.store import FileStore
from scene_generator.renderers import PASSES
from scene_generator.spec import SceneSpec
from tests.hosts.maya import scenes

GOLDEN = Path(__file__).parents[2] / "golden"

CASES = {
    "maya_small_arnold": (scenes.small(f_number=2.8, lamps=2), ARNOLD),
    "maya_small_software": (scenes.small(), SOFTWARE),
    "maya_plain_arnold": (dataclasses.replace(scenes.small(lamps=0), objects=scenes.small().objects[3:]), ARNOLD),
}


def commands(spec: SceneSpec, plan: str, folder: Path) -> str:
    """The log of a scene and its render, with files and rounded numbers that no machine writes in its own way."""
    store = FileStore(folder)
    files = write_files(spec, 8, store)
    facts = HostFacts(2026, plan)
    passes = tuple(PASSES) if plan == ARNOLD else SUPPORTED
    picture = Picture(64, 48, 16, 5, passes, seed=7)
    text = log(scene_commands(spec, files, facts, 64 / 48))
    if plan == ARNOLD:
        text += log(arnold_commands(picture, "/out/picture", f"{CAMERA}Shape"))
    else:
        text += "".join(log(c) for _, c in software_commands(spec, files, picture, "/out/picture", f"{CAMERA}Shape"))
    for path, name in _names(files).items():
        text = text.replace(path, name)
    return re.sub(r"-?\d+\.\d{7,}(e-?\d+)?", lambda found: f"{float(found[0]) + 0.0:.6g}", text)


def _names(files: SceneFiles) -> dict[str, str]:
    found = {path: f"/files/mesh{k}.npz" for k, path in enumerate(dict.fromkeys(files.meshes))}
    for k, material in enumerate(files.materials):
        for name in ("base_color", "roughness", "metalness", "normal"):
            value = getattr(material, name)
            if isinstance(value, str) and value:
                found.setdefault(value, f"/files/m{k}_{name}.exr")
    return {**found, files.sky: "/files/sky.exr"}


@pytest.mark.parametrize("name", CASES)
def test_the_commands_are_what_they_were(name: str, tmp_path: Path) -> None:
    made = commands(*CASES[name], tmp_path)
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("PLATELIGHT_UPDATE_GOLDEN"):
        path.write_text(made, encoding="utf-8")
    assert made.splitlines() == path.read_text(encoding="utf-8").splitlines()


def test_the_same_scene_gives_the_same_commands(tmp_path: Path) -> None:
    case = CASES["maya_small_arnold"]
    assert commands(*case, tmp_path / "a") == commands(*case, tmp_path / "b")
