"""Pre-render of a PlateNormals node: the plate to EXR, the worker's normals beside it, and the node reads them."""

from __future__ import annotations

from typing import Callable

from nuke_plugin.batch import Batch
from nuke_plugin.controls import COLOURS, DETAILS, LOOK_COUNTS, LOOKS, SOURCES
from nuke_plugin.errors import WrongNode
from nuke_plugin.frames import plate_files
from nuke_plugin.host import Host, Node
from nuke_plugin.knobs import choice_number, knob
from nuke_plugin.round_trip import (
    file_pattern,
    frame_range,
    hand_over,
    one_view,
    read_back,
    render_frames,
    result_folder,
)
from nuke_plugin.working_space import BYPASS
from worker_link.jobs import Frame, NormalsOptions
from worker_link.running import Worker

__all__ = ["prerender"]

_DISPLAYED = "srgb_rec709_scene"


def prerender(host: Host, node: Node, make_worker: Callable[[], Worker] | None = None) -> Batch:
    """Render the plate, then hand it to the worker; when that is done the node reads its normals.

    What is written is what the model would see: the plate in scene-linear Rec.709 with the node's exposure, its alpha,
    format and bounding box, as half float EXR.

    Raises:
        WrongNode: no plate is connected, the script has several views, or the plate could not be rendered.
        BadRange: the frames run backwards, or there is no folder to write to.
    """
    if node.input(0) is None:
        raise WrongNode(f"{node.name()}: no plate is connected to its first input")
    one_view(host, node)
    first, last = frame_range(node)
    folder = result_folder(host, node, "the plate and its normals")
    plates, normals = ("/".join((folder, what, file_pattern(host, node))) for what in ("plate", "normals"))
    numbers = list(range(first, last + 1))
    render_frames(host, node, plates, numbers, "the plate was")
    frames = [Frame(a, b) for a, b in zip(plate_files(plates, numbers), plate_files(normals, numbers))]

    def take(found: Node) -> None:
        read_back(found, normals, first, last, SOURCES)

    return hand_over(host, node, frames, _options(node, first), take, normals, make_worker)


def _options(node: Node, first: int) -> NormalsOptions:
    """What the worker is told; the lens is that of the first frame, wherever the timeline stands."""
    chosen = knob(node, "prerender_detail").value()
    displayed = knob(node, "input_colours").value() in (COLOURS[BYPASS], BYPASS)
    return NormalsOptions(
        detail=chosen if chosen in DETAILS else DETAILS[int(chosen)],
        size=int(knob(node, "process_size").value()),
        looks=LOOK_COUNTS[choice_number(knob(node, "looks"), LOOKS)],
        fov=float(knob(node, "fov").getValueAt(first)),
        pixel_aspect=float(knob(node, "pixel_aspect").getValueAt(first)),
        deflicker=bool(knob(node, "deflicker").value()),
        color_space=_DISPLAYED if displayed else None,
    )
