"""The Slurm scripts, run by plain bash with a stand-in for sbatch: no Slurm was at hand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scene_generator.farm.job import Job, Step
from scene_generator.farm.slurm import slurm_scripts
from tests.scene_generator.farm.conftest import FakeFarm

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="bash")

_SBATCH = """#!/bin/bash
n=$(( $(cat "$RECORD.count" 2>/dev/null || echo 40) + 1 ))
echo $n > "$RECORD.count"
echo "$PWD" >> "$RECORD.where"
printf '%s\\n' "$@" "" >> "$RECORD"
echo "$n;cluster"
"""


def bash(script: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", str(script), *words], env={**os.environ, **variables}, capture_output=True, text=True
    )


@pytest.fixture
def stand_ins(tmp_path: Path) -> str:
    """PATH with an sbatch that records its words and numbers jobs from 41, and a sleep that does not wait."""
    folder = tmp_path / "stand-ins"
    folder.mkdir()
    (folder / "sbatch").write_text(_SBATCH)
    (folder / "sleep").write_text("#!/bin/sh\nexit 0\n")
    for name in ("sbatch", "sleep"):
        (folder / name).chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def test_each_script_calls_the_program_with_the_very_words_of_its_task(fake_farm: FakeFarm, stand_ins: str) -> None:
    slurm = fake_farm.folder / "slurm"
    for step in fake_farm.job.steps:
        for task in range(step.tasks):
            done = bash(slurm / f"{step.name}.sbatch", SLURM_ARRAY_TASK_ID=str(task), PATH=stand_ins)
            assert done.returncode == 0, done.stderr
    assert fake_farm.calls() == fake_farm.expected()
    assert fake_farm.threads() == {"1", "8"}


def test_the_directives_ask_for_array_cores_memory_time_and_card(fake_farm: FakeFarm) -> None:
    scripts = slurm_scripts(fake_farm.job)

    def directives(name: str) -> set[str]:
        head = scripts[name].split("\n\n")[0].splitlines()
        assert head[0] == "#!/bin/bash"
        return {line.removeprefix("#SBATCH ") for line in head if line.startswith("#SBATCH ")}

    assert {"--array=0-2", "--cpus-per-task=3", "--mem=6000M", "--job-name=plates-generate"} <= directives(
        "generate.sbatch"
    )
    # Two attempts of six hours, each with its minute to end and ten seconds to the next.
    assert "--time=723" in directives("generate.sbatch")
    assert not any(line.startswith(("--array", "--gpus")) for line in directives("pack.sbatch"))
    assert "--gpus=1" in directives("train.sbatch")


def test_submitting_chains_the_jobs_and_passes_options_on(fake_farm: FakeFarm, stand_ins: str, tmp_path: Path) -> None:
    record = tmp_path / "record"
    submit = fake_farm.folder / "slurm" / "submit.sh"
    assert os.access(submit, os.X_OK)
    done = bash(submit, "--comment=two words", PATH=stand_ins, RECORD=str(record))
    assert done.returncode == 0, done.stderr
    calls = [call.split("\n") for call in record.read_text().rstrip("\n").split("\n\n")]
    kill = "--kill-on-invalid-dep=yes"
    assert calls == [
        ["--parsable", "--comment=two words", "generate.sbatch"],
        ["--parsable", "--dependency=afterok:41", kill, "--comment=two words", "pack.sbatch"],
        ["--parsable", "--dependency=afterok:42", kill, "--comment=two words", "train.sbatch"],
    ]
    assert set((tmp_path / "record.where").read_text().splitlines()) == {str(submit.parent)}
    assert (submit.parent / "logs").is_dir()


def test_a_step_waits_for_all_that_it_comes_after(tmp_path: Path, stand_ins: str) -> None:
    steps = (Step("one", ("true",)), Step("two", ("true",)), Step("three", ("true",), after=("one", "two")))
    (tmp_path / "submit.sh").write_text(slurm_scripts(Job("a", steps))["submit.sh"])
    bash(tmp_path / "submit.sh", PATH=stand_ins, RECORD=str(tmp_path / "record"))
    assert "--dependency=afterok:41:42" in (tmp_path / "record").read_text().splitlines()


def test_submitting_stops_where_sbatch_refuses(fake_farm: FakeFarm, tmp_path: Path) -> None:
    folder = tmp_path / "refusing"
    folder.mkdir()
    (folder / "sbatch").write_text(f"#!/bin/sh\necho call >> '{tmp_path / 'refused'}'\nexit 1\n")
    (folder / "sbatch").chmod(0o755)
    done = bash(fake_farm.folder / "slurm" / "submit.sh", PATH=f"{folder}{os.pathsep}{os.environ['PATH']}")
    assert done.returncode != 0
    assert (tmp_path / "refused").read_text() == "call\n"


@pytest.mark.parametrize(("works_at", "code", "attempts"), [(2, 0, 2), (9, 7, 3)])
def test_a_failing_program_is_tried_again(
    works_at: int, code: int, attempts: int, tmp_path: Path, stand_ins: str
) -> None:
    counter = tmp_path / "count"
    program = f'echo x >> "$0"; [ $(wc -l < "$0") -ge {works_at} ] || exit 7'
    step = Step("one", ("bash", "-c", program, str(counter)), attempts=3, timeout_s=60)
    (tmp_path / "one.sbatch").write_text(slurm_scripts(Job("a", (step,)))["one.sbatch"])
    assert bash(tmp_path / "one.sbatch", PATH=stand_ins).returncode == code
    assert len(counter.read_text().splitlines()) == attempts
