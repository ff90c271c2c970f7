"""`platelight farm` from the command line: write, run, status."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from core.cli import main
from scene_generator.farm.job import read_job
from scene_generator.recipe import load_recipe


def written(tmp_path: Path, *words: str) -> int:
    return main.entry(["farm", "write", "--data", str(tmp_path / "data"), "--out", str(tmp_path / "farm"), *words])


def test_write_makes_every_form_and_says_how_to_submit_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--count", "640", "--shards", "5", "--seed", "9", "--generate-options", "--licence 'two words'"]
    words += ["--train", str(tmp_path / "run"), "--train-options", "--steps 7", "--env", "A=b=c", "--hours", "0.5"]
    assert written(tmp_path, *words, "--program", "'/opt/p l/python' -m core.cli.main") == 0
    names = {str(path.relative_to(tmp_path / "farm")) for path in (tmp_path / "farm").rglob("*") if path.is_file()}
    scripts = {f"slurm/{name}" for name in ("generate.sbatch", "pack.sbatch", "train.sbatch", "submit.sh")}
    assert names == {"job.json", "openjd.yaml", "opencue_job.py"} | scripts
    told = capsys.readouterr().err
    for name in ("farm run", "job.json", "openjd run", "submit.sh", "opencue_job.py"):
        assert name in told
    assert "nothing to do" not in told
    job = read_job(tmp_path / "farm" / "job.json")
    generate, _, train = job.steps
    assert job.argv(generate, 4)[:4] == ["/opt/p l/python", "-m", "core.cli.main", "generate"]
    assert job.argv(generate, 4)[-1] == "4/5"
    assert "two words" in generate.command
    assert job.argv(train, 0)[-2:] == ["--steps", "7"]
    assert (generate.timeout_s, generate.environment["A"]) == (1800, "b=c")


def test_a_time_limit_of_less_than_half_a_second_is_still_one(tmp_path: Path) -> None:
    assert written(tmp_path, "--hours", "0.0001") == 0
    assert read_job(tmp_path / "farm" / "job.json").steps[0].timeout_s == 1


def test_paths_are_written_so_that_they_do_not_depend_on_where_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.json").write_text(json.dumps(load_recipe("plate_normals").to_dict()))
    assert (
        main.entry(["farm", "write", "--data", "data", "--recipe", "mine.json", "--train", "run", "--out", "farm"]) == 0
    )
    values = read_job(tmp_path / "farm" / "job.json").values
    assert [values[name] for name in ("Out", "Recipe", "Run")] == [
        str(tmp_path / name) for name in ("data", "mine.json", "run")
    ]


def test_paths_among_the_further_options_do_not_depend_on_it_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/a")
    (tmp_path / "mine.json").write_text(json.dumps({"task": "plate_normals"}))
    words = ["--generate-options", "--hdris 'my skies' --textures=../t --meshes ~/m --licence CC0-1.0"]
    words += ["--train", "run", "--train-options", "--start-from runs/first --recipe mine.json --limit 5"]
    assert written(tmp_path, *words, "--program", "env/bin/platelight") == 0
    generate, _, train = read_job(tmp_path / "farm" / "job.json").steps
    there = [str(tmp_path / "my skies"), f"--textures={tmp_path.parent / 't'}", "/home/a/m", "CC0-1.0"]
    assert [word for word in generate.command if word in there] == there
    assert generate.command[0] == train.command[0] == str(tmp_path / "env" / "bin" / "platelight")
    first, mine = str(tmp_path / "runs" / "first"), str(tmp_path / "mine.json")
    assert train.command[-6:] == ("--start-from", first, "--recipe", mine, "--limit", "5")
    words[-1] = "--start-from plate_normals --recipe plate_normals_own"
    assert written(tmp_path, *words) == 0
    train = read_job(tmp_path / "farm" / "job.json").steps[-1]
    assert train.command[-4:] == ("--start-from", "plate_normals", "--recipe", "plate_normals_own")
    assert train.command[0] == "platelight"


def test_write_warns_of_tasks_without_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert written(tmp_path, "--count", "65", "--shards", "3") == 0
    assert "65 scenes make 2 shard files: 1 of 3 tasks has nothing to do; --shards 2 is enough" in " ".join(
        capsys.readouterr().err.split()
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--env", "A"], "--env 'A': expected NAME=VALUE"),
        (["--program", ""], "--program is empty"),
        (["--generate-options", "'"], "quote as in a shell"),
        (["--name", "a b"], "job name 'a b'"),
        (["--shards", "0"], "--shards"),
        (["--recipe", "no_such"], "recipe 'no_such' cannot be read"),
        (["--recipe", "lost.json"], "lost.json' cannot be read"),
        (["--passes", "beauty,normal,colour"], "'colour' is unknown; known are beauty, normal"),
        (["--passes", "beauty,depth"], "beauty and normal are always needed"),
        (["--generate-options", "--frame 8"], "--generate-options: No such option: --frame"),
        (["--generate-options", "--frames many"], "--generate-options: Invalid value for '--frames'"),
        (["--generate-options", "--frames 65"], "--generate-options: Invalid value for '--frames'"),
        (["--generate-options", "stray"], "--generate-options: Got unexpected extra argument"),
        (["--generate-options", "--help"], "--generate-options: No such option: --help"),
        (["--generate-options", "--shard 1/2"], "--shard cannot be among them; the job sets it"),
        (["--generate-options", "--pack"], "--pack cannot be among them"),
        (["--generate-options", "-o x"], "--out cannot be among them; use --data"),
        (["--generate-options", "--preview"], "--preview cannot be among them"),
        (["--generate-options", "--count=5"], "--count cannot be among them; use --count of farm write"),
        (["--generate-options", "--seed 5"], "--seed cannot be among them"),
        (["--train", "run", "--train-options", "--step"], "--train-options: No such option: --step"),
        (["--train", "run", "--train-options", "--steps 0"], "--train-options: Invalid value for '--steps'"),
        (["--train", "run", "--train-options", "--data x"], "--data cannot be among them"),
        (["--train-options", "--steps 7"], "--train-options without --train"),
        (["--train-task", "occlusion"], "--train-task occlusion without --train"),
        (["--generate-options", "--variant llvm"], "--variant 'llvm': expected one of auto, llvm_ad_rgb, scalar_rgb"),
        (["--generate-options", "--renderer maya --variant llvm_ad_rgb"], "expected one of auto, arnold, software"),
        (["--generate-options", "--renderer arnold"], "--renderer 'arnold': expected maya, or module:Class"),
        (["--train", "run", "--train-task", "plate_normal"], "task 'plate_normal': unknown"),
        (["--train", "run", "--train-task", "material"], "--train-task material: does not learn from rendered scenes"),
        (
            ["--train", "run", "--train-options", "--recipe nothing"],
            "nothing: no such training recipe",
        ),
        (["--train", "run", "--train-options", "--recipe=occlusion_first"], "is for the task 'occlusion', not"),
        (["--train", "run", "--train-options", "--size 33"], "a training size is a multiple of 32 pixels"),
        (["--train", "run", "--train-options", "--precision fp8"], "precision 'fp8': choose one of fp32, bf16"),
        (
            ["--train", "run", "--train-task", "occlusion", "--passes", "beauty,normal,depth"],
            "--train-task occlusion: needs occlusion too; add to --passes",
        ),
        (["--train", "run", "--train-task", "pix2pix_normals"], "say which recipe with --recipe"),
    ],
)
def test_bad_options_are_one_line_and_code_2(
    words: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert written(tmp_path, *words) == 2
    printed = capsys.readouterr().err
    assert message in printed
    assert printed.count("\n") == 1
    assert not (tmp_path / "farm").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="bash")
def test_run_and_status_tell_what_failed_and_then_that_all_is_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = f"echo my last words; [ $0 = 0 ] || [ -e '{tmp_path}/mended' ]"
    steps = [
        {"name": "work", "command": ["bash", "-c", script, "{task}"], "tasks": 2},
        {"name": "after", "command": ["true"], "after": ["work"]},
    ]
    job = tmp_path / "job.json"
    job.write_text(json.dumps({"name": "a", "steps": steps}))
    assert main.entry(["farm", "status", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines() == ["work: 2 waiting", "after: 1 waiting"]
    assert main.entry(["farm", "run", str(job)]) == 1
    told = capsys.readouterr().err
    assert "work 1: exit code 1" in told
    assert "    my last words" in told
    assert "not begun: after" in told
    assert told.splitlines()[-1] == "platelight: failed: work 1; the same command tries them again"
    main.entry(["farm", "status", str(tmp_path)])
    printed = capsys.readouterr()
    assert printed.out.splitlines() == ["work: 1 done, 1 failed", "after: 1 waiting"]
    assert str(tmp_path / "logs" / "work-1-1.log") in printed.err
    (tmp_path / "mended").touch()
    assert main.entry(["farm", "run", str(job.parent), "--workers", "2"]) == 0  # its folder means the same
    assert "1 task was done before" in capsys.readouterr().err
    assert main.entry(["farm", "run", str(tmp_path / "lost.json")]) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="which finds .exe only")
def test_run_finds_the_command_of_an_environment_that_is_not_activated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = tmp_path / "venv" / "bin" / "platelight"
    command.parent.mkdir(parents=True)
    command.write_text(f"#!/bin/sh\necho ran > '{tmp_path}/ran'\n")
    command.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(command.with_name("python")))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    job = tmp_path / "job.json"
    job.write_text(json.dumps({"name": "a", "steps": [{"name": "work", "command": ["platelight", "generate"]}]}))
    assert main.entry(["farm", "run", str(job)]) == 0
    assert (tmp_path / "ran").exists()


def test_help_needs_nothing_of_the_generator() -> None:
    code = "import sys; from core.cli import main, farm; main.entry(['farm', 'write', '--help']);"
    code += "sys.exit(any(name.startswith('scene_generator') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0
