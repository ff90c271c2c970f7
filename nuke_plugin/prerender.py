"""Pre-render of a PlateNormals node: the plate to EXR, the worker's normals beside it, and the node reads them."""

from __future__ import annotations

import os
from typing import Callable

from nuke_plugin.batch import Batch, Outcome, start_batch
from nuke_plugin.controls import COLOURS, DETAILS, LOOK_COUNTS, LOOKS, SOURCES
from nuke_plugin.errors import BadRange, PluginError, WrongNode, tell
from nuke_plugin.frames import plate_files
from nuke_plugin.host import Host, Node
from nuke_plugin.knobs import choice_number, inner, knob, set_choice
from nuke_plugin.working_space import BYPASS
from worker_link.jobs import Frame, NormalsOptions
from worker_link.running import Worker

__all__ = ["prerender", "read_back"]

_DISPLAYED = "srgb_rec709_scene"
_FILE = "{name}.%04d.exr"


def prerender(host: Host, node: Node, make_worker: Callable[[], Worker] | None = None) -> Batch:
    """Render the plate, then hand it to the worker; when that is done the node reads its normals.

    What is written is what the model would see: the plate in scene-linear Rec.709 with the node's exposure, its alpha,
    format and bounding box, as half float EXR.

    Raises:
        WrongNode: no plate is connected, or the plate could not be rendered.
        BadRange: the frames run backwards, or there is no folder to write to.
    """
    if node.input(0) is None:
        raise WrongNode(f"{node.name()}: no plate is connected to its first input")
    first, last = int(knob(node, "first").value()), int(knob(node, "last").value())
    if last < first:
        raise BadRange(f"{node.name()}: the frames {first} to {last} run backwards (Pre-render tab)")
    folder = _folder(host, node)
    plates = "/".join((folder, "plate", _FILE.format(name=node.name())))
    normals = "/".join((folder, "normals", _FILE.format(name=node.name())))
    writer = inner(node, "PlateFile")
    knob(writer, "file").setValue(plates)
    try:
        host.execute(writer, first, last)
    except RuntimeError as error:
        raise WrongNode(f"{node.name()}: the plate was not rendered to {plates}: {error}") from error
    numbers = list(range(first, last + 1))
    frames = [Frame(a, b) for a, b in zip(plate_files(plates, numbers), plate_files(normals, numbers))]
    name = node.fullName()

    def finished(outcome: Outcome) -> None:
        found = host.to_node(name)
        if outcome.done and found is not None:
            try:
                read_back(found, normals, first, last)
            except PluginError as error:
                tell(host, str(error))
        tell(host, f"{name}: {outcome.words()}")

    return start_batch(host, f"Platelight: {name}", frames, _options(node), finished, make_worker)


def read_back(node: Node, normals: str, first: int, last: int) -> None:
    """Have the node take its normals from those files, not from the model. Raises `WrongNode` if it is none of ours."""
    reader = inner(node, "Prerendered")
    knob(reader, "file").setValue(normals)
    for name, value in (("first", first), ("last", last), ("origfirst", first), ("origlast", last)):
        knob(reader, name).setValue(value)
    set_choice(knob(node, "source"), SOURCES, 1)


def _options(node: Node) -> NormalsOptions:
    chosen = knob(node, "prerender_detail").value()
    displayed = knob(node, "input_colours").value() in (COLOURS[BYPASS], BYPASS)
    return NormalsOptions(
        detail=chosen if chosen in DETAILS else DETAILS[int(chosen)],
        size=int(knob(node, "process_size").value()),
        looks=LOOK_COUNTS[choice_number(knob(node, "looks"), LOOKS)],
        fov=float(knob(node, "fov").value()),
        deflicker=bool(knob(node, "deflicker").value()),
        color_space=_DISPLAYED if displayed else None,
    )


def _folder(host: Host, node: Node) -> str:
    """Forward slashes, no slash at the end."""
    asked = str(knob(node, "prerender_folder").value() or "").strip()
    if asked:
        return asked.replace("\\", "/").rstrip("/")
    script = host.root().name()
    if not os.path.isabs(script):
        raise BadRange(
            f"{node.name()}: where to? Save the script, or name a folder on the Pre-render tab; the plate and its "
            "normals are written there"
        )
    return os.path.dirname(script).replace("\\", "/") + "/platelight_frames"
