"""One job in a Maya without a window: an empty scene, the spec's nodes, the pictures."""

from __future__ import annotations

import time
from pathlib import Path

from maya_plugin.host import Host, HostError
from maya_plugin.scene.build import build_scene
from maya_plugin.scene.facts import host_facts, render_linear, versions
from scene_generator.maya_scene.arnold import arnold_commands
from scene_generator.maya_scene.commands import Command
from scene_generator.maya_scene.facts import ARNOLD
from scene_generator.maya_scene.job import Job, Result
from scene_generator.maya_scene.scene import CAMERA
from scene_generator.maya_scene.software import software_commands

__all__ = ["render_job"]


def render_job(host: Host, job: Job) -> Result:
    """Render `job` and return where its pictures are.

    Raises:
        HostError: Maya or Arnold refused something, for want of a licence for instance, or wrote no picture.
    """
    started = time.perf_counter()
    host.call("undoInfo", state=False)  # nobody will undo anything, and the queue would grow
    host.call("file", new=True, force=True)
    render_linear(host)
    facts = host_facts(host, job.plan)
    runner = build_scene(host, job.spec, job.files, facts, job.picture.width / job.picture.height)
    seconds = {"maya scene": time.perf_counter() - started}
    pictures: dict[str, str] = {}
    for name, prefix, commands in _shots(job):
        started = time.perf_counter()
        before = _state(prefix)
        runner.run(commands)
        pictures[name] = _written(prefix, before)
        seconds[f"maya {name}"] = time.perf_counter() - started
    return Result(True, pictures, versions=versions(host), seconds=seconds)


def _shots(job: Job) -> list[tuple[str, str, list[Command]]]:
    shape = f"{CAMERA}Shape"
    if job.plan == ARNOLD:
        return [("merged", job.prefix, arnold_commands(job.picture, job.prefix, shape))]
    shots = software_commands(job.spec, job.files, job.picture, job.prefix, shape)
    return [(name, f"{job.prefix}_{name}", commands) for name, commands in shots]


def _state(prefix: str) -> dict[str, tuple[float, int]]:
    place = Path(prefix)
    found = place.parent.glob(f"{place.name}*") if place.parent.is_dir() else ()
    return {str(path): (path.stat().st_mtime, path.stat().st_size) for path in found if path.is_file()}


def _written(prefix: str, before: dict[str, tuple[float, int]]) -> str:
    """The one picture that is new: Maya adds an ending, and some versions a frame number or a folder."""
    new = [path for path, state in _state(prefix).items() if before.get(path) != state and state[1] > 0]
    if len(new) != 1:
        what = "no picture" if not new else f"{len(new)} pictures"
        raise HostError(f"the render ended and wrote {what} at {prefix}*; its log says why (most often: no licence)")
    return new[0]
