"""How far a local run of a job has come: a small file that is whole at every moment."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple  # noqa: UP035 - Python 3.9

from scene_generator.farm.folder import write_whole
from scene_generator.farm.job import Job, Step
from scene_generator.spec import SpecError, read
from worker_link.json_text import read_json

STATE_NAME = "state.json"
WAITING, RUNNING, DONE, FAILED = STATES = ("waiting", "running", "done", "failed")


@dataclass(frozen=True)
class TaskState:
    """One task. A task that was running when the runner was killed is found as `running`."""

    state: str = WAITING
    attempts: int = 0
    """Attempts ever begun, over every run."""
    seconds: float = 0.0
    """What the last attempt took."""
    reason: str = ""
    """Why the last attempt failed; "" if it did not."""
    log: str = ""
    """Log of the last attempt, relative to the folder."""


@dataclass
class JobState:
    """Every task of a job.

    Raises:
        SpecError: a state is unknown.
    """

    job: str
    """SHA-256 of what the job runs."""
    tasks: Dict[str, Tuple[TaskState, ...]] = field(default_factory=dict)  # noqa: UP006
    """Step -> its tasks in order."""

    def __post_init__(self) -> None:
        for step, task in ((step, task) for step, tasks in self.tasks.items() for task in tasks):
            if task.state not in STATES:
                raise SpecError(f"{step}: a task's state is {task.state!r:.80}, expected one of {', '.join(STATES)}")

    def set(self, step: Step, task: int, state: TaskState) -> None:
        """Note what has become of a task."""
        tasks = self.tasks[step.name]
        self.tasks[step.name] = (*tasks[:task], state, *tasks[task + 1 :])

    def count(self, step: Step, state: str) -> int:
        """Return how many tasks of a step are in a state."""
        return sum(task.state == state for task in self.tasks[step.name])

    def failed(self) -> Iterator[Tuple[str, int, TaskState]]:  # noqa: UP006
        """Yield (step, task, state) of each failed task."""
        for step, tasks in self.tasks.items():
            yield from ((step, number, task) for number, task in enumerate(tasks) if task.state == FAILED)

    def write(self, folder: Path) -> None:
        """Write FOLDER/state.json. Raises SpecError if it cannot be written."""
        write_whole(folder / STATE_NAME, json.dumps(asdict(self), indent=1) + "\n")


def fresh_state(job: Job) -> JobState:
    """Return the state of a job of which nothing has run."""
    return JobState(fingerprint(job), {step.name: (TaskState(),) * step.tasks for step in job.steps})


def read_state(job: Job, folder: Path) -> JobState:
    """Return what FOLDER/state.json says, or a fresh state if there is none.

    Raises:
        SpecError: the file is damaged or of another job.
    """
    path = folder / STATE_NAME
    if not path.exists():
        return fresh_state(job)
    remedy = "begin anew with --fresh, which runs every task again"
    try:
        data: Any = read_json(path)
        state = read(JobState, data, "state")
    except (OSError, ValueError) as error:
        raise SpecError(f"{path}: {error}; {remedy}") from error
    if state.job != fingerprint(job) or {name: len(tasks) for name, tasks in state.tasks.items()} != _sizes(job):
        raise SpecError(f"{path}: is of a job with other commands; write that job again, or {remedy}")
    return state


def fingerprint(job: Job) -> str:
    """Return the SHA-256 of what decides a job's results: commands, variables, tasks and order.

    Attempts, limits and needs are left out: they may be changed between two runs.
    """
    said: List[Any] = [  # noqa: UP006
        [step.name, step.command, step.tasks, step.after, sorted(step.environment.items())] for step in job.steps
    ]
    return hashlib.sha256(json.dumps([said, sorted(job.values.items())]).encode()).hexdigest()


def _sizes(job: Job) -> Dict[str, int]:  # noqa: UP006
    return {step.name: step.tasks for step in job.steps}
