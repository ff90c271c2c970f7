"""All commands, in the order of the menu."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maya_plugin import PLUGIN_VERSION
from maya_plugin.background import Task
from maya_plugin.commands import (
    generate_dataset,
    material,
    normal_map,
    occlusion,
    plate_normals,
    random_scene,
    relight_rig,
)
from maya_plugin.commands.command import Command, Flag
from maya_plugin.errors import WorkFailed, tell
from maya_plugin.session import Session
from maya_plugin.worker_jobs import KNOWN
from worker_link.errors import WorkerError
from worker_link.running import Worker

__all__ = ["CHECK", "COMMANDS", "GROUPS"]


def _check(session: Session, values: Mapping[str, Any]) -> None:
    """Start the worker if need be and ask what it can do."""

    def work(worker: Worker, task: Task) -> dict[str, str]:
        task.show(0, "asking the worker")
        try:
            return worker.capabilities()
        except WorkerError as error:
            raise WorkFailed(str(error)) from error

    def finished(abilities: dict[str, str]) -> None:
        session.learn(abilities)
        lines = [f"Platelight {PLUGIN_VERSION} in Maya {session.host.version()}. The worker answers."]
        lines += [f"{kind}: {abilities.get(kind, 'not known to it') or 'ready'}" for kind in KNOWN]
        tell(session.host, "\n".join(lines))

    session.run(CHECK.name, "Check Worker", session.with_worker(work), finished, now=values["wait"])


CHECK = Command(
    "platelightCheckWorker",
    "Check Worker",
    "start the process that models run in, if need be, and say what it can do",
    (Flag("wait", "w", "bool", False, "return when it has answered; always so in batch"),),
    _check,
    panel="",
    icon="platelight_check.png",
)

GROUPS: tuple[tuple[Command, ...], ...] = (
    (random_scene.COMMAND, generate_dataset.COMMAND),
    (normal_map.COMMAND, material.COMMAND, occlusion.COMMAND),
    (plate_normals.COMMAND, relight_rig.COMMAND),
    (CHECK,),
)
"""As the menu divides them."""

COMMANDS: tuple[Command, ...] = tuple(command for group in GROUPS for command in group)
