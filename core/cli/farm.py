"""`platelight farm`: the scenes of a big set on many machines, or on this one with retries."""

from __future__ import annotations

import math
import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cores import usable_cores

if TYPE_CHECKING:
    from scene_generator.farm.job import Job, Step
    from scene_generator.farm.local import Event, JobResult

__all__ = ["farm"]

_TASK = "plate_normals"
_SCENES, _TRAINING, _MACHINES = "What is generated", "What is learnt from it", "What runs it"

farm = typer.Typer(no_args_is_help=True, help="Split a big set over a farm, or run such a job on this machine.")


@farm.command("write")
def write(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for job.json and what is made from it.")],
    data: Annotated[
        Path, typer.Option("--data", help="Folder for the shards, on storage that every machine sees under this path.")
    ],
    shards: Annotated[
        int, typer.Option(min=1, help="Tasks that generate; each makes its share of the shard files.")
    ] = 4,
    name: Annotated[str, typer.Option(help="Name of the job.")] = "platelight",
    recipe: Annotated[
        str, typer.Option(help="Recipe: a name or a .json file.", rich_help_panel=_SCENES)
    ] = "plate_normals",
    count: Annotated[int, typer.Option(min=1, help="Accepted scenes of the whole set.", rich_help_panel=_SCENES)] = 24,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the set.", rich_help_panel=_SCENES)] = 0,
    size: Annotated[
        int, typer.Option(min=16, max=4096, help="Width and height, pixels.", rich_help_panel=_SCENES)
    ] = 256,
    samples: Annotated[int, typer.Option(min=1, max=4096, help="Light paths a pixel.", rich_help_panel=_SCENES)] = 16,
    passes: Annotated[str, typer.Option(help="Comma-separated passes, or all.", rich_help_panel=_SCENES)] = "all",
    generate_options: Annotated[
        str,
        typer.Option(help='Further options of `platelight generate`: "--frames 8".', rich_help_panel=_SCENES),
    ] = "",
    train: Annotated[
        Path | None, typer.Option("--train", help="Folder of a run: train on the set too.", rich_help_panel=_TRAINING)
    ] = None,
    train_task: Annotated[str, typer.Option(help="What to learn.", rich_help_panel=_TRAINING)] = _TASK,
    train_options: Annotated[
        str, typer.Option(help='Further options of `platelight train`: "--steps 500".', rich_help_panel=_TRAINING)
    ] = "",
    train_gpus: Annotated[
        int, typer.Option(min=0, max=16, help="Graphics cards that training needs.", rich_help_panel=_TRAINING)
    ] = 1,
    train_hours: Annotated[
        float, typer.Option(min=0, help="Time limit of an attempt at training; 0 is none.", rich_help_panel=_TRAINING)
    ] = 24.0,
    cores: Annotated[
        int,
        typer.Option(min=1, max=1024, help="Cores, and workers, of a task that generates.", rich_help_panel=_MACHINES),
    ] = 2,
    memory_mb: Annotated[
        int, typer.Option(min=0, help="Memory of such a task, MiB; 0 leaves it open.", rich_help_panel=_MACHINES)
    ] = 6000,
    hours: Annotated[
        float, typer.Option(min=0, help="Time limit of an attempt at it; 0 is none.", rich_help_panel=_MACHINES)
    ] = 6.0,
    attempts: Annotated[
        int, typer.Option(min=1, max=100, help="Attempts before a task has failed.", rich_help_panel=_MACHINES)
    ] = 3,
    env: Annotated[
        list[str] | None,
        typer.Option(help="NAME=VALUE, set for every task; may be repeated.", rich_help_panel=_MACHINES),
    ] = None,
    program: Annotated[
        str,
        typer.Option(help="How the machines start the command: /opt/pl/bin/platelight.", rich_help_panel=_MACHINES),
    ] = "platelight",
) -> None:
    """Write a job that generates a set in many tasks, packs it, and perhaps trains on it.

    OUT gets job.json, and made from it openjd.yaml (Open Job Description), slurm/ (an array and what follows it) and
    opencue_job.py (a PyOutline script). No farm is needed to write them; how to submit each is printed.

    Examples:

        platelight farm write --data /shared/plates --count 20000 --seed 1 --shards 50 --out farm

        platelight farm write --data /shared/plates --count 20000 --shards 50 --train /shared/runs/first --out farm
    """
    from core.cli.console import console
    from core.cli.farm_options import check_generate_options, check_passes, check_recipe, check_train_options
    from core.errors import BadConfig
    from scene_generator.farm.folder import write_folder
    from scene_generator.farm.scene_job import Needs, SceneSet, Training, scene_job

    needs = Needs(cores, memory_mb, 0, attempts, _seconds(hours))
    scenes = SceneSet(
        out=os.path.abspath(data),
        recipe=_recipe(recipe),
        count=count,
        seed=seed,
        size=size,
        samples=samples,
        passes=passes,
        options=check_generate_options(_words("--generate-options", generate_options)),
        needs=needs,
    )
    check_recipe(scenes.recipe)
    check_passes(passes)
    training = []
    if train is None and (train_options or train_task != _TASK):
        given = "--train-options" if train_options else f"--train-task {train_task}"
        raise BadConfig(f"{given} without --train; say where the run goes")
    if train is not None:
        learning = Needs(max(cores, 4), memory_mb, train_gpus, attempts, _seconds(train_hours))
        options = check_train_options(train_task, _words("--train-options", train_options), passes)
        training.append(Training(os.path.abspath(train), train_task, options, learning))
    job = scene_job(name, scenes, shards, training, _program(program), _variables(env or []))
    write_folder(job, out)
    console.print(f"{out}: {_overview(job)}", markup=False)
    _warn_of_idle_tasks(count, shards, scenes.options)
    for line in submitting(out):
        console.print(line, markup=False, soft_wrap=True)


