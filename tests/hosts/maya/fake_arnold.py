"""Arnold's part played by the embedded renderer: it reads the scene from the nodes and writes what the AOVs ask for.

`N` and `P` come in world space, data AOVs by the closest sample, as Arnold documents them. An AOV that is wired in a
way that Arnold would not understand is an error.
"""

from __future__ import annotations

import numpy as np

from core.image import Image, write_image
from core.normals import camera_to_world
from scene_generator.maya_scene.arnold import DRIVER, OCCLUSION, OPTIONS, SMOOTH
from scene_generator.maya_scene.materials import ALBEDO, COVER, DATA, ID_ATTRIBUTE
from scene_generator.renderers import Frame, RenderSettings
from scene_generator.renderers.mitsuba import MitsubaRenderer
from scene_generator.spec import SceneSpec
from tests.hosts.maya import scenes
from tests.hosts.maya.fake_cmds import FakeCmds
from tests.hosts.maya.graph import Graph
from tests.hosts.maya.reader import GraphLibrary, read_scene

SUFFIXES = ("X", "Y", "Z"), ("R", "G", "B")


class FakeArnold:
    """Renders with Mitsuba; `frames` keeps what it rendered."""

    def __init__(self, renderer: MitsubaRenderer, *, licensed: bool = True) -> None:
        self._renderer = renderer
        self._licensed = licensed
        self.frames: list[Frame] = []

    def __call__(self, cmds: FakeCmds, prefix: str) -> None:
        graph = cmds.graph
        _check_options(graph)
        if not self._licensed:
            raise RuntimeError("[mtoa] Arnold render aborted: ARNOLD license not found")
        spec, library = read_scene(graph)
        frame = self.render(graph, spec, library)
        self.frames.append(frame)
        write_image(f"{prefix}.exr", _merged(graph, spec, frame), dtype="float")

    def render(self, graph: Graph, spec: SceneSpec, library: GraphLibrary) -> Frame:
        """Render the scene as the options ask."""
        settings = RenderSettings(
            width=graph.get("defaultResolution.width"),
            height=graph.get("defaultResolution.height"),
            samples=graph.get(f"{OPTIONS}.AASamples") ** 2,
            bounces=graph.get(f"{OPTIONS}.GITotalDepth") + 1,
            denoise=False,
            occlusion_samples=4,
            occlusion_radius=graph.get("openness.farClip") if "openness" in graph.nodes else 1.0,
        )
        again = MitsubaRenderer(self._renderer.variant, scenes.TEXTURE_SIZE, library=library)
        return again.render(spec, settings)


def _check_options(graph: Graph) -> None:
    wanted = {
        f"{OPTIONS}.abortOnLicenseFail": True,
        f"{OPTIONS}.skipLicenseCheck": False,
        f"{DRIVER}.aiTranslator": "exr",
        f"{DRIVER}.mergeAOVs": True,
        f"{DRIVER}.halfPrecision": False,
        f"{DRIVER}.colorManagement": 0,
    }
    wrong = {plug: graph.get(plug) for plug, value in wanted.items() if graph.get(plug) != value}
    if wrong:
        raise RuntimeError(f"Arnold would not give a float EXR without watermarks: {wrong}")
    if "<RenderPass>" in graph.get("defaultRenderGlobals.imageFilePrefix"):
        raise RuntimeError("merged AOVs and <RenderPass> do not go together")


def _merged(graph: Graph, spec: SceneSpec, frame: Frame) -> Image:
    names, planes = ["R", "G", "B", "A"], [frame.passes["beauty"]]
    k = 0
    while node := graph.connections.get(f"{OPTIONS}.aovList[{k}]", "").partition(".")[0]:
        name = graph.get(f"{node}.name")
        values = _aov(graph, node, name, spec, frame)
        names += [f"{name}.{suffix}" for suffix in SUFFIXES[graph.get(f"{node}.type") == 5]]
        planes.append(values)
        k += 1
    return Image(np.concatenate(planes, -1), tuple(names))


def _aov(graph: Graph, node: str, name: str, spec: SceneSpec, frame: Frame) -> np.ndarray:
    assert graph.source(f"{node}.outputs[0].driver") == f"{DRIVER}.message"
    filter_ = graph.source(f"{node}.outputs[0].filter").partition(".")[0]
    closest = graph.get(f"{filter_}.aiTranslator") == "closest"
    shader = graph.source(f"{node}.defaultValue")
    eye = np.asarray(spec.camera.to_world).reshape(4, 4)
    hit = frame.passes["id"] > 0
    if name == "N":
        assert closest
        return camera_to_world(frame.passes["normal"], spec.camera.to_world)
    if name == "P":
        assert closest
        return np.where(hit, frame.passes["position"] @ eye[:3, :3].T + eye[:3, 3], 0)
    if name == SMOOTH:
        assert closest
        assert graph.get(f"{shader.partition('.')[0]}.variable") == 10
        return camera_to_world(frame.passes["normal_unbumped"], spec.camera.to_world)
    if name == OCCLUSION:
        assert graph.node(shader.partition(".")[0]).type.name == "aiAmbientOcclusion"
        return np.repeat(frame.passes["occlusion"], 3, -1)
    slot = _slot(graph, name)
    if slot == 1:
        assert (name, closest) == (ALBEDO, True)
        return frame.passes["albedo"]
    if slot == 2:
        assert (name, closest) == (DATA, True)
        return np.concatenate([frame.passes[p] for p in ("roughness", "metalness", "id")], -1)
    assert (name, slot, closest) == (COVER, 3, False)
    return np.repeat(frame.passes["beauty"][..., 3:], 3, -1)


def _slot(graph: Graph, name: str) -> int:
    """Which of the id AOVs of every material has this name; checks how each is wired."""
    slots = set()
    for shader in [node for node in graph.nodes.values() if node.type.name == "aiStandardSurface"]:
        (slot,) = [k for k in range(1, 9) if graph.get(f"{shader.name}.aovId{k}") == name]
        slots.add(slot)
        number = graph.source(f"{shader.name}.id2B").partition(".")[0]
        assert graph.get(f"{number}.attribute") == ID_ATTRIBUTE
        for k, plug, part in ((1, "baseColor", "id1"), (2, "specularRoughness", "id2R"), (2, "metalness", "id2G")):
            if k == slot and not shader.name.endswith("Glow"):
                assert graph.source(f"{shader.name}.{part}") == graph.source(f"{shader.name}.{plug}")
    (one,) = slots
    numbers = sorted(
        graph.get(f"{node.name}.mtoa_constant_{ID_ATTRIBUTE}")
        for node in graph.nodes.values()
        if node.type.name == "mesh"
    )
    assert numbers == [float(k + 1) for k in range(len(numbers))], "numbers of objects and lamps"
    return one
