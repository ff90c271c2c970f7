"""Plate Normals On Image Plane: a camera's plate goes to the worker, its normals come back on a plane before it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from maya_plugin.background import Task
from maya_plugin.commands.command import Command, Flag
from maya_plugin.errors import BadSetting, notice
from maya_plugin.nodes import RAW_NAMES, all_of, colour_space, source_of
from maya_plugin.plate import OURS, Plate, find_plate
from maya_plugin.scene_watch import Begun, changed_words
from maya_plugin.session import Session
from maya_plugin.textures import beside
from maya_plugin.worker_jobs import Made, run_job
from worker_link.jobs import Frame, NormalsOptions
from worker_link.running import Worker

__all__ = ["CAMERA_FLAGS", "COMMAND", "SHARED_FLAGS", "normals_frames", "normals_options", "show_plane"]

_TITLE = "Plate Normals On Image Plane"
_FORWARD = 0.999
"""The new plane's depth over that of the plate's: before it by so little that no lens shows it."""

CAMERA_FLAGS = (
    Flag("camera", "c", "text", "", "camera; empty: the selected one, or the only one with an image plane",
         label="Camera"),
    Flag("frames", "fr", "choice", "current", "current: the frame of the timeline; range: the playback range",
         ("current", "range"), label="Frames"),
)  # fmt: skip

SHARED_FLAGS = (
    Flag("detail", "d", "choice", "medium", "as `platelight normals --detail`", ("low", "medium", "high"),
         label="Detail"),
    Flag("colorSpace", "cs", "text", "", "of the plate, as OpenColorIO names it (ACEScg); empty: what the file says",
         label="Plate's colour space"),
    Flag("folder", "fo", "folder", "", "where the normals go; empty: a folder `normals` beside the plate",
         label="Normals go to"),
)  # fmt: skip


def normals_frames(plate: Plate, folder: str, preview: bool = True) -> list[Frame]:
    """The plate's frames and where their normals go: an EXR each, and a PNG that Maya can show."""
    place = folder or f"{os.path.dirname(plate.files[0])}/normals"

    def beside_it(path: str, ending: str) -> str:
        return beside(path, ending, place, frame=plate.sequence)

    return [
        Frame(path, beside_it(path, "_normals.exr"), beside_it(path, "_normals.png") if preview else "")
        for path in plate.files
    ]


def normals_options(plate: Plate, values: Mapping[str, Any]) -> NormalsOptions:
    """The worker's options: the lens is the camera's."""
    return NormalsOptions(
        detail=values["detail"],
        focal_length=plate.focal_length,
        film_back=plate.film_back,
        color_space=values["colorSpace"] or None,
        deflicker=len(plate.files) > 1,
    )


def _run(session: Session, values: Mapping[str, Any]) -> list[str]:
    """Hand the frames in; returns the EXRs that they will be."""
    host = session.host
    plate = find_plate(host, values)
    frames = normals_frames(plate, values["folder"])
    there = [frame.normals for frame in frames if os.path.exists(frame.normals)]
    if there and not values["overwrite"]:
        raise BadSetting(f"{there[0]}: is there already; name another folder, or use overwrite")
    space = ""
    if values["plane"]:
        space = colour_space(host, RAW_NAMES, "space for raw data", "plane=False makes the normals alone")
    begun = Begun(session, (plate.shape, plate.plane))

    def work(worker: Worker, task: Task) -> Made:
        return run_job(worker, task, frames, normals_options(plate, values))

    def finished(made: Made) -> None:
        session.learn(made.abilities)
        done = [frame for frame in made.done if isinstance(frame, Frame)]
        words = f"{len(done)} of {len(frames)} frames have normals, first {done[0].normals}"
        if values["plane"] and not begun.whole():
            words += f"\n{changed_words(done[0].normals)}"
        elif values["plane"]:
            there = replace(plate, shape=begun.now(plate.shape), plane=begun.now(plate.plane))
            words += f"; shown by {show_plane(session, there, done, space)}"
        notice(host, "\n".join([words, *made.failures[:3]]))

    session.run(COMMAND.name, _TITLE, session.with_worker(work), finished, now=values["wait"])
    return [frame.normals for frame in frames]


def show_plane(session: Session, plate: Plate, frames: Sequence[Frame], space: str) -> str:
    """Add an image plane with the normals' pictures before that of the plate, in one step of undo; the shape's name."""
    host = session.host
    with host.undo_chunk(f"Platelight {_TITLE}"):
        made = all_of(host.call("imagePlane", camera=plate.shape, fileName=frames[0].preview))
        shape = made[-1]  # transform, shape
        host.call("addAttr", shape, longName=OURS, dataType="string")
        host.call("setAttr", f"{shape}.{OURS}", frames[0].normals, type="string")
        host.call("setAttr", f"{shape}.ignoreColorSpaceFileRules", True)
        host.call("setAttr", f"{shape}.colorSpace", space, type="string")
        host.call("setAttr", f"{shape}.depth", float(host.call("getAttr", f"{plate.plane}.depth")) * _FORWARD)
        for name in ("fit", "frameOffset"):
            host.call("setAttr", f"{shape}.{name}", host.call("getAttr", f"{plate.plane}.{name}"))
        for name in ("sizeX", "sizeY", "offsetX", "offsetY"):
            host.call("setAttr", f"{shape}.{name}", host.call("getAttr", f"{plate.plane}.{name}"))
        if plate.sequence and len(frames) > 1:
            host.call("setAttr", f"{shape}.useFrameExtension", True)
            driver = source_of(host, f"{plate.plane}.frameExtension") or "time1.outTime"
            host.call("connectAttr", driver, f"{shape}.frameExtension", force=True)
    return shape


COMMAND = Command(
    "platelightPlateNormals",
    _TITLE,
    "make camera-space normals of a camera's plate as EXR (layer N, -1..1), and show them before the plate",
    (
        *CAMERA_FLAGS,
        *SHARED_FLAGS,
        Flag("plane", "pl", "bool", True, "add an image plane that shows them", label="Show them"),
        Flag("overwrite", "ow", "bool", False, "write over files that are there", label="Overwrite files"),
        Flag("wait", "w", "bool", False, "return when all is done; always so in batch"),
    ),
    _run,
    job="normals",
    icon="platelight_plate_normals.png",
)
