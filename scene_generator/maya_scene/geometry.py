"""The objects of a scene: a transform and a polygon mesh each, with its material."""

from __future__ import annotations

import re

from scene_generator.maya_scene.commands import MESH, CommandList
from scene_generator.maya_scene.facts import ARNOLD, HostFacts
from scene_generator.maya_scene.files import SceneFiles
from scene_generator.maya_scene.materials import group_of
from scene_generator.spec import SceneSpec

NAME = "platelightName"
"""Attribute of an object's transform: its name in the spec, where a node's name may differ."""

ID = "platelight_id"
"""User data of a mesh for Arnold: 1 + index of the object. Arnold for Maya hands on attributes of a shape whose names
begin with `mtoa_constant_` (arnoldsupport.com, "Exporting user data parameters to Arnold from Maya")."""


def object_node(index: int, name: str) -> str:
    """Return the symbol of the transform of object `index`."""
    return f"@o{index:03d}_{re.sub('[^0-9A-Za-z_]', '_', name)}"


def add_objects(out: CommandList, spec: SceneSpec, files: SceneFiles, facts: HostFacts, group: str) -> None:
    """Add every object under `group`; its mesh is the one that `files` names."""
    for i, thing in enumerate(spec.objects):
        node = out.place(object_node(i, thing.name)[1:], thing.to_world, group)
        out.call("addAttr", node, longName=NAME, dataType="string")
        out.set(f"{node}.{NAME}", thing.name)
        add_mesh(out, node, files.meshes[i], group_of(files.material_of[i]), i + 1, facts)


def add_mesh(out: CommandList, node: str, mesh: str, shading_group: str, number: int, facts: HostFacts) -> str:
    """Add a mesh under a transform with its material and its number; return the shape's symbol."""
    out.call(MESH, node, mesh)
    shape = f"{node}Shape"
    out.call("sets", shape, edit=True, forceElement=shading_group)
    if facts.plan == ARNOLD:
        out.call("addAttr", shape, longName=f"mtoa_constant_{ID}", attributeType="float", defaultValue=0.0)
        out.set(f"{shape}.mtoa_constant_{ID}", float(number))
    return shape
