"""What `platelight farm write` is given for other commands, tried here: no farm should find a typing error at night."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

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


def check_generate_options(words: Sequence[str]) -> None:
    """Raise BadConfig unless `platelight generate` takes `words` and the job does not give one of them itself."""
    from core.cli.generate import generate

    _check("--generate-options", generate, ["--out", "."], words, _OF_GENERATE)


def check_train_options(task: str, words: Sequence[str]) -> None:
    """Raise BadConfig unless `platelight train TASK` takes `words` and the job does not give one of them itself."""
    from core.cli.train import train

    _check("--train-options", train, [task, "--data", ".", "--out", "."], words, _OF_TRAIN)


def _check(
    option: str, function: Callable[..., None], given: list[str], words: Sequence[str], refused: dict[str, str]
) -> None:
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
