"""`mayapy -m scene_generator`: the commands that a person may type; `serve` is tried from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from maya_plugin.host import STANDALONE, HostError, MayaHost
from maya_plugin.scene.headless import main
from scene_generator.maya_scene.job import Result
from tests.hosts.maya import scenes
from tests.hosts.maya.conftest import Connect
from tests.hosts.maya.fake_cmds import FakeCmds
from tests.hosts.maya.fake_mayapy import made_up
from tests.hosts.maya.test_render import SETTINGS, job

ROOT = Path(__file__).parents[3]


def test_a_random_scene_is_saved_with_its_textures_beside_it(
    host: MayaHost, cmds: FakeCmds, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recipe = tmp_path / "mine.json"
    families = [{"name": "drapery", "weight": 1, "ranges": {}}]
    recipe.write_text(json.dumps({"name": "mine", "version": 1, "description": "", "families": families}))
    out = tmp_path / "scene.ma"
    asked = [
        "random",
        "--recipe",
        str(recipe),
        "--seed",
        "7",
        "--index",
        "3",
        "--out",
        str(out),
        "--texture-size",
        "16",
    ]
    assert main(asked, lambda: host) == 0
    assert f"drapery, scene 3 of seed 7, draw 0: {out}" in capsys.readouterr().out
    saved = json.loads(out.read_text())
    assert saved["platelight"] == "transform"
    assert "aiSkyDomeLight" in saved.values()
    assert list((tmp_path / "scene_textures").glob("*.exr"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["random", "--out", "scene.txt"], "ends in .ma or .mb"),
        (["random", "--recipe", "nonsense", "--out", "scene.ma"], "recipe 'nonsense' cannot be read"),
        (["random", "--seed", "-1", "--out", "scene.ma"], "none may be negative"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_maya_starts(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments, lambda: pytest.fail("Maya was started")) == 2
    assert said in capsys.readouterr().err


def test_about_says_what_is_there(connect: Connect, capsys: pytest.CaptureFixture[str]) -> None:
    host = connect(FakeCmds(arnold=""))
    assert main(["about"], lambda: host) == 0
    assert "maya 2026\narnold not there\npython 3." in capsys.readouterr().out


def test_without_maya_the_command_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    def start() -> MayaHost:
        raise HostError("this Python is not mayapy (No module named 'maya')")

    assert main(["about"], start) == 1
    assert "error: this Python is not mayapy" in capsys.readouterr().err


@pytest.mark.parametrize(("picture", "code"), [(True, 0), (False, 1)])
def test_one_job_is_rendered_and_its_exit_code_says_how(
    connect: Connect, tmp_path: Path, picture: bool, code: int
) -> None:
    host = connect(FakeCmds(render=made_up) if picture else FakeCmds())
    asked = job(scenes.small(), tmp_path, SETTINGS)
    (tmp_path / "a.job").write_text(asked.to_json())
    assert main(["render", str(tmp_path / "a.job")], lambda: host) == code
    result = Result.from_json(Path(asked.result).read_text())
    assert result.ok is picture
    assert ("wrote no picture" in result.error) is not picture
    assert not list(tmp_path.glob("*.partial"))


def mayapy(*arguments: str, acts: str = "{}", **variables: str) -> subprocess.CompletedProcess[str]:
    program = ROOT / "tests" / "hosts" / "maya" / "fake_mayapy.py"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MAYA_", "ARNOLD_"))}
    return subprocess.run(
        [sys.executable, str(program), "-m", "scene_generator", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**kept, "PYTHONPATH": str(ROOT), "PLATELIGHT_FAKE_MAYA": acts, **variables},
    )


@pytest.mark.parametrize("variables", [{}, {"MAYA_NO_STANDALONE_ATEXIT": "0"}], ids=["unset", "a studio's own"])
def test_a_failure_has_its_exit_code_whatever_maya_does_on_its_way_out(
    tmp_path: Path, variables: dict[str, str]
) -> None:
    asked = ["random", "--out", str(tmp_path / "a.ma"), "--texture-size", "16"]
    failed = mayapy(*asked, "--plan", "arnold", acts='{"arnold": ""}', **variables)
    assert (failed.returncode, failed.stdout) == (1, "")
    assert "mtoa" in failed.stderr
    assert not (tmp_path / "a.ma").exists()
    assert mayapy("about", **variables).returncode == 0


def test_a_fault_is_a_failure_too(tmp_path: Path) -> None:
    failed = mayapy("random", "--out", str(tmp_path / "a.ma"), "--texture-size", "-1")  # nobody looks at it
    assert failed.returncode == 1
    assert "Traceback" in failed.stderr


def test_a_mayapy_by_hand_starts_as_those_of_generate_do() -> None:
    from scene_generator.renderers.maya import place

    assert place._SET == STANDALONE
