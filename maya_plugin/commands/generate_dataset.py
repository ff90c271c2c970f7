"""Generate Dataset: settings go to a process beside Maya, or into a farm's job files."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, Callable

from maya_plugin.background import Task
from maya_plugin.commands.command import Command, Flag
from maya_plugin.commands.scene_choice import changed_recipe, parse_counts
from maya_plugin.dataset import process
from maya_plugin.dataset.process import Preview
from maya_plugin.dataset.settings import PLACES, RENDERERS, DatasetSettings, load_preset
from maya_plugin.errors import notice
from maya_plugin.paths import in_project, recipe_in_project
from maya_plugin.session import Session

__all__ = ["COMMAND", "RECIPE_FILE", "generate", "preview"]

_TITLE = "Generate Dataset"
RECIPE_FILE = "recipe.json"
"""The changed recipe, beside the set or the job: whoever runs it again needs the same."""


def generate(session: Session, settings: DatasetSettings, *, now: bool = False) -> Task:
    """Make the set, or write the farm job.

    Raises:
        BadSetting: a setting that cannot be worked with.
        NotAvailable: there is no environment with Platelight; or numpy is missing for a changed recipe.
    """
    settings = _placed(session, settings)
    python = process.python_for_sets()
    recipe = _recipe(settings, settings.job if settings.place == "farm" else settings.out)
    words = process.arguments(settings, recipe)
    total = 0 if settings.place == "farm" else settings.count

    def work(task: Task) -> str:
        task.show(0, "starting")
        return process.run(task, words, settings, total, python)

    def finished(said: str) -> None:
        notice(session.host, f"{_TITLE}: {settings.job if settings.place == 'farm' else settings.out}\n{said}")

    return session.run(COMMAND.name, _TITLE, work, finished, now=now)


def preview(session: Session, settings: DatasetSettings, shown: Callable[[Preview, str], Any]) -> Task:
    """Render a few scenes at low cost, in a temporary folder that `shown` may read from and removes.

    Raises as `generate`.
    """
    settings = _placed(session, settings)
    python = process.python_for_sets()
    folder = tempfile.mkdtemp(prefix="platelight_preview_")
    try:
        recipe = _recipe(settings, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    words = process.preview_arguments(settings, recipe, folder)

    def work(task: Task) -> Preview:
        try:
            task.show(0, "a few scenes, to look at and to estimate by")
            process.run(task, words, settings, 0, python)
            return process.read_preview(folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    return session.run(COMMAND.name, f"{_TITLE}: preview", work, lambda found: shown(found, folder))


def _run(session: Session, values: Mapping[str, Any]) -> list[str]:
    """Returns the words behind `platelight` that are being run."""
    named = values["preset"]
    settings = load_preset(named) if named else DatasetSettings()
    given = {name: values[name] for name in asdict(settings) if values[name] != getattr(DatasetSettings(), name)}
    settings = _placed(session, DatasetSettings(**{**asdict(settings), **given}))
    words = process.arguments(settings, _named(settings))
    if not values["dryRun"]:
        generate(session, settings, now=values["wait"])
    return words


def _placed(session: Session, settings: DatasetSettings) -> DatasetSettings:
    """The same settings, checked, with whole paths: the process runs in a folder of its own, which is removed with
    whatever a relative path would put there. Raises BadSetting."""
    host = session.host
    placed = replace(
        settings,
        out=in_project(host, settings.out),
        job=in_project(host, settings.job),
        recipe=recipe_in_project(host, settings.recipe),
    )
    placed.check()
    return placed


def _named(settings: DatasetSettings) -> str:
    """What the recipe will be called: its own name, or the file of the changed one."""
    if not settings.families.strip() and not settings.ranges.strip():
        return settings.recipe
    folder = settings.job if settings.place == "farm" else settings.out
    return os.path.join(os.path.abspath(folder), RECIPE_FILE)


def _recipe(settings: DatasetSettings, folder: str) -> str:
    """The recipe's name, or the file that the changed one was written to."""
    families = [name.strip() for name in settings.families.split(",") if name.strip()]
    counts = parse_counts(settings.ranges)
    if not families and not counts:
        return settings.recipe
    changed = changed_recipe(settings.recipe, families, counts)
    path = os.path.join(os.path.abspath(folder), RECIPE_FILE)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(json.dumps(changed.to_dict(), indent=2) + "\n")
    return path


COMMAND = Command(
    "platelightGenerateDataset",
    _TITLE,
    "make a training set of random scenes: here, in mayapy beside this Maya, or as a farm job",
    (
        Flag("preset", "p", "file", "", "a preset of the panel; other flags change it"),
        Flag("recipe", "r", "text", "plate_normals", "a shipped recipe, or a .json file"),
        Flag("families", "fa", "text", "", "only these, with commas; empty: all of the recipe"),
        Flag("ranges", "ra", "text", "", "other ranges than the recipe's: room.things=2:5, street.cars=0"),
        Flag("count", "n", "int", 24, "scenes", low=1),
        Flag("seed", "s", "int", 0, "of the set", low=0),
        Flag("size", "si", "int", 256, "width and height, pixels", low=16, high=4096),
        Flag("samples", "sa", "int", 16, "light paths a pixel", low=1, high=4096),
        Flag("passes", "pa", "text", "all", "with commas, or all"),
        Flag("out", "o", "folder", "", "folder of the shards"),
        Flag("place", "pl", "choice", "here", "here: Platelight's own renderer on this machine; mayapy: Maya without a "
             "window on this machine; farm: write job files", PLACES),
        Flag("renderer", "re", "choice", "embedded", "for mayapy (arnold or software) and farm", RENDERERS),
        Flag("workers", "w", "int", 0, "processes at once; 0: one a processor", low=0, high=1024),
        Flag("tasks", "t", "int", 4, "tasks of a farm job", low=1, high=10000),
        Flag("job", "j", "folder", "", "folder of a farm job's files"),
        Flag("dryRun", "dr", "bool", False, "only return the words that would follow `platelight`"),
        Flag("wait", "wa", "bool", False, "return when all is done; always so in batch"),
    ),
    _run,
    panel="dataset",
    asks=True,
    icon="platelight_generate_dataset.png",
)  # fmt: skip
