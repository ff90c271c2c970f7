"""The PyOutline script, run with the real PyOutline up to the call that would submit it: no Cuebot was at hand."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from scene_generator.farm.opencue import opencue_outline
from tests.scene_generator.farm.conftest import AWKWARD, FakeFarm

_SUBMIT = """
import runpy, sys
import opencue.api
opencue.api.launchSpecAndWait = lambda spec: print("SPEC" + spec) or []
runpy.run_path(sys.argv[1], run_name="__main__")
"""


@pytest.fixture
def submitted(make_farm: Callable[..., FakeFarm], tmp_path: Path) -> tuple[FakeFarm, ElementTree.Element]:
    """A fake farm and the job specification that its script hands to OpenCue."""
    pytest.importorskip("outline")
    # Two blanks in a row and the start of a token are what a farm's own text handling might not leave alone.
    farm = make_farm(AWKWARD.replace("\\", ""))
    script = farm.folder / "opencue_job.py"
    done = subprocess.run(
        [sys.executable, "-c", _SUBMIT, str(script)],
        env={**os.environ, "HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        cwd=farm.folder,
    )
    assert done.returncode == 0, done.stderr
    text = done.stdout.split("SPEC", 1)[1]
    return farm, ElementTree.fromstring(text[text.index("<spec>") :])


def test_frames_call_the_program_with_the_very_words_of_their_tasks(
    submitted: tuple[FakeFarm, ElementTree.Element],
) -> None:
    farm, spec = submitted
    for layer in spec.iterfind("job/layers/layer"):
        first, last = (layer.findtext("range") or "").split("-")
        variables = {str(key.get("name")): key.text or "" for key in layer.iterfind("env/key")}
        for frame in range(int(first), int(last) + 1):
            command = (layer.findtext("cmd") or "").strip().replace("#IFRAME#", str(frame))
            subprocess.run(["bash", "-c", command], check=True, env={**os.environ, **variables})
    assert farm.calls() == farm.expected()
    assert farm.threads() == {"1", "8"}


def test_layers_say_what_they_need_and_wait_for(submitted: tuple[FakeFarm, ElementTree.Element]) -> None:
    _, spec = submitted
    layers = {str(layer.get("name")): layer for layer in spec.iterfind("job/layers/layer")}
    assert list(layers) == ["generate", "pack", "train"]
    assert layers["generate"].findtext("cores") == "3.0"
    assert layers["generate"].findtext("memory") == "6000m"
    assert layers["generate"].findtext("timeout") == "360"  # minutes
    assert layers["generate"].find("gpus") is None
    assert layers["train"].findtext("gpus") == "1"
    assert spec.findtext("job/maxretries") == "1"
    depends = [
        (depend.get("type"), depend.findtext("deplayer"), depend.findtext("onlayer"))
        for depend in spec.iterfind("depends/depend")
    ]
    assert depends == [("LAYER_ON_LAYER", "pack", "generate"), ("LAYER_ON_LAYER", "train", "pack")]


def test_the_script_is_python_without_the_package_too(fake_farm: FakeFarm) -> None:
    compile(opencue_outline(fake_farm.job), "opencue_job.py", "exec")
