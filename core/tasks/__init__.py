"""What Platelight can learn: one file a task, named here as text so that `--help` needs no torch."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from core.errors import BadConfig, MissingPart
from worker_link.json_text import read_json

if TYPE_CHECKING:
    from core.training.config import TrainConfig
    from core.training.task import Task

__all__ = ["TASKS", "build_task", "check_task", "default_recipe"]

TASKS = {
    "plate_normals": "core.tasks.plate_normals:PlateNormals",
    "pix2pix_normals": "core.tasks.pix2pix_normals:Pix2PixNormals",
    "texture_normals": "core.tasks.texture_normals:TextureNormals",
    "images": "core.tasks.images:Images",
    "occlusion": "core.tasks.occlusion:Occlusion",
    "occlusion_style": "core.tasks.occlusion_style:OcclusionStyle",
    "material": "core.tasks.material:Material",
    "material_experiment": "core.tasks.material_experiment:MaterialExperiment",
}
"""Task name -> "module:Class"."""

_NEWER_RECIPES = {
    "plate_normals": "plate_normals_second",
    "texture_normals": "texture_normals_second",
    "images": "images_projected",
}


def default_recipe(task: str) -> str:
    """The shipped recipe that `platelight train TASK` takes where none is named: the newest of the task's product that
    does not go on from another run.

    Raises:
        BadConfig: the task is an experiment of several recipes, none of which comes first; the message lists them.
    """
    from core.training.config import RECIPES

    name = _NEWER_RECIPES.get(task, f"{task}_first")
    if not (RECIPES / f"{name}.json").is_file():
        own = [file.stem for file in sorted(RECIPES.glob("*.json")) if read_json(file).get("task") == task]
        raise BadConfig(f"task {task}: say which recipe with --recipe: {', '.join(own)}")
    return name


def check_task(name: str) -> None:
    """Raises BadConfig, listing the names, where there is no such task."""
    if name not in TASKS:
        raise BadConfig(f"task {name!r}: unknown; the tasks are {', '.join(TASKS)}")


def build_task(config: TrainConfig) -> Task:
    """The task that `config` names, with fresh weights drawn from `config.seed`.

    Raises:
        BadConfig: there is no such task, or `config.model` or `config.augmentation` do not fit it.
        MissingPart: torch is not installed.
    """
    check_task(config.task)
    module, _, name = TASKS[config.task].partition(":")
    try:
        import torch

        kind = getattr(importlib.import_module(module), name)
    except ImportError as error:
        raise MissingPart(f"training needs {error.name}; install it with: pip install 'platelight[train]'") from error
    torch.manual_seed(config.seed)
    task: Task = kind(config)
    return task
