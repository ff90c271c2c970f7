"""What `platelight farm write` is given for other commands, tried here: no farm should find a typing error at night."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_args, get_type_hints

import typer
import typer.main

from core.errors import BadConfig, PlatelightError

__all__ = ["check_generate_options", "check_passes", "check_recipe", "check_train_options"]

_OF_GENERATE = {
    **dict.fromkeys(("shard", "pack"), "the job sets it for each task"),
    "preview": "a task has nobody to look at one",
    "out": "use --data",
    "workers": "use --cores",
    **{name: f"use --{name} of farm write" for name in ("recipe", "count", "seed", "size", "samples", "passes")},
}
"""Options of `generate` that the job gives by itself -> what to do instead."""

_LEARNS_FROM_SCENES = {"plate_normals": (), "pix2pix_normals": (), "occlusion": ("depth", "occlusion")}
"""Tasks that read what `generate` writes, and the passes that each needs beside beauty and normal; the others have
commands of their own that make their sets."""

_SETTINGS = ("steps", "size", "batch", "seed", "precision", "device", "workers")
"""Options of `train` that change a recipe's settings."""

_OF_TRAIN = {"data": "the job trains on its own set", "out": "use --train"}


def check_recipe(recipe: str) -> None:
    """Raise SpecError if `recipe` is neither a shipped recipe's name nor a readable recipe file."""
    from scene_generator.recipe import load_recipe

    load_recipe(recipe)


def check_passes(passes: str) -> None:
    """Raise BadConfig unless `passes` is `all` or comma-separated names of passes, with beauty and normal."""
    from scene_generator.renderers.contract import PASSES

    names = _names(passes)
    if passes == "all":
        return
    unknown = [name for name in names if name not in PASSES]
    if unknown:
        raise BadConfig(f"--passes {passes!r}: {unknown[0]!r} is unknown; known are {', '.join(PASSES)}, or all")
    if not {"beauty", "normal"} <= set(names):
        raise BadConfig(f"--passes {passes!r}: beauty and normal are always needed; add them")


def _names(passes: str) -> list[str]:
    return [name.strip() for name in passes.split(",")]


def check_generate_options(words: Sequence[str]) -> tuple[str, ...]:
    """Return `words` with absolute paths, as the machines need them: each stands in a folder of its own.

    Raises:
        BadConfig: `platelight generate` does not take them, or the job gives one of them itself.
    """
    from core.cli.generate import generate
    from scene_generator.maya_scene.facts import PLANS
    from scene_generator.renderers.maya.renderer import MAYA
    from scene_generator.renderers.mitsuba import VARIANTS
    from scene_generator.sets.plan import MITSUBA

    checked, given = _checked("--generate-options", generate, ["--out", "."], words, _OF_GENERATE)
    variants = {"": VARIANTS, MITSUBA: VARIANTS, "maya": PLANS, MAYA: PLANS}
    known = ("auto", *variants.get(given["renderer"], [given["variant"]]))  # of one's own renderer nothing is known
    if given["variant"] not in known:
        raise BadConfig(f"--generate-options: --variant {given['variant']!r}: expected one of {', '.join(known)}")
    if given["renderer"] not in variants and ":" not in given["renderer"]:
        raise BadConfig(f"--generate-options: --renderer {given['renderer']!r}: expected maya, or module:Class")
    return checked


def check_train_options(task: str, words: Sequence[str], passes: str = "all") -> tuple[str, ...]:
    """Return `words` with absolute paths; names of shipped models and recipes stay.

    Args:
        passes: of the set to learn from, as `generate` takes them.

    Raises:
        BadConfig: `platelight train TASK` does not take them, or the job gives one of them itself; or there is no such
            task or recipe, or it learns from another kind of set, or from passes that this one lacks.
    """
    from core.cli.train import train
    from core.tasks import check_task, default_recipe
    from core.training.config import read_recipe

    check_task(task)
    if task not in _LEARNS_FROM_SCENES:
        raise BadConfig(
            f"--train-task {task}: does not learn from rendered scenes; of the job's set can be learnt "
            f"{', '.join(_LEARNS_FROM_SCENES)}"
        )
    lacking = [name for name in _LEARNS_FROM_SCENES[task] if passes != "all" and name not in _names(passes)]
    if lacking:
        raise BadConfig(f"--train-task {task}: needs {' and '.join(lacking)} too; add to --passes")
    checked, given = _checked("--train-options", train, [task, "--data", ".", "--out", "."], words, _OF_TRAIN)
    try:
        recipe = given["recipe"] or default_recipe(task)
        recipe = _absolute(recipe) if recipe.endswith(".json") else recipe
        config = read_recipe(recipe).with_changes({name: given[name] for name in _SETTINGS})
    except PlatelightError as error:
        raise BadConfig(f"--train-options: {error}") from error
    if config.task != task:
        raise BadConfig(f"--train-options: recipe {recipe} is for the task {config.task!r}, not {task!r}")
    return checked


def _checked(
    option: str, function: Callable[..., None], given: list[str], words: Sequence[str], refused: dict[str, str]
) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Return the words with absolute paths, and the value of every parameter of `function`."""
    app = typer.Typer(add_completion=False)
    app.command()(function)
    command: Any = typer.main.get_command(app)
    try:
        # Without its own --help, which would print and end the program here.
        context = command.make_context(function.__name__, [*given, *words], help_option_names=[])
        named, _, _ = command.make_parser(context).parse_args(list(words))
    except Exception as error:
        # The command-line library moves its error classes about between releases; what they can do stays.
        if not hasattr(error, "format_message"):
            raise
        text = str(error.format_message()).rstrip(". ")
        raise BadConfig(f"{option}: {text}; see `platelight {function.__name__} --help`") from error
    for name in named:
        if name in refused:
            raise BadConfig(f"{option}: --{name} cannot be among them; {refused[name]}")
    places = {name for name, hint in get_type_hints(function).items() if _holds_path(hint)}
    paths = {name for one in command.params if one.name in places for name in one.opts}
    return _anywhere(words, paths), dict(context.params)


def _holds_path(hint: Any) -> bool:
    return hint is Path or any(_holds_path(part) for part in get_args(hint))


def _anywhere(words: Sequence[str], paths: set[str]) -> tuple[str, ...]:
    """Return the words with absolute values of the options `paths`, and of `--recipe` where it is a file."""
    told: list[str] = []
    before = ""
    for word in words:
        name, sign, value = word.partition("=")
        if before in paths or (before == "--recipe" and word.endswith(".json")):
            told.append(_absolute(word))
        elif sign and (name in paths or (name == "--recipe" and value.endswith(".json"))):
            told.append(f"{name}={_absolute(value)}")
        else:
            told.append(word)
        before = word
    return tuple(told)


def _absolute(path: str) -> str:
    from core.card import shipped_models

    if path in shipped_models() and not os.path.exists(path):
        return path
    # No shell opens the quotes that these words stand in, so nobody else makes a home of "~".
    return os.path.abspath(os.path.expanduser(path))
