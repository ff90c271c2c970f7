"""Match Material From Picture: a picture of an object goes to the worker, its material comes back as a shader."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from maya_plugin.background import Task
from maya_plugin.commands.command import Command, Flag
from maya_plugin.errors import BadSetting, NothingChosen, WorkFailed, notice
from maya_plugin.host import Host
from maya_plugin.nodes import leaf_of, selected
from maya_plugin.rendering_space import in_space, rendering_space
from maya_plugin.scene_watch import Begun, changed_words
from maya_plugin.session import Session
from maya_plugin.textures import beside
from maya_plugin.worker_jobs import Made, run_job
from worker_link.jobs import MaterialFrame, MaterialOptions
from worker_link.json_text import read_json
from worker_link.light import Color
from worker_link.running import Worker

__all__ = ["COMMAND", "make_shader"]

_TITLE = "Match Material From Picture"
_NUMBERS = {
    "base": "base",
    "specular": "specular",
    "specular_roughness": "specularRoughness",
    "metalness": "metalness",
}
_SPACE = "lin_rec709"
"""Of the colours that the worker writes."""

_COLORS = {"base_color": "baseColor", "specular_color": "specularColor"}
"""Names of MaterialX's `standard_surface` -> Maya's."""


def _run(session: Session, values: Mapping[str, Any]) -> str:
    """Hand the picture in; returns the path that the values will have."""
    host = session.host
    if not values["file"]:
        raise NothingChosen("no picture is named; give one of an object, as a photograph or a render, with file")
    for name in ("file", "mask"):
        if values[name] and not os.path.isfile(values[name]):
            raise NothingChosen(
                f"{values[name]}: there is no such file; name the {'picture' if name == 'file' else name}"
            )
    target = values["out"] or beside(values["file"], "_material.json")
    if os.path.exists(target) and not values["overwrite"]:
        raise BadSetting(f"{target}: is there already; name another file with out, or use overwrite")
    chosen = selected(host, "mesh", below=True) if values["assign"] else []
    begun = Begun(session, chosen)
    options = MaterialOptions(
        model=values["model"] or None, exposure=values["exposure"], color_space=values["colorSpace"] or None
    )
    frames = [MaterialFrame(values["file"], target, values["mask"])]

    def work(worker: Worker, task: Task) -> Made:
        return run_job(worker, task, frames, options, own_model=bool(values["model"]))

    def finished(made: Made) -> None:
        session.learn(made.abilities)
        name = os.path.splitext(os.path.basename(values["file"]))[0]
        if begun.same_scene():  # a mesh that is gone needs no material; the others get it
            words = make_shader(host, name, target, [path for path in map(begun.now, chosen) if path])
        else:
            words = changed_words(target)
        notice(host, "\n".join([words, *made.notes]))

    session.run(COMMAND.name, _TITLE, session.with_worker(work), finished, now=values["wait"])
    return str(target)


def make_shader(host: Host, name: str, path: str, shapes: list[str]) -> str:
    """Make a `standardSurface` of values that the worker wrote, in one step of undo. Returns what was done, in words.

    Args:
        host: Maya.
        name: wanted name; made valid.
        path: of the JSON.
        shapes: meshes that get it.

    Raises:
        WorkFailed: the file holds no material.
    """
    try:
        told = read_json(path)
        numbers = {attribute: float(told[key]) for key, attribute in _NUMBERS.items()}
        colors = {attribute: _color(told[key]) for key, attribute in _COLORS.items()}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WorkFailed(f"{path}: holds no material ({error}); match it again") from error
    plain = "".join(sign if sign.isalnum() and sign.isascii() else "_" for sign in name)
    plain = plain if plain[:1].isalpha() else f"_{plain}"
    rendering = rendering_space(host)
    with host.undo_chunk(f"Platelight {_TITLE}"):
        shader = str(host.call("shadingNode", "standardSurface", asShader=True, name=plain, skipSelect=True))
        for attribute, number in numbers.items():
            host.call("setAttr", f"{shader}.{attribute}", number)
        for attribute, color in colors.items():
            host.call("setAttr", f"{shader}.{attribute}", *in_space(color, _SPACE, rendering), type="double3")
        group = str(host.call("sets", renderable=True, noSurfaceShader=True, empty=True, name=f"{shader}SG"))
        host.call("connectAttr", f"{shader}.outColor", f"{group}.surfaceShader")
        if shapes:
            host.call("sets", *shapes, edit=True, forceElement=group)
    given = f", given to {', '.join(leaf_of(one) for one in shapes)}" if shapes else ""
    return f"made {shader} of {path}{given}"


def _color(parts: Sequence[Any]) -> Color:
    red, green, blue = (float(part) for part in parts)  # ValueError: more or fewer than three
    return red, green, blue


COMMAND = Command(
    "platelightMatchMaterial",
    _TITLE,
    "make a standardSurface of the material of the object in a picture, with how sure each number is",
    (
        Flag("file", "f", "file", "", "photograph or render of one object", label="Picture"),
        Flag("mask", "m", "file", "", "white, or opaque, where the object is; empty: the picture's alpha",
             label="Mask"),
        Flag("out", "o", "file", "", "values to write (.json); empty: NAME_material.json beside the picture",
             label="Values"),
        Flag("exposure", "e", "float", 0.0, "stops to add to the picture first", low=-20.0, high=20.0,
             label="Exposure"),
        Flag("colorSpace", "cs", "text", "", "of the picture, as OpenColorIO names it; empty: what the file says",
             label="Colour space"),
        Flag("model", "mo", "text", "", "folder of another material model; empty: the shipped one", label="Model"),
        Flag("assign", "a", "bool", True, "give the material to the selected meshes", label="Give to selection"),
        Flag("overwrite", "ow", "bool", False, "write over a file that is there", label="Overwrite the file"),
        Flag("wait", "w", "bool", False, "return when all is done; always so in batch"),
    ),
    _run,
    job="material",
    icon="platelight_material.png",
)  # fmt: skip
