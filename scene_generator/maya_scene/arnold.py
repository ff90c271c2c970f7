"""How Arnold renders a scene: one merged float EXR with the beauty and every data pass as an AOV.

Arnold's own `N` and `P` are in world space and are turned into camera space afterwards, where the pictures are read.
Data AOVs have the closest filter, which takes one sample a pixel and averages nothing. Without a licence Arnold stops;
it never renders watermarks here (`abortOnLicenseFail`, and `ARNOLD_FORCE_ABORT_ON_LICENSE_FAIL` in the environment).
"""

from __future__ import annotations

import math

from scene_generator.maya_scene.commands import Command, CommandList
from scene_generator.maya_scene.facts import Picture
from scene_generator.maya_scene.materials import ALBEDO, COVER, DATA

OPTIONS, DRIVER, FILTER = "defaultArnoldRenderOptions", "defaultArnoldDriver", "defaultArnoldFilter"
"""Nodes that Arnold for Maya looks for by these names; its `createOptions` makes the same ones."""

SMOOTH, OCCLUSION = "pl_smooth", "pl_occlusion"
"""AOVs of shaders of their own: the normal without bump, world space; and ambient occlusion."""

RGB, VECTOR = 5, 7
"""Values of `aiAOV.type`."""

STATE_NS = 10
"""Value of `aiStateVector.variable` for the smooth shading normal without bump."""

SUPPORTED = (
    *("beauty", "normal", "normal_unbumped", "albedo", "roughness", "metalness", "depth", "position", "id"),
    *("occlusion", "motion_forward", "motion_backward"),
)
"""Passes of `scene_generator.renderers.PASSES` that this plan gives: all of them."""


def arnold_commands(picture: Picture, prefix: str, camera: str) -> list[Command]:
    """Return the commands that set up and run the render; the scene's own are `scene.scene_commands`.

    Args:
        prefix: absolute path of the picture without its ending.
        camera: symbol of the camera's shape.
    """
    out = CommandList()
    _add_nodes(out)
    out.set("defaultRenderGlobals.currentRenderer", "arnold")
    _add_quality(out, picture)
    _add_output(out, picture, prefix)
    out.set(f"{camera}.renderable", True)
    for k, (name, kind, shader, averaged) in enumerate(_aovs(out, picture)):
        node = out.create("aiAOV", f"aov_{name}")
        out.set(f"{node}.name", name)
        out.set(f"{node}.type", kind)
        out.connect(f"{node}.message", f"{OPTIONS}.aovList[{k}]")
        out.connect(f"{DRIVER}.message", f"{node}.outputs[0].driver")
        out.connect(f"{FILTER if averaged else '@closest'}.message", f"{node}.outputs[0].filter")
        if shader:
            out.connect(shader, f"{node}.defaultValue")
    out.call("arnoldRender", batch=True, camera=camera, width=picture.width, height=picture.height)
    return out.commands


def _add_nodes(out: CommandList) -> None:
    for kind, name in (("aiOptions", OPTIONS), ("aiAOVDriver", DRIVER), ("aiAOVFilter", FILTER)):
        out.call("createNode", kind, name=name, shared=True, skipSelect=True)
    out.connect(f"{DRIVER}.message", f"{OPTIONS}.driver")
    out.connect(f"{FILTER}.message", f"{OPTIONS}.filter")
    closest = out.create("aiAOVFilter", "closest")
    out.set(f"{closest}.aiTranslator", "closest")
    # A box of one pixel, as the embedded renderer has it: each pixel is the mean of its own samples.
    out.set(f"{FILTER}.aiTranslator", "box")
    out.set(f"{FILTER}.width", 1.0)


def _add_quality(out: CommandList, picture: Picture) -> None:
    """One path a camera sample: `AASamples` squared is the number of paths a pixel."""
    depth = max(picture.bounces - 1, 0)
    for name, value in (
        ("abortOnLicenseFail", True),
        ("skipLicenseCheck", False),
        ("abortOnError", True),
        ("renderDevice", 0),
        ("AASamples", max(1, math.ceil(math.sqrt(picture.samples)))),
        ("enableAdaptiveSampling", False),
        ("use_sample_clamp", False),
        ("indirectSampleClamp", 1e4),
        ("GIDiffuseSamples", 1),
        ("GISpecularSamples", 1),
        ("GIDiffuseDepth", depth),
        ("GISpecularDepth", depth),
        ("GITotalDepth", depth),
        ("lock_sampling_noise", True),
        ("AA_seed", picture.seed % 100000),
        ("motion_blur_enable", False),
        ("autotx", False),
        ("use_existing_tiled_textures", False),
        ("textureAcceptUntiled", True),
        ("textureAcceptUnmipped", True),
        ("aovMode", 1),
        ("log_verbosity", 1),
    ):
        out.set(f"{OPTIONS}.{name}", value)


def _add_output(out: CommandList, picture: Picture, prefix: str) -> None:
    for plug, value in (
        (f"{DRIVER}.aiTranslator", "exr"),
        (f"{DRIVER}.mergeAOVs", True),
        (f"{DRIVER}.halfPrecision", False),
        (f"{DRIVER}.exrTiled", False),
        (f"{DRIVER}.multipart", False),
        (f"{DRIVER}.preserveLayerName", True),
        (f"{DRIVER}.autocrop", False),
        (f"{DRIVER}.colorManagement", 0),  # as rendered
        (f"{DRIVER}.prefix", ""),
        ("defaultRenderGlobals.animation", False),
        ("defaultRenderGlobals.imageFilePrefix", prefix),
        ("defaultRenderGlobals.useRenderRegion", False),
        ("defaultResolution.width", picture.width),
        ("defaultResolution.height", picture.height),
        ("defaultResolution.pixelAspect", 1.0),
        ("defaultResolution.deviceAspectRatio", picture.width / picture.height),
    ):
        out.set(plug, value)


def _aovs(out: CommandList, picture: Picture) -> list[tuple[str, int, str, bool]]:
    """Name, type, shader's plug ("" for what Arnold or a material writes itself), whether filtered."""
    found = [
        ("N", VECTOR, "", False),
        ("P", VECTOR, "", False),
        (DATA, RGB, "", False),
        (COVER, RGB, "", True),
    ]
    if "albedo" in picture.passes:
        found.append((ALBEDO, RGB, "", False))
    if "normal_unbumped" in picture.passes:
        out.call("shadingNode", "aiStateVector", asUtility=True, name="@smoothNormal", skipSelect=True)
        out.set("@smoothNormal.variable", STATE_NS)
        found.append((SMOOTH, RGB, "@smoothNormal.outValue", False))
    if "occlusion" in picture.passes:
        out.call("shadingNode", "aiAmbientOcclusion", asShader=True, name="@openness", skipSelect=True)
        out.set("@openness.samples", max(1, math.ceil(math.sqrt(picture.occlusion_samples))))
        out.set("@openness.spread", 1.0)
        out.set("@openness.farClip", picture.occlusion_radius)
        out.set("@openness.falloff", 0.0)
        found.append((OCCLUSION, RGB, "@openness.outColor", True))
    return found
