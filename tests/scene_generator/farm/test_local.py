"""The local runner: order, retries, limits, and going on after a stop."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scene_generator.farm.job import Job, Step
from scene_generator.farm.local import Event, JobResult, Pace, last_words, run_job
from scene_generator.farm.state import fresh_state, read_state
from scene_generator.spec import SpecError
from tests.scene_generator.farm.conftest import FakeFarm

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="bash")

HASTY = Pace(pause_s=0.0, grace_s=5.0)
PATIENCE_S = 60
"""After which a test gives up; none comes near it."""


def shell(script: str, name: str = "work", **fields: object) -> Step:
    """A step whose tasks run `script` with bash; $0 is the task's number."""
    return Step(name, ("bash", "-c", script.replace("{", "{{").replace("}", "}}"), "{task}"), **fields)  # type: ignore[arg-type]


def run(
    folder: Path, *steps: Step, workers: int = 2, fresh: bool = False, events: list[Event] | None = None
) -> JobResult:
    seen = [] if events is None else events
    return run_job(Job("job", steps), folder, workers, fresh, seen.append, HASTY)


def wait_for(path: Path) -> str:
    end = time.monotonic() + PATIENCE_S
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < end, f"{path} did not come"
        time.sleep(0.02)
    return path.read_text()


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits for its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        with contextlib.suppress(OSError):
            os.kill(pid, 0)
            return not Path("/proc").is_dir()
        return False


def is_gone(pid: int) -> bool:
    end = time.monotonic() + PATIENCE_S
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not alive(pid)


def test_every_task_runs_with_its_words_and_steps_wait(fake_farm: FakeFarm) -> None:
    result = run_job(fake_farm.job, fake_farm.folder, 2, pace=HASTY)
    assert (result.failed, result.blocked, result.skipped) == ((), (), 0)
    calls = fake_farm.calls()
    assert sorted(calls[:3]) == fake_farm.expected()[:3]
    assert calls[3:] == fake_farm.expected()[3:]
    assert fake_farm.threads() == {"1", "8"}


def test_as_many_tasks_at_once_as_asked_for(tmp_path: Path) -> None:
    # Each waits until both are there: alone, neither could end.
    script = (
        f'touch "{tmp_path}/here$0"; until [ -e "{tmp_path}/here0" ] && [ -e "{tmp_path}/here1" ]; do sleep 0.02; done'
    )
    assert not run(tmp_path / "two", shell(script, tasks=2, timeout_s=PATIENCE_S)).failed
    # Each fails if another is there: together, one would.
    script = f'mkdir "{tmp_path}/sole" || exit 1; sleep 0.1; rmdir "{tmp_path}/sole"'
    assert not run(tmp_path / "one", shell(script, tasks=3), workers=1).failed


def test_a_killed_task_is_tried_again_and_each_attempt_has_its_log(tmp_path: Path) -> None:
    events: list[Event] = []
    script = f'echo attempt; [ -e "{tmp_path}/once$0" ] && exit 0; touch "{tmp_path}/once$0"; kill -9 $$'
    result = run(tmp_path, shell(script, tasks=2, attempts=2), events=events)
    assert not result.failed
    assert sorted((e.task, e.what, e.reason) for e in events if e.what != "started") == [
        (0, "done", ""),
        (0, "retried", "killed by SIGKILL"),
        (1, "done", ""),
        (1, "retried", "killed by SIGKILL"),
    ]
    logs = sorted(path.name for path in (tmp_path / "logs").iterdir())
    assert logs == ["work-0-1.log", "work-0-2.log", "work-1-1.log", "work-1-2.log"]


def test_a_hopeless_task_fails_after_its_attempts_with_its_last_words(tmp_path: Path) -> None:
    script = f'[ $0 = 1 ] || exit 0; echo x >> "{tmp_path}/tries"; seq 100; echo "no licence left" >&2; exit 3'
    after = shell(f'touch "{tmp_path}/began"', "after", after=("work",))
    beside = shell(f'touch "{tmp_path}/beside"', "beside")
    result = run(tmp_path, shell(script, tasks=3, attempts=3), after, beside)
    (failed,) = result.failed
    assert (failed.step, failed.task, failed.reason) == ("work", 1, "exit code 3")
    assert failed.log == tmp_path / "logs" / "work-1-3.log"
    assert failed.tail.splitlines()[-2:] == ["100", "no licence left"]
    assert "    no licence left" in last_words(failed)
    assert len((tmp_path / "tries").read_text().splitlines()) == 3
    assert result.blocked == ("after",)
    assert not (tmp_path / "began").exists()
    assert (tmp_path / "beside").exists()


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    (failed,) = run(tmp_path, Step("work", ("/no/such/platelight",), attempts=2)).failed
    assert failed.reason == "cannot be started: No such file or directory: /no/such/platelight"


