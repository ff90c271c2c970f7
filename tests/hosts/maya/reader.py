"""Walks a graph back into a SceneSpec: what a renderer would find in the nodes, with nothing remembered.

Meshes, textures and the sky come back as a user's assets, held by a library that reads them from the nodes and from the
files that these name. Whatever is wired otherwise than a renderer needs it is an error here.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field

import numpy as np

from core.image import read_image
from scene_generator.asset_files.folders import AssetLibrary
from scene_generator.maya_scene.geometry import NAME
from scene_generator.maya_scene.scene import IDENTITY, MM_PER_INCH
from scene_generator.shapes.mesh import Mesh
from scene_generator.spec import (
    Bump,
    Camera,
    ColorTexture,
    Material,
    Matrix,
    Pattern,
    QuadLight,
    ScalarTexture,
    SceneObject,
    SceneSpec,
    Shape,
    Sky,
)
from scene_generator.textures.maps import TextureMaps
from tests.hosts.maya.fake_cmds import LINEAR, RAW
from tests.hosts.maya.graph import Graph, Node

_FLAT = Pattern("flat", 0, 1)
_BLACK = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class GraphLibrary(AssetLibrary):
    """What was found in the nodes, by names that tell contents apart."""

    meshes: dict[str, Mesh] = field(default_factory=dict)
    textures: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)
    skies: dict[str, np.ndarray] = field(default_factory=dict)

    def mesh(self, name: str) -> Mesh:
        return self.meshes[name]

    def texture(self, name: str, size: int) -> TextureMaps:
        def grown(values: np.ndarray) -> np.ndarray:
            return np.broadcast_to(values, (size, size, *values.shape[2:])).astype(np.float32)

        return TextureMaps(**{key: grown(value) for key, value in self.textures[name].items()})

    def hdri(self, name: str) -> np.ndarray:
        return self.skies[name]


def read_scene(graph: Graph, group: str = "platelight", *, sky: bool = True) -> tuple[SceneSpec, GraphLibrary]:
    """Return the scene under `group` and the library that holds its arrays.

    Args:
        sky: read the dome light too; Maya Software has none.
    """
    library = GraphLibrary()
    identity = json.loads(graph.get(f"{group}.{IDENTITY}"))
    children = [node for node in graph.nodes.values() if node.parent == group]
    objects, lamps, cards = [], [], 0
    for node in children:
        if NAME in node.added:
            objects.append(_object(graph, node, library))
        elif _shape(graph, node).type.name == "areaLight":
            lamps.append(_lamp(graph, node))
        elif _shape(graph, node).type.name == "mesh":
            cards += 1
    assert not sky or cards == len(lamps), "every lamp has a card that shows it"
    spec = SceneSpec(
        identity["recipe"], identity["family"], identity["seed"], identity["index"], identity["attempt"],
        _camera(graph), tuple(objects), tuple(lamps), _sky(graph, library) if sky else Sky(_BLACK, _BLACK, _BLACK),
        frame=identity["frame"], version=identity["version"],
    )  # fmt: skip
    return spec, library


def _shape(graph: Graph, node: Node) -> Node:
    (shape,) = [child for child in graph.nodes.values() if child.parent == node.name]
    return shape


def _matrix(node: Node) -> Matrix:
    return tuple(node.matrix[4 * column + row] for row in range(4) for column in range(4))


def _camera(graph: Graph) -> Camera:
    (shape,) = [node for node in graph.nodes.values() if node.type.name == "camera"]
    name = shape.name
    assert graph.get(f"{name}.filmFit") == 1
    stop = focus = 0.0
    focal = graph.get(f"{name}.focalLength")
    if graph.get(f"{name}.depthOfField"):
        stop, focus = graph.get(f"{name}.fStop"), graph.get(f"{name}.focusDistance")
        if "mtoa" in graph.plugins:
            assert graph.get(f"{name}.aiEnableDOF")
            assert graph.get(f"{name}.aiFocusDistance") == focus
            np.testing.assert_allclose(graph.get(f"{name}.aiApertureSize"), 0.5 * focal / stop / 1000, rtol=1e-12)
    width = graph.get(f"{name}.horizontalFilmAperture") * MM_PER_INCH
    place = _matrix(graph.node(shape.parent))
    return Camera(place, focal, round(width, 9), stop, focus or 1.0)


def _object(graph: Graph, node: Node, library: GraphLibrary) -> SceneObject:
    shape = _shape(graph, node)
    arrays = shape.mesh
    key = hashlib.sha256(b"".join(arrays[name].tobytes() for name in sorted(arrays))).hexdigest()
    library.meshes[key] = Mesh(arrays["positions"], arrays["normals"], arrays["uvs"], arrays["faces"])
    (owner,) = [found for found in graph.nodes.values() if shape.name in found.members]
    return SceneObject(
        graph.get(f"{node.name}.{NAME}"),
        Shape("mesh", (1.0,), 0, key),
        _matrix(node),
        _material(graph, owner.name, library),
    )


def _material(graph: Graph, group: str, library: GraphLibrary) -> Material:
    shader = graph.source(f"{group}.surfaceShader").partition(".")[0]
    assert graph.node(shader).type.name in ("aiStandardSurface", "standardSurface")
    assert graph.get(f"{shader}.base") == 1.0
    assert graph.get(f"{shader}.specularIOR") == 1.5
    repeats: set[tuple[float, float]] = set()
    found = {
        "base_color": _color(graph, shader, repeats),
        "roughness": _grey(graph, f"{shader}.specularRoughness", repeats),
        "metalness": _grey(graph, f"{shader}.metalness", repeats),
    }
    relief = _relief(graph, shader, repeats)
    if relief is not None:
        found["normal"] = relief
    assert len(repeats) < 2, f"{shader}: textures of one material tile differently: {repeats}"
    key = f"{shader} {sorted((k, v.tobytes()[:64], v.shape) for k, v in found.items())}"
    library.textures[key] = found
    grey, one = ScalarTexture(0.0, 0.0, _FLAT), (0.0, 0.0, 0.0)
    repeat = next(iter(repeats), (1.0, 1.0))
    return Material(
        1.0, ColorTexture(one, one, _FLAT), grey, graph.get(f"{shader}.specular"), grey, Bump(0.0, _FLAT), repeat,
        texture_set=key,
    )  # fmt: skip


def _color(graph: Graph, shader: str, repeats: set[tuple[float, float]]) -> np.ndarray:
    source = graph.source(f"{shader}.baseColor")
    if not source:
        return np.array(graph.get(f"{shader}.baseColor"), np.float32)[None, None]
    node, _, output = source.partition(".")
    assert output == "outColor"
    return _picture(graph, node, LINEAR, repeats)


def _grey(graph: Graph, plug: str, repeats: set[tuple[float, float]]) -> np.ndarray:
    source = graph.source(plug)
    if not source:
        return np.array([[graph.get(plug)]], np.float32)
    node, _, output = source.partition(".")
    assert output == "outAlpha"
    assert graph.get(f"{node}.alphaIsLuminance"), f"{node}: its alpha is not its grey"
    return _picture(graph, node, RAW, repeats)[..., 0]


def _relief(graph: Graph, shader: str, repeats: set[tuple[float, float]]) -> np.ndarray | None:
    source = graph.source(f"{shader}.normalCamera")
    if not source:
        return None
    bump, _, output = source.partition(".")
    kind = graph.node(bump).type.name
    if kind == "aiNormalMap":
        assert output == "outValue"
        assert graph.get(f"{bump}.colorToSigned")
        assert graph.get(f"{bump}.tangentSpace")
        picture, _, part = graph.source(f"{bump}.input").partition(".")
        assert part == "outColor"
    else:
        assert (kind, output, graph.get(f"{bump}.bumpInterp")) == ("bump2d", "outNormal", 1)
        picture = graph.source(f"{bump}.bumpValue").partition(".")[0]
    return _picture(graph, picture, RAW, repeats) * np.float32(2) - np.float32(1)


def _picture(graph: Graph, node: str, space: str, repeats: set[tuple[float, float]]) -> np.ndarray:
    """The texels of a `file` node, row 0 at v = 0."""
    assert graph.node(node).type.name == "file"
    assert graph.get(f"{node}.colorSpace") == space, f"{node} is read as {graph.get(f'{node}.colorSpace')}"
    assert graph.get(f"{node}.ignoreColorSpaceFileRules")
    place = graph.source(f"{node}.uvCoord").partition(".")[0]
    assert graph.node(place).type.name == "place2dTexture"
    for plug in ("uvFilterSize", "repeatUV", "offset", "rotateUV", "wrapU", "wrapV", "coverage", "noiseUV"):
        assert graph.source(f"{node}.{plug}").partition(".")[0] == place, f"{node}.{plug} does not come from {place}"
    repeats.add(graph.get(f"{place}.repeatUV"))
    image = read_image(graph.get(f"{node}.fileTextureName"))
    return np.ascontiguousarray(image.rgb()[::-1])


def _lamp(graph: Graph, node: Node) -> QuadLight:
    shape = _shape(graph, node).name
    assert graph.get(f"{shape}.normalize") is False
    lit = [source for key, source in graph.connections.items() if key.startswith("lightList1.lights")]
    assert f"{shape}.lightData" in lit, f"{shape} is not among the lights"
    shone = [source for key, source in graph.connections.items() if key.startswith("defaultLightSet.dagSetMembers")]
    assert f"{node.name}.instObjGroups[0]" in shone, f"{node.name} lights nothing"
    intensity = graph.get(f"{shape}.intensity")
    radiance = tuple(c * intensity for c in graph.get(f"{shape}.color"))
    turned = tuple(value * (-1.0, 1.0, -1.0, 1.0)[i % 4] for i, value in enumerate(_matrix(node)))
    return QuadLight(turned, (radiance[0], radiance[1], radiance[2]))


def _sky(graph: Graph, library: GraphLibrary) -> Sky:
    (dome,) = [node for node in graph.nodes.values() if node.type.name == "aiSkyDomeLight"]
    assert graph.get(f"{dome.name}.format") == 2
    assert graph.get(f"{dome.name}.intensity") == 1.0
    assert graph.node(dome.parent).matrix == tuple(float(i % 5 == 0) for i in range(16))
    picture = graph.source(f"{dome.name}.color").partition(".")[0]
    assert graph.get(f"{picture}.colorSpace") == LINEAR
    light = read_image(graph.get(f"{picture}.fileTextureName")).rgb()
    key = hashlib.sha256(light.tobytes()).hexdigest()
    library.skies[key] = light
    return Sky(_BLACK, _BLACK, _BLACK, hdri=key)
