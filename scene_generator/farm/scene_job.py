"""The job of this project: generate n parts of a set of scenes, pack it, and train on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, List, Sequence, Tuple  # noqa: UP035 - Python 3.9

from scene_generator.farm.job import Job, Parameter, Step

PACK_SECONDS = 6 * 3600
"""Packing reads each shard once; this is for slow storage."""


MAYA = "maya"
"""Name of the renderer that starts mayapy."""


@dataclass(frozen=True)
class Needs:
    """What a task asks of the machine that runs it."""

    cores: int = 2
    memory_mb: int = 6000
    gpus: int = 0
    attempts: int = 3
    timeout_s: int = 6 * 3600


@dataclass(frozen=True)
class SceneSet:
    """What `platelight generate` is asked for; see its help for ranges."""

    out: str
    """Folder of the shards, an absolute path that every machine sees."""
    recipe: str = "plate_normals"
    count: int = 24
    seed: int = 0
    size: int = 256
    samples: int = 16
    passes: str = "all"
    options: Tuple[str, ...] = ()  # noqa: UP006
    """Further options, such as ("--frames", "8"); paths in them absolute."""
    needs: Needs = Needs()
    renderer: str = ""
    """What `--renderer` names: "" is the embedded one, "maya" needs Maya on every machine that generates."""


@dataclass(frozen=True)
class Training:
    """What `platelight train` is asked for."""

    run: str
    """Folder of the run, an absolute path that every machine sees."""
    task: str = "plate_normals"
    options: Tuple[str, ...] = ()  # noqa: UP006
    needs: Needs = Needs(cores=8, memory_mb=16000, gpus=1, attempts=2, timeout_s=24 * 3600)


def scene_job(
    name: str,
    scenes: SceneSet,
    shards: int,
    training: Sequence[Training] = (),
    program: Sequence[str] = ("platelight",),
    environment: Sequence[Tuple[str, str]] = (),  # noqa: UP006
) -> Job:
    """Return the job: step `generate` of `shards` tasks, then `pack`, then `train` (`train_2` ... of further ones).

    Every step may be run again: it goes on where it stopped. `generate` tries failed samples again at each attempt.

    Args:
        program: how machines start the command, such as ("/opt/platelight/bin/platelight",).
        environment: variables for every step. OMP_NUM_THREADS is set too, unless it is among them: to the cores for
            training, and to 1 elsewhere, where each core has a process of its own.

    Raises:
        SpecError: a value is out of range.
    """
    parameters = [
        Parameter("Out", scenes.out, summary="Folder of the shards, as every machine sees it"),
        Parameter("Recipe", scenes.recipe, summary="Recipe of the scenes: a name, or a file that every machine sees"),
        Parameter("Count", str(scenes.count), "number", "How many accepted scenes there should be"),
        Parameter("Seed", str(scenes.seed), "number", "The same seed gives the same scenes"),
        Parameter("Size", str(scenes.size), "number", "Width and height, pixels"),
        Parameter("Samples", str(scenes.samples), "number", "Light paths a pixel"),
        Parameter("Passes", scenes.passes, summary="Passes to keep, or all"),
    ]
    # Packing is given the same: it refuses a folder that was made with other options.
    generate = [*_literal(program), "generate"]
    for parameter in parameters:
        generate += [f"--{parameter.name.lower()}", f"{{{parameter.name}}}"]
    if scenes.renderer:
        generate += ["--renderer", *_literal([scenes.renderer])]
    generate += _literal(scenes.options)
    # One Maya takes every core of its machine.
    workers = 1 if scenes.renderer == MAYA else scenes.needs.cores
    part = ["--workers", str(workers), "--retry-failed", "--shard", "{task}/{tasks}"]
    pack_needs = Needs(1, scenes.needs.memory_mb, 0, scenes.needs.attempts, PACK_SECONDS)
    steps = [
        _step("generate", [*generate, *part], scenes.needs, environment, tasks=shards),
        _step("pack", [*generate, "--pack"], pack_needs, environment, after=("generate",)),
    ]
    for number, learning in enumerate(training, 1):
        suffix = "" if number == 1 else str(number)
        parameters.append(Parameter(f"Run{suffix}", learning.run, summary="Folder of the training run"))
        command = [*_literal(program), "train", *_literal([learning.task])]
        command += ["--data", "{Out}", "--out", f"{{Run{suffix}}}", *_literal(learning.options)]
        step_name = "train" + (f"_{suffix}" if suffix else "")
        threads = ("OMP_NUM_THREADS", str(learning.needs.cores))
        steps.append(_step(step_name, command, learning.needs, (threads, *environment), after=("pack",)))
    return Job(name, tuple(steps), tuple(parameters))


def _step(
    name: str,
    command: List[str],  # noqa: UP006
    needs: Needs,
    environment: Sequence[Tuple[str, str]],  # noqa: UP006
    tasks: int = 1,
    after: Tuple[str, ...] = (),  # noqa: UP006
) -> Step:
    variables: Dict[str, str] = {"OMP_NUM_THREADS": "1", **dict(environment)}  # noqa: UP006
    return Step(
        name,
        tuple(command),
        tasks=tasks,
        after=after,
        environment=variables,
        cores=needs.cores,
        memory_mb=needs.memory_mb,
        gpus=needs.gpus,
        attempts=needs.attempts,
        timeout_s=needs.timeout_s,
    )


def _literal(words: Sequence[str]) -> List[str]:  # noqa: UP006
    return [word.replace("{", "{{").replace("}", "}}") for word in words]
