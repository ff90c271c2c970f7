"""What `platelight farm write` is given for other commands, tried here: no farm should find a typing error at night."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_args, get_type_hints

import typer
import typer.main

from core.errors import BadConfig

__all__ = ["check_generate_options", "check_passes", "check_recipe", "check_train_options"]

_OF_GENERATE = {
    **dict.fromkeys(("shard", "pack"), "the job sets it for each task"),
    "preview": "a task has nobody to look at one",
    "out": "use --data",
    "workers": "use --cores",
    **{name: f"use --{name} of farm write" for name in ("recipe", "count", "seed", "size", "samples", "passes")},
}
"""Options of `generate` that the job gives by itself -> what to do instead."""

_OF_TRAIN = {"data": "the job trains on its own set", "out": "use --train"}


def check_recipe(recipe: str) -> None:
    """Raise SpecError if `recipe` is neither a shipped recipe's name nor a readable recipe file."""
    from scene_generator.recipe import load_recipe

    load_recipe(recipe)


def check_passes(passes: str) -> None:
    """Raise BadConfig unless `passes` is `all` or comma-separated names of passes, with beauty and normal."""
    from scene_generator.renderers.contract import PASSES

    names = [name.strip() for name in passes.split(",")]
    if passes == "all":
        return
    unknown = [name for name in names if name not in PASSES]
    if unknown:
        raise BadConfig(f"--passes {passes!r}: {unknown[0]!r} is unknown; known are {', '.join(PASSES)}, or all")
    if not {"beauty", "normal"} <= set(names):
        raise BadConfig(f"--passes {passes!r}: beauty and normal are always needed; add them")


def check_generate_options(words: Sequence[str]) -> tuple[str, ...]:
    """Return `words` with absolute paths, as the machines need them: each stands in a folder of its own.

    Raises:
        BadConfig: `platelight generate` does not take them, or the job gives one of them itself.
    """
    from core.cli.generate import generate

    return _checked("--generate-options", generate, ["--out", "."], words, _OF_GENERATE)


def check_train_options(task: str, words: Sequence[str]) -> tuple[str, ...]:
    """Return `words` with absolute paths; names of shipped models and recipes stay.

    Raises:
        BadConfig: `platelight train TASK` does not take them, or the job gives one of them itself.
    """
    from core.cli.train import train

    return _checked("--train-options", train, [task, "--data", ".", "--out", "."], words, _OF_TRAIN)


def _checked(
    option: str, function: Callable[..., None], given: list[str], words: Sequence[str], refused: dict[str, str]
) -> tuple[str, ...]:
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
    return _anywhere(words, {name for one in command.params if one.name in places for name in one.opts})


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
