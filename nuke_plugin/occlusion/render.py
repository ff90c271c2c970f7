"""Occlusion of a PlateOcclusion node: normals and depth to EXR, the worker beside Nuke, the result read back."""

from __future__ import annotations

from typing import Callable

from nuke_plugin.batch import Batch
from nuke_plugin.camera import find_camera, link_lens, take_lens, take_pixel_aspect
from nuke_plugin.controls import NORMALS_FROM
from nuke_plugin.errors import BadRange, WrongNode
from nuke_plugin.frames import plate_files
from nuke_plugin.host import Host, Node
from nuke_plugin.knobs import choice_number, inner, knob, new_node
from nuke_plugin.occlusion.controls import (
    CAMERA_INPUT,
    DEPTH_INPUT,
    DEPTHS,
    NODE_CLASS,
    NORMALS_INPUT,
    NOTHING_YET,
    QUALITIES,
    RADII,
    SOURCES,
)
from nuke_plugin.round_trip import (
    file_pattern,
    frame_range,
    hand_over,
    one_view,
    read_back,
    render_frames,
    result_folder,
)
from worker_link.jobs import OcclusionFrame, OcclusionOptions
from worker_link.running import Worker

__all__ = ["create", "created", "input_changed", "link_camera", "render"]


def create(host: Host) -> Node:
    """Make a node behind what is selected, with the plate's pixel aspect. Raises `WrongNode` where Nuke cannot."""
    node = new_node(host, NODE_CLASS)
    take_pixel_aspect(node)
    return node


def created(host: Host, node: Node) -> None:
    """Runs when a node is made or a script with one is opened: says what it holds, changes nothing else."""
    if host.gui():
        _show(node)


def input_changed(node: Node) -> None:
    """Something was connected: see `nuke_plugin.camera.take_lens`."""
    take_lens(node, CAMERA_INPUT)


def link_camera(node: Node) -> None:
    """Have the field of view follow the camera at the `cam` input. Raises `WrongNode` where there is none."""
    link_lens(node, find_camera(node.input(CAMERA_INPUT)))


def render(host: Host, node: Node, make_worker: Callable[[], Worker] | None = None) -> Batch:
    """Render normals and depth, hand them to the worker, and return; when it is done the node reads the occlusion.

    Raises:
        WrongNode: what is needed is not connected or could not be rendered, or the script has several views.
        BadRange: the frames run backwards, there is no folder to write to, or a number that cannot be meant.
    """
    if node.input(0) is None:
        raise WrongNode(f"{node.name()}: no plate is connected to its first input")
    if choice_number(knob(node, "normals_from"), NORMALS_FROM) == 1 and node.input(NORMALS_INPUT) is None:
        raise WrongNode(f"{node.name()}: Normals from is its own input, and nothing is connected to `normals`")
    one_view(host, node)
    first, last = frame_range(node)
    options, with_depth = _options(node, first), _has_depth(node)
    folder = result_folder(host, node, "normals, depth and their occlusion")
    surfaces, results = ("/".join((folder, what, file_pattern(host, node))) for what in ("surfaces", "ao"))
    numbers = list(range(first, last + 1))
    # Known here only: an expression of Nuke's cannot tell whether an input is connected.
    knob(node, "with_depth").setValue(with_depth)
    # Rounded depth is a staircase whose steps would occlude; normals stand rounding, and take half the room.
    knob(inner(node, "PlateFile"), "datatype").setValue("32 bit float" if with_depth else "16 bit half")
    render_frames(host, node, surfaces, numbers, "normals and depth were")
    # One file is both: its layer N the normals, its depth.Z the depth.
    frames = [
        OcclusionFrame(given, made, given if with_depth else "")
        for given, made in zip(plate_files(surfaces, numbers), plate_files(results, numbers))
    ]

    def take(found: Node) -> None:
        read_back(found, results, first, last, SOURCES)
        _show(found, ", of normals and depth" if with_depth else ", of normals only")

    return hand_over(host, node, frames, options, take, results, make_worker)


def _has_depth(node: Node) -> bool:
    choice = choice_number(knob(node, "depth_from"), DEPTHS)
    return choice == 1 or (choice == 0 and node.input(DEPTH_INPUT) is not None)


def _options(node: Node, first: int) -> OcclusionOptions:
    """What the worker is told: numbers of the first frame. Strength is none of it: the node applies that afterwards,
    while one looks."""
    radius, stage, fov, aspect = (
        float(knob(node, name).getValueAt(first)) for name in ("radius", "stage", "fov", "pixel_aspect")
    )
    if not radius > 0.0:
        raise BadRange(f"{node.name()}: a radius of {radius:g}; it has to be above 0")
    if not stage > 0.0:
        raise BadRange(f"{node.name()}: a flat stage at {stage:g} metres; it has to be above 0")
    if not 1.0 <= fov <= 170.0:
        raise BadRange(f"{node.name()}: a field of view of {fov:g} degrees; expected 1 to 170")
    return OcclusionOptions(
        radius=radius,
        relative=choice_number(knob(node, "radius_is"), RADII) == 0,
        distance=stage,
        fast=choice_number(knob(node, "quality"), QUALITIES) == 1,
        fov=fov,
        pixel_aspect=aspect,
    )


def _show(node: Node, made_of: str = "") -> None:
    reader = inner(node, "Prerendered")
    if str(knob(reader, "file").value() or ""):
        first, last = (int(knob(reader, name).value()) for name in ("first", "last"))
        knob(node, "status").setValue(f"Rendered: frames {first} to {last}{made_of}.")
    else:
        knob(node, "status").setValue(NOTHING_YET)
