"""Occlusion From Normals and Depth: pictures of normals and depth go to the worker, their occlusion comes back."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from maya_plugin.background import Task
from maya_plugin.commands.command import Command, Flag
from maya_plugin.errors import BadSetting, NothingChosen, notice
from maya_plugin.nodes import RAW_NAMES, add_file, colour_space
from maya_plugin.scene_watch import Begun, changed_words
from maya_plugin.session import Session
from maya_plugin.textures import beside
from maya_plugin.worker_jobs import Made, run_job
from worker_link.jobs import OcclusionFrame, OcclusionOptions
from worker_link.running import Worker

__all__ = ["COMMAND"]

_TITLE = "Occlusion From Normals and Depth"


def _run(session: Session, values: Mapping[str, Any]) -> str:
    """Hand the pictures in; returns the path that the occlusion will have."""
    host = session.host
    if not values["normals"]:
        raise NothingChosen("no picture of normals is named; Plate Normals On Image Plane makes one (EXR, layer N)")
    for name in ("normals", "depth"):
        if values[name] and not os.path.isfile(values[name]):
            raise NothingChosen(f"{values[name]}: there is no such file; name the picture of the {name}")
    target = values["out"] or beside(values["normals"], "_occlusion.png")
    if os.path.exists(target) and not values["overwrite"]:
        raise BadSetting(f"{target}: is there already; name another file with out, or use overwrite")
    space = ""
    if values["texture"]:
        space = colour_space(host, RAW_NAMES, "space for raw data", "texture=False makes the picture alone")
    begun = Begun(session)
    options = OcclusionOptions(
        model=values["model"] or None,
        radius=values["radius"],
        distance=values["distance"],
        strength=values["strength"],
        fov=values["fov"] or None,
    )
    frames = [OcclusionFrame(values["normals"], target, values["depth"])]

    def work(worker: Worker, task: Task) -> Made:
        return run_job(worker, task, frames, options, own_model=bool(values["model"]))

    def finished(made: Made) -> None:
        session.learn(made.abilities)
        words = [f"made {target}", *made.notes]
        if values["texture"] and not begun.same_scene():
            words[0] = changed_words(target)
        elif values["texture"]:
            with host.undo_chunk(f"Platelight {_TITLE}"):
                node = add_file(host, "occlusion", target, space)
                host.call("setAttr", f"{node}.alphaIsLuminance", True)
            words[0] += f", read by {node}"
        notice(host, "\n".join(words))

    session.run(COMMAND.name, _TITLE, session.with_worker(work), finished, now=values["wait"])
    return str(target)


COMMAND = Command(
    "platelightOcclusion",
    _TITLE,
    "make ambient occlusion of camera-space normals and depth: 1 is open, 0 is shut in",
    (
        Flag("normals", "n", "file", "", "EXR with camera-space normals, layer N", label="Normals"),
        Flag("depth", "d", "file", "", "EXR with depth along the camera's axis, metres; empty: a plane",
             label="Depth"),
        Flag("out", "o", "file", "", "what to write (.png, .tif, .exr); empty: NAME_occlusion.png beside the normals",
             label="Occlusion"),
        Flag("radius", "r", "float", 1.0, "how far away something may be and still occlude, metres", low=1e-3, high=1e4,
             label="Radius"),
        Flag("strength", "st", "float", 1.0, "factor on what is shut in", low=0.0, high=100.0, label="Strength"),
        Flag("distance", "di", "float", 2.0, "metres to the surface, where there is no depth", low=1e-3, high=1e5,
             label="Distance without depth"),
        Flag("fov", "fv", "float", 0.0, "field of view along the longer side, degrees; 0: what the model assumes",
             low=0.0, high=170.0, label="Field of view"),
        Flag("model", "m", "text", "", "folder of another occlusion model; empty: the shipped one", label="Model"),
        Flag("texture", "t", "bool", True, "make a file texture that reads it", label="Make a texture node"),
        Flag("overwrite", "ow", "bool", False, "write over a file that is there", label="Overwrite the file"),
        Flag("wait", "w", "bool", False, "return when all is done; always so in batch"),
    ),
    _run,
    job="occlusion",
    icon="platelight_occlusion.png",
)  # fmt: skip
