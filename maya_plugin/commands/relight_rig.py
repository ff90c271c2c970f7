"""Relight Rig From Plate: normals of a camera's plate, the light in it, and lights of Maya's that are like it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from maya_plugin.background import Task
from maya_plugin.camera_turn import Matrix, place_at, turn_between
from maya_plugin.commands.command import Command, Flag
from maya_plugin.commands.plate_normals import CAMERA_FLAGS, SHARED_FLAGS, normals_frames, normals_options
from maya_plugin.errors import BadSetting, NothingChosen, WorkFailed, notice
from maya_plugin.light_rig import make_rig
from maya_plugin.nodes import path_of
from maya_plugin.plate import find_plate
from maya_plugin.scene_watch import Begun
from maya_plugin.session import Session
from maya_plugin.worker_jobs import Made, run_job
from worker_link.jobs import LightFrame, LightOptions
from worker_link.light import BadLight, PlateLight, merge_lights, parse_light, read_light
from worker_link.light_turn import turned
from worker_link.light_words import light_words
from worker_link.running import Worker

__all__ = ["COMMAND"]

_TITLE = "Relight Rig From Plate"


def _run(session: Session, values: Mapping[str, Any]) -> str:
    """Returns the camera that saw the plate."""
    host = session.host
    arnold = _with_arnold(session, values["ambient"])
    if values["estimate"]:
        camera = _camera(session, values)
        try:
            light = read_light(values["estimate"])
        except BadLight as error:
            raise NothingChosen(str(error)) from error
        now = float(host.call("currentTime", query=True))
        _make(session, light, place_at(host, camera, now), arnold, ())
        return camera
    plate = find_plate(host, values)
    places: dict[str, Matrix] = {}
    for file, time in zip(plate.files, plate.times):
        places.setdefault(file, place_at(host, plate.camera, time))
    place = places[plate.files[0]]
    frames = normals_frames(plate, values["folder"], preview=False)
    begun = Begun(session, (plate.camera,))
    todo = [frame for frame in frames if not os.path.isfile(frame.normals)]

    def work(worker: Worker, task: Task) -> Made:
        if todo:  # normals that are there, from Plate Normals On Image Plane for instance, are used as they are
            made = run_job(worker, task, todo, normals_options(plate, values))
            task.check()
            if made.failures:
                raise WorkFailed(f"{_TITLE}: {made.failures[0]}")
        pairs = [LightFrame(frame.plate, frame.normals) for frame in frames]
        return run_job(worker, task, pairs, LightOptions(values["colorSpace"] or None))

    def finished(made: Made) -> None:
        session.learn(made.abilities)
        if not begun.whole():
            words = f"the light of {frames[0].plate} is estimated; the scene was changed meanwhile, so no rig was made"
            notice(host, f"{words}: run it again there, the normals are kept")
            return
        try:
            light = merge_lights(
                [
                    turned(parse_light(told, "the worker's answer"), turn_between(places[frame.plate], place))
                    for frame, told in zip(made.done, made.lights)
                ]
            )
        except BadLight as error:
            raise WorkFailed(f"{_TITLE}: {error}") from error
        _make(session, light, place, arnold, made.failures)

    session.run(COMMAND.name, _TITLE, session.with_worker(work), finished, now=values["wait"])
    return plate.camera


def _make(session: Session, light: PlateLight, place: Matrix, arnold: bool, failures: tuple[str, ...]) -> None:
    group = make_rig(session.host, light, place, arnold)
    weak = [f"WEAK: {doubt}" for doubt in light.doubts]
    notice(session.host, "\n".join([f"made {group}: {light_words(light)}", *weak, *failures[:3]]))


def _camera(session: Session, values: Mapping[str, Any]) -> str:
    """The camera for an estimate that is on disk: it needs no plate."""
    named = values["camera"]
    if not named:
        raise BadSetting("estimate needs camera: the name of the camera that saw the plate")
    path = path_of(session.host, named, "camera")
    if session.host.call("nodeType", path) == "camera":
        path = session.host.call("listRelatives", path, parent=True, fullPath=True)[0]
    return str(path)


def _with_arnold(session: Session, ambient: str) -> bool:
    """Whether the ambient part is a dome: where asked for, or where Arnold is loaded already."""
    if ambient == "dome":
        session.host.load_plugin("mtoa")
        return True
    return ambient == "auto" and bool(session.host.call("pluginInfo", "mtoa", query=True, loaded=True))


COMMAND = Command(
    "platelightRelightRig",
    _TITLE,
    "estimate the light that a camera's plate was shot in, and make Maya's lights of it in the world",
    (
        *CAMERA_FLAGS,
        *SHARED_FLAGS,
        Flag("ambient", "am", "choice", "auto",
             "dome: Arnold's; light: Maya's ambient light; auto: a dome where Arnold is loaded",
             ("auto", "dome", "light"), label="Ambient light"),
        Flag("estimate", "es", "file", "", "a light-estimate file instead of a plate; camera has to be named",
             label="Or an estimate"),
        Flag("wait", "w", "bool", False, "return when all is done; always so in batch"),
    ),
    _run,
    job="light",
    icon="platelight_relight_rig.png",
)  # fmt: skip
