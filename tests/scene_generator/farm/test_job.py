"""What a job is: strict reading, placeholders, and the job that generates, packs and trains."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scene_generator.farm.job import Job, Parameter, Step, filled, pieces, read_job
from scene_generator.farm.scene_job import Needs, SceneSet, Training, scene_job
from scene_generator.spec import SpecError

JOB = Job("plates", (Step("one", ("run", "{Where}/{task}", "{{x}}"), tasks=2),), (Parameter("Where", "/a {b}"),))


def written(tmp_path: Path, change: Any = None) -> Path:
    data = json.loads(JOB.to_json())
    if change:
        change(data)
    path = tmp_path / "job.json"
    path.write_text(json.dumps(data))
    return path


def test_a_job_comes_back_equal(tmp_path: Path) -> None:
    assert read_job(written(tmp_path)) == JOB


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda job: job.update(colour="red"), r"job has unknown keys \['colour'\]"),
        (lambda job: job.pop("name"), "name"),
        (lambda job: job.update(name="a b"), "job name 'a b'"),
        (lambda job: job.update(version=9), "job version 9, this release reads 1"),
        (lambda job: job.update(steps=[]), "steps is empty"),
        (lambda job: job["steps"].append(job["steps"][0]), "step one occurs twice"),
        (lambda job: job["steps"][0].update(tasks="2"), r"steps\[0\].tasks is '2', expected int"),
        (lambda job: job["steps"][0].update(tasks=0), r"step one: tasks is 0, expected 1 \.\."),
        (lambda job: job["steps"][0].update(after=["one"]), "after 'one', which is no step that comes before"),
        (lambda job: job["steps"][0].update(command=[]), "step one: command is empty"),
        (lambda job: job["steps"][0].update(command=["a\nb"]), "cannot be printed"),
        (lambda job: job["steps"][0].update(command=["{Lost}"]), "names the parameter Lost"),
        (lambda job: job["steps"][0].update(command=["{"]), "a brace itself is doubled"),
        (lambda job: job["steps"][0].update(command=["{task:3d}"]), "a brace itself is doubled"),
        (lambda job: job["steps"][0].update(environment={"A B": "c"}), "'A B' is no name of a variable"),
        (lambda job: job["parameters"][0].update(name="PATH"), "parameter name 'PATH'"),
        (lambda job: job["parameters"][0].update(name="True"), "has a meaning of its own"),
        (lambda job: job["parameters"][0].update(kind="number"), "expected a whole number"),
        (lambda job: job["parameters"][0].update(kind="colour"), "expected one of text, number"),
    ],
)
def test_a_file_that_is_no_job_is_refused_with_its_name_and_place(tmp_path: Path, change: Any, words: str) -> None:
    path = written(tmp_path, change)
    with pytest.raises(SpecError, match=words) as caught:
        read_job(path)
    assert str(path) in str(caught.value)


def test_a_missing_or_damaged_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"no such file; `platelight farm write` makes one"):
        read_job(tmp_path / "job.json")
    (tmp_path / "job.json").write_text("{")
    with pytest.raises(SpecError, match="cannot be read as JSON"):
        read_job(tmp_path / "job.json")


def test_placeholders_are_filled_and_values_are_not_read_as_placeholders() -> None:
    assert JOB.argv(JOB.steps[0], 1) == ["run", "/a {b}/1", "{x}"]
    assert [name for _, name in pieces("{task}/{tasks}") if name] == ["task", "tasks"]
    assert filled("a{x}b", str.upper, lambda text: f"<{text}>") == "<a>X<b>"


def test_the_scene_job_generates_packs_and_trains_in_this_order() -> None:
    scenes = SceneSet("/data", "mine", 70, 3, 64, 2, "beauty,normal", ("--frames", "2"), Needs(cores=5))
    job = scene_job("plates", scenes, 4, [Training("/run", options=("--steps", "9"))], ["py", "-m", "pl"], [("A", "b")])
    generate, pack, train = job.steps
    same = ["py", "-m", "pl", "generate", "--out", "/data", "--recipe", "mine", "--count", "70", "--seed", "3"]
    same += ["--size", "64", "--samples", "2", "--passes", "beauty,normal", "--frames", "2"]
    assert generate.tasks == 4
    assert job.argv(generate, 3) == [*same, "--workers", "5", "--retry-failed", "--shard", "3/4"]
    assert job.argv(pack, 0) == [*same, "--pack"]
    learn = ["py", "-m", "pl", "train", "plate_normals", "--data", "/data", "--out", "/run", "--steps", "9"]
    assert job.argv(train, 0) == learn
    assert (generate.after, pack.after, train.after) == ((), ("generate",), ("pack",))
    assert generate.environment == {"OMP_NUM_THREADS": "1", "A": "b"}
    assert (generate.gpus, train.gpus) == (0, 1)


def test_every_option_of_the_scene_job_is_one_that_the_commands_have() -> None:
    from inspect import signature

    from core.cli.generate import generate
    from core.cli.train import train

    job = scene_job("plates", SceneSet("/data"), 2, [Training("/run")])
    for step, command in zip(job.steps, (generate, generate, train), strict=True):
        asked = {word[2:].replace("-", "_") for word in step.command if word.startswith("--")}
        assert asked
        assert asked <= set(signature(command).parameters)