@farm.command("run")
def run(
    job: Annotated[Path, typer.Argument(metavar="JOB", help="A job.json, or its folder; state and logs go beside it.")],
    workers: Annotated[int, typer.Option(min=0, help="Tasks at once; 0 is as many as have their cores here.")] = 0,
    resume: Annotated[
        bool, typer.Option("--resume/--fresh", help="Leave out what is done, or run every task again.")
    ] = True,
) -> None:
    """Run a job on this machine: tasks at once, failed ones again, and after a stop only what is missing.

    platelight farm run farm/job.json --workers 2
    """
    from core.cli.console import progress
    from core.errors import WorkFailed
    from scene_generator.farm.folder import JOB_NAME
    from scene_generator.farm.job import read_job
    from scene_generator.farm.local import run_job

    job = job / JOB_NAME if job.is_dir() else job
    described = read_job(job)
    _put_on_path()
    with progress() as bar:
        lines = {step.name: bar.add_task(step.name, total=step.tasks) for step in described.steps}
        retried = dict.fromkeys(lines, 0)
        failed = dict.fromkeys(lines, 0)

        def show(event: Event) -> None:
            retried[event.step] += event.what == "retried"
            failed[event.step] += event.what == "failed"
            if event.reason:
                again = "; trying again" if event.what == "retried" else ""
                bar.console.print(f"{event.step} {event.task}: {event.reason}{again}", markup=False, style="yellow")
            words = [
                f"{n} {what}" for n, what in ((retried[event.step], "retried"), (failed[event.step], "failed")) if n
            ]
            bar.update(lines[event.step], advance=event.what in ("done", "skipped"), note=", ".join(words))

        result = run_job(
            described,
            job.parent,
            workers or _room(described.steps),
            fresh=not resume,
            on_event=show,
        )
    _tell(result, job)
    if result.failed:
        names = ", ".join(f"{one.step} {one.task}" for one in result.failed[:5])
        more = f" and {len(result.failed) - 5} more" if len(result.failed) > 5 else ""
        raise WorkFailed(f"failed: {names}{more}; the same command tries them again")


@farm.command("status")
def status(
    folder: Annotated[Path, typer.Argument(help="The folder of a job.json that `platelight farm run` has run.")],
) -> None:
    """Print what has become of each step of a local run, and why tasks failed."""
    from core.cli.console import console
    from scene_generator.farm.folder import JOB_NAME
    from scene_generator.farm.job import read_job
    from scene_generator.farm.state import STATES, read_state

    job = read_job(folder / JOB_NAME)
    state = read_state(job, folder)
    for step in job.steps:
        counts = [f"{state.count(step, word)} {word}" for word in STATES if state.count(step, word)]
        print(f"{step.name}: {', '.join(counts)}")
    for name, number, task in state.failed():
        console.print(f"{name} {number}: {task.reason}, {folder / task.log}", markup=False, soft_wrap=True)


