"""Normal Map From Texture: a file texture goes to the worker, its normal map comes back wired to the materials."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from maya_plugin.background import Task
from maya_plugin.commands.command import Command, Flag
from maya_plugin.errors import BadSetting, NothingChosen, notice
from maya_plugin.nodes import RAW_NAMES, add_file, colour_space, destinations, has_attribute, selected, source_of
from maya_plugin.scene_watch import Begun, changed_words
from maya_plugin.session import Session
from maya_plugin.textures import UDIM, beside, file_of, tiles, with_mark
from maya_plugin.worker_jobs import Made, run_job
from worker_link.jobs import NormalMapOptions, TextureFrame
from worker_link.running import Worker

__all__ = ["COMMAND", "wire"]

_TITLE = "Normal Map From Texture"
_TILEABLE = {"auto": None, "yes": True, "no": False}
_INPUTS = ("normalCamera", "bumpMap")
"""Where materials take a bump: Maya's and Arnold's."""

_ARNOLDS_FLIPS = ("aiFlipR", "aiFlipG")
"""What Arnold adds to `bump2d` while it is loaded: a map that is read as it is has neither."""

_UDIM_MODE = 3
_OTHER_TILES = {1: "0-based (ZBrush)", 2: "1-based (Mudbox)", 4: "Explicit Tiles"}
"""Values of `file.uvTilingMode`."""


def _run(session: Session, values: Mapping[str, Any]) -> str:
    """Hand the texture in; returns the path of the map, where the network gets it when it is done."""
    host = session.host
    node, texture = _texture(session, values)
    target = with_mark(values["out"]) or beside(texture, "_normal.png")
    frames = [
        TextureFrame(path, target.replace(UDIM, tile) if UDIM in target else target) for path, tile in tiles(texture)
    ]
    if len({frame.normal_map for frame in frames}) < len(frames):
        raise BadSetting(f"out is {target}, and the texture has {len(frames)} tiles; put <UDIM> into the name")
    there = [frame.normal_map for frame in frames if os.path.exists(frame.normal_map)]
    if there and not values["overwrite"]:
        raise BadSetting(f"{there[0]}: is there already; name another file with out, or use overwrite")
    space = ""
    if values["wire"]:
        space = colour_space(host, RAW_NAMES, "space for raw data", "wire=False makes the map alone")
    begun = Begun(session, [node] if node else [])
    options = NormalMapOptions(
        model=values["model"] or None,
        strength=values["strength"],
        flat=values["flat"],
        invert=values["invert"],
        tileable=_TILEABLE[values["tileable"]],
        convention="opengl",  # what bump2d and aiNormalMap read without a flip
        color_space=values["colorSpace"] or None,
    )

    def work(worker: Worker, task: Task) -> Made:
        return run_job(worker, task, frames, options, own_model=bool(values["model"]))

    def finished(made: Made) -> None:
        session.learn(made.abilities)
        first = made.done[0]
        path = target if UDIM in target else first.normal_map if isinstance(first, TextureFrame) else target
        if not values["wire"]:
            words = f"made {path}"
        elif begun.whole():
            words = wire(session, begun.now(node) if node else "", path, space, values["replace"])
        else:
            words = changed_words(path)
        notice(host, "\n".join([words, *made.failures]))

    session.run(COMMAND.name, _TITLE, session.with_worker(work), finished, now=values["wait"])
    return target


def wire(session: Session, node: str, path: str, space: str, replace: bool = False) -> str:
    """Connect a normal map to the materials that `node` colours, in one step of undo. Returns what was done, in words.

    A material whose bump is taken keeps it unless `replace` is set. Without a material the map's nodes are made and
    left for the person to connect; without a node that is named, too.
    """
    host = session.host
    materials = _materials(session, node) if node else []
    free = [plug for plug in materials if replace or not source_of(host, plug)]
    name = os.path.splitext(os.path.basename(path))[0].replace(UDIM, "").rstrip("._-")
    name = "".join(sign if sign.isalnum() and sign.isascii() else "_" for sign in name)
    name = name if not name[:1].isdigit() else f"_{name}"
    arnold = bool(free) and all(host.call("nodeType", plug.partition(".")[0]).startswith("ai") for plug in free)
    with host.undo_chunk(f"Platelight {_TITLE}"):
        picture = add_file(host, name, path, space, node)
        if UDIM in path:
            host.call("setAttr", f"{picture}.uvTilingMode", _UDIM_MODE)
            host.call("setAttr", f"{picture}.fileTextureName", path.replace(UDIM, "1001"), type="string")
        if arnold:
            bump = str(host.call("shadingNode", "aiNormalMap", asUtility=True, name=f"{name}Bump", skipSelect=True))
            host.call("setAttr", f"{bump}.tangentSpace", True)
            host.call("setAttr", f"{bump}.colorToSigned", True)
            host.call("connectAttr", f"{picture}.outColor", f"{bump}.input")
            output = f"{bump}.outValue"
        else:
            bump = str(host.call("shadingNode", "bump2d", asUtility=True, name=f"{name}Bump", skipSelect=True))
            host.call("setAttr", f"{bump}.bumpInterp", 1)  # tangent-space normals, from the colour of the same file
            for flip in _ARNOLDS_FLIPS:  # on by default, as it seems: for maps of the other hand
                if has_attribute(host, bump, flip):
                    host.call("setAttr", f"{bump}.{flip}", False)
            host.call("connectAttr", f"{picture}.outAlpha", f"{bump}.bumpValue")
            output = f"{bump}.outNormal"
        for plug in free:
            host.call("connectAttr", output, plug, force=replace)
    kept = [plug for plug in materials if plug not in free]
    if kept:
        return f"made {path} and {bump}; {', '.join(kept)} has a bump already and keeps it (replace changes that)"
    if not free:
        return f"made {path} and {bump}; connect {output} to the normalCamera of a material"
    return f"made {path}, wired by {bump} to {', '.join(free)}"


def _materials(session: Session, node: str) -> list[str]:
    """Bump inputs of the materials that a texture drives, through other nodes as well (a grade, a mix), a few deep."""
    host, found, seen, edge = session.host, [], {node}, [node]
    for _ in range(6):
        following = []
        for one in edge:
            for plug in destinations(host, one):
                after = plug.partition(".")[0]
                if after in seen:
                    continue
                seen.add(after)
                inputs = [name for name in _INPUTS if has_attribute(host, after, name)]
                if inputs and host.call("nodeType", after) not in ("bump2d", "samplerInfo"):
                    found.append(f"{after}.{inputs[0]}")
                else:
                    following.append(after)
        edge = following
    return found


def _texture(session: Session, values: Mapping[str, Any]) -> tuple[str, str]:
    """(file node or empty, path of the texture, which may hold <UDIM>)."""
    host = session.host
    if values["file"]:
        return "", with_mark(values["file"])
    node = values["node"]
    if not node:
        found = selected(host, "file")
        if len(found) != 1:
            many = f"{len(found)} file textures are selected" if found else "no file texture is selected"
            raise NothingChosen(f"{many}; select one, or name a picture with file")
        node = found[0]
    elif not host.call("objExists", node) or host.call("nodeType", node) != "file":
        raise NothingChosen(f"{node}: is no file texture; name a node of type file")
    path = with_mark(file_of(host, f"{node}.fileTextureName"))
    if not path:
        raise NothingChosen(f"{node}: names no file")
    mode = int(host.call("getAttr", f"{node}.uvTilingMode") or 0)
    if mode in _OTHER_TILES:
        raise NothingChosen(
            f"{node}: UV Tiling Mode is {_OTHER_TILES[mode]}, whose tiles are not known here; name them as UDIM tiles "
            "(skin.1001.png) and choose UDIM (Mari), or name one picture with file"
        )
    if mode == _UDIM_MODE and UDIM not in path:
        where, name = os.path.split(path)
        parts = name.rsplit("1001", 1)
        path = f"{where}/{parts[0]}{UDIM}{parts[1]}" if len(parts) == 2 else path
    return str(node), path


COMMAND = Command(
    "platelightNormalMap",
    _TITLE,
    "make the tangent-space normal map of a file texture, and wire it to the materials that the texture colours",
    (
        Flag("node", "n", "text", "", "file node; empty: the selected one", label="File node"),
        Flag("file", "f", "file", "", "a picture instead of a node; its map is made, and wired to nothing",
             label="Or a picture"),
        Flag("out", "o", "file", "", "the map to write (.png, .tif, .exr); empty: NAME_normal.png beside the texture",
             label="Normal map"),
        Flag("strength", "st", "float", 1.0, "factor on all slopes", low=0.0, high=100.0, label="Strength"),
        Flag("flat", "fl", "float", 0.0, "press slopes below about this to nothing, such as 0.02",
             low=0.0, high=100.0, label="Flatten below"),
        Flag("invert", "iv", "bool", False, "turn hollows into bumps", label="Invert"),
        Flag("tileable", "ti", "choice", "auto", "whether the texture repeats", ("auto", "yes", "no"),
             label="Repeats"),
        Flag("colorSpace", "cs", "text", "", "of the texture, as OpenColorIO names it; empty: what the file says",
             label="Colour space"),
        Flag("model", "m", "text", "", "folder of another texture model; empty: the shipped one", label="Model"),
        Flag("wire", "wi", "bool", True, "make the nodes and connect them", label="Wire it up"),
        Flag("replace", "rp", "bool", False, "take the place of a bump that is there", label="Replace a bump"),
        Flag("overwrite", "ow", "bool", False, "write over a file that is there", label="Overwrite the file"),
        Flag("wait", "w", "bool", False, "return when all is done; always so in batch"),
    ),
    _run,
    job="normal_map",
    icon="platelight_normal_map.png",
)  # fmt: skip
