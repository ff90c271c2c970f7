"""`platelight train`: learn a task from shards."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack, closing, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.tasks import TASKS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.training.config import TrainConfig
    from core.training.frames import FrameSets
    from core.training.loop import Result
    from core.training.ranks import Ranks
    from core.training.report.event_files import EventFiles
    from core.training.run_folder import RunFolder
    from core.training.task import Task

__all__ = ["train"]

# A run goes on with the settings it was started with; these may differ from one start to the next.
_FREE = ("device", "workers")
_BATCHES_TO_SETTLE = 8  # from which the normalisations of a shipped model are set anew


def train(
    task: Annotated[str, typer.Argument(metavar="TASK", help=f"What to learn: {', '.join(TASKS)}.")],
    data: Annotated[
        list[Path], typer.Option("--data", metavar="DIR", help="Folder of shards; give it again to add more folders.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="RUN", help="Folder of the run; an unfinished one is resumed.")],
    recipe: Annotated[
        str | None,
        typer.Option(
            "--recipe", metavar="NAME|FILE", help="Shipped recipe or JSON file. [default: the newest to begin with]"
        ),
    ] = None,
    steps: Annotated[int | None, typer.Option("--steps", min=1, help="Optimiser steps.")] = None,
    size: Annotated[
        int | None, typer.Option("--size", min=32, help="Side of a training sample, pixels; a multiple of 32.")
    ] = None,
    batch: Annotated[int | None, typer.Option("--batch", min=1, help="Samples a step.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", min=0, help="Decides weights, order and augmentation.")] = None,
    precision: Annotated[str | None, typer.Option("--precision", help="fp32 or bf16 (mixed).")] = None,
    device: Annotated[str | None, typer.Option("--device", help="auto, cpu, cuda, cuda:1 ...")] = None,
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="Threads that prepare batches.")] = None,
    leave_out: Annotated[
        list[str] | None,
        typer.Option(
            "--leave-out",
            metavar="FAMILY|KIND:NAME",
            help="Do not train on this scene family, or on scenes with this asset, such as hdri:night*; repeatable.",
        ),
    ] = None,
    start: Annotated[
        Path | None,
        typer.Option(
            "--start-from",
            metavar="RUN|MODEL",
            help="Begin with the averaged weights of another run of the same networks, or with those of a model: its "
            "folder, or the name of a shipped one.",
        ),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help="Train on at most so many samples; 0 is all.")] = 0,
    max_minutes: Annotated[
        float | None,
        typer.Option("--max-minutes", min=0.01, help="Stop after so long, with a checkpoint; run again to go on."),
    ] = None,
    resume: Annotated[
        bool | None,
        typer.Option(
            "--resume/--fresh", help="Go on with the run in RUN, or begin it anew. [default: go on if there is one]"
        ),
    ] = None,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write RUN/tensorboard too, which `tensorboard --logdir RUN` shows.")
    ] = False,
) -> None:
    """Train a network on rendered pairs, with a progress bar, previews, a log and checkpoints.

    RUN/report.html has curves, previews and settings; it is written anew at every checkpoint.

    `torchrun --nproc-per-node 8 -m core.cli.main train ...` trains on eight GPUs as one process would.

    Ctrl-C keeps a checkpoint; the same command goes on from it, and ends at the same weights as if it had never been
    stopped.

        platelight train plate_normals --data data/plates --out runs/first
        platelight train plate_normals --data data/plates --out runs/moment --recipe plate_normals_demo
        platelight train plate_normals --data data/plates --out runs/no_street --leave-out street --limit 2000
        platelight train plate_normals --data data/plates --out runs/second --start-from runs/first
        platelight train plate_normals --data data/mine --out runs/mine --start-from plate_normals \
            --recipe plate_normals_own
    """
    from core.cli.console import console
    from core.errors import BadConfig
    from core.tasks import build_task, check_task, default_recipe
    from core.training.config import read_recipe
    from core.training.ranks import join_ranks
    from core.training.run_folder import RunFolder, check_writable
    from core.training.sole_run import sole_run

    check_task(task)
    check_writable(out)
    changes = {
        "steps": steps, "size": size, "batch": batch, "seed": seed,
        "precision": precision, "device": device, "workers": workers,
    }  # fmt: skip
    run = RunFolder(out)
    going_on = run.started and resume is not False
    wanted = recipe or default_recipe(task)
    asked: dict[str, Any] = {name: value for name, value in changes.items() if value is not None}
    if recipe is not None or not going_on:  # else the default recipe has no say: the run has its settings already
        config = read_recipe(wanted).with_changes(changes)
        if config.task != task:
            raise BadConfig(f"recipe {recipe}: is for the task {config.task!r}, not {task!r}")
        asked = {name: getattr(config, name) for name in config.to_json()}
    with join_ranks() as ranks:
        console.quiet = not ranks.first
        events = _event_files(out) if tensorboard and ranks.first else None
        if resume and not run.started:
            raise BadConfig(f"{out}: holds no run to resume; leave --resume out to begin one")
        if going_on:
            config = _taken_up(run, {"task": task, **asked})
        ranks.check(config.stages)
        built = build_task(config)
        with ExitStack() as held, closing(events) if events else nullcontext():
            if ranks.first and out.is_dir():  # said at once; a folder that is not there is made once the data is read
                held.enter_context(sole_run(out))
            _set_up(
                built,
                config,
                run,
                data,
                going_on,
                max_minutes,
                leave_out or [],
                limit,
                wanted,
                start,
                events,
                ranks,
                held,
            )


def _set_up(
    task: Task,
    config: TrainConfig,
    run: RunFolder,
    data: list[Path],
    going_on: bool,
    max_minutes: float | None,
    leave_out: list[str],
    limit: int,
    recipe: str,
    start: Path | None,
    events: EventFiles | None,
    ranks: Ranks,
    held: ExitStack,
) -> None:
    from core.cli.console import console, progress
    from core.errors import BadConfig, PlatelightError, WorkFailed
    from core.training.frames import load_frames
    from core.training.loop import resolve_device
    from core.training.provenance import provenance
    from core.training.run_folder import CHECKPOINT
    from core.training.sole_run import sole_run

    new = not run.path.is_dir()
    resolve_device(config.device)
    with progress() as bar:
        reading = bar.add_task("reading frames", total=None)
        frames = load_frames(
            task,
            data,
            validation_share=config.validation_share,
            validation_limit=config.validation_limit,
            seed=config.seed,
            leave_out=leave_out,
            limit=limit,
            on_progress=lambda done, total: bar.update(reading, completed=done, total=total),
        )
    digest = frames.digest()
    details = {
        "recipe": Path(recipe).stem if recipe.endswith(".json") else recipe,
        "data": [str(folder) for folder in data],
        "sets": [provenance(folder) for folder in data],
        "training_frames": len(frames.training),
        "validation_frames": len(frames.validation),
        "frames_by_set": _frames_by_set(frames),
        "frames_digest": digest,
        "left_out": leave_out,
        "limit": limit,
    }
    has_checkpoint = going_on and (run.path / CHECKPOINT).is_file()
    if going_on:
        run.check_data(*frames.digests())
        run.check_start(start, has_checkpoint)
    if not has_checkpoint:
        details["started_from"] = _first_weights(task, config, start, frames)
    ranks.wait()  # all have looked at the folder before the first writes in it
    if ranks.first:
        if new:
            held.enter_context(sole_run(run.path))
            if run.started:  # and ended, while this one read its data
                raise BadConfig(f"{run.path}: another `platelight train` has begun there; run the same command again")
        if not going_on:
            run.start(config, details)
        elif not has_checkpoint:  # stopped before its first checkpoint: it begins again
            run.rewind(0)
            run.note({"started_from": details["started_from"]})
        if events is not None:
            run.follow(events)
        _print_report(run.write_report(), "curves and previews, anew at every checkpoint")
    console.print(f"{len(frames.training)} frames to learn from, {len(frames.validation)} held out", highlight=False)
    try:
        result = _fit(task, frames, config, run, has_checkpoint, max_minutes, ranks)
    except WorkFailed:
        if not ranks.first:
            raise
        with suppress(PlatelightError):  # what led to the failure is on the page, unless that was the disk
            run.write_report()
        raise
    if ranks.first:
        _report(result, config, run)


def _first_weights(task: Task, config: TrainConfig, start: Path | None, frames: FrameSets) -> dict[str, Any] | None:
    """Fill the networks with what they begin with; the record of another run that they come from, if any."""
    from core.training.batches import training_batch
    from core.training.transfer import start_from

    if start is not None:
        first = range(min(_BATCHES_TO_SETTLE, config.steps))
        seen = (training_batch(task, frames.training, step, config.stages, config.seed) for step in first)
        return start_from(task, start, seen)
    if config.pretrained:
        task.load_pretrained()
    return None


def _fit(
    task: Task,
    frames: FrameSets,
    config: TrainConfig,
    run: RunFolder,
    resume: bool,
    max_minutes: float | None,
    ranks: Ranks,
) -> Result:
    from core.cli.console import console, progress
    from core.training.loop import Progress, fit

    with progress() as bar:
        line = bar.add_task("training", total=config.steps)

        told: dict[str, float] = {}

        def show(state: Progress) -> None:
            nonlocal told
            bar.update(line, completed=state.step, note=_note(state.figures, state.validation, state.images_per_second))
            if state.validation is not told and state.validation:
                told = state.validation
                words = task.alarm(told)
                if words:
                    console.print(f"step {state.step}: ALARM: {words}", markup=False, soft_wrap=True)

        return fit(
            task,
            frames,
            config,
            run,
            resume=resume,
            max_seconds=None if max_minutes is None else max_minutes * 60.0,
            on_progress=show,
            ranks=ranks,
        )


def _taken_up(run: RunFolder, asked: Mapping[str, Any]) -> TrainConfig:
    """The configuration of the run that is there; what was asked for must not contradict it."""
    from core.cli.console import console
    from core.errors import BadConfig

    config = run.config()
    for name, wanted in asked.items():
        was = getattr(config, name)
        if name not in _FREE and was != wanted:
            raise BadConfig(
                f"{run.path}: this run was started with {name} {was}, not {wanted}; take it up without that option, "
                f"begin anew with --fresh, or choose another --out"
            )
    console.print(f"going on with the run in {run.path} (--fresh begins it anew)", markup=False, soft_wrap=True)
    return config.with_changes({name: asked[name] for name in _FREE if name in asked})


def _event_files(out: Path) -> EventFiles:
    from core.training.report.event_files import EventFiles

    return EventFiles(out)


def _frames_by_set(frames: FrameSets) -> dict[str, list[int]]:
    """Folder -> samples to learn from, held out."""
    sides = [Counter(key.split("/")[0] for key in keys) for keys in (frames.training_keys, frames.validation_keys)]
    return {name: [side[name] for side in sides] for name in {**sides[0], **sides[1]}}


def _print_report(path: Path, words: str) -> None:
    from core.cli.console import console

    console.print(f"report: {path} ({words})", markup=False, soft_wrap=True)


def _note(figures: dict[str, float], validation: dict[str, float], speed: float) -> str:
    words = (
        [f"loss {figures['loss']:.3f}"]
        if "loss" in figures
        else [f"{k} {v:.3f}" for k, v in figures.items() if k.endswith("/loss")]
    )
    if "degrees" in figures:
        words.append(f"{figures['degrees']:.1f} deg")
    if "degrees" in validation:
        words.append(f"held out {validation['degrees']:.1f} deg")
    return ", ".join([*words, f"{speed:.1f} img/s"])


def _report(result: Result, config: TrainConfig, run: RunFolder) -> None:
    from core.cli.console import console
    from core.training.report import REPORT

    figures = ", ".join(f"{name} {value:.3g}" for name, value in result.validation.items())
    if result.finished:
        # A run that was finished before has measured nothing now.
        told = f"; held out: {figures}" if figures else ""
        console.print(f"done: {result.step} steps in {result.seconds / 60:.1f} minutes{told}")
        export = f"export {run.path} --out MODEL_FOLDER"
        after = f"images sample {run.path} --out DIR" if config.task == "images" else export
        console.print(f"next: platelight {after}", markup=False, soft_wrap=True)
    else:
        console.print(f"stopped at step {result.step} of {config.steps}; run the same command again to go on")
    _print_report(run.path / REPORT, "all of it")
    print(run.path)