def _put_on_path() -> None:
    # Jobs name `platelight` alone. Where its environment was not activated, it lies beside this Python all the same.
    if shutil.which("platelight") is None:
        here = os.path.dirname(sys.executable)
        os.environ["PATH"] = os.pathsep.join(filter(None, [os.environ.get("PATH", ""), here]))


def submitting(folder: Path) -> list[str]:
    """Return how to submit each form of the job in `folder`, a line each."""
    from scene_generator.farm.folder import JOB_NAME
    from scene_generator.farm.opencue import SCRIPT_NAME

    def quoted(path: Path) -> str:
        return shlex.quote(str(path))

    template = quoted(folder / "openjd.yaml")
    return [
        f"this machine:          platelight farm run {quoted(folder / JOB_NAME)}",
        f"Open Job Description:  openjd check {template}, then openjd run {template}, or submit it to your scheduler",
        f"Slurm:                 {quoted(folder / 'slurm' / 'submit.sh')} [sbatch options, such as --partition=NAME]",
        f"OpenCue:               python {quoted(folder / SCRIPT_NAME)}, where opencue-pyoutline is installed",
    ]


def _overview(job: Job) -> str:
    return ", then ".join(f"{step.name} ({step.tasks} tasks)" if step.tasks > 1 else step.name for step in job.steps)


def _warn_of_idle_tasks(count: int, shards: int, options: tuple[str, ...]) -> None:
    from core.cli.console import console, counted
    from scene_generator.sets.plan import SHARD_SIZE

    files = -(-count // SHARD_SIZE)
    idle = shards - files
    if idle > 0 and not any(word.startswith("--frames") for word in options):
        makes, have = "makes" if count == 1 else "make", "has" if idle == 1 else "have"
        console.print(
            f"[yellow]{counted(count, 'scene')} {makes} {counted(files, 'shard file')}: {idle} of {shards} tasks "
            f"{have} nothing to do; --shards {files} is enough[/yellow]"
        )


def _room(steps: tuple[Step, ...]) -> int:
    """How many tasks of the widest step find their cores on this machine; 1 at least."""
    widest = max(steps, key=lambda step: step.tasks)
    return max(1, usable_cores() // widest.cores)


def _recipe(recipe: str) -> str:
    # A file is named from wherever a machine happens to stand.
    return os.path.abspath(recipe) if recipe.endswith(".json") else recipe


def _seconds(hours: float) -> int:
    """A time limit; none, which is 0, only where none is asked for."""
    return math.ceil(hours * 3600)


def _words(option: str, text: str) -> tuple[str, ...]:
    from core.errors import BadConfig

    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise BadConfig(f"{option} {text!r}: {error}; quote as in a shell") from error
    return words


def _program(text: str) -> tuple[str, ...]:
    from core.errors import BadConfig

    words = _words("--program", text)
    if not words:
        raise BadConfig("--program is empty; expected how the machines start the command")
    first = os.path.expanduser(words[0])
    # A bare name is looked for on each machine's PATH, a path would be seen from wherever a task happens to stand.
    return (os.path.abspath(first) if os.path.dirname(first) else first, *words[1:])


def _variables(texts: list[str]) -> list[tuple[str, str]]:
    from core.errors import BadConfig

    pairs = []
    for text in texts:
        name, sign, value = text.partition("=")
        if not (name and sign):
            raise BadConfig(f"--env {text!r}: expected NAME=VALUE")
        pairs.append((name, value))
    return pairs


def _tell(result: JobResult, job: Path) -> None:
    from core.cli.console import console
    from scene_generator.farm.local import last_words

    if result.skipped:
        console.print(f"{result.skipped} task{'s were' if result.skipped > 1 else ' was'} done before")
    for failed in result.failed:
        for line in last_words(failed):
            console.print(line, markup=False, soft_wrap=True)
    if result.blocked:
        console.print(f"not begun: {', '.join(result.blocked)}")
    if not result.failed:
        console.print(f"done; logs are in {job.parent / 'logs'}", markup=False)
