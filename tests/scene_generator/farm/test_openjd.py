"""The Open Job Description template: accepted by `openjd check`, and run by `openjd run`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from scene_generator.farm.folder import write_folder
from scene_generator.farm.job import Job, Step
from scene_generator.farm.openjd import openjd_template, openjd_yaml
from scene_generator.farm.scene_job import Needs, SceneSet, scene_job
from scene_generator.spec import SpecError
from tests.scene_generator.farm.conftest import FakeFarm

pytest.importorskip("openjd.cli")

QUICK = ("--variant", "scalar_rgb", "--no-denoise", "--bounces", "2")
"""Options of the real generator that need no kernels compiled."""


def openjd(*words: str | Path) -> str:
    done = subprocess.run([sys.executable, "-m", "openjd", *map(str, words)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_template_passes_the_check_and_runs_every_task_in_order(fake_farm: FakeFarm) -> None:
    template = fake_farm.folder / "openjd.yaml"
    openjd("check", template)
    openjd("run", template)
    # Tasks of one step may come in any order; steps may not.
    calls = fake_farm.calls()
    assert sorted(calls[:3]) == fake_farm.expected()[:3]
    assert calls[3:] == fake_farm.expected()[3:]
    assert fake_farm.threads() == {"1", "8"}


def test_parameters_can_be_changed_when_the_job_is_submitted(fake_farm: FakeFarm, tmp_path: Path) -> None:
    other = tmp_path / "other"
    changes = ["-p", f"Out={other}", "-p", "Count=99"]
    openjd("run", fake_farm.folder / "openjd.yaml", "--step", "pack", "--run-dependencies", *changes)
    assert (other / "packed").exists()
    assert not fake_farm.data.exists()
    assert all(call[call.index("--count") + 1] == "99" for call in fake_farm.calls())


def test_the_yaml_says_the_same_as_the_dictionaries(fake_farm: FakeFarm) -> None:
    yaml = pytest.importorskip("yaml")
    read = yaml.safe_load(openjd_yaml(fake_farm.job))
    assert read == json.loads(json.dumps(openjd_template(fake_farm.job)))
    assert read["steps"][1]["dependencies"] == [{"dependsOn": "generate"}]
    assert read["steps"][0]["parameterSpace"]["taskParameterDefinitions"][0]["range"] == "0-2"
    amounts = {one["name"]: one["min"] for one in read["steps"][2]["hostRequirements"]["amounts"]}
    assert amounts == {"amount.worker.vcpu": 8, "amount.worker.memory": 16000, "amount.worker.gpu": 1}


@pytest.mark.parametrize("word", ["{{{{", "}}}}", "{{{task}", "{task}}}"])
def test_text_that_the_template_cannot_hold_is_refused(word: str) -> None:
    with pytest.raises(SpecError, match="cannot hold such braces"):
        openjd_template(Job("a", (Step("one", ("run", word)),)))


@pytest.mark.slow
def test_the_real_generator_makes_and_packs_a_set(tmp_path: Path) -> None:
    pytest.importorskip("mitsuba")
    data, folder = tmp_path / "the plates", tmp_path / "farm"
    scenes = SceneSet(str(data), count=2, size=32, samples=1, passes="beauty,normal", options=QUICK, needs=Needs(1))
    program = [sys.executable, "-m", "core.cli.main"]
    here = ("PYTHONPATH", str(Path(__file__).parents[3]))  # the template's programs start in a folder of their own
    write_folder(scene_job("plates", scenes, 2, program=program, environment=[here]), folder)
    template = folder / "openjd.yaml"
    # The last part writes the manifest as well: taken away, only packing can bring it back.
    openjd("run", template, "--step", "generate")
    (data / "manifest.jsonl").unlink()
    openjd("run", template, "--step", "pack")
    lines = [json.loads(line) for line in (data / "manifest.jsonl").read_text().splitlines()]
    assert [line["index"] for line in lines] == [0, 1]
    assert (data / "report.html").exists()
