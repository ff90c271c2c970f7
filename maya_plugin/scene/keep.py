"""What of somebody else's hangs on a scene that is to be deleted: it is moved out, or what it needs is kept."""

from __future__ import annotations

from collections.abc import Collection

from maya_plugin.host import Host
from maya_plugin.nodes import all_of, leaf_of

__all__ = ["move_out", "shaders_in_use"]

_SURFACES = ("surfaceShader", "volumeShader", "displacementShader")


def move_out(host: Host, own: Collection[str]) -> list[str]:
    """Put what others have parented below a scene's nodes at the top of the hierarchy, where it is now in space.

    Args:
        own: UUIDs of the scene's nodes.

    Returns:
        The names of what was moved, for people.

    Raises:
        HostError: a node is locked or referenced, and so can be neither moved nor lose its parent.
    """
    moved = []
    for uuid in own:
        for path in all_of(host.call("ls", uuid, long=True)):
            if not path.startswith("|"):
                continue  # outside the hierarchy
            # Intermediate shapes are what deformers keep of the scene's own meshes: they go with these.
            for child in all_of(host.call("listRelatives", path, fullPath=True, noIntermediate=True)):
                one = str(host.call("ls", child, uuid=True)[0])
                if one not in own and "->" not in child:  # an image plane has no place without its camera
                    _free(host, child, path)
                    moved.append(leaf_of(child))
    return moved


def shaders_in_use(host: Host, own: Collection[str]) -> dict[str, list[str]]:
    """Shading groups of a scene that shade meshes of others too, and what they are made of.

    Returns:
        For each such group its name, with the UUIDs of the nodes to keep: the group, its shaders and their textures.
    """
    kept = {}
    for uuid in own:
        for group in all_of(host.call("ls", uuid, type="shadingEngine")):
            members = {member.partition(".")[0] for member in all_of(host.call("sets", group, query=True))}
            shaded = set(all_of(host.call("ls", *members, uuid=True))) if members else set()
            if shaded - set(own):
                kept[group] = [uuid, *_behind(host, [f"{group}.{name}" for name in _SURFACES], own)]
    return kept


def _free(host: Host, child: str, above: str) -> None:
    if not all_of(host.call("ls", child, type="transform")):
        # A shape cannot stand alone: it gets a transform in the place of the one that goes.
        place = host.call("xform", above, query=True, matrix=True, worldSpace=True)
        stand = str(host.call("createNode", "transform", name=leaf_of(above), skipSelect=True))
        host.call("xform", stand, matrix=place)
        host.call("parent", child, stand, shape=True, relative=True)
    else:
        host.call("parent", child, world=True)


def _behind(host: Host, plugs: list[str], own: Collection[str]) -> list[str]:
    """UUIDs of the scene's nodes that drive plugs, however far behind."""
    found: list[str] = []
    edge = plugs
    while edge:
        following = []
        for plug in edge:
            for node in all_of(host.call("listConnections", plug, source=True, destination=False)):
                uuid = str(host.call("ls", node, uuid=True)[0])
                if uuid in own and uuid not in found:
                    found.append(uuid)
                    following.append(node)
        edge = following
    return found