def test_a_second_run_leaves_out_what_is_done_and_tries_what_failed(tmp_path: Path) -> None:
    script = f'echo $0 >> "{tmp_path}/ran"; [ $0 != 1 ] || [ -e "{tmp_path}/mended" ]'
    steps = (shell(script, tasks=3), shell(f'echo after >> "{tmp_path}/ran"', "after", after=("work",)))
    assert run(tmp_path, *steps, workers=1).failed
    (tmp_path / "mended").touch()
    result = run(tmp_path, *steps)
    assert (result.failed, result.skipped) == ((), 2)
    assert (tmp_path / "ran").read_text().split() == ["0", "1", "2", "1", "after"]
    assert (tmp_path / "logs" / "work-1-2.log").exists(), "the first attempt's log is kept"
    assert run(tmp_path, *steps, fresh=True).skipped == 0
    assert len((tmp_path / "ran").read_text().split()) == 9


@pytest.mark.parametrize("stubborn", [False, True])
def test_an_attempt_that_takes_too_long_is_ended_with_all_it_started(tmp_path: Path, stubborn: bool) -> None:
    ignore = "trap '' TERM; " if stubborn else ""
    script = f'{ignore}sleep 600 & echo $! > "{tmp_path}/child"; while :; do wait; sleep 0.05; done'
    step = shell(script, timeout_s=1)
    (failed,) = run_job(Job("job", (step,)), tmp_path, 1, pace=Pace(0.0, 0.3)).failed
    assert failed.reason == "took longer than 1 s"
    assert is_gone(int((tmp_path / "child").read_text()))


_RUNNER = """
import sys
from pathlib import Path
from core.cli.main import _terminate_like_ctrl_c
from scene_generator.farm.job import read_job
from scene_generator.farm.local import Pace, run_job
_terminate_like_ctrl_c()
folder = Path(sys.argv[1])
run_job(read_job(folder / "job.json"), folder, 1, pace=Pace(0.0, 5.0))
"""


def started_runner(folder: Path) -> tuple[subprocess.Popen[bytes], int, Job]:
    """A runner, in its second of three tasks; the process of that task; the job."""
    script = f'cd "{folder}"; echo $0 >> ran; [ $0 = 1 ] && [ ! -e mended ] && echo $$ > child && sleep 600; exit 0'
    job = Job("job", (shell(script, tasks=3),))
    (folder / "job.json").write_text(job.to_json())
    root = Path(__file__).parents[3]
    runner = subprocess.Popen(
        [sys.executable, "-c", _RUNNER, str(folder)], cwd=root, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    child = int(wait_for(folder / "child"))
    (folder / "mended").touch()
    return runner, child, job


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_run_stops_its_programs_and_goes_on_later(tmp_path: Path, number: int) -> None:
    runner, child, job = started_runner(tmp_path)
    runner.send_signal(number)
    assert runner.wait(PATIENCE_S) != 0
    assert is_gone(child)
    assert [task.state for task in read_state(job, tmp_path).tasks["work"]] == ["done", "waiting", "waiting"]
    assert run_job(job, tmp_path, 1, pace=HASTY).skipped == 1
    assert (tmp_path / "ran").read_text().split() == ["0", "1", "1", "2"]


def test_after_a_kill_no_task_runs_twice_at_once_and_none_is_lost(tmp_path: Path) -> None:
    runner, child, job = started_runner(tmp_path)
    runner.kill()
    runner.wait(PATIENCE_S)
    json.loads((tmp_path / "state.json").read_text())  # whole at every moment
    try:
        with pytest.raises(SpecError, match="a program that a killed one left, is at work"):
            run_job(job, tmp_path, 1, pace=HASTY)
    finally:
        os.killpg(child, signal.SIGKILL)
    assert is_gone(child)
    assert run_job(job, tmp_path, 1, pace=HASTY).skipped == 1
    assert (tmp_path / "ran").read_text().split() == ["0", "1", "1", "2"]


def test_the_state_of_another_job_and_a_damaged_one_are_refused(tmp_path: Path) -> None:
    run(tmp_path, shell("true"))
    with pytest.raises(SpecError, match=r"of a job with other commands; .* begin anew with --fresh"):
        run(tmp_path, shell("false"))
    assert not run(tmp_path, shell("true", attempts=9, timeout_s=99)).failed, "limits may change between two runs"
    for text in ("{", '{"job": "x", "tasks": {"work": [{"state": "odd"}]}}'):
        (tmp_path / "state.json").write_text(text)
        with pytest.raises(SpecError, match=r"state\.json"):
            run(tmp_path, shell("true"))
    assert not run(tmp_path, shell("true"), fresh=True).failed
    assert read_state(Job("job", (shell("true"),)), tmp_path) != fresh_state(Job("job", (shell("true"),)))
