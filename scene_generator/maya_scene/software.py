"""How Maya Software renders a scene where Arnold is missing: three pictures, one after the other.

beauty    as lit by Maya's own lights; no indirect light, a sky of a few directional lights, lamps that are not seen
normals   every object with a flat shader of its bumped camera-space normal, mapped to 0..1
data      every object with a flat shader of its number and its depth

The two data pictures are three times as large as asked for, so that the middle one of each 3 x 3 lies at the pixel's
centre: Maya Software averages over edges and cannot be told not to.
"""

from __future__ import annotations

from scene_generator.maya_scene.commands import Command, CommandList
from scene_generator.maya_scene.facts import Picture
from scene_generator.maya_scene.files import SceneFiles
from scene_generator.maya_scene.geometry import object_node
from scene_generator.spec import SceneSpec

SUPPORTED = ("beauty", "normal", "depth", "position", "id", "motion_forward", "motion_backward")
"""Passes of `scene_generator.renderers.PASSES` that this plan gives. It has no albedo, roughness, metalness or
occlusion, and no normals without bump."""

OVERSIZE = 3
"""Data pictures are so many times as wide and high."""

NUMBERS = 65535.0
"""An object's number is stored divided by this."""

FAR = 400.0
"""Depth in metres that is stored as 1; what lies further has no depth. In 16 bits a step is 6 mm."""

TIFF16, EXR = 4, 51
"""Values of `defaultRenderGlobals.imageFormat`: 16-bit TIFF, and a format by `imfPluginKey`."""


def software_commands(
    spec: SceneSpec, files: SceneFiles, picture: Picture, prefix: str, camera: str
) -> list[tuple[str, list[Command]]]:
    """Return name and commands of each of the three pictures, in order; each ends with `render`.

    Args:
        prefix: absolute path of the pictures without name and ending: `_beauty`, `_normals` and `_data` follow.
        camera: symbol of the camera's shape.
    """
    beauty = CommandList()
    _add_output(beauty, picture, f"{prefix}_beauty", camera, 1)
    beauty.set("defaultRenderQuality.enableRaytracing", True)
    beauty.set("defaultRenderQuality.edgeAntiAliasing", 0)  # highest
    _render(beauty, picture, camera, 1)

    normals = CommandList()
    _add_output(normals, picture, f"{prefix}_normals", camera, OVERSIZE)
    _flatten(normals)
    normals.call("shadingNode", "samplerInfo", asUtility=True, name="@sampler", skipSelect=True)
    for k, material in enumerate(files.materials):
        source = f"@m{k:03d}Bump.outNormal" if material.normal else "@sampler.normalCamera"
        _normal_shader(normals, f"n{k:03d}", source)
    for i, thing in enumerate(spec.objects):
        _assign(normals, object_node(i, thing.name), f"@n{files.material_of[i]:03d}SG")
    _render(normals, picture, camera, OVERSIZE)

    data = CommandList()
    _add_output(data, picture, f"{prefix}_data", camera, OVERSIZE)
    _flatten(data)
    _depth(data)
    for i, thing in enumerate(spec.objects):
        shader = _flat_shader(data, f"d{i:03d}")
        data.set(f"{shader}.outColorR", (i + 1) / NUMBERS)
        data.connect("@depth.outValueX", f"{shader}.outColorG")
        data.set(f"{shader}.outColorB", 1.0)
        _assign(data, object_node(i, thing.name), f"{shader}SG")
    _render(data, picture, camera, OVERSIZE)
    return [("beauty", beauty.commands), ("normals", normals.commands), ("data", data.commands)]


def _add_output(out: CommandList, picture: Picture, prefix: str, camera: str, times: int) -> None:
    float_format = times == 1
    for plug, value in (
        ("defaultRenderGlobals.currentRenderer", "mayaSoftware"),
        ("defaultRenderGlobals.imageFormat", EXR if float_format else TIFF16),
        ("defaultRenderGlobals.imfPluginKey", "exr" if float_format else ""),
        ("defaultRenderGlobals.animation", False),
        ("defaultRenderGlobals.imageFilePrefix", prefix),
        ("defaultRenderGlobals.useRenderRegion", False),
        ("defaultRenderGlobals.enableDefaultLight", False),
        ("defaultResolution.width", picture.width * times),
        ("defaultResolution.height", picture.height * times),
        ("defaultResolution.pixelAspect", 1.0),
        ("defaultResolution.deviceAspectRatio", picture.width / picture.height),
        (f"{camera}.renderable", True),
    ):
        out.set(plug, value)


def _flatten(out: CommandList) -> None:
    # Data passes see a pinhole, and as little averaging over edges as there is.
    out.set("@shotCameraShape.depthOfField", False)
    out.set("defaultRenderQuality.enableRaytracing", False)
    for name, value in (("edgeAntiAliasing", 3), ("shadingSamples", 1), ("maxShadingSamples", 1)):
        out.set(f"defaultRenderQuality.{name}", value)
    out.set("defaultRenderQuality.useMultiPixelFilter", False)


def _flat_shader(out: CommandList, name: str) -> str:
    out.call("shadingNode", "surfaceShader", asShader=True, name=f"@{name}", skipSelect=True)
    out.call("sets", renderable=True, noSurfaceShader=True, empty=True, name=f"@{name}SG")
    out.connect(f"@{name}.outColor", f"@{name}SG.surfaceShader")
    return f"@{name}"


def _normal_shader(out: CommandList, name: str, source: str) -> None:
    """Map -1..1 to 0..1: files of 16 bits hold nothing below zero."""
    shader, mapped = _flat_shader(out, name), f"@{name}Mapped"
    out.call("shadingNode", "setRange", asUtility=True, name=mapped, skipSelect=True)
    for plug, value in (("oldMin", -1.0), ("oldMax", 1.0), ("min", 0.0), ("max", 1.0)):
        out.set(f"{mapped}.{plug}", value, value, value)
    out.connect(source, f"{mapped}.value")
    out.connect(f"{mapped}.outValue", f"{shader}.outColor")


def _depth(out: CommandList) -> None:
    out.call("shadingNode", "samplerInfo", asUtility=True, name="@place", skipSelect=True)
    out.call("shadingNode", "setRange", asUtility=True, name="@depth", skipSelect=True)
    # Ahead of the camera is -Z.
    for plug, value in (("oldMinX", -FAR), ("oldMaxX", 0.0), ("minX", 1.0), ("maxX", 0.0)):
        out.set(f"@depth.{plug}", value)
    out.connect("@place.pointCameraZ", "@depth.valueX")


def _assign(out: CommandList, node: str, shading_group: str) -> None:
    out.call("sets", f"{node}Shape", edit=True, forceElement=shading_group)


def _render(out: CommandList, picture: Picture, camera: str, times: int) -> None:
    out.call("render", camera, xresolution=picture.width * times, yresolution=picture.height * times)
