"""A SceneSpec as the commands that build it: camera, meshes, materials, lights.

One of Maya's own units, the centimetre, is a metre: whoever runs the commands sees to it that `setAttr` takes them too
(`maya_plugin.scene.ground`). Camera and world space need no change: Maya's are right-handed with +Y up, and its cameras
look down their own -Z (docs/host-evidence.md says how sure that is).
"""

from __future__ import annotations

import json

from scene_generator.maya_scene.commands import Command, CommandList
from scene_generator.maya_scene.facts import ARNOLD, HostFacts
from scene_generator.maya_scene.files import SceneFiles
from scene_generator.maya_scene.geometry import add_objects
from scene_generator.maya_scene.lights import add_lamps, add_sky
from scene_generator.maya_scene.materials import add_materials
from scene_generator.spec import Camera, SceneSpec

GROUP = "@platelight"
"""The transform that holds all of it: deleting it deletes the scene's shapes and lights."""

CAMERA = "@shotCamera"

IDENTITY = "platelightScene"
"""Attribute of the group: which draw this is, as JSON, so that a scene can be made again or locked."""

MM_PER_INCH = 25.4


def scene_commands(spec: SceneSpec, files: SceneFiles, facts: HostFacts, aspect: float = 1.0) -> list[Command]:
    """Return the commands that build `spec`, which change nothing of what is in the Maya scene already.

    Args:
        files: of the same scene, see `files.write_files`.
        aspect: width over height of the pictures, for the camera's film back.
    """
    out = CommandList()
    out.create("transform", GROUP[1:])
    out.call("addAttr", GROUP, longName=IDENTITY, dataType="string")
    out.set(f"{GROUP}.{IDENTITY}", _identity(spec))
    add_camera(out, spec.camera, facts, aspect)
    add_materials(out, files, facts)
    add_objects(out, spec, files, facts, GROUP)
    add_lamps(out, spec, facts, GROUP)
    add_sky(out, files, facts, GROUP)
    return out.commands


def add_camera(out: CommandList, camera: Camera, facts: HostFacts, aspect: float) -> None:
    """Add the camera: film back in inches, focal length in millimetres, focus in metres.

    Arnold's opening is a radius in scene units (Arnold User Guide, Cameras); Maya Software goes by the f-number.
    """
    place = out.place(CAMERA[1:], camera.to_world, GROUP)
    shape = out.create("camera", f"{CAMERA[1:]}Shape", place)
    out.set(f"{shape}.horizontalFilmAperture", camera.horizontal_aperture_mm / MM_PER_INCH)
    out.set(f"{shape}.verticalFilmAperture", camera.horizontal_aperture_mm / aspect / MM_PER_INCH)
    out.set(f"{shape}.filmFit", 1)  # horizontal: the width of the picture is the width of the film back
    out.set(f"{shape}.focalLength", camera.focal_length_mm)
    out.set(f"{shape}.nearClipPlane", 0.01)
    out.set(f"{shape}.farClipPlane", 1000.0)
    blurred = camera.f_number > 0
    out.set(f"{shape}.depthOfField", blurred)
    if blurred:
        out.set(f"{shape}.fStop", camera.f_number)
        out.set(f"{shape}.focusDistance", camera.focus_distance)
    if facts.plan == ARNOLD:
        out.set(f"{shape}.aiEnableDOF", blurred)
        if blurred:
            out.set(f"{shape}.aiFocusDistance", camera.focus_distance)
            out.set(f"{shape}.aiApertureSize", 5e-4 * camera.focal_length_mm / camera.f_number)


def _identity(spec: SceneSpec) -> str:
    kept = {name: getattr(spec, name) for name in ("recipe", "family", "seed", "index", "attempt", "frame", "version")}
    return json.dumps(kept, sort_keys=True)
