"""Lamps and sky. For Arnold, each as it is in the spec; for Maya Software, what comes nearest to it."""

from __future__ import annotations

import numpy as np

from scene_generator.maya_scene.commands import CommandList
from scene_generator.maya_scene.facts import ARNOLD, HostFacts
from scene_generator.maya_scene.files import SceneFiles
from scene_generator.maya_scene.geometry import add_mesh
from scene_generator.maya_scene.materials import add_aov_values, add_file, add_shader
from scene_generator.shapes.mesh import Mesh
from scene_generator.spec import Matrix, QuadLight, SceneSpec, Vec3

LAMP_CARD = "lamp card"
"""Key of the mesh that shows a lamp to the camera."""

_TURNED = (-1.0, 1.0, -1.0, 1.0)
"""Half a turn about Y: the spec's lamps shine along +Z, Maya's and Arnold's area lights along -Z."""


def lamp_card() -> Mesh:
    """Return the square -1..1 in X and Y that faces +Z: what `LAMP_CARD` stands for."""
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32)
    up = np.tile(np.array([0, 0, 1], np.float32), (4, 1))
    return Mesh(corners, up, (corners[:, :2] + 1) / 2, np.array([[0, 1, 2], [0, 2, 3]], np.uint32))


def add_lamps(out: CommandList, spec: SceneSpec, facts: HostFacts, group: str) -> None:
    """Add an area light a lamp, and for Arnold a card that shows it: area lights themselves are not seen.

    Arnold: radiance is colour x intensity while `aiNormalize` is off, as it then does not depend on the light's size.
    """
    for j, light in enumerate(spec.lights):
        name = f"lamp{j:02d}"
        node = out.place(name, _turned(light.to_world), group)
        shape = out.create("areaLight", f"{name}Shape", node)
        color, intensity = _split(light)
        out.set(f"{shape}.color", *facts.color(color))
        out.set(f"{shape}.intensity", intensity)
        out.set(f"{shape}.normalize", False)
        out.set(f"{shape}.decayRate", 2)
        _switch_on(out, node, shape)
        if facts.plan == ARNOLD:
            out.set(f"{shape}.aiTranslator", "quad")
            out.set(f"{shape}.aiNormalize", False)
            out.set(f"{shape}.aiExposure", 0.0)
            _add_card(out, name, light, len(spec.objects) + 1 + j, facts, group)
        else:
            out.set(f"{shape}.useRayTraceShadows", True)


def add_sky(out: CommandList, files: SceneFiles, facts: HostFacts, group: str) -> None:
    """Add the sky: Arnold's dome light with the picture, or directional lights of the same irradiance.

    Arnold's latitude-longitude layout is the one of OpenEXR, which is also `scene_generator.sky`'s: Autodesk's own
    reader of UsdLux (arnold-usd, `read_light.cpp`) hands both on unturned.
    """
    if facts.plan != ARNOLD:
        _add_suns(out, files, facts, group)
        return
    node = out.create("transform", "sky", group)
    shape = out.create("aiSkyDomeLight", "skyShape", node)
    picture = add_file(out, "skyPicture", files.sky, facts.linear)
    out.connect(f"{picture}.outColor", f"{shape}.color")
    out.set(f"{shape}.format", 2)  # latitude-longitude
    out.set(f"{shape}.intensity", 1.0)
    out.set(f"{shape}.aiExposure", 0.0)
    out.set(f"{shape}.camera", 1.0)
    out.set(f"{shape}.resolution", 1000)
    _switch_on(out, node, shape)


def _add_suns(out: CommandList, files: SceneFiles, facts: HostFacts, group: str) -> None:
    for k, sun in enumerate(files.suns):
        name = f"sky{k:02d}"
        node = out.place(name, _aimed(sun.direction), group)
        shape = out.create("directionalLight", f"{name}Shape", node)
        # Maya's diffuse is albedo x intensity x cosine, without the 1 / pi of a Lambertian surface.
        strength = max(sun.irradiance) / np.pi
        red, green, blue = (c / max(sun.irradiance) for c in sun.irradiance)
        out.set(f"{shape}.color", *facts.color((red, green, blue)))
        out.set(f"{shape}.intensity", float(strength))
        out.set(f"{shape}.useRayTraceShadows", True)
        _switch_on(out, node, shape)


def _aimed(direction: tuple[float, float, float]) -> Matrix:
    # Columns are X, Y, Z of the light, which shines along its -Z: its +Z points to where the light comes from.
    z = np.asarray(direction)
    x = np.cross([0.0, 1.0, 0.0] if abs(z[1]) < 0.99 else [0.0, 0.0, 1.0], z)
    x = x / np.linalg.norm(x)
    place = np.eye(4)
    place[:3, 0], place[:3, 1], place[:3, 2] = x, np.cross(z, x), z
    return tuple(float(v) for v in place.ravel())


def _add_card(out: CommandList, name: str, light: QuadLight, number: int, facts: HostFacts, group: str) -> None:
    shader = add_shader(out, f"{name}Glow", facts)
    for weight in ("base", "specular"):
        out.set(f"{shader}.{weight}", 0.0)
    out.set(f"{shader}.emission", 1.0)
    out.set(f"{shader}.emissionColor", *facts.color(light.radiance))
    add_aov_values(out, shader, (1.0, 1.0, 1.0), 1.0, 0.0)
    node = out.place(f"{name}Card", light.to_world, group)
    shape = add_mesh(out, node, LAMP_CARD, f"{shader}SG", number, facts)
    # Seen, but it neither lights nor shadows anything: the area light in the same place does.
    out.set(f"{shape}.primaryVisibility", True)
    out.set(f"{shape}.doubleSided", False)
    for plug in ("castsShadows", "receiveShadows", "aiVisibleInDiffuseReflection", "aiVisibleInSpecularReflection"):
        out.set(f"{shape}.{plug}", False)


def _switch_on(out: CommandList, node: str, shape: str) -> None:
    # A light that createNode has made shines only once it is in these two lists, as scene files show.
    out.append(f"{shape}.lightData", "lightList1.lights")
    out.append(f"{node}.instObjGroups[0]", "defaultLightSet.dagSetMembers")


def _split(light: QuadLight) -> tuple[Vec3, float]:
    brightest = max(light.radiance)
    if brightest <= 0:
        return (0.0, 0.0, 0.0), 0.0
    red, green, blue = (c / brightest for c in light.radiance)
    return (red, green, blue), brightest


def _turned(matrix: Matrix) -> Matrix:
    return tuple(value * _TURNED[i % 4] for i, value in enumerate(matrix))
